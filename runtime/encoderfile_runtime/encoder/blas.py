"""What is asked of the OpenBLAS that numpy's wheels carry (https://github.com/OpenMathLib/OpenBLAS), and products that suit it.

Its AVX-512 core has kernels for small matrices that read both operands where they are. Others, and larger products, copy
them to packed buffers first, which for few tokens costs as much as the product.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.activations import FloatArray

TILE = 64
"""Tokens in a tile, at most, where small matrices have their own kernel."""

_PADDED = 48
"""A tile of more tokens takes less time when it is filled up to `TILE`, the only width with whole steps of the kernel."""

_TOGETHER = 2
"""Tiles that meet each block of a weight while it is in the cache; more would not be there themselves."""

_SMALL = 1_000_000  # M·N·K, in OpenBLAS' sgemm_small_kernel_permit for SkylakeX
_ROWS = (96, 48, 24, 12, 8)  # whole steps of that kernel
_FULL_ROWS = (24, 12, 8)  # the fastest of them where a tile is full


@lru_cache(None)
def _function(name: str) -> Any:
    """A function of the OpenBLAS that numpy is linked with; None where it has another BLAS."""
    if "_encoderfile_base" in sys.builtin_module_names:  # a standalone base, whose program offers them
        return getattr(import_module("_encoderfile_base"), f"openblas_{name}")
    return _loaded_function(name)


def _loaded_function(name: str) -> Any:
    """The same where numpy loaded OpenBLAS as a library."""
    import ctypes

    core = "numpy._core" if "numpy._core" in sys.modules else "numpy.core"  # numpy 2, numpy 1
    path = sys.modules[f"{core}._multiarray_umath"].__file__
    if path is None:
        return None
    library = ctypes.CDLL(path)  # a symbol is looked for in what the library is linked with, too
    for symbol in (f"scipy_openblas_{name}64_", f"openblas_{name}64_", f"openblas_{name}"):
        if hasattr(library, symbol):
            function = getattr(library, symbol)
            if name == "get_corename":
                function.restype = ctypes.c_char_p
            return function
    return None


@lru_cache(None)
def core_name() -> str:
    """The processor whose kernels OpenBLAS chose, e.g. SkylakeX or Haswell; empty for another BLAS."""
    function = _function("get_corename")
    return str(function().decode()) if function is not None else ""


@lru_cache(None)
def has_small_kernels() -> bool:
    """Whether products in tiles pay."""
    return core_name() in ("SkylakeX", "Cooperlake", "SapphireRapids")


def set_threads(count: int) -> None:
    """How many threads a product may use from now on, in the whole process."""
    function = _function("set_num_threads")
    if function is not None:
        function(count)


def threads() -> int:
    """How many threads a product uses; 1 where that is not known."""
    function = _function("get_num_threads")
    return int(function()) if function is not None else 1


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Let products use so many threads in a block; BLAS has that setting once for the process."""
    before = threads()
    set_threads(count)
    try:
        yield
    finally:
        set_threads(before)


def cut(tokens: int) -> list[tuple[int, int, int]]:
    """How `tokens` columns are cut into tiles: first column, number of equal tiles, their width. The last may reach past the columns."""
    if not has_small_kernels():
        return [(0, 1, tokens)]
    whole, rest = divmod(tokens, TILE)
    if rest > _PADDED:
        whole, rest = whole + 1, 0
    cuts = [(first * TILE, min(_TOGETHER, whole - first), TILE) for first in range(0, whole, _TOGETHER)]
    return [*cuts, (whole * TILE, 1, rest)] if rest else cuts


class Matrix:
    """A weight (M, K), where it is mapped, as products of each width want it; or several at equal distances, (n, M, K).

    Attributes:
        height: how many rows it has, or all of them have.
    """

    __slots__ = ("_axes", "_blocks", "height", "weight")

    def __init__(self, weight: FloatArray) -> None:
        self.weight = weight
        self.height = weight.size // weight.shape[-1]
        self._blocks: dict[int, FloatArray] = {}
        self._axes = (1, 0, 2, 3) if weight.ndim == 2 else (1, 2, 0, 3, 4)

    def multiply(self, x: FloatArray, out: FloatArray) -> None:
        """Write weight @ x (tiles, K, N) to `out` (tiles, M, N), which may be part of a wider array."""
        height, depth = self.weight.shape[-2:]
        tiles, _, width = x.shape
        rows = _block_rows(height, depth, width)
        blocks = self._blocks.get(rows)
        if blocks is None:
            blocks = self._blocks[rows] = self.weight.reshape(*self.weight.shape[:-2], height // rows, 1, rows, depth)
        parts = blocks.shape[:-3]
        np.matmul(blocks, x, out.reshape(tiles, *parts, rows, width).transpose(self._axes))


@lru_cache(1024)
def _block_rows(height: int, depth: int, width: int) -> int:
    """The rows that a product is cut into so that each part is small; all where it is better whole."""
    if width > TILE or not has_small_kernels():
        return height
    limit = _SMALL // (depth * width)
    return next((n for n in (_FULL_ROWS if width == TILE else _ROWS) if n <= limit and height % n == 0), height)
