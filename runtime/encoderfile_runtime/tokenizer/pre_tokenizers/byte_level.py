"""GPT-2's words (https://github.com/openai/gpt-2, src/encoder.py), written as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.normalizers.byte_level import visible
from encoderfile_runtime.tokenizer.regex.known import GPT2
from encoderfile_runtime.tokenizer.regex.pattern import Pattern
from encoderfile_runtime.tokenizer.splitting import cut

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText


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
        return cls(Pattern(GPT2) if with_words else None, prefixed=fields.boolean("add_prefix_space"))

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words."""
        if self.prefixed and text.text and not text.text.startswith(" "):
            text = text.prepend(" ")
        words = cut(text, self.pattern.spans(text.text), "Isolated") if self.pattern else [text]
        return [word.map(visible) for word in words]
