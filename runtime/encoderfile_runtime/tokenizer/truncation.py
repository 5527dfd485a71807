"""Truncation to the largest length of a model, with the directions and strategies of the `tokenizers` library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.fields import Fields

    from .encoding import Tokens

DIRECTIONS = ("Right", "Left")
STRATEGIES = ("LongestFirst", "OnlyFirst", "OnlySecond")


class Truncation:
    """The limit on the length of sequences, and the way of cutting longer ones.

    Attributes:
        max_length: largest number of tokens, special tokens included; None if there is no limit.
        direction: the side on which tokens are cut, one of `DIRECTIONS`.
        strategy: the sequence of a pair that is cut, one of `STRATEGIES`.
    """

    __slots__ = ("direction", "max_length", "strategy")

    def __init__(self, max_length: int | None, direction: str = "Right", strategy: str = "LongestFirst") -> None:
        self.max_length = max_length
        self.direction = direction
        self.strategy = strategy

    @classmethod
    def read(cls, fields: Fields, special: int) -> Truncation:
        """Read the member `truncation` of a tokenizer that adds `special` tokens to a text."""
        fields.integer("stride")  # the overlap of overflowing parts, which are not returned here
        max_length = fields.integer("max_length")
        if 0 <= max_length < special:
            fields.fault(f"{max_length} leaves no room for {special} special tokens", "max_length")
        truncation = cls(
            max_length,
            fields.choice("direction", DIRECTIONS) if "direction" in fields else "Right",
            fields.choice("strategy", STRATEGIES),
        )
        fields.close()
        return truncation

    def excess(self, length: int, special: int) -> int:
        """The number of tokens to cut, given the length of the sequences together and the number of special tokens.

        Raises:
            UsageError: there is no room for the special tokens.
        """
        if self.max_length is None:
            return 0
        if self.max_length < special:
            raise UsageError(f"max_length {self.max_length} leaves no room for {special} special tokens: raise it")
        return max(0, length + special - self.max_length)

    def apply(self, sequences: Sequence[Tokens], special: int) -> tuple[list[Tokens], int]:
        """Truncate one or two sequences to leave room for `special` tokens; also return the number of tokens cut.

        Raises:
            UsageError: the strategy does not allow cutting enough.
        """
        excess = self.excess(sum(map(len, sequences)), special)
        if not excess:
            return list(sequences), 0
        lengths = _shortened(self.strategy, [len(tokens) for tokens in sequences], excess)
        kept = []
        for tokens, length in zip(sequences, lengths, strict=True):
            start = len(tokens) - length if self.direction == "Left" else 0
            kept.append(tokens.part(start, start + length))
        return kept, sum(map(len, sequences)) - sum(lengths)


def read_padding(fields: Fields) -> None:
    """Check the member `padding`. It has no effect: the encoder takes sequences of different lengths."""
    if fields.is_object("strategy"):
        fixed = fields.member("strategy")
        fixed.integer("Fixed")
        fixed.close()
    else:
        fields.choice("strategy", ("BatchLongest",))
    fields.choice("direction", DIRECTIONS)
    if fields.given("pad_to_multiple_of"):
        fields.integer("pad_to_multiple_of")
    fields.integer("pad_id")
    fields.integer("pad_type_id")
    fields.string("pad_token")
    fields.close()


def _shortened(strategy: str, lengths: list[int], excess: int) -> list[int]:
    """The lengths of one or two sequences after `excess` tokens are cut.

    Raises:
        UsageError: the strategy does not allow cutting enough.
    """
    room = sum(lengths) - excess
    if not room:  # the library then empties all sequences, whatever the strategy
        return [0] * len(lengths)
    if strategy == "LongestFirst":
        return _longest_first(lengths, room)
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


def _longest_first(lengths: list[int], room: int) -> list[int]:
    """The lengths of one or two sequences that share `room`: the longer one is cut until both are equal, then both.

    If the room is odd, one of them gets one token more: the first if it was the longer one, else the second.
    """
    if len(lengths) == 1:
        return [room]
    shorter, longer = min(lengths), max(lengths)
    longer = max(shorter, room - shorter)
    if shorter + longer > room:
        shorter, longer = room // 2, room - room // 2
    return [longer, shorter] if lengths[0] > lengths[1] else [shorter, longer]
