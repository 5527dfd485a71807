"""SentencePiece's way with blanks (https://github.com/google/sentencepiece): they are part of the words, as a visible mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.splitting import cut

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText

SCHEMES = ("always", "never", "first")


class Metaspace:
    """Puts a mark in the place of each blank and, as the scheme says, before a text; cuts before each mark."""

    __slots__ = ("mark", "scheme", "splits")

    def __init__(self, mark: str, scheme: str, *, splits: bool) -> None:
        self.mark = mark
        self.scheme = scheme
        self.splits = splits

    @classmethod
    def read(cls, fields: Fields) -> Metaspace:
        """From its object, as it is written now or was until 2023."""
        mark = fields.string("replacement")
        if len(mark) != 1 and "replacement" in fields:
            fields.fault("expected one character", "replacement")
        scheme = fields.choice("prepend_scheme", SCHEMES) if "prepend_scheme" in fields else "always"
        if fields.given("add_prefix_space") and not fields.boolean("add_prefix_space") and scheme != "never":
            fields.fault(f"false does not agree with prepend_scheme {scheme}", "add_prefix_space")
        if fields.given("str_rep"):
            fields.string("str_rep")
        return cls(mark, scheme, splits=fields.boolean("split") if fields.given("split") else True)

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words, each after its mark."""
        text = text.map(lambda character: self.mark if character == " " else character)
        first = self.scheme == "first" and text.text and text.spans[0][0] == 0
        if text.text and (self.scheme == "always" or first) and not text.text.startswith(self.mark):
            text = text.prepend(self.mark)
        if not self.splits:
            return [text]
        marks = [(position, position + 1) for position, character in enumerate(text.text) if character == self.mark]
        return cut(text, marks, "MergedWithNext")
