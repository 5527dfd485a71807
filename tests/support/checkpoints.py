"""Read safetensors in a few lines, so that the tests of the runtime need nothing of the build side."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a file by name, read-only."""
    data = memoryview(path.read_bytes())
    (length,) = struct.unpack_from("<Q", data)
    entries: dict[str, Any] = json.loads(bytes(data[8 : 8 + length]))
    entries.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[8 + length :][slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in entries.items()
        if entry["dtype"] == "F32"
    }
