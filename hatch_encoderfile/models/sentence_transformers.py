"""What sentence-transformers' files say of a model: pooling, normalization, maximum length.

Both the keys of version 2 to 5 (`pooling_mode_mean_tokens: true`) and those of version 6 (`pooling_mode: "mean"`) are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.tasks import POOLINGS

if TYPE_CHECKING:
    from .source import ModelSource

_PREFIX = "pooling_mode_"
_OLD_NAMES = {
    "cls_token": "cls",
    "mean_tokens": "mean",
    "max_tokens": "max",
    "mean_sqrt_len_tokens": "mean_sqrt_len",
    "weightedmean_tokens": "weightedmean",
    "lasttoken": "lasttoken",
}
_MODULES = ("Transformer", "Pooling", "Normalize")


class SentenceSettings(NamedTuple):
    """How token embeddings become one embedding; the defaults are Mozilla's, for a plain transformer."""

    pooling: str = "mean"
    normalize: bool = False
    max_length: int | None = None


def read(source: ModelSource, hidden_size: int) -> SentenceSettings:
    """Read modules.json and the files that it names, if they are there; what is wrong becomes a fault of the source."""
    transformer = source.optional_object("sentence_bert_config.json")
    if transformer.get("do_lower_case"):
        source.fault("sentence_bert_config.json: do_lower_case: not supported: set it in the tokenizer")
    prompt = source.optional_object("config_sentence_transformers.json").get("default_prompt_name")
    if prompt is not None:
        source.fault(
            f"config_sentence_transformers.json: default_prompt_name {prompt!r}: prompts are not supported yet"
        )
    pooling, normalize = _modules(source, hidden_size)
    return SentenceSettings(pooling, normalize, transformer.get("max_seq_length"))


def _modules(source: ModelSource, hidden_size: int) -> tuple[str, bool]:
    """The pooling mode, and whether the embedding is normalized."""
    pooling, normalize = SentenceSettings().pooling, False
    path = source.paths.optional("modules.json")
    modules = [] if path is None else source.files.read_json(path, "modules.json")
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        source.fault("modules.json: expected a list of modules")
        return pooling, normalize
    for index, module in enumerate(modules):
        where = f"modules.json[{index}]"
        kind, folder = str(module.get("type")).rpartition(".")[2], module.get("path", "")
        if kind not in _MODULES:
            known = ", ".join(_MODULES)
            source.fault(f"{where}.type: {module.get('type')!r} is not supported, expected one of {known}")
        elif not isinstance(folder, str) or ".." in folder.split("/") or folder.startswith("/"):
            source.fault(f"{where}.path: {folder!r} leaves the model directory")
        elif kind == "Transformer" and (index or folder not in ("", ".")):
            source.fault(f"{where}: expected the transformer first and at the top of the directory")
        elif kind == "Pooling":
            name = f"{folder}/config.json"
            pooling = _pooling(source, source.optional_object(name), name, hidden_size)
        elif kind == "Normalize":
            normalize = True
    return pooling, normalize


def _pooling(source: ModelSource, config: dict[str, Any], name: str, hidden_size: int) -> str:
    dimension = config.get("embedding_dimension", config.get("word_embedding_dimension"))
    if dimension != hidden_size:
        source.fault(
            f"{name}: the embedding dimension is {dimension!r}, but config.json's hidden_size is {hidden_size}"
        )
    declared = config.get("pooling_mode")
    if declared is None:
        modes = [
            _OLD_NAMES.get(key.removeprefix(_PREFIX), key)
            for key, value in config.items()
            if key.startswith(_PREFIX) and value is True
        ]
    else:
        modes = declared if isinstance(declared, list) else [declared]
    if len(modes) != 1:
        source.fault(f"{name}: expected one pooling mode, found {modes}; several side by side are not supported")
    elif modes[0] in POOLINGS:
        return str(modes[0])
    else:
        source.fault(f"{name}: pooling mode {modes[0]!r} is not supported, expected one of {', '.join(POOLINGS)}")
    return SentenceSettings().pooling
