"""The types of rotary positions and the parameters of each, under the names of `rope_parameters` in config.json.

linear: Chen et al. 2023 (arXiv 2306.15595). yarn: Peng et al. 2023 (arXiv 2309.00071). longrope: Ding et al. 2024
(arXiv 2402.13753). llama3: Dubey et al. 2024 (arXiv 2407.21783). proportional: the rotary share of Gemma 3n and 4 in transformers.
ntk: Su 2023 (https://kexue.fm/archives/9706), as in GTE's published code. dynamic (NTK by the length of a text) changes nothing
up to `max_position_embeddings`, and no longer text is taken, so that it needs no type here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Parameter(NamedTuple):
    """What a parameter may be: a number or an integer in a range, true or false, or a list of numbers, one a frequency."""

    kind: str = "number"
    low: float = 1e-6
    high: float = 1e6
    required: bool = True


_FACTOR = Parameter()
_LENGTH = Parameter("integer", 2, (1 << 31) - 1)
_LIST = Parameter("list")
_SCALE = Parameter(low=0, required=False)
_OPTIONAL = Parameter(required=False)

ROPE_TYPES: dict[str, dict[str, Parameter]] = {
    "linear": {"factor": _FACTOR},
    "llama3": {
        "factor": _FACTOR,
        "high_freq_factor": _FACTOR,
        "low_freq_factor": _FACTOR,
        "original_max_position_embeddings": _LENGTH,
    },
    "longrope": {
        "attention_factor": _SCALE,
        "factor": _OPTIONAL,
        "long_factor": _LIST,
        "original_max_position_embeddings": _LENGTH,
        "short_factor": _LIST,
    },
    "ntk": {"factor": Parameter(low=1)},
    "proportional": {"factor": _OPTIONAL, "partial_rotary_factor": Parameter(low=0, high=1, required=False)},
    "yarn": {
        "attention_factor": _SCALE,
        "beta_fast": _OPTIONAL,
        "beta_slow": _OPTIONAL,
        "factor": _OPTIONAL,
        "mscale": _SCALE,
        "mscale_all_dim": _SCALE,
        "original_max_position_embeddings": _LENGTH,
        "truncate": Parameter("boolean", required=False),
    },
}


def rope_faults(settings: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the scaling of positions in the fields of an `EncoderConfig`, a line each, beginning with the path."""
    features = settings["hidden_size"] // settings["num_attention_heads"]
    for prefix in ("", "local_"):
        path, theta = f"{prefix}rope_scaling", f"{prefix}rope_theta"
        if settings[path] != {}:
            yield from _scaling_faults(path, settings[path], features)
            if settings[theta] == 1:
                yield f"{theta}: expected more than 1 where positions are scaled, found 1"


def _scaling_faults(path: str, scaling: object, features: int) -> Iterator[str]:
    """What is wrong with the parameters of a type for heads of so many features."""
    if not isinstance(scaling, Mapping):
        yield f"{path}: expected an object, found {scaling!r}"
        return
    kind = scaling.get("rope_type")
    if not isinstance(kind, str) or kind not in ROPE_TYPES:
        yield f"{path}.rope_type: {kind!r} is not supported; supported: {', '.join(map(repr, ROPE_TYPES))}"
        return
    parameters = ROPE_TYPES[kind]
    faults = [f"{key}: {kind} has no such parameter" for key in scaling if key not in (*parameters, "rope_type")]
    for key, parameter in parameters.items():
        if key in scaling:
            faults += [f"{key}: {fault}" for fault in _value_faults(scaling[key], parameter, features)]
        elif parameter.required:
            faults.append(f"{key}: missing, {kind} needs it")
    if not faults and kind == "llama3" and not scaling["low_freq_factor"] < scaling["high_freq_factor"]:
        faults.append("high_freq_factor: expected more than low_freq_factor")
    yield from (f"{path}.{fault}" for fault in faults)


def _value_faults(value: Any, parameter: Parameter, features: int) -> Iterator[str]:
    kind, low, high, _ = parameter
    if kind == "list":
        if not isinstance(value, list) or len(value) != features // 2:
            yield f"expected a list of {features // 2} numbers, one for each two features of a head"
        elif not all(type(item) in (int, float) and low <= item <= high for item in value):
            yield f"expected numbers from {low:g} to {high:g}"
    elif kind == "boolean":
        if type(value) is not bool:
            yield f"expected true or false, found {value!r}"
    elif type(value) not in ((int,) if kind == "integer" else (int, float)) or not low <= value <= high:
        yield f"expected {'an integer' if kind == 'integer' else 'a number'} from {low:g} to {high:g}, found {value!r}"
