"""The parts of a tokenizer: which class reads which `type` of a tokenizer.json.

A class is imported when a definition names it. To add a component, write its file and put its line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .definition import MAX_DEPTH, shown

if TYPE_CHECKING:
    from .definition import Fields

NORMALIZERS = {
    "BertNormalizer": "bert:BertNormalizer",
    "ByteLevel": "byte_level:ByteLevelNormalizer",
    "Lowercase": "normalizers:Lowercase",
    "NFC": "normal_forms:NormalForm",
    "NFD": "normal_forms:NormalForm",
    "NFKC": "normal_forms:NormalForm",
    "NFKD": "normal_forms:NormalForm",
    "Nmt": "normalizers:Nmt",
    "Precompiled": "precompiled:Precompiled",
    "Prepend": "normalizers:Prepend",
    "Replace": "patterns:Replace",
    "Sequence": "normalizers:NormalizerSequence",
    "Strip": "normalizers:Strip",
    "StripAccents": "normalizers:StripAccents",
}
PRE_TOKENIZERS = {
    "BertPreTokenizer": "bert:BertPreTokenizer",
    "ByteLevel": "byte_level:ByteLevel",
    "CharDelimiterSplit": "patterns:CharDelimiterSplit",
    "Digits": "pre_tokenizers:Digits",
    "Metaspace": "metaspace:Metaspace",
    "Punctuation": "pre_tokenizers:Punctuation",
    "Sequence": "pre_tokenizers:PreTokenizerSequence",
    "Split": "patterns:Split",
    "Whitespace": "pre_tokenizers:Whitespace",
    "WhitespaceSplit": "pre_tokenizers:WhitespaceSplit",
}
MODELS = {
    "BPE": "bpe:BPE",
    "Unigram": "unigram:Unigram",
    "WordLevel": "wordlevel:WordLevel",
    "WordPiece": "wordpiece:WordPiece",
}
_BY_MEMBER = {"merges": "BPE", "unk_id": "Unigram", "continuing_subword_prefix": "WordPiece"}
POST_PROCESSORS = {
    "BertProcessing": "post_processors:BertProcessing",
    "ByteLevel": "post_processors:ByteLevelProcessing",
    "RobertaProcessing": "post_processors:RobertaProcessing",
    "Sequence": "post_processors:PostProcessorSequence",
    "TemplateProcessing": "templates:TemplateProcessing",
}


def read_model(fields: Fields) -> Any:
    """The model that an object describes; None where it is at fault.

    Definitions of 2020 and 2021 don't say which it is; then the member that only one kind has does.
    """
    kind = None if "type" in fields else next((_BY_MEMBER[key] for key in _BY_MEMBER if key in fields), None)
    return read_component(fields, MODELS, kind)


def read_component(fields: Fields, known: dict[str, str], kind: str | None = None) -> Any:
    """What an object describes, one of the kinds that are known; None where it is at fault."""
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
