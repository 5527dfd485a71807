"""Normalized text aligned with the original: for each character, the range of the original text it came from.

Counterpart of `NormalizedString` in the `tokenizers` library, with offsets in characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Span = tuple[int, int]


class AlignedText:
    """A text, and for each of its characters a span of the original text.

    Attributes:
        text: the characters as they are now.
        spans: start and end in the original text, one pair for each character of `text`.
    """

    __slots__ = ("spans", "text")

    def __init__(self, text: str, spans: list[Span]) -> None:
        self.text = text
        self.spans = spans

    @classmethod
    def original(cls, text: str, start: int = 0) -> AlignedText:
        """An unchanged part of the original text that begins at `start`: each character is aligned with itself."""
        return cls(text, [(at, at + 1) for at in range(start, start + len(text))])

    def span(self, start: int, end: int) -> Span:
        """The range of the original text behind the characters from `start` to `end`."""
        return self.spans[start][0], self.spans[end - 1][1]

    def __getitem__(self, part: slice) -> AlignedText:
        return AlignedText(self.text[part], self.spans[part])

    def prepend(self, prefix: str) -> AlignedText:
        """The text with a prefix, all of it aligned with the first character."""
        return AlignedText(prefix + self.text, self.spans[:1] * len(prefix) + self.spans)

    def keep(self, kept: Callable[[str], bool]) -> AlignedText:
        """The text without the characters for which `kept` is false."""
        pairs = [pair for pair in zip(self.text, self.spans, strict=True) if kept(pair[0])]
        return AlignedText("".join([pair[0] for pair in pairs]), [pair[1] for pair in pairs])

    def map(self, images: Callable[[str], str]) -> AlignedText:
        """The text with each character replaced by `images(character)`, which takes over the span of that character."""
        parts = [images(character) for character in self.text]
        spans = [span for part, span in zip(parts, self.spans, strict=True) for _ in part]
        return AlignedText("".join(parts), spans)

    def rewrite(self, changes: Iterable[tuple[str, int]]) -> AlignedText:
        """A new text described as edits of this one (`NormalizedString::transform` in the `tokenizers` library).

        Args:
            changes: pairs of a new character and a number: 1, it is inserted, and shares the span of the character
                consumed last; 0, it replaces one character; -n, it replaces one character and n more are dropped.
        """
        characters = []
        spans = []
        position = 0
        for character, change in changes:
            characters.append(character)
            if change > 0:
                spans.append(self.spans[position - 1])
            else:
                spans.append(self.spans[position])
                position += 1 - change
        return AlignedText("".join(characters), spans)
