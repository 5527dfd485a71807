"""Calls to the OpenBLAS that numpy's wheels carry (https://github.com/OpenMathLib/OpenBLAS), and products cut for its kernels.

A usual matrix product copies both operands to packed buffers first (Goto and van de Geijn 2008), which pays when each element
is used many times. With few tokens each element of a weight is used few times, and packing takes as long as the product.
OpenBLAS' AVX-512 cores have kernels for small matrices that read both operands where they are. So on these cores a product
is cut into parts small enough for them; on others it is left whole.
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
"""Tokens in a full tile: four AVX-512 registers of 16 float32, the widest step of the kernel along the tokens."""

_PADDED = 48
"""A tile of more tokens than this is filled up to `TILE`: the kernel's slower steps for the rest would take longer."""

_TOGETHER = 2
"""Tiles that are multiplied with each block of a weight while the block is in the cache; of more tiles, the first would have
left the cache before the next block."""

_SMALL = 1_000_000  # the largest M·N·K that OpenBLAS' sgemm_small_kernel_permit accepts on SkylakeX
_ROWS = (96, 48, 24, 12, 8)  # rows of a block: whole steps of the kernel along the rows
_FULL_ROWS = (24, 12, 8)  # those that are fastest where a tile is full


@lru_cache(None)
def _function(name: str) -> Any:
    """A function of the OpenBLAS that numpy is linked with; None where numpy has another BLAS."""
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
    """Whether this OpenBLAS has kernels for small matrices, for which products are cut into tiles."""
    return core_name() in ("SkylakeX", "Cooperlake", "SapphireRapids")


def set_threads(count: int) -> None:
    """Set how many threads a product may use from now on, in the whole process."""
    function = _function("set_num_threads")
    if function is not None:
        function(count)


def threads() -> int:
    """How many threads a product may use; 1 where that is not known."""
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
    """How `tokens` columns are cut into tiles: tuples of the first column, the number of equal tiles, and their width.

    The last tile may be wider than what is left of the columns.
    """
    if not has_small_kernels():
        return [(0, 1, tokens)]  # packing pays more the more columns there are
    whole, rest = divmod(tokens, TILE)
    if rest > _PADDED:
        whole, rest = whole + 1, 0
    cuts = [(first * TILE, min(_TOGETHER, whole - first), TILE) for first in range(0, whole, _TOGETHER)]
    return [*cuts, (whole * TILE, 1, rest)] if rest else cuts


class Matrix:
    """A weight (M, K) or several at equal distances in memory (n, M, K), multiplied where they are mapped.

    Attributes:
        weight: the array itself.
        height: the rows of all, M or n·M.
    """

    __slots__ = ("_axes", "_blocks", "height", "weight")

    def __init__(self, weight: FloatArray) -> None:
        self.weight = weight
        self.height = weight.size // weight.shape[-1]
        self._blocks: dict[int, FloatArray] = {}  # views of the weight, by the rows of a block
        # Blocks come before tiles, so that all tiles meet a block while it is in the cache.
        self._axes = (1, 0, 2, 3) if weight.ndim == 2 else (1, 2, 0, 3, 4)

    def multiply(self, x: FloatArray, out: FloatArray) -> None:
        """Write weight @ x (tiles, K, N) to `out` (tiles, M, N), which may be part of a wider array."""
        height, depth = self.weight.shape[-2:]
        tiles, _, width = x.shape
        rows = _block_rows(height, depth, width)
        blocks = self._blocks.get(rows)
        if blocks is None:  # ([n,] blocks, 1, rows, K)
            blocks = self._blocks[rows] = self.weight.reshape(*self.weight.shape[:-2], height // rows, 1, rows, depth)
        parts = blocks.shape[:-3]  # ([n,] blocks)
        # ([n,] blocks, 1, rows, K) @ (tiles, K, N) -> ([n,] blocks, tiles, rows, N), a view of (tiles, M, N)
        np.matmul(blocks, x, out.reshape(tiles, *parts, rows, width).transpose(self._axes))


@lru_cache(1024)
def _block_rows(height: int, depth: int, width: int) -> int:
    """The rows of a block that make it a small product with a tile; all rows where the product is better left whole."""
    if width > TILE or not has_small_kernels():
        return height
    limit = _SMALL // (depth * width)
    return next((n for n in (_FULL_ROWS if width == TILE else _ROWS) if n <= limit and height % n == 0), height)
