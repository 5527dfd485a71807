"""The complex functions of CBLAS that numpy is linked with, against numpy's own."""

from __future__ import annotations

import ctypes
import itertools
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hatch_encoderfile.bases.standalone import recipes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc"),
]

_ROWS, _COLUMNS = 101, 102
_PLAIN, _TRANSPOSED, _CONJUGATED = 111, 112, 113
_UPPER, _LOWER = 121, 122
_OF: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    _PLAIN: lambda a: a,
    _TRANSPOSED: np.transpose,
    _CONJUGATED: lambda a: a.conj().T,
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    source = Path(recipes.__file__).with_name("complex_blas.c")
    made = tmp_path_factory.mktemp("blas") / "complex_blas.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-std=c11", "-Wall", "-Werror", source, "-o", made], check=True)
    return ctypes.CDLL(str(made))


class _Case:
    """One precision, with numbers to compute with."""

    def __init__(self, library: ctypes.CDLL, prefix: str, dtype: Any) -> None:
        self._library, self._prefix, self.dtype = library, prefix, dtype
        self._random = np.random.default_rng(0)
        self.alpha, self.beta = self.numbers(1), self.numbers(1)

    def numbers(self, *shape: int) -> NDArray[Any]:
        made = self._random.standard_normal(shape) + 1j * self._random.standard_normal(shape)
        return made.astype(self.dtype)

    def stored(self, order: int, matrix: NDArray[Any]) -> tuple[NDArray[Any], int]:
        """A matrix in memory, with room after each row or column."""
        wide = matrix if order == _ROWS else matrix.T
        room = self.numbers(wide.shape[0], wide.shape[1] + 3)
        room[:, : wide.shape[1]] = wide
        return room, room.shape[1]

    def call(self, name: str, *arguments: int | NDArray[Any]) -> None:
        values = [item if isinstance(item, int) else ctypes.c_void_p(item.ctypes.data) for item in arguments]
        getattr(self._library, f"cblas_{self._prefix}{name}")(*values)

    def check(self, expected: NDArray[Any], actual: NDArray[Any]) -> None:
        np.testing.assert_allclose(actual, expected, rtol=1e-4 if self.dtype == np.complex64 else 1e-12)


@pytest.fixture(params=[("c", np.complex64), ("z", np.complex128)], ids=["c", "z"])
def case(request: pytest.FixtureRequest, library: ctypes.CDLL) -> _Case:
    return _Case(library, *request.param)


@pytest.mark.parametrize(("order", "left", "right"), [*itertools.product((_ROWS, _COLUMNS), _OF, _OF)])
def test_gemm(case: _Case, order: int, left: int, right: int) -> None:
    m, n, k = 3, 4, 5
    a = case.numbers(*((m, k) if left == _PLAIN else (k, m)))
    b = case.numbers(*((k, n) if right == _PLAIN else (n, k)))
    c = case.numbers(m, n)
    (a_room, lda), (b_room, ldb), (c_room, ldc) = (case.stored(order, item) for item in (a, b, c))
    case.call("gemm", order, left, right, m, n, k, case.alpha, a_room, lda, b_room, ldb, case.beta, c_room, ldc)
    actual = c_room[:, :n] if order == _ROWS else c_room[:, :m].T
    case.check(case.alpha * (_OF[left](a) @ _OF[right](b)) + case.beta * c, actual)


@pytest.mark.parametrize(("order", "transpose"), [*itertools.product((_ROWS, _COLUMNS), _OF)])
def test_gemv_with_steps(case: _Case, order: int, transpose: int) -> None:
    m, n = 3, 4
    a = case.numbers(m, n)
    used = _OF[transpose](a)
    x, y = case.numbers(used.shape[1] * 2), case.numbers(used.shape[0] * 3)
    expected = case.alpha * (used @ x[::2]) + case.beta * y[::3]
    room, leading = case.stored(order, a)
    case.call("gemv", order, transpose, m, n, case.alpha, room, leading, x, 2, case.beta, y, 3)
    case.check(expected, y[::3])


@pytest.mark.parametrize(("triangle", "transpose"), [*itertools.product((_UPPER, _LOWER), (_PLAIN, _TRANSPOSED))])
def test_syrk_writes_one_triangle(case: _Case, triangle: int, transpose: int) -> None:
    n, k = 4, 3
    a = case.numbers(*((n, k) if transpose == _PLAIN else (k, n)))
    c = case.numbers(n, n)
    full = case.alpha * (_OF[transpose](a) @ _OF[transpose](a).T) + case.beta * c
    kept = np.triu(np.ones((n, n), dtype=bool)) if triangle == _UPPER else np.tril(np.ones((n, n), dtype=bool))
    expected = np.where(kept, full, c)
    case.call("syrk", _ROWS, triangle, transpose, n, k, case.alpha, a, a.shape[1], case.beta, c, n)
    case.check(expected, c)


def test_what_was_in_the_result_does_not_count_without_beta(case: _Case) -> None:
    a, x, y = case.numbers(2, 2), case.numbers(2), np.full(2, np.nan, case.dtype)
    case.call("gemv", _ROWS, _PLAIN, 2, 2, np.ones(1, case.dtype), a, 2, x, 1, np.zeros(1, case.dtype), y, 1)
    case.check(a @ x, y)


def test_dot_products(case: _Case) -> None:
    x, y, result = case.numbers(6), case.numbers(9), case.numbers(1)
    case.call("dotu_sub", 3, x, 2, y, 3, result)
    case.check((x[::2] * y[::3]).sum(keepdims=True), result)
    case.call("dotc_sub", 3, x, 2, y, 3, result)
    case.check((x[::2].conj() * y[::3]).sum(keepdims=True), result)


def test_a_negative_step_begins_at_the_far_end(case: _Case) -> None:
    x, y, result = case.numbers(4), case.numbers(4), case.numbers(1)
    case.call("dotu_sub", 4, x, -1, y, 1, result)
    case.check((x[::-1] * y).sum(keepdims=True), result)


def test_axpy(case: _Case) -> None:
    x, y = case.numbers(6), case.numbers(9)
    expected = case.alpha * x[::2] + y[::3]
    case.call("axpy", 3, case.alpha, x, 2, y, 3)
    case.check(expected, y[::3])
