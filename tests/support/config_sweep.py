"""Cases of config.json for `test_config_keys` and the script that computes what transformers makes of them: numpy alone.

A case is a change of a tiny model's config.json. Its weights follow from their names and shapes, so that a case is no more
than the change, and its result no more than a few projections of the hidden states and logits.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

TEXTS = ([7], [2, 9, 1, 30, 11], [3, 12, 0, 14, 1, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27])
"""Token ids, with 0 and 1 among them, which may be those of padding."""

_SIZES = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 24,
}
BASES: dict[str, dict[str, Any]] = {
    "albert": _SIZES | {"embedding_size": 8},
    "bert": _SIZES,
    "camembert": _SIZES,
    "deberta-v2": _SIZES
    | {
        "max_relative_positions": 12,
        "norm_rel_ebd": "layer_norm",
        "pos_att_type": ["p2c", "c2p"],
        "position_buckets": 8,
        "relative_attention": True,
        "share_att_key": True,
    },
    "distilbert": {
        "dim": 16,
        "hidden_dim": 24,
        "max_position_embeddings": 24,
        "n_heads": 2,
        "n_layers": 2,
        "vocab_size": 40,
    },
    "electra": _SIZES | {"embedding_size": 8},
    "gte": _SIZES,
    "modernbert": _SIZES | {"local_attention": 8, "num_hidden_layers": 4, "pad_token_id": 1},
    "mpnet": _SIZES,
    "nomic_bert": _SIZES,
    "roberta": _SIZES,
    "xlm-roberta": _SIZES,
}
"""By `model_type`, what is not the default in all cases."""

_ACTIVATIONS = [
    "gelu",
    "gelu_10",
    "gelu_accurate",
    "gelu_fast",
    "gelu_new",
    "gelu_python",
    "gelu_python_tanh",
    "gelu_pytorch_tanh",
    "hardswish",
    "laplace",
    "leaky_relu",
    "linear",
    "mish",
    "prelu",
    "quick_gelu",
    "relu",
    "relu2",
    "relu6",
    "sigmoid",
    "silu",
    "sqrtsoftplus",
    "swish",
    "tanh",
    "xielu",
]
_FACTORS = [1.0, 1.5, 2.0, 4]
_ROPES: list[dict[str, Any]] = [
    {},
    {"rope_type": "default"},
    {"rope_type": "default", "rope_theta": 50.0},
    {"type": "default", "rope_theta": 7},
    {"rope_theta": 50.0},
    {"rope_type": "default", "factor": 2.0},
    {"rope_type": "other"},
    {"rope_type": None},
    *({"rope_type": kind, "factor": factor} for kind in ("linear", "dynamic") for factor in _FACTORS),
    {"type": "linear", "factor": 3.0, "rope_theta": 20.0},
    {"rope_type": "linear"},
    {"rope_type": "ntk", "factor": 2.0},
    {"rope_type": "linear", "factor": 2.0, "partial_rotary_factor": 0.5},
    {"rope_type": "linear", "factor": 2.0, "colour": 1},
    *(
        {"rope_type": "yarn", "rope_theta": 100.0, "factor": 2.0, "original_max_position_embeddings": 12} | more
        for more in (
            {},
            {"factor": 4.0},
            {"factor": None},
            {"attention_factor": 0.7},
            {"beta_fast": 3.0, "beta_slow": 0.5},
            {"beta_fast": 1, "beta_slow": 0.2, "truncate": False},
            {"mscale": 0.7, "mscale_all_dim": 0.3},
            {"mscale": 0.7},
            {"original_max_position_embeddings": None},
        )
    ),
    {"rope_type": "yarn", "factor": 2.0},
    {"rope_type": "yarn", "original_max_position_embeddings": 8},
    *(
        {
            "rope_type": "longrope",
            "short_factor": [1.0, 1.1, 1.2, 1.5],
            "long_factor": [1.0, 2.0, 4.0, 8],
            "original_max_position_embeddings": 8,
        }
        | more
        for more in (
            {},
            {"factor": 4.0},
            {"attention_factor": 1.3},
            {"rope_theta": 30.0, "original_max_position_embeddings": 17},
            {"short_factor": [1.0]},
        )
    ),
    *(
        {
            "rope_type": "llama3",
            "rope_theta": 50.0,
            "factor": 4.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 12,
        }
        | more
        for more in ({}, {"high_freq_factor": 2}, {"factor": 2.0, "low_freq_factor": 0.5}, {"low_freq_factor": 4.0})
    ),
    {"rope_type": "llama3", "factor": 2.0},
    {"rope_type": "proportional"},
    {"rope_type": "proportional", "partial_rotary_factor": 0.5, "rope_theta": 40.0},
    {"rope_type": "proportional", "partial_rotary_factor": 0.25, "factor": 2.0},
]
_KINDS = ("full_attention", "sliding_attention")
_LISTS: dict[str, list[Any]] = {
    **{
        key: [*_ACTIVATIONS, "other", None]
        for key in ("hidden_act", "hidden_activation", "activation", "classifier_activation", "pooler_hidden_act")
    },
    "activation_function": ["swiglu", "geglu", "gelu"],
    "attention_head_size": [4, 8],
    "classifier_pooling": ["cls", "mean", "max"],
    "conv_kernel_size": [0, 3],
    "embedding_size": [4, 16, 24, 8.0, 0],
    "global_attn_every_n_layers": [1, 2, 3, 4, 9, 0, None, 2.0],
    "head_dim": [8, 4, 16, None],
    "hidden_size": [8, 12, 32, 6, 0],
    "dim": [8, 12, 32, 6, 0],
    "is_decoder": [True, False],
    "layer_types": [
        None,
        *([_KINDS[kind] for kind in kinds] for kinds in ((0, 1, 1, 0), (0, 0, 0, 0), (0, 1, 0, 1), (1, 1, 1, 1))),
        ["attention", *[_KINDS[1]] * 3],
        [_KINDS[0], _KINDS[0], _KINDS[1], _KINDS[0]],
        [_KINDS[0]],
    ],
    "local_attention": [0, 1, 2, 3, 7, 16, 128, 8.0],
    "sliding_window": [0, 1, 4, 8],
    "max_position_embeddings": [17, 30, 512, 2],
    "max_relative_positions": [-1, 4, 9, 24, 40],
    "norm_rel_ebd": ["none", "layer_norm", "layer_norm|none", "NONE"],
    "num_attention_heads": [1, 4, 8, 3],
    "n_heads": [1, 4, 8, 3],
    "pos_att_type": [["c2p"], ["p2c"], "c2p|p2c", "P2C | c2p", [], None, ["c2p", "p2c", "x"]],
    "position_buckets": [-1, 0, 4, 6, 12, 16],
    "rope_scaling": [None, *_ROPES],
    "type_vocab_size": [0, 1, 2, 3],
    "vocab_size": [31, 64],
}
_FEW: list[Any] = [True, False, 3, 0.5, "x", None]


def changes(family: str, own: Mapping[str, Any], foreign: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Changes of one key at a time: all values for a family's own keys, one or two for those of others."""
    yield {}
    for key, default in own.items():
        for value in _values(family, key, default):
            yield {key: value}
    for key, default in foreign.items():
        for value in _values(family, key, default)[:2]:
            yield {key: value}
    for theta in (5.0, 300):
        yield {"rope_theta": theta}
        yield {"rope_theta": theta, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}
    if family == "modernbert":
        for kind in _KINDS:
            yield {"rope_parameters": {kind: None}}
        yield {"global_rope_theta": 5.0, "local_rope_theta": 3.0}
        yield {"sliding_window": 2, "local_attention": 5}


