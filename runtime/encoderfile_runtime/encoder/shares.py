"""Which part of a layer's weights a process works with: some of the heads, and some of the features of the inner layer.

Each process has the rows of what it computes and the columns of what reads that; the sum of their results is the layer's, as
in Megatron-LM (Shoeybi et al. 2019). All parts are views.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.architectures import EncoderConfig


class Share(NamedTuple):
    """Part number `rank` of `ranks` equal ones."""

    rank: int = 0
    ranks: int = 1

    def rows(self, array: FloatArray, groups: int = 1) -> list[FloatArray]:
        """The share of each of so many groups of rows that follow each other."""
        return [self._part(group) for group in np.split(array, groups)]

    def columns(self, array: FloatArray) -> FloatArray:
        """The share of the columns."""
        columns: FloatArray = self._part(array.T).T
        return columns

    def _part(self, array: FloatArray) -> FloatArray:
        size = len(array) // self.ranks
        part: FloatArray = array[self.rank * size : (self.rank + 1) * size]
        return part


WHOLE = Share()


def most(config: EncoderConfig, count: int) -> int:
    """The greatest number of equal shares, up to `count`, that a model divides into."""
    divides = (
        n for n in range(count, 1, -1) if not config.num_attention_heads % n and not config.intermediate_size % n
    )
    return next(divides, 1)
