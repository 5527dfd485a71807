"""A build ends with one inference by the task itself, head and pooling included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

from encoderfile_runtime.errors import ModelError
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path


def test_a_head_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    spec = write_repo(tmp_path, model_type="token_classification")
    write_json(tmp_path / "model" / "config.json", CONFIG | {"id2label": {"0": "a", "1": "b"}})
    head = {"classifier.weight": np.full((2, 16), np.nan, np.float32), "classifier.bias": np.zeros(2, np.float32)}
    write_safetensors(tmp_path / "model" / "model.safetensors", tensors() | head)

    with pytest.raises(ModelError, match="one inference on the written file failed: the model gives NaN or infinity"):
        build(read_spec(spec)[0], target="portable")

    assert not (tmp_path / "dist").exists()
