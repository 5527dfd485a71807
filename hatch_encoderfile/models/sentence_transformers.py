"""Reading sentence-transformers' files: pooling, dense layers, normalization, prompts, maximum length.

Both the keys of versions 2 to 5 (`pooling_mode_mean_tokens: true`) and those of version 6 (`pooling_mode: "mean"`) are read.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.format.manifest import is_safe_path
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.files import limits

from . import sentence_files, sentence_modules
from .families.keys import Keys
from .families.rows import Only, derived, harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.tasks import Dense, Norm

    from .families.rows import Row
    from .source import ModelSource

_MODULES = ("Transformer", "Pooling", "Dense", "LayerNorm", "Dropout", "Normalize")
_LAYERS = ("Dense", "LayerNorm", "Dropout")
_ORDER = re.compile(rf"Transformer, Pooling(, ({'|'.join(_LAYERS)}))*(, Normalize)?")
# Tasks that have no use for the modules after the transformer take those that leave token embeddings alone.
_OTHERS = re.compile(rf"Transformer(, Pooling(, ({'|'.join(_LAYERS)}))*(, Normalize)?)?")
ROWS: dict[str, Row] = derived("type path") | harmless("idx name") | {"kwargs": Only((None, []), None)}
_PACKAGE = "sentence_transformers."


class SentenceSettings(NamedTuple):
    """The steps from token embeddings to a sentence embedding; the defaults are Mozilla's, for a plain transformer.

    Attributes:
        pooling: the kind of pooling.
        normalize: whether embeddings are scaled to length 1.
        max_length: largest number of tokens; None if not given.
        layers: the layers between pooling and normalization.
        prompts: prefixes for texts, by name.
        default_prompt_name: the prompt that is used by default; None for none.
        file: the file with the maximum length, for messages.
        similarity: the function by which embeddings are compared.
        truncate_dim: number of dimensions that are kept of an embedding; None for all.
        activation: the function that a cross-encoder applies to its scores; None for none.
        include_prompt: whether pooling counts the tokens of the prompt.
    """

    pooling: str = "mean"
    normalize: bool = False
    max_length: Any = None
    layers: tuple[Dense | Norm, ...] = ()
    prompts: Mapping[str, str] = MappingProxyType({})
    default_prompt_name: str | None = None
    file: str = sentence_files.TRANSFORMER_FILES[0]
    similarity: str = "cosine"
    truncate_dim: int | None = None
    activation: str | None = None
    include_prompt: bool = True

    def extras(self) -> dict[str, Any]:
        """The optional keys of model_config, for models that have dense layers or prompts."""
        found: dict[str, Any] = {}
        if self.layers:
            found["dense"] = [layer.to_json() for layer in self.layers]
        if any(self.prompts.values()):
            found["prompts"] = dict(sorted(self.prompts.items()))
            if self.default_prompt_name is not None:
                found["default_prompt_name"] = self.default_prompt_name
            if not self.include_prompt:
                found["include_prompt"] = False
        if self.similarity != "cosine":
            found["similarity"] = self.similarity
        if self.truncate_dim is not None:
            found["truncate_dim"] = self.truncate_dim
        return found


def read(source: ModelSource, hidden_size: int) -> SentenceSettings:
    """Read modules.json and the files that it names, if they exist; faults are noted in the source."""
    file, length = sentence_files.read_transformer(source)
    settings = SentenceSettings(max_length=length, file=file, **sentence_files.read_model(source)._asdict())
    modules = _modules(source)
    if source.spec.model_type is not ModelType.SENTENCE_EMBEDDING:
        _without(source, modules)
        return settings
    for kind, folder in modules:
        width = settings.layers[-1].out_features if settings.layers else hidden_size
        if kind == "Pooling":
            pooling, include_prompt = sentence_modules.pooling(source, folder, hidden_size)
            settings = settings._replace(pooling=pooling, include_prompt=include_prompt)
        elif kind == "Normalize":
            settings = settings._replace(normalize=True)
        elif kind in sentence_modules.LAYERS:
            layer = sentence_modules.LAYERS[kind](source, folder, width)
            settings = settings._replace(layers=(*settings.layers, layer) if layer else settings.layers)
    return settings


def _without(source: ModelSource, modules: list[tuple[str, str]]) -> None:
    """Note the modules that the task does not use."""
    unused = [kind for kind, _ in modules if kind != "Transformer"]
    if unused:
        source.note(f"modules.json: not used for {source.spec.model_type.label}: {', '.join(unused)}")


def _modules(source: ModelSource) -> list[tuple[str, str]]:
    """The kind and folder of each module; empty if there is no modules.json, or a fault."""
    path = source.paths.optional("modules.json")
    if path is None:
        pooling = source.paths.optional("1_Pooling/config.json")
        if pooling is not None and source.spec.model_type is ModelType.SENTENCE_EMBEDDING:
            source.note(
                f"1_Pooling/config.json: not used, as no modules.json names it; pooling is {SentenceSettings().pooling}, "
                "without normalization"
            )
        return []
    modules = source.files.read_json(path, "modules.json", limits.SENTENCE_TRANSFORMERS)
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        source.fault("modules.json: expected a list of modules")
        return []
    before = len(source.faults)
    found = [_module(source, module, f"modules.json[{index}]") for index, module in enumerate(modules)]
    order = ", ".join(kind for kind, _ in found)
    is_sentence = source.spec.model_type is ModelType.SENTENCE_EMBEDDING
    if len(source.faults) == before and not (_ORDER if is_sentence else _OTHERS).fullmatch(order):
        source.fault(
            f"modules.json: expected Transformer, Pooling, any number of {', '.join(_LAYERS)}, "
            f"and Normalize or nothing, found {order or 'no modules'}"
        )
    return found if len(source.faults) == before else []


def _module(source: ModelSource, module: dict[str, Any], where: str) -> tuple[str, str]:
    keys = Keys(module, f"{where}.")
    declared, path = keys.get("type"), keys.get("path", "")
    source.close(keys, ROWS)
    package, _, kind = declared.rpartition(".") if isinstance(declared, str) else ("", "", "")
    if kind not in _MODULES or not f"{package}.".startswith(_PACKAGE):
        known = ", ".join(_MODULES)
        source.fault(f"{where}.type: {declared!r} is not supported, expected one of {known} of {_PACKAGE[:-1]}")
        return "", ""
    folder = PurePosixPath(path).as_posix() if isinstance(path, str) else ""
    if kind == "Transformer" and folder != ".":
        source.fault(f"{where}.path: {path!r}: expected the transformer at the top of the model directory")
    elif kind in ("Pooling", *_LAYERS) and not is_safe_path(f"{folder}/model.safetensors"):
        source.fault(f"{where}.path: {path!r}: expected a folder inside the model directory")
    return kind, folder
