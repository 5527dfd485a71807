"""The choice of a fast path for a pipeline, by its components; the components know nothing of fast paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encoderfile_runtime.tokenizer.interfaces import PreTokenizer, Shortcut
    from encoderfile_runtime.tokenizer.pipeline import Pipeline

    from .words import Words

# Characters that str.split takes for white space and the library does not.
_NO_BLANKS = re.compile("[\x1c-\x1f]")


def choose(pipeline: Pipeline) -> Shortcut | None:
    """Return a fast path with the same results as the pipeline, or None if there is none.

    Components are first told apart by class name: importing the classes for isinstance would cost at every start.
    """
    model: Any = pipeline.model
    name = type(model).__name__
    if name == "WordPiece":
        return _bert(pipeline, model)
    if name in ("BPE", "Unigram") and pipeline.pre_tokenizer:
        return _words(pipeline, pipeline.pre_tokenizer)
    return None


def _bert(pipeline: Pipeline, model: Any) -> Shortcut | None:
    normalizer: Any = pipeline.normalizer
    if (
        type(normalizer).__name__ == "BertNormalizer"
        and normalizer.clean_text
        and type(pipeline.pre_tokenizer).__name__ == "BertPreTokenizer"
        and not pipeline.added
    ):
        from .bert_chunks import BertChunks

        return BertChunks(pipeline, normalizer, model)
    return None


def _words(pipeline: Pipeline, pre_tokenizer: PreTokenizer) -> Words | None:
    """A fast path for BPE and Unigram if the pre-tokenizer cuts before blanks, or before the mark that replaces them."""
    from encoderfile_runtime.tokenizer.pre_tokenizers.basic import PreTokenizerSequence
    from encoderfile_runtime.tokenizer.pre_tokenizers.byte_level import ByteLevel
    from encoderfile_runtime.tokenizer.pre_tokenizers.metaspace import Metaspace

    from .words import ByteWords, Words, by_mark, by_pattern

    if isinstance(pre_tokenizer, PreTokenizerSequence):
        if len(pre_tokenizer.parts) == 1:
            return _words(pipeline, pre_tokenizer.parts[0])
        return _two_steps(pipeline, *pre_tokenizer.parts) if len(pre_tokenizer.parts) == 2 else None
    if isinstance(pre_tokenizer, ByteLevel) and pre_tokenizer.pattern:
        return ByteWords(pipeline, by_pattern(pre_tokenizer.pattern, prefixed=pre_tokenizer.prefixed))
    if isinstance(pre_tokenizer, Metaspace) and pre_tokenizer.scheme != "first" and pre_tokenizer.splits:
        prefixed = pre_tokenizer.scheme == "always"
        return Words(pipeline, by_mark(pre_tokenizer.mark, prefixed=prefixed), lambda part: [part])
    return None


def _two_steps(pipeline: Pipeline, first: PreTokenizer, second: PreTokenizer) -> Words | None:
    """A fast path for two pre-tokenizers: a pattern, then bytes (Llama 3), or white space, then Metaspace (XLM-RoBERTa)."""
    from encoderfile_runtime.tokenizer.patterns import Split
    from encoderfile_runtime.tokenizer.pre_tokenizers.basic import WhitespaceSplit
    from encoderfile_runtime.tokenizer.pre_tokenizers.byte_level import ByteLevel
    from encoderfile_runtime.tokenizer.pre_tokenizers.metaspace import Metaspace
    from encoderfile_runtime.tokenizer.regex.pattern import Pattern

    from .words import ByteWords, Words, by_mark, by_pattern

    pattern = first.pattern if isinstance(first, Split) and first.behavior == "Isolated" else None
    only_bytes = isinstance(second, ByteLevel) and not second.pattern and not second.prefixed
    if isinstance(pattern, Pattern) and only_bytes:
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
