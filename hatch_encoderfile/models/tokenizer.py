"""The tokenizer artifact: tokenizer.json with its padding and truncation set, in the JSON that Mozilla's runtime reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.spec import Fixed

if TYPE_CHECKING:
    from .source import ModelSource

_STRATEGIES = {"longest_first": "LongestFirst", "only_first": "OnlyFirst", "only_second": "OnlySecond"}
_SIDES = {"left": "Left", "right": "Right"}
_ADDED_TOKEN_KEYS = ("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
_NO_LIMIT = 1 << 31  # transformers writes int(1e30) where it knows no limit


def artifact(source: ModelSource, max_length: int) -> tuple[bytes, dict[str, Any]]:
    """The artifact's bytes, and the definition as it stands in them; what is wrong becomes a fault of the source.

    Args:
        source: tokenizer.json, tokenizer_config.json and the spec's overrides.
        max_length: tokens a text may have, special tokens included.
    """
    overrides = source.spec.tokenizer
    side = overrides.truncation_side or _choice(source, "truncation_side", _SIDES, "right")
    strategy = overrides.truncation_strategy or _choice(source, "truncation_strategy", _STRATEGIES, "longest_first")
    stride = _count(source, "stride") if overrides.stride is None else overrides.stride
    truncation = {
        "direction": _SIDES[side],
        "max_length": max_length,
        "strategy": _STRATEGIES[strategy],
        "stride": stride,
    }
    padding = _padding(source)
    definition = {"version": "1.0"} | source.tokenizer
    definition["added_tokens"] = [
        {key: token[key] for key in _ADDED_TOKEN_KEYS if key in token} for token in _added_tokens(source)
    ]
    first = {"version": definition["version"], "truncation": truncation, "padding": padding}
    result = first | {key: value for key, value in definition.items() if key not in first}
    whole = {"tokenizer": result, "config": {"padding": padding, "truncation": truncation}}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), result


def declared_max_length(source: ModelSource) -> int | None:
    """What tokenizer_config.json, or else tokenizer.json, sets as the maximum length; None for "no limit"."""
    config, truncation = source.tokenizer_config, source.tokenizer.get("truncation")
    candidates = [config.get("model_max_length"), config.get("max_length")]
    if isinstance(truncation, dict):
        candidates.append(truncation.get("max_length"))
    lengths = [value for value in candidates if isinstance(value, int) and not isinstance(value, bool)]
    return lengths[0] if lengths and lengths[0] < _NO_LIMIT else None


def _padding(source: ModelSource) -> dict[str, Any]:
    text = source.tokenizer_config.get("pad_token")
    if isinstance(text, dict):
        text = text.get("content")
    if text is None:
        text = "[PAD]"
    ids = {added.get("content"): added.get("id") for added in _added_tokens(source)}
    model = source.tokenizer.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    identity = ids.get(text, vocabulary.get(text) if isinstance(vocabulary, dict) else None)
    if not isinstance(identity, int):
        source.fault(f"tokenizer_config.json: pad_token {text!r} is not in the vocabulary")
        identity = 0
    strategy = source.spec.tokenizer.pad_strategy
    return {
        "strategy": {"Fixed": strategy.length} if isinstance(strategy, Fixed) else "BatchLongest",
        "direction": _SIDES[_choice(source, "padding_side", _SIDES, "right")],
        "pad_to_multiple_of": source.tokenizer_config.get("pad_to_multiple_of"),
        "pad_id": identity,
        "pad_type_id": _count(source, "pad_token_type_id"),
        "pad_token": text,
    }


def _added_tokens(source: ModelSource) -> list[dict[str, Any]]:
    added = source.tokenizer.get("added_tokens")
    return [token for token in added if isinstance(token, dict)] if isinstance(added, list) else []


def _choice(source: ModelSource, key: str, known: dict[str, str], default: str) -> str:
    value = source.tokenizer_config.get(key) or default
    if value == "do_not_truncate":
        return default
    if value not in known:
        source.fault(f"tokenizer_config.json: {key} {value!r}, expected one of {', '.join(known)}")
        return default
    return str(value)


def _count(source: ModelSource, key: str) -> int:
    value = source.tokenizer_config.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        source.fault(f"tokenizer_config.json: {key} {value!r}, expected a number from 0")
        return 0
    return value
