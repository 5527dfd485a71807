"""Finding the files of a declared model, by their usual names in a directory or by the spec's paths."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.files.boundary import is_there

if TYPE_CHECKING:
    from collections.abc import Collection

    from hatch_encoderfile.spec import ModelFiles

SAFETENSORS = "model.safetensors"
SAFETENSORS_INDEX = "model.safetensors.index.json"
ONNX = "model.onnx"
_GRAPH = ".onnx"

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_PICKLE_REASON = (
    "is a pickle, which can run any code when it is read: "
    "save the model again with transformers' save_pretrained(..., safe_serialization=True)"
)
_ONNX_REASON = (
    'the numpy runtime does not run ONNX: give safetensors, or layout = "mozilla" and one of its base binaries'
)


class ModelPaths(NamedTuple):
    """The paths of a model's files; optional files that do not exist are None."""

    directory: Path
    config: Path
    tokenizer: Path
    weights: Path
    tokenizer_config: Path | None

    def name(self, path: Path) -> str:
        """The name of a file in pins and in the manifest: relative to the model's directory."""
        return path.relative_to(self.directory).as_posix() if path.is_relative_to(self.directory) else path.name

    def optional(self, name: str) -> Path | None:
        """The path of a file in the directory; None if it does not exist.

        Raises:
            ModelError: the name leads out of the directory.
            EncoderfileError: something else than a file is there.
        """
        if not is_safe_path(name):
            raise ModelError(str(self.directory), [f"{name!r} is no name of a file inside the model directory"])
        path = self.directory / name
        return path if is_there(path) else None


def unread(paths: ModelPaths, read: Collection[str]) -> list[str]:
    """The names of JSON files of the directory, and of folders in it, that nothing has read; those of hidden folders left out."""
    found = [*paths.directory.glob("*.json"), *paths.directory.glob("[!.]*/*.json")]
    names = {path.relative_to(paths.directory).as_posix() for path in found if path.is_file()}
    return sorted(names - set(read))


def normal(path: Path) -> Path:
    """The path without `..` and `.`, so that each file has one path and one name."""
    return Path(os.path.normpath(path))


def find(files: ModelFiles, weights_names: tuple[str, ...]) -> ModelPaths:
    """Find the model's files.

    Args:
        files: the declared paths.
        weights_names: possible names of the weights in a directory, in order of preference.

    Raises:
        ModelError: files that are missing, or weights in a pickle.
    """
    directory = files.directory or (normal(files.config).parent if files.config else None)
    if directory is None or not directory.is_dir():
        raise ModelError(str(directory or "path"), ["the model directory is not there: check `path`"])
    directory = normal(directory)
    faults: list[str] = []

    def required(declared: Path | None, *names: str) -> Path:
        candidates = [normal(declared)] if declared else [directory / name for name in names]
        for candidate in candidates:
            if is_there(candidate):
                return candidate
        shown = [str(path) if declared else path.name for path in candidates]
        faults.append(f"{' or '.join(shown)}: not there")
        return candidates[0]

    config = required(files.config, "config.json")
    tokenizer = required(files.tokenizer, "tokenizer.json")
    weights = required(files.weights, *weights_names)
    # If no weights are found, name those in unsupported formats.
    others = [weights] if files.weights or is_there(weights) else sorted(directory.iterdir())
    for path in others:
        if path.suffix in _PICKLES:
            faults.append(f"{path.name}: {_PICKLE_REASON}")
        elif path.suffix == _GRAPH and ONNX not in weights_names:
            faults.append(f"{path.name}: {_ONNX_REASON}")
    tokenizer_config = normal(files.tokenizer_config or directory / "tokenizer_config.json")
    has_config = is_there(tokenizer_config)
    if files.tokenizer_config and not has_config:
        faults.append(f"{files.tokenizer_config}: not there")
    # Mozilla's CLI looks for tokenizer_config.json in a model directory, but not beside files that are named one by
    # one.
    by_name = files.directory is None and ONNX in weights_names and not files.tokenizer_config
    if faults:
        raise ModelError(str(directory), faults)
    found = tokenizer_config if has_config and not by_name else None
    return ModelPaths(directory, config, tokenizer, weights, found)
