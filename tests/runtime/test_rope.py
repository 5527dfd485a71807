"""Rotary positions of each type; what transformers computes with them is in tests/models/test_config_keys.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoderfile_runtime.architectures import EncoderConfig
from encoderfile_runtime.architectures.rope import ROPE_TYPES
from encoderfile_runtime.encoder.frequencies import frequencies
from encoderfile_runtime.errors import ModelError

LONGROPE = {
    "rope_type": "longrope",
    "short_factor": [1, 1.5, 2.0, 3],
    "long_factor": [2, 3, 4, 6],
    "original_max_position_embeddings": 10,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 12,
}


def test_new_s_ntk_slows_all_rotations_and_widens_their_range() -> None:
    speeds, amplitude = frequencies(8, 20.0, {"rope_type": "ntk", "factor": 8.0}, 24, 3)
    np.testing.assert_allclose(speeds, [(20.0 * 8) ** -(2 * i / 8) / 8 ** (2 / 8) for i in range(4)])
    assert amplitude == 1


def test_longrope_looks_at_the_length_of_the_text() -> None:
    plain, _ = frequencies(8, 20.0, {}, 40, 1)
    for length, divisors in ((10, [1, 1.5, 2, 3]), (11, [2, 3, 4, 6])):
        speeds, amplitude = frequencies(8, 20.0, LONGROPE, 40, length)
        np.testing.assert_allclose(speeds * divisors, plain)
        assert amplitude == pytest.approx(math.sqrt(1 + math.log(4) / math.log(10)))


@pytest.mark.parametrize(
    ("scaling", "fault"),
    [
        (5, "rope_scaling: expected an object, found 5"),
        ({"factor": 2}, "rope_scaling.rope_type: None is not supported"),
        ({"rope_type": []}, r"rope_scaling.rope_type: \[\] is not supported"),
        ({"rope_type": "linear"}, "rope_scaling.factor: missing, linear needs it"),
        ({"rope_type": "linear", "factor": 0}, "rope_scaling.factor: expected a number from 1e-06 to 1e"),
        ({"rope_type": "linear", "factor": math.nan}, "rope_scaling.factor: expected a number"),
        ({"rope_type": "linear", "factor": True}, "rope_scaling.factor: expected a number"),
        ({"rope_type": "linear", "factor": 2, "beta_fast": 2}, "rope_scaling.beta_fast: linear has no such parameter"),
        (LONGROPE | {"long_factor": [1.0] * 5}, "rope_scaling.long_factor: expected a list of 4 numbers"),
        (LONGROPE | {"long_factor": [1, 1, 1, 0]}, "rope_scaling.long_factor: expected numbers from 1e-06"),
        (LONGROPE | {"long_factor": {}}, "rope_scaling.long_factor: expected a list of 4 numbers"),
        (LONGROPE | {"original_max_position_embeddings": 1}, "embeddings: expected an integer from 2"),
        (LONGROPE | {"original_max_position_embeddings": 8.0}, "embeddings: expected an integer from 2"),
        (LLAMA3 | {"high_freq_factor": 1.0}, "rope_scaling.high_freq_factor: expected more than low_freq_factor"),
        (
            {"rope_type": "yarn", "original_max_position_embeddings": 8, "truncate": 1},
            "rope_scaling.truncate: expected true or false, found 1",
        ),
    ],
)
def test_parameters_that_cannot_be_are_refused(scaling: Any, fault: str) -> None:
    config = EncoderConfig("gte", 50, 16, 1, 2, 12, 24, 2, "gelu", 1e-12, "")
    with pytest.raises(ModelError, match=fault):
        EncoderConfig.from_json(config.to_json() | {"rope_scaling": scaling})


@pytest.mark.parametrize("kind", sorted(ROPE_TYPES))
def test_the_extremes_of_all_parameters_give_numbers(kind: str) -> None:
    for end in ("low", "high"):
        scaling: dict[str, Any] = {"rope_type": kind}
        for key, parameter in ROPE_TYPES[kind].items():
            number = getattr(parameter, end)
            values = {"list": [number] * 4, "boolean": False, "integer": int(number), "number": number}
            scaling[key] = values[parameter.kind]
        speeds, amplitude = frequencies(8, 1.1, scaling | {"high_freq_factor": 2e6}, 24, 3)
        assert np.isfinite(speeds).all()
        assert math.isfinite(amplitude)


def test_a_base_of_1_is_refused_where_positions_are_scaled() -> None:
    config = EncoderConfig("gte", 50, 16, 1, 2, 12, 24, 2, "gelu", 1e-12, "", rope_theta=1, rope_scaling=LLAMA3)
    assert list(config.faults()) == ["rope_theta: expected more than 1 where positions are scaled, found 1"]
    assert list(config._replace(rope_scaling={}).faults()) == []
