"""Scanning a sequential file of cpp_embedder without reading its tensors' data.

    file   := magic "EMBD" | version 1 | tensor count | tensors | token count | tokens
    tensor := name length | name | number of dimensions | sizes | data
    token  := length | text

Integers are u32, data is float32, both little-endian (from cpp_embedder's `tools/convert_weights.py`).
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from encoderfile_runtime.embd.file import DType
from encoderfile_runtime.embd.layout import MAGIC, MAX_DIMENSIONS
from encoderfile_runtime.errors import FormatError
from hatch_encoderfile.files.blob import FileRange
from hatch_encoderfile.weights.tensor import Tensor

if TYPE_CHECKING:
    from encoderfile_runtime.files import InputFile

VERSION = 1
MAX_TEXT = 1 << 20  # bytes of a name or a token, as in cpp_embedder
MAX_TOKENS = 100_000  # of the vocabulary, as in cpp_embedder
U32 = struct.Struct("<I")

_SMALLEST_TENSOR = 17  # bytes: a name of one byte, one dimension, one element


class Scanner:
    """Reads tensors, then the vocabulary; every length is compared with the bytes that are left before it is trusted."""

    def __init__(self, file: InputFile) -> None:
        self._input = file
        self._file = file.reader()
        self._path = file.path
        self._size = file.size
        magic, version = self._take(4, "the magic"), self._number("the version")
        if magic != MAGIC or version != VERSION:
            raise FormatError(self._path, f"begins with {magic!r} version {version}, expected {MAGIC!r} version 1", 0)

    @property
    def _left(self) -> int:
        return self._size - self._file.tell()

    def _fail(self, message: str) -> FormatError:
        return FormatError(self._path, message, self._file.tell())

    def _take(self, count: int, what: str) -> bytes:
        if count > self._left:
            raise self._fail(f"{what} needs {count} bytes, {self._left} are left")
        return self._file.read(count)

    def _number(self, what: str) -> int:
        (value,) = U32.unpack(self._take(U32.size, what))
        return int(value)

    def _text(self, what: str) -> str:
        length = self._number(f"the length of {what}")
        if length > MAX_TEXT:
            raise self._fail(f"{what} has {length} bytes, at most {MAX_TEXT} are allowed")
        try:
            return self._take(length, what).decode()
        except UnicodeDecodeError:
            raise self._fail(f"{what} is not UTF-8") from None

    def tensors(self) -> list[Tensor]:
        """The tensors, in the order of the file."""
        count = self._number("the tensor count")
        if not 1 <= count <= self._left // _SMALLEST_TENSOR:
            raise self._fail(f"{count} tensors do not fit into {self._left} bytes")
        found: dict[str, Tensor] = {}
        for index in range(count):
            name = self._text(f"the name of tensor {index}")
            if not name or name in found:
                raise self._fail(f"tensor name {name!r} is empty or comes twice")
            found[name] = self._tensor(name)
        return list(found.values())

    def _tensor(self, name: str) -> Tensor:
        dimensions = self._number(f"the dimensions of {name!r}")
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise self._fail(f"{name!r} has {dimensions} dimensions, expected 1 to {MAX_DIMENSIONS}")
        shape = tuple(self._number(f"the shape of {name!r}") for _ in range(dimensions))
        length = math.prod(shape) * DType.FLOAT32.itemsize
        if not 0 < length <= self._left:
            raise self._fail(f"{name!r} of shape {list(shape)} takes {length} bytes, {self._left} are left")
        data = FileRange(self._input, self._file.tell(), length)
        self._file.seek(length, 1)
        return Tensor(name, DType.FLOAT32, shape, data)

    def vocabulary(self) -> list[str]:
        """The tokens, to be read after the tensors; no bytes may follow them."""
        count = self._number("the token count")
        if count > min(MAX_TOKENS, self._left // U32.size):
            raise self._fail(f"{count} tokens do not fit into {self._left} bytes; at most {MAX_TOKENS} are allowed")
        tokens = [self._text(f"token {index}") for index in range(count)]
        if self._left:
            raise self._fail(f"{self._left} bytes follow the vocabulary")
        return tokens
