"""Packs, tiles, products and threads: whatever the order of the work is, the result is the same."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.architectures import EncoderConfig, encoder_tensors
from encoderfile_runtime.encoder import PACK_TOKENS, Encoder, blas
from encoderfile_runtime.encoder.blas import Matrix
from encoderfile_runtime.encoder.packs import packs, runs
from encoderfile_runtime.encoder.weights import Linear

if TYPE_CHECKING:
    from collections.abc import Iterator

lengths = st.lists(st.integers(1, 600), max_size=60)


@given(lengths)
def test_each_sequence_is_in_one_pack(lengths: list[int]) -> None:
    found = packs(lengths)
    assert sorted(index for pack in found for index in pack) == list(range(len(lengths)))
    for pack in found:
        assert len(pack) == 1 or sum(lengths[index] for index in pack) <= PACK_TOKENS


@given(lengths)
def test_no_two_packs_would_fit_in_one(lengths: list[int]) -> None:
    sums = sorted(sum(lengths[index] for index in pack) for pack in packs(lengths))
    assert all(first + second > PACK_TOKENS for first, second in pairwise(sums))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40).map(sorted))
def test_runs_cover_a_pack_without_gap(lengths: list[int]) -> None:
    found = list(runs(lengths))
    assert [run.start for run in found] == [0, *(run.stop for run in found)][:-1]
    assert [run.length for run in found for _ in range(run.sequences)] == lengths
    assert all(run.stop - run.start == run.sequences * run.length for run in found)


@pytest.fixture(params=[True, False], ids=["small-kernels", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    blas._block_rows.cache_clear()
    monkeypatch.setattr(blas, "has_small_kernels", lambda: request.param)
    yield request.param
    blas._block_rows.cache_clear()


@pytest.mark.parametrize("tokens", [1, 16, 48, 49, 63, 64, 65, 80, 127, 128, 200, 512])
def test_tiles_cover_the_columns_without_gap(kernels: bool, tokens: int) -> None:
    cuts = blas.cut(tokens)
    stops = [start + tiles * width for start, tiles, width in cuts]
    assert [start for start, _, _ in cuts] == [0, *stops][:-1]
    assert tokens <= stops[-1] < tokens + 16
    if kernels:
        assert all(width <= blas.TILE for _, _, width in cuts)
    else:
        assert cuts == [(0, 1, tokens)]


@pytest.mark.parametrize("tiles", [1, 2])
@pytest.mark.parametrize(("rows", "columns", "width"), [(96, 384, 64), (384, 1536, 64), (97, 5, 16), (24, 8, 1)])
def test_a_product_in_blocks_is_the_product(kernels: bool, rows: int, columns: int, width: int, tiles: int) -> None:
    assert kernels in (True, False)
    random = np.random.default_rng(0)
    weight = random.normal(size=(rows, columns)).astype(np.float32)
    x = random.normal(size=(tiles, columns, width)).astype(np.float32)
    wide = np.zeros((rows, tiles, width + 3), np.float32)
    Matrix(weight).multiply(x, wide[..., 1 : width + 1].swapaxes(0, 1))
    exact = np.einsum("rc,tcw->rtw", weight.astype(np.float64), x)
    bound = columns * float(np.finfo(np.float32).eps) * 2  # of a sum whose terms are about 1
    np.testing.assert_allclose(wide[..., 1 : width + 1], exact, rtol=0, atol=bound)
    assert not wide[..., 0].any()
    assert not wide[..., width + 1 :].any()


def test_a_product_of_spaced_weights_is_the_product_of_each(kernels: bool) -> None:
    assert kernels in (True, False)
    random = np.random.default_rng(0)
    whole = random.normal(size=(3, 48, 20)).astype(np.float32)
    x = random.normal(size=(2, 20, 64)).astype(np.float32)
    out = np.empty((2, 72, 64), np.float32)
    Linear(list(whole[:, 24:]), []).multiply(x, out)
    np.testing.assert_allclose(out, whole[:, 24:].reshape(72, 20) @ x, rtol=0, atol=1e-4)


def test_weights_at_equal_distances_are_one_view_and_others_are_not_copied() -> None:
    whole = np.arange(48, dtype=np.float32).reshape(12, 4)
    joined = [part.weight for part in Linear([whole[:4], whole[4:8], whole[8:]], []).parts]
    assert [part.shape for part in joined] == [(12, 4)]
    assert np.shares_memory(joined[0], whole)
    assert not joined[0].flags.writeable
    [spaced] = [part.weight for part in Linear([whole[:2], whole[4:6], whole[8:10]], []).parts]
    assert np.array_equal(spaced, whole.reshape(3, 4, 4)[:, :2])
    assert np.shares_memory(spaced, whole)
    apart = [part.weight for part in Linear([whole[8:], whole[:4], whole[4:8]], []).parts]
    assert [part.shape for part in apart] == [(4, 4)] * 3
    assert all(np.shares_memory(part, whole) for part in apart)


CONFIG = EncoderConfig("bert", 50, 32, 2, 2, 48, 64, 2, "gelu", 1e-12, "")


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    random = np.random.default_rng(5)
    return {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in encoder_tensors(CONFIG).items()}


@pytest.fixture(scope="module")
def sequences() -> list[list[int]]:
    random = np.random.default_rng(6)
    return [random.integers(0, 50, length).tolist() for length in random.integers(1, 64, 60)]


def test_both_kinds_of_product_give_the_same_states(
    kernels: bool, weights: dict[str, Any], sequences: list[list[int]]
) -> None:
    encoder = Encoder(CONFIG, weights.__getitem__)
    for together, ids in zip(encoder.forward(sequences), sequences, strict=True):
        np.testing.assert_allclose(together, encoder.forward([ids])[0], rtol=0, atol=2e-5)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_share_the_work_and_give_the_same(
    weights: dict[str, Any], sequences: list[list[int]], threads: int
) -> None:
    before = blas.threads()
    encoder = Encoder(CONFIG, weights.__getitem__)
    for chosen in (sequences, sequences[:1], []):
        alone = encoder.forward(chosen)
        for expected, actual in zip(alone, encoder.forward(chosen, threads=threads), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-5)
    assert blas.threads() == before


def test_a_failure_in_a_thread_is_raised_where_the_work_was_asked_for(
    weights: dict[str, Any], sequences: list[list[int]]
) -> None:
    def fail() -> None:
        raise RuntimeError("stop")

    encoder = Encoder(CONFIG, weights.__getitem__)
    encoder.after_linear = fail

    with pytest.raises(RuntimeError, match="stop"):
        encoder.forward(sequences, threads=2)


def test_several_threads_may_use_one_encoder(weights: dict[str, Any], sequences: list[list[int]]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    encoder = Encoder(CONFIG, weights.__getitem__)
    expected = [encoder.forward([ids])[0] for ids in sequences]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda ids: encoder.forward([ids])[0], sequences))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
