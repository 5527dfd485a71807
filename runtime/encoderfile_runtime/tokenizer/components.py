"""The parts of a tokenizer: which class reads which `type` of a tokenizer.json.

A class is imported when a definition names it. To add a component, write its file and put its line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .definition import MAX_DEPTH, shown

if TYPE_CHECKING:
    from .definition import Fields
    from .interfaces import Model, Normalizer, PostProcessor, PreTokenizer

NORMALIZERS = {
    "BertNormalizer": "bert:BertNormalizer",
    "Lowercase": "normalizers:Lowercase",
    "NFC": "normal_forms:NormalForm",
    "NFD": "normal_forms:NormalForm",
    "NFKC": "normal_forms:NormalForm",
    "NFKD": "normal_forms:NormalForm",
    "Prepend": "normalizers:Prepend",
    "Replace": "normalizers:Replace",
    "Sequence": "normalizers:NormalizerSequence",
    "Strip": "normalizers:Strip",
    "StripAccents": "normalizers:StripAccents",
}
PRE_TOKENIZERS = {
    "BertPreTokenizer": "bert:BertPreTokenizer",
    "Digits": "pre_tokenizers:Digits",
    "Punctuation": "pre_tokenizers:Punctuation",
    "Sequence": "pre_tokenizers:PreTokenizerSequence",
    "Whitespace": "pre_tokenizers:Whitespace",
    "WhitespaceSplit": "pre_tokenizers:WhitespaceSplit",
}
MODELS = {
    "WordLevel": "wordlevel:WordLevel",
    "WordPiece": "wordpiece:WordPiece",
}
POST_PROCESSORS = {
    "BertProcessing": "templates:BertProcessing",
    "TemplateProcessing": "templates:TemplateProcessing",
}


def read_normalizer(fields: Fields) -> Normalizer | None:
    """The normalizer that an object describes; None where it is at fault."""
    normalizer: Normalizer | None = _read(fields, NORMALIZERS)
    return normalizer


def read_pre_tokenizer(fields: Fields) -> PreTokenizer | None:
    """The pre-tokenizer that an object describes; None where it is at fault."""
    pre_tokenizer: PreTokenizer | None = _read(fields, PRE_TOKENIZERS)
    return pre_tokenizer


def read_model(fields: Fields) -> Model | None:
    """The model that an object describes; None where it is at fault.

    Definitions of 2020 and 2021 don't say which it is; then the member that only WordPiece has does.
    """
    untyped = "type" not in fields and "continuing_subword_prefix" in fields and "merges" not in fields
    model: Model | None = _read(fields, MODELS, "WordPiece" if untyped else None)
    return model


def read_post_processor(fields: Fields) -> PostProcessor | None:
    """The post-processor that an object describes; None where it is at fault."""
    post_processor: PostProcessor | None = _read(fields, POST_PROCESSORS)
    return post_processor


def _read(fields: Fields, known: dict[str, str], kind: str | None = None) -> Any:
    if fields.depth > MAX_DEPTH:
        fields.skip()
        fields.fault(f"nested more than {MAX_DEPTH} deep")
        return None
    kind = kind or fields.string("type")
    if kind not in known:
        if kind:
            fields.fault(f"{shown(kind)} is not supported, only {', '.join(known)}", "type")
        fields.skip()
        return None
    module, name = known[kind].split(":")
    component = getattr(import_module(f".{module}", __package__), name).read(fields)
    fields.close()
    return component
