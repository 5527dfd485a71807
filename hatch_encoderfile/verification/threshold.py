"""How many of the signers that a policy lists have signed: k of n."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


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
