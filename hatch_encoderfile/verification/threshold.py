"""How many of the signers that a policy lists have signed: k of n."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rules import Ruling

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from hatch_encoderfile.signatures.check import Signature

    from .policy import Policy


def about_thresholds(policy: Policy, counted: Sequence[Signature], listed: int) -> Iterator[Ruling]:
    """Whether enough of the signers have signed, and one of each kind; `listed` is how many there are."""
    if policy.signatures > 1:
        count = most_signers((item.holder, item.signers) for item in counted)
        said = f"{count} of {listed} signers have signed, {policy.signatures} are required"
        yield Ruling("require.signatures", count >= policy.signatures, said)
    if policy.kinds:
        kinds = {"key" if item.claims is None else "identity" for item in counted}
        missing = [kind for kind in policy.kinds if kind not in kinds]
        said = f"no {missing[0]} has signed" if missing else f"signed by each of {', '.join(policy.kinds)}"
        yield Ruling("require.kinds", not missing, said)


def most_signers(signatures: Iterable[tuple[Hashable, frozenset[int]]]) -> int:
    """The most places on the list that the signatures fill, each holder one of them.

    One holder may fit several places, such as an address and a pattern, and several holders one. So neither is
    counted twice: this is the largest matching between the two (Berge's lemma: no augmenting path is left).

    Args:
        signatures: the holder of each, and the places that it fits.
    """
    fits: dict[Hashable, set[int]] = {}
    for holder, places in signatures:
        fits.setdefault(holder, set()).update(places)
    taken: dict[int, Hashable] = {}

    def takes_place(holder: Hashable, seen: set[int]) -> bool:
        for place in fits[holder] - seen:
            seen.add(place)
            if place not in taken or takes_place(taken[place], seen):
                taken[place] = holder
                return True
        return False

    return sum(takes_place(holder, set()) for holder in fits)
