"""Modules of sentence-transformers after the transformer: what the config.json in the folder of each says.

Both the keys of version 2 to 5 (`pooling_mode_mean_tokens: true`) and those of version 6 (`pooling_mode: "mean"`) are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from encoderfile_runtime.tasks import POOLINGS, Dense, Norm

from .families.rows import Only, derived, harmless
from .torch_activations import runtime_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from .families.keys import Keys
    from .families.rows import Row
    from .source import ModelSource

_Layer = TypeVar("_Layer", Dense, Norm)
_OLD_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_MEAN_SQRT = {"mean_sqrt_len_tokens": "mean_sqrt_len"}
_SENTENCE = "sentence_embedding"
_TANH = "torch.nn.modules.activation.Tanh"
_PICKLE = "is a pickle, which can run any code when it is read: save the model again with sentence-transformers"

POOLING: dict[str, Row] = derived(
    "embedding_dimension include_prompt pooling_mode word_embedding_dimension " + " ".join(_OLD_MODES)
)
DENSE: dict[str, Row] = derived("activation_function bias in_features out_features use_residual") | {
    "module_input_name": Only((_SENTENCE,), _SENTENCE),
    "module_output_name": Only((_SENTENCE, None), None),
}
LAYER_NORM: dict[str, Row] = derived("dimension")


def pooling(source: ModelSource, folder: str, hidden_size: int) -> tuple[str, bool]:
    """The mode of a Pooling module, and whether the tokens of a prompt count."""
    keys = source.optional_keys(f"{folder}/config.json")
    name, dimension = keys.agreed(("embedding_dimension", "word_embedding_dimension"), None)
    if dimension != hidden_size:
        keys.fault(name, f"{dimension!r}, but config.json's hidden_size is {hidden_size}")
    old = [mode for key, mode in _OLD_MODES.items() if keys.get(key)]
    declared: Any = keys.get("pooling_mode")
    modes = old or ["mean"] if declared is None else declared if isinstance(declared, list) else [declared]
    modes = [_MEAN_SQRT.get(mode, mode) if isinstance(mode, str) else mode for mode in modes]
    found = "mean"
    if len(modes) != 1:
        keys.fault("pooling_mode", f"expected one pooling mode, found {modes}; several side by side are not supported")
    elif isinstance(modes[0], str) and modes[0] in POOLINGS:
        found = modes[0]
    else:
        keys.fault("pooling_mode", f"{modes[0]!r} is not supported, expected one of {', '.join(POOLINGS)}")
    counts = keys.get("include_prompt", True)
    if type(counts) is not bool:
        keys.fault("include_prompt", f"{counts!r}, expected true or false")
    source.close(keys, POOLING)
    return found, counts is not False


def dense(source: ModelSource, folder: str, width: int) -> Dense | None:
    """A dense layer's settings; its tensors are read with the model's."""
    keys = source.optional_keys(f"{folder}/config.json")
    path = keys.get("activation_function", _TANH)
    activation = "identity" if path is None else runtime_name(path)
    settings = {"in_features": keys.get("in_features"), "out_features": keys.get("out_features")}
    more = {"bias": keys.get("bias", True), "residual": keys.get("use_residual", False)}
    layer = Dense.read({"module": folder, "activation": activation} | settings | more)
    if layer is None:
        source.fault(
            f"{folder}/config.json: expected in_features, out_features, bias, and a known activation of torch.nn, found "
            f"{settings | more | {'activation_function': path}}"
        )
    return _checked(source, keys, DENSE, layer, width)


def layer_norm(source: ModelSource, folder: str, width: int) -> Norm | None:
    """A layer normalization's settings; its tensors are read with the model's."""
    keys = source.optional_keys(f"{folder}/config.json")
    layer = Norm.read({"module": folder, "features": keys.get("dimension")})
    if layer is None:
        keys.fault("dimension", f"{keys.get('dimension')!r}, expected a number from 1")
    return _checked(source, keys, LAYER_NORM, layer, width)


def dropout(source: ModelSource, folder: str, width: int) -> None:  # noqa: ARG001 - as the others
    """A module that does nothing outside of training."""
    source.close(source.optional_keys(f"{folder}/config.json"), harmless("dropout"))


LAYERS: dict[str, Callable[[ModelSource, str, int], Dense | Norm | None]] = {
    "Dense": dense,
    "Dropout": dropout,
    "LayerNorm": layer_norm,
}
"""What reads the module of a kind, in a folder, over so many features."""


def _checked(source: ModelSource, keys: Keys, rows: dict[str, Row], layer: _Layer | None, width: int) -> _Layer | None:
    """The layer, if it takes what comes in and has its tensors."""
    source.close(keys, rows)
    if layer is None:
        return None
    folder = layer.module
    if layer.in_features != width:
        source.fault(f"{folder}/config.json: in_features is {layer.in_features}, but {width} features come in")
    elif source.paths.optional(f"{folder}/model.safetensors") is not None:
        return layer
    elif source.paths.optional(f"{folder}/pytorch_model.bin") is not None:
        source.fault(f"{folder}/pytorch_model.bin: {_PICKLE}")
    else:
        source.fault(f"{folder}/model.safetensors: not there")
    return None
