"""What is asked of the OpenBLAS that numpy's wheels carry (https://github.com/OpenMathLib/OpenBLAS), and products that suit it.

Its AVX-512 core has kernels for small matrices that read both operands where they are. Others, and larger products, copy
them to packed buffers first, which for few tokens costs as much as the product.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from encoderfile_runtime.ops import FloatArray

TILE = 64
"""Tokens in a tile, at most, where small matrices have their own kernel."""

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


def tile_width(tokens: int) -> int:
    """The width of the tiles that `tokens` columns are cut into; the last may be narrower."""
    if not has_small_kernels() or tokens <= TILE:
        return tokens
    tiles = -(-tokens // TILE)
    return -(-tokens // (tiles * 16)) * 16  # about equal, in whole vectors


def product(weight: FloatArray, x: FloatArray, out: FloatArray) -> None:
    """Write weight (M, K) @ x (K, N) to `out`, which may be part of a wider array."""
    rows = _block_rows(*weight.shape, x.shape[1]) if has_small_kernels() else 0
    if rows:
        count = len(weight) // rows
        np.matmul(weight.reshape(count, rows, -1), x, out=out.reshape(count, rows, -1))
    else:
        np.matmul(weight, x, out=out)


@lru_cache(1024)
def _block_rows(height: int, depth: int, width: int) -> int:
    """The rows that a product is cut into so that each part is small; 0 where it is better whole."""
    if width > TILE:
        return 0
    limit = _SMALL // (depth * width)
    return next((n for n in (_FULL_ROWS if width == TILE else _ROWS) if n <= limit and height % n == 0), 0)
