"""The parts of a tokenizer: which class reads which `type` of a tokenizer.json.

A class is imported when a definition names it. To add a component, write its file and put its line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.fields import shown

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields

MAX_DEPTH = 8
MAX_COMPONENTS = 64  # one after the other: each reads the text once

NORMALIZERS = {
    "BertNormalizer": "normalizers.bert:BertNormalizer",
    "ByteLevel": "normalizers.byte_level:ByteLevelNormalizer",
    "Lowercase": "normalizers.basic:Lowercase",
    "NFC": "unicode.normal_forms:NormalForm",
    "NFD": "unicode.normal_forms:NormalForm",
    "NFKC": "unicode.normal_forms:NormalForm",
    "NFKD": "unicode.normal_forms:NormalForm",
    "Nmt": "normalizers.basic:Nmt",
    "Precompiled": "normalizers.precompiled:Precompiled",
    "Prepend": "normalizers.basic:Prepend",
    "Replace": "patterns:Replace",
    "Sequence": "normalizers.basic:NormalizerSequence",
    "Strip": "normalizers.basic:Strip",
    "StripAccents": "normalizers.basic:StripAccents",
}
PRE_TOKENIZERS = {
    "BertPreTokenizer": "pre_tokenizers.bert:BertPreTokenizer",
    "ByteLevel": "pre_tokenizers.byte_level:ByteLevel",
    "CharDelimiterSplit": "patterns:CharDelimiterSplit",
    "Digits": "pre_tokenizers.basic:Digits",
    "FixedLength": "pre_tokenizers.basic:FixedLength",
    "Metaspace": "pre_tokenizers.metaspace:Metaspace",
    "Punctuation": "pre_tokenizers.basic:Punctuation",
    "Sequence": "pre_tokenizers.basic:PreTokenizerSequence",
    "Split": "patterns:Split",
    "Whitespace": "pre_tokenizers.basic:Whitespace",
    "WhitespaceSplit": "pre_tokenizers.basic:WhitespaceSplit",
}
MODELS = {
    "BPE": "models.bpe:BPE",
    "Unigram": "models.unigram:Unigram",
    "WordLevel": "models.wordlevel:WordLevel",
    "WordPiece": "models.wordpiece:WordPiece",
}
_BY_MEMBER = {"merges": "BPE", "unk_id": "Unigram", "continuing_subword_prefix": "WordPiece"}
POST_PROCESSORS = {
    "BertProcessing": "processors.basic:BertProcessing",
    "ByteLevel": "processors.basic:ByteLevelProcessing",
    "RobertaProcessing": "processors.basic:RobertaProcessing",
    "Sequence": "processors.basic:PostProcessorSequence",
    "TemplateProcessing": "processors.template_processing:TemplateProcessing",
}
# What is made of other components of its kind, and the member that lists them.
_PARTS = {
    "NormalizerSequence": "normalizers",
    "PostProcessorSequence": "processors",
    "PreTokenizerSequence": "pretokenizers",
}


def read_model(fields: Fields) -> Any:
    """The model that an object describes; None where it is at fault.

    Definitions of 2020 and 2021 don't say which it is; then the member that only one kind has does.
    """
    kind = None if "type" in fields else next((_BY_MEMBER[key] for key in _BY_MEMBER if key in fields), None)
    return read_component(fields, MODELS, kind)


def _read_components(fields: Fields, key: str, known: dict[str, str]) -> list[tuple[str, Any]]:
    """What a list of objects describes, one after the other, each with its path; of a sequence among them its parts.

    There are none where they are too many.
    """
    found: list[tuple[str, Any]] = []
    for item in fields.objects(key):
        component = read_component(item, known)
        found += getattr(component, "steps", [(item.path, component)] if component else [])
    if len(found) > MAX_COMPONENTS:
        fields.fault(f"expected at most {MAX_COMPONENTS}, found {len(found)}", key)
        return []
    return found


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
    found: Any = getattr(import_module(f".{module}", __package__), name)
    if name in _PARTS:
        component = found.read(fields, _read_components(fields, _PARTS[name], known))
    else:
        component = found.read(fields)
    fields.close()
    return component
