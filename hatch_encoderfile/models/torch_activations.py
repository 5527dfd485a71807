"""Activations as sentence-transformers saves them: the path of a class of torch.nn."""

from __future__ import annotations

import re

_PATH = re.compile(r"torch\.nn\.(?:modules\.(?:activation|linear)\.)?(\w+)")
# Those that torch makes without arguments, and that keep the shape.
NAMES = {
    "CELU": "celu",
    "ELU": "elu",
    "GELU": "gelu",
    "Hardshrink": "hardshrink",
    "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish",
    "Hardtanh": "hardtanh",
    "Identity": "identity",
    "LeakyReLU": "leaky_relu",
    "LogSigmoid": "log_sigmoid",
    "LogSoftmax": "log_softmax",
    "Mish": "mish",
    "PReLU": "prelu",
    "RReLU": "rrelu",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "Softmin": "softmin",
    "Softplus": "softplus",
    "Softshrink": "softshrink",
    "Softsign": "softsign",
    "Tanh": "tanh",
    "Tanhshrink": "tanhshrink",
}
"""Classes, and what the runtime calls them."""


def runtime_name(path: object) -> str | None:
    """The runtime's name of an activation; None for another class, which is code of somebody's own or needs arguments."""
    match = _PATH.fullmatch(path) if isinstance(path, str) else None
    return NAMES.get(match.group(1)) if match else None
