"""The tokenizer artifact: tokenizer.json with padding and truncation set, in the JSON that Mozilla's runtime reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.spec import Fixed

from .tokenizer_facts import vocabulary

if TYPE_CHECKING:
    from .source import ModelSource

_STRATEGIES = {"longest_first": "LongestFirst", "only_first": "OnlyFirst", "only_second": "OnlySecond"}
_SIDES = {"left": "Left", "right": "Right"}
_ADDED_TOKEN_KEYS = ("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
# The defaults of the tokenizers library (0.22).
_DEFAULTS: dict[str, dict[str, Any]] = {
    "truncation": {"direction": "Right", "max_length": 512, "strategy": "LongestFirst", "stride": 0},
    "padding": {
        "strategy": "BatchLongest",
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    },
}
_PADDINGS = ("[PAD]", "<pad>", "<|padding|>", "<|endoftext|>")
_NO_LIMIT = 1 << 31  # transformers writes int(1e30) for "no limit"
_SHORTEST = 3  # tokens: two special ones and one of the text


def artifact(source: ModelSource, max_length: int) -> tuple[bytes, dict[str, Any]]:
    """Make the artifact; return its bytes and the tokenizer.json in it. Faults are noted in the source.

    Args:
        source: tokenizer.json, tokenizer_config.json and the spec's overrides.
        max_length: largest number of tokens of a text, special tokens included.
    """
    overrides = source.spec.tokenizer
    side = overrides.truncation_side or _truncation_side(source)
    strategy = overrides.truncation_strategy or _choice(source, "truncation_strategy", _STRATEGIES, "longest_first")
    if strategy == "only_second" and source.spec.model_type is not ModelType.SEQUENCE_CLASSIFICATION:
        source.fault("truncation_strategy: only_second cuts pairs, but this model takes single texts: use only_first")
    stride = _count(source, "stride") if overrides.stride is None else overrides.stride
    truncation = {
        "direction": _SIDES[side],
        "max_length": max_length,
        "strategy": _STRATEGIES[strategy],
        "stride": stride,
    }
    added_tokens = _added_tokens(source)
    return _complete(source, added_tokens, truncation, _padding(source))


def _truncation_side(source: ModelSource) -> str:
    """What tokenizer_config.json says, else tokenizer.json, else the right; a fault where both do and differ."""
    truncation = source.tokenizer.get("truncation")
    direction = truncation.get("direction") if isinstance(truncation, dict) else None
    own = next((side for side, name in _SIDES.items() if name == direction), None)
    stated = _choice(source, "truncation_side", _SIDES, own or "right")
    if own not in (None, stated):
        source.fault(
            f"tokenizer_config.json: truncation_side: {stated!r}, but tokenizer.json: truncation.direction: {direction!r}: "
            "correct one, or set the spec's tokenizer.truncation-side"
        )
    return stated


def own_artifact(source: ModelSource) -> bytes:
    """Make the artifact without tokenizer_config.json: padding and truncation are those of tokenizer.json, or defaults."""
    overrides = source.spec.tokenizer
    truncation, padding = (_of_definition(source, key, names) for key, names in _DEFAULTS.items())
    said: dict[str, Any] = {
        "direction": overrides.truncation_side and _SIDES[overrides.truncation_side],
        "max_length": overrides.max_length,
        "strategy": overrides.truncation_strategy and _STRATEGIES[overrides.truncation_strategy],
        "stride": overrides.stride,
    }
    truncation |= {key: value for key, value in said.items() if value is not None}
    if overrides.pad_strategy is not None:
        padding["strategy"] = _strategy(source)
    return _complete(source, _added_tokens(source), truncation, padding)[0]


def _of_definition(source: ModelSource, key: str, defaults: dict[str, Any]) -> dict[str, Any]:
    """An object of tokenizer.json completed with defaults, its keys in the order of the tokenizers library."""
    value = source.tokenizer.get(key)
    if value is None:
        return dict(defaults)
    if not isinstance(value, dict) or not set(value) <= set(defaults):
        source.fault(f"tokenizer.json: {key}: expected an object of {', '.join(defaults)}")
        return dict(defaults)
    return {name: value.get(name, default) for name, default in defaults.items()}


def _complete(
    source: ModelSource, added_tokens: list[dict[str, Any]], truncation: dict[str, Any], padding: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """Encode the artifact: tokenizer.json as the tokenizers library writes it, and padding and truncation beside it."""
    definition = {"version": "1.0"} | source.tokenizer
    definition["added_tokens"] = [
        {key: token[key] for key in _ADDED_TOKEN_KEYS if key in token} for token in added_tokens
    ]
    first = {"version": definition["version"], "truncation": truncation, "padding": padding}
    result = first | {key: value for key, value in definition.items() if key not in first}
    whole = {"tokenizer": result, "config": {"padding": padding, "truncation": truncation}}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(), result


def declared_max_length(source: ModelSource, positions: int | None = None) -> int | None:
    """What tokenizer_config.json and tokenizer.json set as the maximum length; None for "no limit".

    A fault where they differ, `positions` being what a model takes at most. Mozilla's CLI, which does not give it, takes the first.
    """
    config, truncation = source.tokenizer_config, source.tokenizer.get("truncation")
    candidates = {f"tokenizer_config.json: {key}": config.get(key) for key in ("model_max_length", "max_length")}
    if isinstance(truncation, dict):
        candidates["tokenizer.json: truncation.max_length"] = truncation.get("max_length")
    found: dict[str, int | None] = {}
    for where, length in candidates.items():
        if type(length) in (int, float) and length >= _NO_LIMIT:
            found[where] = positions
        elif type(length) is int and length >= _SHORTEST:
            found[where] = length if positions is None else min(length, positions)
        elif length is not None:
            source.fault(f"{where}: {length!r}, expected a number from {_SHORTEST}")
            return None
    if positions is not None and len(set(found.values())) > 1:
        said = ", ".join(f"{where}: {candidates[where]}" for where in found)
        source.fault(f"{said}: they differ, of {positions} positions: set the spec's tokenizer.max-length")
    return next(iter(found.values()), None)


def _padding(source: ModelSource) -> dict[str, Any]:
    stated: Any = source.tokenizer_config.get("pad_token")
    text = stated.get("content") if isinstance(stated, dict) else stated
    tokens = vocabulary(source.tokenizer)
    if text is None:  # nothing is padded when the model runs, but the artifact has a place for it
        text = next((token for token in _PADDINGS if token in tokens), _PADDINGS[0])
    if not isinstance(text, str):
        source.fault(f"tokenizer_config.json: pad_token: expected a text, found {text!r}")
        text = _PADDINGS[0]
    identity = tokens.get(text)
    if type(identity) is not int or identity < 0:
        if stated is not None:
            source.fault(f"tokenizer_config.json: pad_token {text!r} is not in the vocabulary")
        identity = 0
    multiple = source.tokenizer_config.get("pad_to_multiple_of")
    if multiple is not None and (type(multiple) is not int or multiple < 1):
        source.fault(f"tokenizer_config.json: pad_to_multiple_of {multiple!r}, expected a number from 1")
    return {
        "strategy": _strategy(source),
        "direction": _SIDES[_choice(source, "padding_side", _SIDES, "right")],
        "pad_to_multiple_of": multiple,
        "pad_id": identity,
        "pad_type_id": _count(source, "pad_token_type_id"),
        "pad_token": text,
    }


def _strategy(source: ModelSource) -> str | dict[str, int]:
    strategy = source.spec.tokenizer.pad_strategy
    return {"Fixed": strategy.length} if isinstance(strategy, Fixed) else "BatchLongest"


def _added_tokens(source: ModelSource) -> list[dict[str, Any]]:
    added = source.tokenizer.get("added_tokens")
    if added is None:
        return []
    if not isinstance(added, list):
        source.fault(f"tokenizer.json: added_tokens: expected a list, found {added!r}")
        return []
    tokens = []
    for index, token in enumerate(added):
        if isinstance(token, dict) and isinstance(token.get("content"), str):
            tokens.append(token)
        else:
            source.fault(f"tokenizer.json: added_tokens[{index}].content: expected a text")
    return tokens


def _choice(source: ModelSource, key: str, known: dict[str, str], default: str) -> str:
    value = source.tokenizer_config.get(key)
    if value is None or value == "do_not_truncate":
        return default
    if not isinstance(value, str) or value not in known:
        source.fault(f"tokenizer_config.json: {key} {value!r}, expected one of {', '.join(known)}")
        return default
    return str(value)


def _count(source: ModelSource, key: str) -> int:
    value = source.tokenizer_config.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        source.fault(f"tokenizer_config.json: {key} {value!r}, expected a number from 0")
        return 0
    return value
