"""Metaspace, SentencePiece's treatment of blanks (https://github.com/google/sentencepiece): a mark in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.splitting import cut

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText

SCHEMES = ("always", "never", "first")


class Metaspace:
    """Replaces each blank by a mark, puts one before the text as the scheme says, and cuts before each mark.

    Attributes:
        mark: `replacement`, usually U+2581.
        scheme: `prepend_scheme`: put a mark before "always" every part of the text, only the "first", or "never".
        splits: whether to cut at all.
    """

    __slots__ = ("mark", "scheme", "splits")

    def __init__(self, mark: str, scheme: str, *, splits: bool) -> None:
        self.mark = mark
        self.scheme = scheme
        self.splits = splits

    @classmethod
    def read(cls, fields: Fields) -> Metaspace:
        """Read its object, in its present form or that of 2023 and before (`str_rep`, `add_prefix_space`)."""
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
        """The words, each beginning with its mark."""
        text = text.map(lambda character: self.mark if character == " " else character)
        # The part that begins the original text; later parts follow an added token.
        first = self.scheme == "first" and text.text and text.spans[0][0] == 0
        if text.text and (self.scheme == "always" or first) and not text.text.startswith(self.mark):
            text = text.prepend(self.mark)
        if not self.splits:
            return [text]
        marks = [(position, position + 1) for position, character in enumerate(text.text) if character == self.mark]
        return cut(text, marks, "MergedWithNext")
