"""From hidden states to one embedding a text, as the modules of sentence-transformers (https://sbert.net)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from encoderfile_runtime import activations as ops
from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from encoderfile_runtime.activations import FloatArray


def _weighted_mean(states: FloatArray, before: int = 0) -> Any:
    """Later tokens weigh more, the first 1, the second 2 and so on (Muennighoff 2022, section 3.1); `before` were left out."""
    weights = np.arange(before + 1, before + len(states) + 1, dtype=np.float32)  # (tokens,)
    return weights @ states / weights.sum()  # (tokens,) @ (tokens, hidden) -> (hidden,)


POOLINGS: dict[str, Callable[[FloatArray], Any]] = {
    "cls": lambda states: states[0],
    "lasttoken": lambda states: states[-1],
    "max": lambda states: states.max(axis=0),
    "mean": lambda states: states.mean(axis=0),
    "mean_sqrt_len": lambda states: states.sum(axis=0) / math.sqrt(len(states)),
    "weightedmean": _weighted_mean,
}
"""Pooling modes of sentence-transformers, (tokens, hidden) to (hidden,). Special tokens count, as they do there."""


def pool(states: Sequence[FloatArray], pooling: str, *, normalize: bool) -> FloatArray:
    """One vector a text, (texts, hidden), of Euclidean length 1 when normalized."""
    pooled = np.stack([POOLINGS[pooling](state) for state in states])  # (texts, hidden)
    return normalized(pooled) if normalize else pooled


def normalized(vectors: FloatArray) -> FloatArray:
    """Vectors (n, dimensions) of Euclidean length 1; zero stays zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))  # (n,), without an array of squares
    unit: FloatArray = vectors / np.maximum(lengths, 1e-12)[:, None]  # the limit of torch.nn.functional.normalize
    return unit


_DENSE = ("activation", "bias", "in_features", "module", "out_features")
_NORM_EPSILON = np.float32(1e-5)  # the default of torch.nn.LayerNorm, which the module cannot change


class Dense(NamedTuple):
    """A dense layer after pooling: a module of sentence-transformers whose tensors begin with `module`.

    Attributes:
        residual: what comes in is added to what comes out; through a matrix of its own where they differ in size.
    """

    module: str
    in_features: int
    out_features: int
    bias: bool
    activation: str
    residual: bool = False

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of its tensors."""
        shape = (self.out_features, self.in_features)
        names: dict[str, tuple[int, ...]] = {f"{self.module}.linear.weight": shape}
        if self.bias:
            names[f"{self.module}.linear.bias"] = (self.out_features,)
        if self.residual and self.in_features != self.out_features:
            names[f"{self.module}.residual.weight"] = shape
        return names

    def to_json(self) -> dict[str, Any]:
        """The layer as model_config has it."""
        values = self._asdict()
        return values if self.residual else {key: values[key] for key in values if key != "residual"}

    def __call__(self, vectors: FloatArray, weights: Mapping[str, FloatArray]) -> FloatArray:
        """Vectors (texts, in_features) to (texts, out_features)."""
        made = ops.linear(
            vectors, weights[f"{self.module}.linear.weight"], weights.get(f"{self.module}.linear.bias")
        )  # (texts, out_features)
        if self.activation != "identity":
            ops.MODULE_ACTIVATIONS[self.activation](made)
        if self.residual:
            own = weights.get(f"{self.module}.residual.weight")
            made += vectors if own is None else ops.linear(vectors, own, None)
        return made

    @classmethod
    def read(cls, value: Any) -> Dense | None:
        """A layer as model_config has it; None where it is not valid."""
        if not isinstance(value, dict) or sorted(value.keys() - {"residual"}) != [*_DENSE]:
            return None
        sizes = (value["in_features"], value["out_features"])
        valid = (
            isinstance(value["module"], str)
            and all(type(size) is int and 0 < size < 1 << 31 for size in sizes)
            and type(value["bias"]) is bool
            and type(value.get("residual", False)) is bool
            and value["activation"] in ("identity", *ops.MODULE_ACTIVATIONS)
        )
        return cls(**value) if valid else None


class Norm(NamedTuple):
    """Layer normalization after pooling (Ba et al. 2016): a module whose tensors begin with `module`."""

    module: str
    features: int

    @property
    def in_features(self) -> int:
        """Numbers that come in."""
        return self.features

    @property
    def out_features(self) -> int:
        """Numbers that come out."""
        return self.features

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of its tensors."""
        return {f"{self.module}.norm.weight": (self.features,), f"{self.module}.norm.bias": (self.features,)}

    def to_json(self) -> dict[str, Any]:
        """The layer as model_config has it."""
        return self._asdict()

    def __call__(self, vectors: FloatArray, weights: Mapping[str, FloatArray]) -> FloatArray:
        """Vectors (texts, features), normalized each."""
        centred = vectors - vectors.mean(axis=1, keepdims=True)  # (texts, features)
        centred /= np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + _NORM_EPSILON)
        made: FloatArray = centred * weights[f"{self.module}.norm.weight"] + weights[f"{self.module}.norm.bias"]
        return made

    @classmethod
    def read(cls, value: Any) -> Norm | None:
        """A layer as model_config has it; None where it is not valid."""
        if not isinstance(value, dict) or sorted(value) != ["features", "module"]:
            return None
        features = value["features"]
        valid = isinstance(value["module"], str) and type(features) is int and 0 < features < 1 << 31
        return cls(**value) if valid else None


