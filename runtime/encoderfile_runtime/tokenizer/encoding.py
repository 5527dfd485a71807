"""What a tokenizer makes of a text."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
from typing import NamedTuple

MAX_ID = (1 << 24) - 1


class Encoding(NamedTuple):
    """A sequence or a pair, ready for the model.

    Attributes:
        ids: of the tokens.
        type_ids: which of the two sequences a token belongs to, as the post-processor counts.
        tokens: their text in the vocabulary.
        offsets: the characters of the original text that a token stands for, start and end.
        special: whether the post-processor added the token.
        cut: how many tokens truncation removed.
    """

    ids: list[int]
    type_ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]
    special: list[bool]
    cut: int


class Tokens:
    """The tokens of a part of a text, before special tokens are added: ids, values and offsets side by side."""

    __slots__ = ("ids", "offsets", "values")

    def __init__(self, ids: list[int], values: list[str], offsets: list[tuple[int, int]]) -> None:
        self.ids = ids
        self.values = values
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.ids)

    def append(self, number: int, value: str, offsets: tuple[int, int]) -> None:
        """Adds one token."""
        self.ids.append(number)
        self.values.append(value)
        self.offsets.append(offsets)

    def extend(self, other: "Tokens", shift: int = 0) -> None:
        """Adds the tokens of a part that begins `shift` characters further on."""
        self.ids.extend(other.ids)
        self.values.extend(other.values)
        self.offsets.extend([(start + shift, end + shift) for start, end in other.offsets] if shift else other.offsets)

    def part(self, start: int, end: int) -> "Tokens":
        """The tokens from one position to another."""
        return Tokens(self.ids[start:end], self.values[start:end], self.offsets[start:end])


def byte_offsets(text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Offsets in characters of a text, as offsets in the bytes of its UTF-8 encoding."""
    if text.isascii():
        return offsets
    from itertools import accumulate  # not for ASCII

    widths = (1 + (character > "\x7f") + (character > "\u07ff") + (character > "\uffff") for character in text)
    positions = list(accumulate(widths, initial=0))
    return [(positions[start], positions[end]) for start, end in offsets]
