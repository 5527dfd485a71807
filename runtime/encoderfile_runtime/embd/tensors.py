"""The tensors of an EMBD file as numpy arrays over the mapped file; inference needs no other section."""

from __future__ import annotations

from typing import Any

import numpy as np

from encoderfile_runtime.embd.frame import Frame, read_frame
from encoderfile_runtime.embd.layout import DType
from encoderfile_runtime.errors import FormatError


class TensorFile:
    """The tensors of a checked file over a buffer, of which nothing is copied.

    Attributes:
        header: the header's fields.
        entries: tensors by name, in the order of the index.
        warnings: harmless deviations from the format, a line each.
    """

    def __init__(self, view: memoryview, source: str, frame: Frame) -> None:
        self.header, self.entries, self.warnings = frame
        self._view = view
        self._source = source

    def tensor(self, name: str) -> np.ndarray[Any, Any]:
        """A read-only view of a tensor in its stored shape and dtype; bfloat16, which numpy lacks, is uint16."""
        entry = self.entries.get(name)
        if entry is None:
            raise FormatError(self._source, f"there is no tensor {name!r}")
        count = entry.length // entry.dtype.itemsize
        return np.frombuffer(self._view, entry.dtype.numpy, count, entry.offset).reshape(entry.shape)

    def float32(self, name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        """A tensor as float32: the view itself, or a widened copy of float16 and bfloat16."""
        stored = self.tensor(name)
        dtype = self.entries[name].dtype
        if dtype is DType.FLOAT32:
            return stored
        if dtype is DType.FLOAT16:
            return stored.astype(np.float32)
        if dtype is DType.BFLOAT16:
            return (stored.astype(np.uint32) << 16).view(np.float32)  # bfloat16 is the upper half of a float32
        raise FormatError(self._source, f"tensor {name!r} is {dtype.name}, expected a floating point type")


def read_tensors(buffer: memoryview, source: str) -> TensorFile:
    """Check the structure of a file without reading metadata and vocabulary.

    Raises:
        FormatError: the file, named `source`, breaks a rule of the format.
    """
    view = buffer.toreadonly().cast("B")
    return TensorFile(view, source, read_frame(view, source))
