"""What sentence-transformers' files say of a model: pooling, normalization, maximum length.

Both the keys of version 2 to 5 (`pooling_mode_mean_tokens: true`) and those of version 6 (`pooling_mode: "mean"`) are read.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.tasks import POOLINGS, Dense

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_MODULES = ("Transformer", "Pooling", "Dense", "Normalize")
_PICKLE = "is a pickle, which can run any code when it is read: save the model again with sentence-transformers"


class SentenceSettings(NamedTuple):
    """How token embeddings become one embedding; the defaults are Mozilla's, for a plain transformer.

    Attributes:
        dense: the dense layers between pooling and normalization.
        prompts: texts to put before others, by name; `default_prompt_name` is used unless another is asked for.
    """

    pooling: str = "mean"
    normalize: bool = False
    max_length: int | None = None
    dense: tuple[Dense, ...] = ()
    prompts: Mapping[str, str] = MappingProxyType({})
    default_prompt_name: str | None = None

    def extras(self) -> dict[str, Any]:
        """What model_config has only for the models that need it."""
        found: dict[str, Any] = {}
        if self.dense:
            found["dense"] = [layer._asdict() for layer in self.dense]
        if any(self.prompts.values()):
            found["prompts"] = dict(sorted(self.prompts.items()))
            if self.default_prompt_name is not None:
                found["default_prompt_name"] = self.default_prompt_name
        return found


def read(source: ModelSource, hidden_size: int) -> SentenceSettings:
    """Read modules.json and the files that it names, if they are there; what is wrong becomes a fault of the source."""
    transformer = source.optional_object("sentence_bert_config.json")
    if transformer.get("do_lower_case"):
        source.fault("sentence_bert_config.json: do_lower_case: not supported: set it in the tokenizer")
    settings = SentenceSettings(max_length=transformer.get("max_seq_length"), **_prompts(source))
    for index, module in enumerate(_modules(source)):
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
            settings = settings._replace(pooling=_pooling(source, source.optional_object(name), name, hidden_size))
        elif kind == "Dense" and settings.normalize:
            source.fault(f"{where}: a dense layer after normalization is not supported")
        elif kind == "Dense":
            width = settings.dense[-1].out_features if settings.dense else hidden_size
            layer = _dense(source, folder, width)
            settings = settings._replace(dense=(*settings.dense, layer) if layer else settings.dense)
        elif kind == "Normalize":
            settings = settings._replace(normalize=True)
    return settings


def _modules(source: ModelSource) -> list[dict[str, Any]]:
    path = source.paths.optional("modules.json")
    modules = [] if path is None else source.files.read_json(path, "modules.json")
    if isinstance(modules, list) and all(isinstance(module, dict) for module in modules):
        return modules
    source.fault("modules.json: expected a list of modules")
    return []


def _prompts(source: ModelSource) -> dict[str, Any]:
    name = "config_sentence_transformers.json"
    config = source.optional_object(name)
    prompts, default = config.get("prompts") or {}, config.get("default_prompt_name")
    if not isinstance(prompts, dict) or not all(isinstance(text, str) for text in prompts.values()):
        source.fault(f"{name}: prompts: expected names with their texts")
        return {}
    if default is not None and default not in prompts:
        source.fault(
            f"{name}: default_prompt_name {default!r} is not among the prompts: {', '.join(prompts) or 'none'}"
        )
        return {}
    return {"prompts": prompts, "default_prompt_name": default if default is None or prompts[default] else None}


def _dense(source: ModelSource, folder: str, width: int) -> Dense | None:
    """A dense layer's settings; its tensors are read with the model's."""
    name = f"{folder}/config.json"
    config = source.optional_object(name)
    activation = str(config.get("activation_function", "torch.nn.modules.activation.Tanh")).rpartition(".")[2].lower()
    settings = {"in_features": config.get("in_features"), "out_features": config.get("out_features")}
    layer = Dense.read({"module": folder, "bias": config.get("bias", True), "activation": activation} | settings)
    if layer is None:
        source.fault(f"{name}: expected in_features, out_features, bias, and a known activation, found {config}")
    elif layer.in_features != width:
        source.fault(f"{name}: in_features is {layer.in_features}, but {width} features come in")
    elif config.get("use_residual") or config.get("module_input_name", _SENTENCE) != _SENTENCE:
        source.fault(f"{name}: residuals and other inputs than {_SENTENCE} are not supported")
    elif source.paths.optional(f"{folder}/model.safetensors") is not None:
        return layer
    elif source.paths.optional(f"{folder}/pytorch_model.bin") is not None:
        source.fault(f"{folder}/pytorch_model.bin: {_PICKLE}")
    else:
        source.fault(f"{folder}/model.safetensors: not there")
    return None


_SENTENCE = "sentence_embedding"


def _pooling(source: ModelSource, config: dict[str, Any], name: str, hidden_size: int) -> str:
    dimension = config.get("embedding_dimension", config.get("word_embedding_dimension"))
    if dimension != hidden_size:
        source.fault(
            f"{name}: the embedding dimension is {dimension!r}, but config.json's hidden_size is {hidden_size}"
        )
    if config.get("include_prompt") is False:
        source.fault(f"{name}: include_prompt: false is not supported")
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