def _layer(value: Any) -> Dense | Norm | None:
    return Dense.read(value) or Norm.read(value)


class SentenceEmbedding:
    """Pooling, dense layers and normalization, as a model_config says."""

    def __init__(self, config: Mapping[str, Any], hidden_size: int, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights of the layers from `tensor`."""
        self._pooling: str = config["pooling"]
        self._normalize: bool = config["normalize"]
        self._kept: int | None = config.get("truncate_dim")
        self._layers = layers(config)
        self._weights = {name: tensor(name) for layer in self._layers for name in layer.tensors()}
        self.dimensions = self._layers[-1].out_features if self._layers else hidden_size
        """Numbers in an embedding."""

    def _pool(self, states: FloatArray, prompt: int) -> Any:
        """States (tokens, hidden) to (hidden,), without the tokens of the prompt where there are some to leave out."""
        if prompt and self._pooling == "weightedmean":
            return _weighted_mean(states[prompt:], prompt)
        return POOLINGS[self._pooling](states[prompt:])

    def __call__(
        self, states: Sequence[FloatArray], dimensions: int | None = None, prompts: Sequence[int] | None = None
    ) -> FloatArray:
        """Embeddings, (texts, dimensions), cut to their first dimensions and normalized again (Kusupati et al. 2022).

        Args:
            states: of each text, (tokens, hidden).
            dimensions: how many to keep; None for all.
            prompts: how many tokens at the start of each text pooling leaves out; None for none.

        Raises:
            UsageError: the embedding does not have that many dimensions.
        """
        if dimensions is not None and not 1 <= dimensions <= self.dimensions:
            raise UsageError(f"dimensions: expected a number from 1 to {self.dimensions}, found {dimensions}")
        lengths = prompts or [0] * len(states)
        pooled = [self._pool(state, length) for state, length in zip(states, lengths, strict=True)]
        vectors = np.stack(pooled)  # (texts, hidden)
        for layer in self._layers:
            vectors = layer(vectors, self._weights)  # (texts, in_features) -> (texts, out_features)
        if dimensions is not None:
            vectors = np.ascontiguousarray(vectors[:, :dimensions])  # (texts, dimensions)
        vectors = normalized(vectors) if self._normalize else vectors
        # A model's own `truncate_dim` cuts what is normalized already, as in the reference, where it is the last step.
        return vectors[:, : self._kept] if dimensions is None and self._kept else vectors


def layers(config: Mapping[str, Any]) -> list[Dense | Norm]:
    """The layers after pooling in a model_config that is valid."""
    return [layer for value in config.get("dense") or () if (layer := _layer(value))]


def faults(config: Mapping[str, Any], hidden_size: int) -> list[str]:
    """What is wrong in a model_config's settings for sentences, a line each."""
    found = []
    if config.get("pooling") not in [*POOLINGS]:
        found.append(f"pooling: expected one of {', '.join(POOLINGS)}, found {config.get('pooling')!r}")
    if not isinstance(config.get("normalize"), bool):
        found.append(f"normalize: expected true or false, found {config.get('normalize')!r}")
    width = hidden_size
    declared = config.get("dense") or []
    for value in declared if isinstance(declared, list) else [declared]:
        layer = _layer(value)
        if layer is None or layer.in_features != width:
            found.append(f"dense: {value!r} is no layer over {width} features")
            break
        width = layer.out_features
    kept = config.get("truncate_dim")
    if kept is not None and (type(kept) is not int or not 1 <= kept < 1 << 31):
        found.append(f"truncate_dim: expected a number from 1, found {kept!r}")
    prompts = config.get("prompts") or {}
    if not isinstance(prompts, dict) or not all(isinstance(text, str) for text in prompts.values()):
        found.append(f"prompts: expected names with their texts, found {prompts!r}")
    elif config.get("default_prompt_name") not in (None, *prompts):
        found.append(f"default_prompt_name: {config['default_prompt_name']!r} is not among the prompts")
    return found
