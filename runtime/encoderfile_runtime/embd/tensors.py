"""The tensors of EMBD weights, used where they are. A model needs no more of the file to run."""

from __future__ import annotations

from typing import Any

import numpy as np

from encoderfile_runtime.embd.frame import Frame, read_frame
from encoderfile_runtime.embd.layout import DType
from encoderfile_runtime.errors import FormatError


class TensorFile:
    """The checked frame of a file over a buffer; nothing is copied.

    Attributes:
        header: the header's fields.
        entries: tensors by name, in the order of the index.
        warnings: what is odd but harmless, a line each.
    """

    def __init__(self, view: memoryview, source: str, frame: Frame) -> None:
        self.header, self.entries, self.warnings = frame
        self._view = view
        self._source = source

    def tensor(self, name: str) -> np.ndarray[Any, Any]:
        """A read-only view of the tensor in its stored dtype, bfloat16 as uint16."""
        entry = self.entries.get(name)
        if entry is None:
            raise FormatError(self._source, f"there is no tensor {name!r}")
        count = entry.length // entry.dtype.itemsize
        return np.frombuffer(self._view, entry.dtype.numpy, count, entry.offset).reshape(entry.shape)

    def float32(self, name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The tensor as float32: the view itself, or a widened copy of float16 and bfloat16."""
        stored = self.tensor(name)
        dtype = self.entries[name].dtype
        if dtype is DType.FLOAT32:
            return stored
        if dtype is DType.FLOAT16:
            return stored.astype(np.float32)
        if dtype is DType.BFLOAT16:
            return (stored.astype(np.uint32) << 16).view(np.float32)
        raise FormatError(self._source, f"tensor {name!r} is {dtype.name}, expected a floating point type")


def read_tensors(buffer: memoryview, source: str) -> TensorFile:
    """Check the header, the index and the padding; neither metadata nor vocabulary is read.

    Raises:
        FormatError: the file, named `source`, breaks a rule of the format.
    """
    view = buffer.toreadonly().cast("B")
    return TensorFile(view, source, read_frame(view, source))
