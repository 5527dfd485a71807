"""The result of tokenization: ids, tokens and offsets of a text, with and without special tokens."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
from typing import NamedTuple

MAX_ID = (1 << 24) - 1


class Encoding(NamedTuple):
    """A text or a pair of texts as model input, special tokens included. All lists have one entry a token.

    Attributes:
        ids: token ids.
        type_ids: segment ids (`token_type_ids`), as the post-processor sets them.
        tokens: the tokens as the vocabulary spells them.
        offsets: start and end in characters of the original text; (0, 0) for special tokens.
        special: whether the post-processor added the token (`special_tokens_mask`).
        cut: the number of tokens that truncation removed.
        prompt: the number of tokens at the start that pooling leaves out, of models that do not pool the prompt.
    """

    ids: list[int]
    type_ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]
    special: list[bool]
    cut: int
    prompt: int = 0


class Tokens:
    """The tokens of a part of a text before special tokens are added, as parallel lists: ids, values, offsets."""

    __slots__ = ("ids", "offsets", "values")

    def __init__(self, ids: list[int], values: list[str], offsets: list[tuple[int, int]]) -> None:
        self.ids = ids
        self.values = values
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.ids)

    def append(self, number: int, value: str, offsets: tuple[int, int]) -> None:
        """Append one token."""
        self.ids.append(number)
        self.values.append(value)
        self.offsets.append(offsets)

    def extend(self, other: "Tokens", shift: int = 0) -> None:
        """Append the tokens of a part of the text, with `shift` added to their offsets."""
        self.ids.extend(other.ids)
        self.values.extend(other.values)
        self.offsets.extend([(start + shift, end + shift) for start, end in other.offsets] if shift else other.offsets)

    def part(self, start: int, end: int) -> "Tokens":
        """The tokens `start` up to but not including `end`."""
        return Tokens(self.ids[start:end], self.values[start:end], self.offsets[start:end])


def byte_offsets(text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Convert offsets in characters to offsets in bytes of the text's UTF-8 encoding."""
    if text.isascii():
        return offsets
    from itertools import accumulate  # not for ASCII

    # Bytes of a character in UTF-8 (RFC 3629, section 3): one more from U+0080, U+0800 and U+10000 on.
    widths = (1 + (character > "\x7f") + (character > "\u07ff") + (character > "\uffff") for character in text)
    positions = list(accumulate(widths, initial=0))
    return [(positions[start], positions[end]) for start, end in offsets]
