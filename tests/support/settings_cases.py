"""Models that differ from a plain one in a setting of sentence-transformers' or the tokenizer's files.

`tests/fixtures/make_settings.py` has the reference compute each of them, and `tests/models/test_settings_parity.py` the package.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .model_repo import MODULES, TOKENIZER_CONFIG, tensors, write_json, write_model, write_safetensors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = ["one text", "the file runs", "models, a b c!"]
PAIRS = [("one text", "the model runs"), ("a b c", "d"), ("the file", "one text, one model")]
SENTENCE, PAIR = "sentence_embedding", "sequence_classification"

MODEL_FILE = "config_sentence_transformers.json"
_PACKAGE = "sentence_transformers.models."
_FIVE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def _random(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).normal(0, 0.5, shape).astype(np.float32)


def _with(name: str, value: Any) -> Callable[[Path], None]:
    return lambda model: write_json(model / name, value)


def _without(name: str) -> Callable[[Path], None]:
    return lambda model: (model / name).unlink()


def _layer(kind: str, config: dict[str, Any], **arrays: Any) -> Callable[[Path], None]:
    """One more module between pooling and normalization."""

    def change(model: Path) -> None:
        folder = f"3_{kind}"
        module = {"idx": 2, "name": "2", "path": folder, "type": _PACKAGE + kind}
        write_json(model / "modules.json", [*MODULES[:2], module])
        write_json(model / folder / "config.json", config)
        if arrays:
            write_safetensors(
                model / folder / "model.safetensors", {key.replace("__", "."): arrays[key] for key in arrays}
            )

    return change


def _dense(path: str | None, size: int = 4, **more: Any) -> Callable[[Path], None]:
    arrays = {"linear__weight": _random(size, 16), "linear__bias": _random(size)}
    if more.get("use_residual") and size != 16:
        arrays["residual__weight"] = _random(size, 16)[::-1].copy()
    config = {"in_features": 16, "out_features": size, "bias": True, "activation_function": path}
    return _layer("Dense", config | more, **arrays)


def _cross_encoder(activation: str | None, labels: int = 1, **config: Any) -> Callable[[Path], None]:
    def change(model: Path) -> None:
        names = [f"label {index}" for index in range(labels)]
        settings = json.loads((model / "config.json").read_text()) | {
            "architectures": ["BertForSequenceClassification"],
            "id2label": {str(index): name for index, name in enumerate(names)},
            "label2id": {name: index for index, name in enumerate(names)},
        }
        write_json(model / "config.json", settings | config)
        write_json(model / "modules.json", MODULES[:1])
        write_json(model / "sentence_bert_config.json", {"transformer_task": "sequence-classification"})
        write_json(model / MODEL_FILE, {"model_type": "CrossEncoder", "activation_fn": activation})
        head = {"bert.pooler.dense": (16, 16), "classifier": (labels, 16)}
        arrays = {f"{name}.weight": 3 * _random(*shape) for name, shape in head.items()}
        biases = {f"{name}.bias": _random(shape[0]) for name, shape in head.items()}
        arrays = {**tensors("bert."), **arrays, **biases}
        if "type_vocab_size" in config:
            name = "bert.embeddings.token_type_embeddings.weight"
            arrays[name] = arrays[name][: config["type_vocab_size"]].copy()
        write_safetensors(model / "model.safetensors", arrays)

    return change


def _together(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(model: Path) -> None:
        for one in changes:
            one(model)

    return change


TORCH = [
    "CELU",
    "ELU",
    "GELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]
_ACTIVATION = "torch.nn.modules.activation."
IDENTITY = "torch.nn.modules.linear.Identity"
_TYPED = {"tokenizer_class": "BertTokenizer"}

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "plain": (SENTENCE, lambda _: None),
    "sqrt": (
        SENTENCE,
        _with("1_Pooling/config.json", {"embedding_dimension": 16, "pooling_mode": "mean_sqrt_len_tokens"}),
    ),
    "dimension only": (SENTENCE, _with("1_Pooling/config.json", {"word_embedding_dimension": 16})),
    "null prompt": (SENTENCE, _with(MODEL_FILE, {"prompts": {"query": None}, "default_prompt_name": "query"})),
    "default prompt": (SENTENCE, _with(MODEL_FILE, {"prompts": {"query": "the "}, "default_prompt_name": "query"})),
    **{
        f"prompt not pooled, {mode}": (
            SENTENCE,
            _together(
                _with(MODEL_FILE, {"prompts": {"query": "the one file: "}, "default_prompt_name": "query"}),
                _with(
                    "1_Pooling/config.json", {"embedding_dimension": 16, "pooling_mode": mode, "include_prompt": False}
                ),
            ),
        )
        for mode in ("cls", "lasttoken", "max", "mean", "mean_sqrt_len_tokens", "weightedmean")
    },
    "truncate_dim": (SENTENCE, _with(MODEL_FILE, {"truncate_dim": 5})),
    "truncate_dim above": (SENTENCE, _with(MODEL_FILE, {"truncate_dim": 50})),
    "max_seq_length": (SENTENCE, _with("sentence_bert_config.json", {"max_seq_length": 4})),
    "max_seq_length above": (SENTENCE, _with("sentence_bert_config.json", {"max_seq_length": 99})),
    "lower case": (SENTENCE, _with("sentence_bert_config.json", {"do_lower_case": True})),
    "no tokenizer_config": (SENTENCE, _without("tokenizer_config.json")),
    "no modules": (SENTENCE, _without("modules.json")),
    "dropout": (SENTENCE, _layer("Dropout", {"dropout": 0.5})),
    "layer norm": (SENTENCE, _layer("LayerNorm", {"dimension": 16}, norm__weight=_random(16), norm__bias=_random(16))),
    "dense": (SENTENCE, _dense(IDENTITY)),
    "dense residual": (SENTENCE, _dense(_ACTIVATION + "Tanh", 16, use_residual=True)),
    "dense residual narrow": (SENTENCE, _dense(_ACTIVATION + "Tanh", use_residual=True)),
    **{
        f"similarity {name}": (SENTENCE, _with(MODEL_FILE, {"similarity_fn_name": name}))
        for name in ("cosine", "dot", "euclidean", "manhattan")
    },
    **{f"dense {name}": (SENTENCE, _dense(_ACTIVATION + name)) for name in TORCH if name != "PReLU"},
    **{f"score {name}": (PAIR, _cross_encoder(_ACTIVATION + name)) for name in TORCH if name != "RReLU"},
    "score Identity": (PAIR, _cross_encoder(IDENTITY)),
    "score unset": (PAIR, _cross_encoder(None)),
    **{
        f"scores {name}": (PAIR, _cross_encoder(_ACTIVATION + name, 3))
        for name in ("LogSoftmax", "Sigmoid", "Softmax", "Softmin")
    },
    "no types stated": (
        PAIR,
        _together(
            _cross_encoder(IDENTITY),
            _with("tokenizer_config.json", TOKENIZER_CONFIG | {"model_input_names": ["input_ids", "attention_mask"]}),
        ),
    ),
    "types stated": (
        PAIR,
        _together(
            _cross_encoder(IDENTITY),
            _with(
                "tokenizer_config.json",
                TOKENIZER_CONFIG | {"model_input_names": ["input_ids", "token_type_ids", "attention_mask"]},
            ),
        ),
    ),
    "one type": (
        PAIR,
        _together(
            _cross_encoder(IDENTITY, type_vocab_size=1),
            _with("tokenizer_config.json", TOKENIZER_CONFIG | {"model_input_names": ["input_ids", "attention_mask"]}),
        ),
    ),
}
"""By name: the task, and what changes the folder of a plain model."""


def write_case(model: Path, name: str) -> str:
    """Write a case's model directory; its task."""
    task, change = CASES[name]
    write_model(model)
    write_json(model / "tokenizer_config.json", TOKENIZER_CONFIG | _TYPED)
    change(model)
    return task


ZERO_SHOT = [("one text", ["model", "file, runs", "a"]), ("the model runs " * 12, ["text", "b"])]
TEMPLATE = "the text is {}."


def write_inference(model: Path) -> None:
    """A model of natural language inference, with the labels in an order of their own."""
    write_model(model)
    _cross_encoder(IDENTITY, 3)(model)
    names = ["neutral", "Entailment", "contradiction"]
    config = json.loads((model / "config.json").read_text())
    config["id2label"] = {str(index): name for index, name in enumerate(names)}
    config["label2id"] = {name: index for index, name in enumerate(names)}
    write_json(model / "config.json", config)
    write_json(
        model / "tokenizer_config.json",
        TOKENIZER_CONFIG
        | _TYPED
        | {"model_max_length": 24, "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"},
    )
