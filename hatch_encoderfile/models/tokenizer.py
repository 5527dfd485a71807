"""The tokenizer artifact: tokenizer.json with its padding and truncation set, in the JSON that Mozilla's runtime reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.spec import Fixed

if TYPE_CHECKING:
    from hatch_encoderfile.spec import TokenizerOverrides

_STRATEGIES = {"longest_first": "LongestFirst", "only_first": "OnlyFirst", "only_second": "OnlySecond"}
_SIDES = {"left": "Left", "right": "Right"}
_ADDED_TOKEN_KEYS = ("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")


def artifact(
    definition: dict[str, Any],
    config: dict[str, Any],
    overrides: TokenizerOverrides,
    max_length: int,
    faults: list[str],
) -> tuple[bytes, dict[str, Any]]:
    """The artifact's bytes, and the definition as it stands in them.

    Args:
        definition: tokenizer.json.
        config: tokenizer_config.json; empty where there is none.
        overrides: what the spec says instead.
        max_length: tokens a text may have, special tokens included.
        faults: what is wrong is added here.
    """
    padding = _padding(definition, config, overrides, faults)
    truncation = {
        "direction": _SIDES[_choice(overrides.truncation_side, config, "truncation_side", _SIDES, "right", faults)],
        "max_length": max_length,
        "strategy": _STRATEGIES[
            _choice(overrides.truncation_strategy, config, "truncation_strategy", _STRATEGIES, "longest_first", faults)
        ],
        "stride": overrides.stride if overrides.stride is not None else _count(config, "stride", 0, faults),
    }
    known = dict(definition)
    result = {"version": known.pop("version", "1.0"), "truncation": truncation, "padding": padding}
    known["added_tokens"] = [
        {key: token[key] for key in _ADDED_TOKEN_KEYS if key in token} for token in known.get("added_tokens") or []
    ]
    result |= {key: value for key, value in known.items() if key not in result}
    whole = {"tokenizer": result, "config": {"padding": padding, "truncation": truncation}}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), result


def declared_max_length(definition: dict[str, Any], config: dict[str, Any]) -> int | None:
    """What tokenizer_config.json, or else tokenizer.json, sets as the maximum length; None for "no limit"."""
    truncation = definition.get("truncation")
    candidates = [config.get("model_max_length"), config.get("max_length")]
    if isinstance(truncation, dict):
        candidates.append(truncation.get("max_length"))
    lengths = [value for value in candidates if isinstance(value, int) and not isinstance(value, bool)]
    # transformers writes int(1e30) where it knows no limit.
    return lengths[0] if lengths and lengths[0] < 1 << 31 else None


def _padding(
    definition: dict[str, Any], config: dict[str, Any], overrides: TokenizerOverrides, faults: list[str]
) -> dict[str, Any]:
    token = config.get("pad_token")
    if isinstance(token, dict):
        token = token.get("content")
    if token is None:
        token = "[PAD]"
    ids = {added.get("content"): added.get("id") for added in definition.get("added_tokens") or []}
    vocabulary = definition.get("model", {}).get("vocab", {})
    identity = ids.get(token, vocabulary.get(token) if isinstance(vocabulary, dict) else None)
    if not isinstance(identity, int):
        faults.append(f"tokenizer_config.json: pad_token {token!r} is not in the vocabulary")
        identity = 0
    strategy = overrides.pad_strategy
    multiple = config.get("pad_to_multiple_of")
    return {
        "strategy": {"Fixed": strategy.length} if isinstance(strategy, Fixed) else "BatchLongest",
        "direction": _SIDES[_choice(None, config, "padding_side", _SIDES, "right", faults)],
        "pad_to_multiple_of": multiple,
        "pad_id": identity,
        "pad_type_id": _count(config, "pad_token_type_id", 0, faults),
        "pad_token": token,
    }


def _choice(
    override: str | None, config: dict[str, Any], key: str, known: dict[str, str], default: str, faults: list[str]
) -> str:
    value = override or config.get(key) or default
    if value == "do_not_truncate":
        value = default
    if value not in known:
        faults.append(f"tokenizer_config.json: {key} {value!r}, expected one of {', '.join(known)}")
        return default
    return str(value)


def _count(config: dict[str, Any], key: str, default: int, faults: list[str]) -> int:
    value = config.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        faults.append(f"tokenizer_config.json: {key} {value!r}, expected a number from 0")
        return default
    return value
