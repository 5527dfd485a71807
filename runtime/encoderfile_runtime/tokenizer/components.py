"""The registry of tokenizer components: which class reads which `type` of a tokenizer.json.

A class is imported when a definition names it. To add a component, write its file and add its line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.fields import shown

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields

MAX_DEPTH = 8  # of sequences in sequences
MAX_COMPONENTS = 64  # in a sequence: each of them reads the whole text

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
# Sequences of components of one kind, with the member that lists these.
_PARTS = {
    "NormalizerSequence": "normalizers",
    "PostProcessorSequence": "processors",
    "PreTokenizerSequence": "pretokenizers",
}


def read_model(fields: Fields) -> Any:
    """Read the member `model`; None if it is invalid, with the faults noted in `fields`.

    Definitions of 2020 and 2021 have no `type`: there the kind follows from a member that only one kind has.
    """
    kind = None if "type" in fields else next((_BY_MEMBER[key] for key in _BY_MEMBER if key in fields), None)
    return read_component(fields, MODELS, kind)


def _read_components(fields: Fields, key: str, known: dict[str, str]) -> list[tuple[str, Any]]:
    """Read a list of components, each with its JSON path; a sequence inside it is flattened into its parts.

    The list is empty if there are more than MAX_COMPONENTS.
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
    """Read a component of one of the known kinds; None if it is invalid, with the faults noted in `fields`."""
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