def _values(family: str, key: str, default: Any) -> list[Any]:
    if key == "rope_parameters":
        flat: list[Any] = list(_ROPES)
        return [*flat[:3], *({kind: rope} for kind in _KINDS for rope in _ROPES)] if family == "modernbert" else flat
    if key in _LISTS:
        return _LISTS[key]
    kinds = (
        (bool, [not default, default, None]),
        (int, [1, 3, 0, None]),
        (float, [0.5, 1e-3, 0.0, None]),
        (str, ["x", default]),
    )
    return next((values for kind, values in kinds if isinstance(default, kind)), _FEW)


def together(family: str, singles: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Two or three changes at once, chosen by a seed that is the family's name."""
    random = np.random.PCG64(zlib.crc32(family.encode()))
    for _ in range(count):
        size = 2 + int(random.random_raw()) % 2
        change: dict[str, Any] = {}
        for _ in range(size):
            change |= singles[int(random.random_raw()) % len(singles)]
        yield change


def weight(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Values for a tensor by its name: norms about 1, matrices such that what they make has about the size of what they get."""
    random = np.random.PCG64(zlib.crc32(name.encode()))
    raw = np.asarray(random.random_raw(int(np.prod(shape))), np.uint64) >> np.uint64(40)
    values = (raw.astype(np.float64) / (1 << 24) - 0.5) * np.sqrt(12)
    if "norm" in name.lower() or name.endswith((".norm1.weight", ".norm2.weight")):
        values = values * 0.2 + name.endswith("weight")
    elif len(shape) == 1:
        values *= 0.2
    elif "embeddings" not in name:
        values *= 1.2 / np.sqrt(shape[1])
    found: NDArray[np.float32] = values.astype(np.float32).reshape(shape)
    return found


def projections(array: NDArray[Any]) -> list[float]:
    """Three numbers that stand for an array: its products with vectors of length 1."""
    flat = np.asarray(array, np.float64).reshape(-1)
    random = np.random.PCG64(len(flat))
    signs = [np.asarray(random.random_raw(len(flat)), np.uint64) >> np.uint64(63) for _ in range(3)]
    return [float(flat @ (sign * 2.0 - 1) / np.sqrt(len(flat))) for sign in signs]
