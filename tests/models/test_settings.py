"""config.json of each architecture as `EncoderConfig`: published spellings, defaults, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoderfile_runtime.architectures import ARCHITECTURES, EncoderConfig, architecture
from encoderfile_runtime.encoder.rotary import RotaryAttention
from encoderfile_runtime.encoder.weights import Weights
from encoderfile_runtime.errors import ModelError
from hatch_encoderfile.models.settings import SETTINGS, canonical, unsupported

SIZES = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 24,
}


def read(model_type: str, **config: Any) -> EncoderConfig:
    return EncoderConfig.from_json(canonical(model_type, config) | {"prefix": ""})


def test_the_front_end_reads_what_the_runtime_runs() -> None:
    assert set(SETTINGS) == set(ARCHITECTURES)


def test_nomics_own_spelling_is_read() -> None:
    own = {
        "vocab_size": 40,
        "n_embd": 16,
        "n_layer": 4,
        "n_head": 2,
        "n_inner": 24,
        "n_positions": 24,
        "layer_norm_epsilon": 1e-12,
        "activation_function": "swiglu",
        "rotary_emb_base": 1000,
        "type_vocab_size": 2,
    }
    modern = SIZES | {"rope_parameters": {"rope_theta": 1000}, "hidden_act": "silu"}
    assert read("nomic_bert", **own) == read("nomic_bert", **modern)


def test_distilberts_own_spelling_is_read() -> None:
    own = {"vocab_size": 40, "dim": 16, "n_layers": 4, "n_heads": 2, "hidden_dim": 24, "activation": "relu"}
    config = read("distilbert", max_position_embeddings=24, **own)
    assert (config.hidden_size, config.num_hidden_layers, config.intermediate_size) == (16, 4, 24)
    assert (config.hidden_act, config.type_vocab_size) == ("relu", 0)


def test_modernberts_layers_without_window_are_found_in_both_spellings() -> None:
    old = read("modernbert", global_rope_theta=5.0, local_rope_theta=3.0, global_attn_every_n_layers=2, **SIZES)
    ropes = {"full_attention": {"rope_theta": 5.0}, "sliding_attention": {"rope_theta": 3.0}}
    kinds = ["full_attention", "sliding_attention"] * 2
    assert old == read("modernbert", rope_parameters=ropes, layer_types=kinds, **SIZES)
    assert (old.local_attention, old.global_attn_every_n_layers) == (128, 2)


def test_layers_without_a_pattern_are_refused() -> None:
    kinds = ["full_attention", "full_attention", "sliding_attention", "full_attention"]
    with pytest.raises(ModelError, match=r"global_attn_every_n_layers: expected an integer .* found .layer_types"):
        read("modernbert", layer_types=kinds, **SIZES)


def test_gtes_scaling_slows_all_rotations_and_widens_their_range() -> None:
    config = read("new", rope_theta=20.0, rope_scaling={"type": "ntk", "factor": 8.0}, **SIZES)
    assert (config.rope_theta, config.rope_factor) == (20.0, 8.0)
    weights = Weights(architecture("new"), config, lambda name: np.zeros(0, np.float32))
    cosine, sine = RotaryAttention(weights)._turn(local=False, length=3)
    speeds = [(20.0 * 8) ** -(2 * i / 8) / 8 ** (2 / 8) for i in range(4)]
    np.testing.assert_allclose(cosine, [[math.cos(speed * t) for t in range(3)] for speed in speeds], atol=1e-6)
    np.testing.assert_allclose(sine, [[math.sin(speed * t) for t in range(3)] for speed in speeds], atol=1e-6)


@pytest.mark.parametrize(
    ("model_type", "config", "fault"),
    [
        ("new", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "rope_factor: expected a number"),
        (
            "new",
            {"rope_scaling": {"type": "ntk", "factor": 0.5}},
            "rope_factor: expected a number from 1 to 1e.06, found 0.5",
        ),
        ("new", {"hidden_size": 6}, "gives 2 heads no even number of features"),
        ("roberta", {"max_position_embeddings": 2}, "max_position_embeddings: 2 leaves no position for a token"),
        ("bert", {"type_vocab_size": -1}, "type_vocab_size: expected an integer from 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(model_type: str, config: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        read(model_type, **({"type_vocab_size": 1, "hidden_act": "gelu", "layer_norm_eps": 1e-12} | SIZES | config))


@pytest.mark.parametrize(
    ("model_type", "key", "value"),
    [
        ("albert", "num_hidden_groups", 2),
        ("bert", "position_embedding_type", "relative_key"),
        ("deberta-v2", "conv_kernel_size", 3),
        ("deberta-v2", "share_att_key", False),
        ("deberta-v2", "pos_att_type", ["c2p"]),
        ("modernbert", "norm_bias", True),
        ("mpnet", "relative_attention_num_buckets", 64),
        ("new", "pack_qkv", False),
        ("nomic_bert", "rotary_emb_interleaved", True),
        ("roberta", "is_decoder", True),
    ],
)
def test_a_variant_without_code_is_named(model_type: str, key: str, value: Any) -> None:
    [fault] = unsupported(model_type, {key: value})
    assert fault.startswith(f"{key}: {value!r} is not supported, expected ")


def test_debertas_spelling_of_two_in_one_is_read() -> None:
    assert unsupported("deberta-v2", {"pos_att_type": "c2p|p2c"}) == []
