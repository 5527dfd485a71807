"""A tiny model repo, written from code: a BERT of some thousand random parameters and a WordPiece tokenizer."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from encoderfile_runtime.architectures import EncoderConfig, encoder_tensors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*"abcdefghijklmnopqrstuvwxyz0123456789.,!?", "##s", "##ing", "the", "model", "file", "one", "runs", "text"]
VOCABULARY = SPECIALS + WORDS

CONFIG: dict[str, Any] = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "vocab_size": len(VOCABULARY),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 24,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "position_embedding_type": "absolute",
}
POOLING = {"word_embedding_dimension": 16, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]
TOKENIZER_CONFIG = {"model_max_length": 512, "pad_token": "[PAD]", "do_lower_case": True}


def tokenizer() -> dict[str, Any]:
    """A definition as `tokenizers` writes it."""
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": token, **special} for i, token in enumerate(SPECIALS)],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {token: i for i, token in enumerate(VOCABULARY)},
        },
    }


def tensors(prefix: str = "") -> dict[str, NDArray[np.float32]]:
    """Random weights under their usual names; the same in every process."""
    known = {key: CONFIG[key] for key in EncoderConfig._fields if key in CONFIG}
    config = EncoderConfig.from_json(known | {"architecture": "bert", "prefix": prefix})
    random = np.random.default_rng(7)
    return {
        name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in sorted(encoder_tensors(config).items())
    }


def write_safetensors(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays in their order."""
    dtypes = {"float32": "F32", "float16": "F16", "float64": "F64", "int64": "I64"}
    header, position = {}, 0
    for name, array in arrays.items():
        offsets = [position, position + array.nbytes]
        header[name] = {"dtype": dtypes[array.dtype.name], "shape": list(array.shape), "data_offsets": offsets}
        position += array.nbytes
    encoded = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + b"".join(a.tobytes() for a in arrays.values()))


def write_json(path: Path, value: Any) -> None:
    """Write JSON, and the folder it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def write_model(directory: Path, **config: Any) -> Path:
    """A sentence embedding model; keywords change its config.json."""
    write_json(directory / "config.json", CONFIG | config)
    write_json(directory / "tokenizer.json", tokenizer())
    write_json(directory / "tokenizer_config.json", TOKENIZER_CONFIG)
    write_json(directory / "modules.json", MODULES)
    write_json(directory / "1_Pooling" / "config.json", POOLING)
    write_safetensors(directory / "model.safetensors", dict(tensors()))
    return directory


def write_repo(root: Path, lines: str = "", model_type: str = "sentence_embedding") -> Path:
    """A model repo whose spec has more lines; the path of its pyproject.toml."""
    write_model(root / "model")
    path = root / "pyproject.toml"
    path.write_text(
        f'[project]\nname = "tiny"\nversion = "1.2.3"\n\n'
        f'[tool.encoderfile]\nmodel-type = "{model_type}"\npath = "model"\n{lines}\n',
        encoding="utf-8",
    )
    return path
