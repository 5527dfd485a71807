"""Numbers of results: the shortest decimals, the same one by one and many at once."""

from __future__ import annotations

import json

import numpy as np
import pytest

from encoderfile_runtime.tasks.decimals import shortest


@pytest.mark.parametrize("repeats", [1, 10])
def test_they_are_the_shortest_decimals_of_float32_and_null_where_json_has_none(repeats: int) -> None:
    vector = np.array([0.1, 1 / 3, 1e-7, -0.0, 16777216, 123456789, np.nan, np.inf, -np.inf], np.float32)
    expected = "0.1, 0.33333334, 1e-07, -0.0, 16777216.0, 123456790.0, null, null, null"

    found = json.dumps(shortest(np.tile(vector, repeats)), allow_nan=False)

    assert found == f"[{', '.join([expected] * repeats)}]"


def test_they_round_to_the_float32_they_came_from() -> None:
    vector = np.random.default_rng(4).integers(0, 1 << 32, 20_000, np.uint32).view(np.float32)
    vector = vector[np.isfinite(vector)]

    assert np.array_equal(np.array(shortest(vector), np.float64).astype(np.float32), vector)


def test_many_are_what_numpy_prints_for_each() -> None:
    random = np.random.default_rng(7)
    powers = np.float32(2) ** np.arange(-30, 40, dtype=np.float32)
    tens = (10.0 ** np.arange(-8, 9)).astype(np.float32)
    edges = np.concatenate([powers, tens])
    few_digits = random.integers(1, 10**6, 10_000) / 10.0 ** random.integers(0, 8, 10_000)
    low, high = np.array([5e-5, 2e6], np.float32).view(np.uint32).tolist()
    common = random.integers(low, high, 20_000, np.uint32).view(np.float32)
    vector = np.concatenate(
        [
            edges,
            np.nextafter(edges, np.float32(0)),
            np.nextafter(edges, np.float32(np.inf)),
            few_digits,
            common,
            -common,
        ]
    ).astype(np.float32)

    assert shortest(vector) == [float(str(value)) for value in vector]
