"""How many tokens of each sequence remain where both are too long together, as the `tokenizers` library has it."""

from __future__ import annotations

from encoderfile_runtime.errors import UsageError

from .truncation import STRATEGIES


def shortened(strategy: str, lengths: list[int], excess: int) -> list[int]:
    """The lengths of one or two sequences with that many tokens less.

    Raises:
        UsageError: the strategy does not allow to cut enough.
    """
    room = sum(lengths) - excess
    if not room:
        return [0] * len(lengths)
    if strategy == "LongestFirst":
        return longest_first(lengths, room)
    target = STRATEGIES.index(strategy) - 1
    if target >= len(lengths):
        raise UsageError("truncation strategy OnlySecond: there is no second sequence to cut; give a pair")
    if lengths[target] <= excess:
        raise UsageError(
            f"truncation strategy {strategy}: {excess} tokens are too many, "
            f"but that sequence has only {lengths[target]}; shorten the other one"
        )
    lengths[target] -= excess
    return lengths


def longest_first(lengths: list[int], room: int) -> list[int]:
    """The lengths of one or two sequences in that room: the longer one gives way until both are equal.

    Where an odd number of places is left for both, the second of them gets one more, unless it is the shorter one.
    """
    if len(lengths) == 1:
        return [room]
    shorter, longer = min(lengths), max(lengths)
    longer = max(shorter, room - shorter)
    if shorter + longer > room:
        shorter, longer = room // 2, room - room // 2
    return [longer, shorter] if lengths[0] > lengths[1] else [shorter, longer]
