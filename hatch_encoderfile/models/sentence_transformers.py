"""Reading sentence-transformers' files: pooling, dense layers, normalization, prompts, maximum length.

Both the keys of versions 2 to 5 (`pooling_mode_mean_tokens: true`) and those of version 6 (`pooling_mode: "mean"`) are
read.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.format.manifest import is_safe_path
from encoderfile_runtime.format.model_type import ModelType
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
_ORDER = re.compile("Transformer, Pooling(, Dense)*(, Normalize)?")
_PACKAGE = "sentence_transformers."
# The module Transformer reads the first of these that exists; models of the first versions have the other names.
_TRANSFORMER_FILES = tuple(
    f"sentence_{name}_config.json"
    for name in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
_PICKLE = "is a pickle, which can run any code when it is read: save the model again with sentence-transformers"


class SentenceSettings(NamedTuple):
    """The steps from token embeddings to a sentence embedding; the defaults are Mozilla's, for a plain transformer.

    Attributes:
        pooling: the kind of pooling.
        normalize: whether embeddings are scaled to length 1.
        max_length: largest number of tokens; None if not given.
        dense: the dense layers between pooling and normalization.
        prompts: prefixes for texts, by name.
        default_prompt_name: the prompt that is used by default; None for none.
        file: the file with the maximum length, for messages.
    """

    pooling: str = "mean"
    normalize: bool = False
    max_length: int | None = None
    dense: tuple[Dense, ...] = ()
    prompts: Mapping[str, str] = MappingProxyType({})
    default_prompt_name: str | None = None
    file: str = _TRANSFORMER_FILES[0]

    def extras(self) -> dict[str, Any]:
        """The optional keys of model_config, for models that have dense layers or prompts."""
        found: dict[str, Any] = {}
        if self.dense:
            found["dense"] = [layer._asdict() for layer in self.dense]
        if any(self.prompts.values()):
            found["prompts"] = dict(sorted(self.prompts.items()))
            if self.default_prompt_name is not None:
                found["default_prompt_name"] = self.default_prompt_name
        return found


def read(source: ModelSource, hidden_size: int) -> SentenceSettings:
    """Read modules.json and the files that it names, if they exist; faults are noted in the source."""
    file = next((name for name in _TRANSFORMER_FILES if source.paths.optional(name)), _TRANSFORMER_FILES[0])
    transformer = source.optional_object(file)
    if transformer.get("do_lower_case"):
        source.fault(f"{file}: do_lower_case: not supported: set it in the tokenizer")
    settings = SentenceSettings(max_length=transformer.get("max_seq_length"), file=file)
    if source.spec.model_type is not ModelType.SENTENCE_EMBEDDING:
        return settings
    settings = settings._replace(**_prompts(source))
    for kind, folder in _modules(source):
        name = f"{folder}/config.json"
        if kind == "Pooling":
            settings = settings._replace(pooling=_pooling(source, source.optional_object(name), name, hidden_size))
        elif kind == "Dense":
            width = settings.dense[-1].out_features if settings.dense else hidden_size
            layer = _dense(source, folder, width)
            settings = settings._replace(dense=(*settings.dense, layer) if layer else settings.dense)
        elif kind == "Normalize":
            settings = settings._replace(normalize=True)
    return settings


def _modules(source: ModelSource) -> list[tuple[str, str]]:
    """The kind and folder of each module; empty if there is no modules.json, or a fault."""
    path = source.paths.optional("modules.json")
    if path is None:
        return []
    modules = source.files.read_json(path, "modules.json")
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        source.fault("modules.json: expected a list of modules")
        return []
    before = len(source.faults)
    found = [_module(source, module, f"modules.json[{index}]") for index, module in enumerate(modules)]
    order = ", ".join(kind for kind, _ in found)
    if len(source.faults) == before and not _ORDER.fullmatch(order):
        source.fault(
            "modules.json: expected Transformer, Pooling, any number of Dense, "
            f"and Normalize or nothing, found {order or 'no modules'}"
        )
    return found if len(source.faults) == before else []


def _module(source: ModelSource, module: dict[str, Any], where: str) -> tuple[str, str]:
    declared, path = module.get("type"), module.get("path", "")
    package, _, kind = declared.rpartition(".") if isinstance(declared, str) else ("", "", "")
    if kind not in _MODULES or not f"{package}.".startswith(_PACKAGE):
        known = ", ".join(_MODULES)
        source.fault(f"{where}.type: {declared!r} is not supported, expected one of {known} of {_PACKAGE[:-1]}")
        return "", ""
    folder = PurePosixPath(path).as_posix() if isinstance(path, str) else ""
    if kind == "Transformer" and folder != ".":
        source.fault(f"{where}.path: {path!r}: expected the transformer at the top of the model directory")
    elif kind in ("Pooling", "Dense") and not is_safe_path(f"{folder}/model.safetensors"):
        source.fault(f"{where}.path: {path!r}: expected a folder inside the model directory")
    return kind, folder


def _prompts(source: ModelSource) -> dict[str, Any]:
    name = "config_sentence_transformers.json"
    config = source.optional_object(name)
    prompts, default = config.get("prompts"), config.get("default_prompt_name")
    if prompts is None:
        prompts = {}
    if not isinstance(prompts, dict) or not all(isinstance(text, str) for text in prompts.values()):
        source.fault(f"{name}: prompts: expected names with their texts")
        return {}
    if default is not None and not (isinstance(default, str) and default in prompts):
        source.fault(
            f"{name}: default_prompt_name {default!r} is not among the prompts: {', '.join(prompts) or 'none'}"
        )
        return {}
    return {"prompts": prompts, "default_prompt_name": default if default is None or prompts[default] else None}


def _dense(source: ModelSource, folder: str, width: int) -> Dense | None:
    """Read the settings of a dense layer; None if there is a fault. Its tensors are read with the model's."""
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
    modes: list[Any]
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
    elif isinstance(modes[0], str) and modes[0] in POOLINGS:
        return str(modes[0])
    else:
        source.fault(f"{name}: pooling mode {modes[0]!r} is not supported, expected one of {', '.join(POOLINGS)}")
    return SentenceSettings().pooling
