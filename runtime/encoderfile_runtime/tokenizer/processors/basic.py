"""Post-processors with a fixed layout of special tokens, and the trimming of blanks from offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.encoding import MAX_ID, Tokens
from encoderfile_runtime.tokenizer.templates import PLAIN, Piece
from encoderfile_runtime.tokenizer.unicode.characters import character_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.interfaces import PostProcessor, Trim
    from encoderfile_runtime.tokenizer.templates import Templates

_SPACE = "\u0120"  # a blank in GPT-2's byte alphabet


class BertProcessing:
    """The layouts [CLS] A [SEP] and [CLS] A [SEP] B [SEP]; B and the last [SEP] have type id 1."""

    trim = None

    def __init__(self, cls_token: Piece, sep_token: Piece) -> None:
        single = (cls_token, Piece(0, 0), sep_token)
        self.templates: Templates = (single, (*single, Piece(1, 1), sep_token._replace(type_id=1)))

    @classmethod
    def read(cls, fields: Fields) -> BertProcessing:
        """Read its object, where a token is a list of its text and its id."""
        return cls(_token(fields, "cls"), _token(fields, "sep"))


class RobertaProcessing:
    """The layouts <s> A </s> and <s> A </s> </s> B </s>; all type ids are 0."""

    def __init__(self, cls_token: Piece, sep_token: Piece, trim: Trim | None) -> None:
        single = (cls_token, Piece(0, 0), sep_token)
        self.templates: Templates = (single, (*single, sep_token, Piece(1, 0), sep_token))
        self.trim = trim

    @classmethod
    def read(cls, fields: Fields) -> RobertaProcessing:
        """Read its object, where a token is a list of its text and its id."""
        return cls(_token(fields, "cls"), _token(fields, "sep"), _trim(fields))


class ByteLevelProcessing:
    """No special tokens; blanks are trimmed from offsets if `trim_offsets` is set."""

    templates = PLAIN

    def __init__(self, trim: Trim | None) -> None:
        self.trim = trim

    @classmethod
    def read(cls, fields: Fields) -> ByteLevelProcessing:
        """Read its object."""
        trim = _trim(fields)
        if "use_regex" in fields:
            fields.boolean("use_regex")
        return cls(trim)


class PostProcessorSequence:
    """Post-processors in a row; at most one of them adds special tokens, all may trim offsets."""

    def __init__(self, steps: Sequence[tuple[str, PostProcessor]]) -> None:
        """Take the post-processors, each with its JSON path."""
        self.steps = steps
        processors = [processor for _, processor in steps]
        self._trims = [processor.trim for processor in processors if processor.trim]
        self.templates: Templates = next((p.templates for p in processors if p.templates is not PLAIN), PLAIN)
        self.trim: Trim | None = self._trim_all if self._trims else None

    @classmethod
    def read(cls, fields: Fields, steps: Sequence[tuple[str, PostProcessor]]) -> PostProcessorSequence:
        """Take the parts of its object, which are read already."""
        if sum(processor.templates is not PLAIN for _, processor in steps) > 1:
            fields.fault("more than one of them adds special tokens, which is not supported", "processors")
        return cls(steps)

    def _trim_all(self, tokens: Tokens) -> Tokens:
        for trim in self._trims:
            tokens = trim(tokens)
        return tokens


def _token(fields: Fields, key: str) -> Piece:
    value = fields.items(key)
    if [type(item) for item in value] != [str, int] or not 0 <= value[1] <= MAX_ID:
        fields.fault("expected a list of a token and its id", key)
        return Piece(None, 0)
    return Piece(None, 0, (value[1],), (value[0],))


def _trim(fields: Fields) -> Trim | None:
    prefixed = fields.boolean("add_prefix_space")
    return _Trim(prefixed=prefixed) if fields.boolean("trim_offsets") else None


class _Trim:
    """Removes the blanks at the start and the end of tokens from their offsets (`process_offsets` in the library)."""

    def __init__(self, *, prefixed: bool) -> None:
        self._prefixed = prefixed

    def __call__(self, tokens: Tokens) -> Tokens:
        spaces = character_set("SPACE")
        offsets = []
        for index, (token, (start, end)) in enumerate(zip(tokens.values, tokens.offsets, strict=True)):
            blank = [character == _SPACE or character in spaces for character in token]
            leading = (*blank, False).index(False)
            trailing = (*blank[::-1], False).index(False)
            if leading == 1 and self._prefixed and (not index or not start):
                leading = 0  # this blank was put before the text (add_prefix_space): it has no place in the original
            trimmed = min(start + leading, end)
            # The end never moves before the start: a token of blanks alone gets an empty range, as in the library.
            offsets.append((trimmed, max(end - trailing, trimmed) if end >= trailing else end))
        return Tokens(tokens.ids, tokens.values, offsets)
