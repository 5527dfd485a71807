"""Text on its way through normalization, each character with the range of the original text that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Span = tuple[int, int]


class AlignedText:
    """A text and for each of its characters a span of the original text, in characters."""

    __slots__ = ("spans", "text")

    def __init__(self, text: str, spans: list[Span]) -> None:
        self.text = text
        self.spans = spans

    @classmethod
    def original(cls, text: str, start: int = 0) -> AlignedText:
        """A part of the original text as it is, which begins there at `start`."""
        return cls(text, [(at, at + 1) for at in range(start, start + len(text))])

    def span(self, start: int, end: int) -> Span:
        """The range of the original text behind the characters from `start` to `end`."""
        return self.spans[start][0], self.spans[end - 1][1]

    def __getitem__(self, part: slice) -> AlignedText:
        return AlignedText(self.text[part], self.spans[part])

    def prepend(self, prefix: str) -> AlignedText:
        """After a prefix that stands for the first character."""
        return AlignedText(prefix + self.text, self.spans[:1] * len(prefix) + self.spans)

    def keep(self, kept: Callable[[str], bool]) -> AlignedText:
        """Without the characters that are not to be kept."""
        pairs = [pair for pair in zip(self.text, self.spans, strict=True) if kept(pair[0])]
        return AlignedText("".join([pair[0] for pair in pairs]), [pair[1] for pair in pairs])

    def map(self, images: Callable[[str], str]) -> AlignedText:
        """The text with each character replaced by any number of others, all aligned with the place of the one they replace."""
        parts = [images(character) for character in self.text]
        spans = [span for part, span in zip(parts, self.spans, strict=True) for _ in part]
        return AlignedText("".join(parts), spans)

    def rewrite(self, changes: Iterable[tuple[str, int]]) -> AlignedText:
        """New characters, each with how it follows from this text.

        Args:
            changes: pairs of a character and a number: 1 for a character that is inserted and shares the span of the
                one consumed last, else one less than how many characters it takes the place of, negated.
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
