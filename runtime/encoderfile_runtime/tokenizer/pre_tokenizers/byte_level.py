"""Text as bytes, each written as one visible character (https://github.com/openai/gpt-2, src/encoder.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.oniguruma import Pattern
from encoderfile_runtime.tokenizer.splitting import cut

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText
    from encoderfile_runtime.tokenizer.fast.words import Words
    from encoderfile_runtime.tokenizer.pipeline import Pipeline

WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def _alphabet() -> list[str]:
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in visible else next(others)) for byte in range(256)]


ALPHABET = _alphabet()  # by byte
_LATIN = dict(enumerate(ALPHABET))


def visible(text: str) -> str:
    """The bytes of a text."""
    return text.encode().decode("latin-1").translate(_LATIN)


class ByteLevelNormalizer:
    """Puts the bytes of a text in its place."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> ByteLevelNormalizer:
        """From its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The bytes, each standing for its whole character."""
        return text.map(visible)

    def plain(self, text: str) -> str:
        """The same without where it came from."""
        return visible(text)


class ByteLevel:
    """Cuts text into words that keep the blank before them, and puts their bytes in their place."""

    __slots__ = ("pattern", "prefixed")

    def __init__(self, pattern: Pattern | None, *, prefixed: bool) -> None:
        self.pattern = pattern
        self.prefixed = prefixed

    @classmethod
    def read(cls, fields: Fields) -> ByteLevel:
        """From its object; `trim_offsets` is for the post-processor of that name."""
        fields.boolean("trim_offsets")
        with_words = fields.boolean("use_regex") if "use_regex" in fields else True
        return cls(Pattern(WORDS) if with_words else None, prefixed=fields.boolean("add_prefix_space"))

    def words(self, pipeline: Pipeline) -> Words | None:
        """The short way through a pipeline with this alone before its model."""
        from encoderfile_runtime.tokenizer.fast.byte_words import ByteWords
        from encoderfile_runtime.tokenizer.fast.words import by_pattern

        return ByteWords(pipeline, by_pattern(self.pattern, prefixed=self.prefixed)) if self.pattern else None

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words."""
        if self.prefixed and text.text and not text.text.startswith(" "):
            text = text.prepend(" ")
        words = cut(text, self.pattern.spans(text.text), "Isolated") if self.pattern else [text]
        return [word.map(visible) for word in words]
