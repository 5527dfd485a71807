"""The short way for two pre-tokenizers in a row: a pattern and bytes, as Llama 3 has, or blanks and marks, as XLM-RoBERTa."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.oniguruma import Pattern
from encoderfile_runtime.tokenizer.patterns import Split
from encoderfile_runtime.tokenizer.pre_tokenizers.basic import WhitespaceSplit
from encoderfile_runtime.tokenizer.pre_tokenizers.byte_level import ByteLevel
from encoderfile_runtime.tokenizer.pre_tokenizers.metaspace import Metaspace

from .words import Words, by_mark, by_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.tokenizer.interfaces import PreTokenizer
    from encoderfile_runtime.tokenizer.pipeline import Pipeline

# What str.split takes for a blank and the library does not.
_NO_BLANKS = re.compile("[\x1c-\x1f]")


def words_of_sequence(pipeline: Pipeline, parts: Sequence[PreTokenizer]) -> Words | None:
    """The short way through a pipeline with these pre-tokenizers; None where it has to be the general one."""
    if len(parts) != 2:
        return None
    first, second = parts
    pattern = first.pattern if isinstance(first, Split) and first.behavior == "Isolated" else None
    only_bytes = isinstance(second, ByteLevel) and not second.pattern and not second.prefixed
    if isinstance(pattern, Pattern) and only_bytes:
        from .byte_words import ByteWords

        return ByteWords(pipeline, by_pattern(pattern, prefixed=False))
    if (
        isinstance(first, WhitespaceSplit)
        and isinstance(second, Metaspace)
        and second.splits
        and second.scheme != "first"
    ):
        cut = by_mark(second.mark, prefixed=second.scheme == "always")
        return Words(pipeline, _by_blanks, lambda part: cut(part) or [])
    return None


def _by_blanks(text: str) -> list[str] | None:
    return None if _NO_BLANKS.search(text) else text.split()
