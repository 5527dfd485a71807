"""Tiny model repos for every model type, with a classification head where the type has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from encoderfile_runtime.architectures import EncoderConfig, head_tensors
from encoderfile_runtime.format.model_type import ModelType
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

MODEL_TYPES = ("embedding", "sentence_embedding", "sequence_classification", "token_classification")
LABELS = {"0": "good", "1": "bad", "2": "[red]ugly[/]"}


def write_task_repo(root: Path, model_type: str, lines: str = "") -> Path:
    """A model repo of this type; the path of its pyproject.toml."""
    path = write_repo(root, lines, model_type)
    config = CONFIG | {"id2label": LABELS, "label2id": {label: int(index) for index, label in LABELS.items()}}
    known = {key: CONFIG[key] for key in EncoderConfig._fields if key in CONFIG}
    encoder = EncoderConfig.from_json(known | {"architecture": "bert", "prefix": "bert."})
    head = head_tensors(ModelType.from_label(model_type), encoder, len(LABELS))
    if head:
        random = np.random.default_rng(11)
        arrays = {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in head.items()}
        write_json(root / "model" / "config.json", config)
        write_safetensors(root / "model" / "model.safetensors", tensors("bert.") | arrays)
    return path
