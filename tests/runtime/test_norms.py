"""Layer normalization against its formula in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from encoderfile_runtime.encoder.norms import LayerNorm


@pytest.mark.parametrize("tokens", [1, 7])
def test_layer_norm_normalizes_columns(tokens: int) -> None:
    random = np.random.default_rng(0)
    x = random.normal(3, 5, (24, tokens)).astype(np.float32)
    weight, bias, before = random.normal(size=(3, 24)).astype(np.float32)
    rows = np.ones((2, tokens), np.float32)

    def expected(added: Any) -> Any:
        exact = x.astype(np.float64) + added
        return (exact - exact.mean(0)) / np.sqrt(exact.var(0) + 1e-5) * weight[:, None]

    out = np.empty_like(x)
    LayerNorm(weight, bias, 1e-5, before)(x.copy(), np.empty_like(x), rows, out)
    np.testing.assert_allclose(out - bias[:, None], expected(before[:, None]), rtol=0, atol=2e-6)
    own = x.copy()
    LayerNorm(weight, None, 1e-5)(own, np.empty_like(x), rows, own)
    np.testing.assert_allclose(own, expected(0), rtol=0, atol=2e-6)


def test_layer_norm_of_equal_features_is_the_bias() -> None:
    x = np.full((8, 2), 2, np.float32)
    bias = np.arange(8, dtype=np.float32)
    LayerNorm(np.ones(8, np.float32), bias, 1e-12)(x, np.empty_like(x), np.ones((2, 2), np.float32), x)
    assert np.array_equal(x, np.repeat(bias[:, None], 2, axis=1))
