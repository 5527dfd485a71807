"""What sentence-transformers' files say of a model: pooling, normalization, maximum length.

Both the keys of version 2 to 5 (`pooling_mode_mean_tokens: true`) and those of version 6 (`pooling_mode: "mean"`) are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.tasks import POOLINGS

if TYPE_CHECKING:
    from .files import ModelPaths
    from .inputs import InputFiles

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


def read(paths: ModelPaths, files: InputFiles, hidden_size: int, faults: list[str]) -> SentenceSettings:
    """Read modules.json and the files that it names, if they are there; what is wrong goes into `faults`."""
    settings = SentenceSettings()
    transformer = _optional_json(paths, files, "sentence_bert_config.json", faults)
    max_length = transformer.get("max_seq_length")
    if max_length is not None:
        settings = settings._replace(max_length=max_length)
    if transformer.get("do_lower_case"):
        faults.append("sentence_bert_config.json: do_lower_case: not supported: set it in the tokenizer")
    prompt = _optional_json(paths, files, "config_sentence_transformers.json", faults).get("default_prompt_name")
    if prompt is not None:
        faults.append(f"config_sentence_transformers.json: default_prompt_name {prompt!r}: prompts are not supported yet")
    modules = paths.optional("modules.json")
    if modules is None:
        return settings
    return _follow(files.read_json(modules, "modules.json"), paths, files, hidden_size, settings, faults)


def _follow(
    modules: Any, paths: ModelPaths, files: InputFiles, hidden_size: int, settings: SentenceSettings, faults: list[str]
) -> SentenceSettings:
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        faults.append("modules.json: expected a list of modules")
        return settings
    for index, module in enumerate(modules):
        where = f"modules.json[{index}]"
        name = str(module.get("type")).rpartition(".")[2]
        path = module.get("path", "")
        if name not in _MODULES:
            faults.append(f"{where}.type: {module.get('type')!r} is not supported, expected one of {', '.join(_MODULES)}")
        elif not isinstance(path, str) or ".." in path.split("/") or path.startswith("/"):
            faults.append(f"{where}.path: {path!r} leaves the model directory")
        elif name == "Transformer" and (index or path not in ("", ".", "0_Transformer")):
            faults.append(f"{where}: expected the transformer first and at the top of the directory")
        elif name == "Pooling":
            name = f"{path}/config.json"
            settings = settings._replace(
                pooling=_pooling(_optional_json(paths, files, name, faults), name, hidden_size, faults)
            )
        elif name == "Normalize":
            settings = settings._replace(normalize=True)
    return settings


def _pooling(config: dict[str, Any], name: str, hidden_size: int, faults: list[str]) -> str:
    dimension = config.get("embedding_dimension", config.get("word_embedding_dimension"))
    if dimension != hidden_size:
        faults.append(f"{name}: the embedding dimension is {dimension!r}, but config.json's hidden_size is {hidden_size}")
    declared = config.get("pooling_mode")
    if declared is None:
        modes = [
            _OLD_NAMES.get(key.removeprefix(_PREFIX), key)
            for key, value in config.items()
            if key.startswith(_PREFIX) and value is True
        ]
    else:
        modes = [declared] if isinstance(declared, str) else list(declared)
    if len(modes) != 1:
        faults.append(f"{name}: expected one pooling mode, found {modes}; several side by side are not supported")
        return "mean"
    if modes[0] not in POOLINGS:
        faults.append(f"{name}: pooling mode {modes[0]!r} is not supported, expected one of {', '.join(POOLINGS)}")
    return modes[0]


def _optional_json(paths: ModelPaths, files: InputFiles, name: str, faults: list[str]) -> dict[str, Any]:
    path = paths.optional(name)
    value = {} if path is None else files.read_json(path, name)
    if isinstance(value, dict):
        return value
    faults.append(f"{name}: expected a JSON object")
    return {}
