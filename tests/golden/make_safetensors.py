"""Write `safetensors/tiny.safetensors` with the safetensors library: `python tests/golden/make_safetensors.py`, where that is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

TENSORS = {
    "words": np.array([[0, 1, -2], [0.5, 3, -0.0]], np.float32),
    "half": np.array([1, -2], np.float16),
    "scalar": np.array(-7, np.int64),
}

if __name__ == "__main__":
    save_file(TENSORS, Path(__file__).parent / "safetensors" / "tiny.safetensors", {"format": "pt"})
