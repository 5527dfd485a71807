"""GPT-2's pre-tokenizer (https://github.com/openai/gpt-2, src/encoder.py): words by its regular expression, as bytes."""

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
    """Cuts text into words, each with the blank before it, and replaces them by their bytes in GPT-2's alphabet.

    Attributes:
        pattern: GPT-2's regular expression; None leaves the text one word (`use_regex` false).
        prefixed: put a blank before a text that has none (`add_prefix_space`).
    """

    __slots__ = ("pattern", "prefixed")

    def __init__(self, pattern: Pattern | None, *, prefixed: bool) -> None:
        self.pattern = pattern
        self.prefixed = prefixed

    @classmethod
    def read(cls, fields: Fields) -> ByteLevel:
        """Read its object; `trim_offsets` has an effect only in the post-processor of the same name."""
        fields.boolean("trim_offsets")
        with_words = fields.boolean("use_regex") if "use_regex" in fields else True
        return cls(Pattern(GPT2) if with_words else None, prefixed=fields.boolean("add_prefix_space"))

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words, as bytes."""
        if self.prefixed and text.text and not text.text.startswith(" "):
            text = text.prepend(" ")
        words = cut(text, self.pattern.spans(text.text), "Isolated") if self.pattern else [text]
        # Cut first: the pattern asks for letters and digits, which bytes no longer are.
        return [word.map(visible) for word in words]
