"""Find the files of a declared model, by their usual names in a directory or by the paths that the spec gives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.files.boundary import is_there

if TYPE_CHECKING:
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
    """Where each file is. Optional files are None where they are not there."""

    directory: Path
    config: Path
    tokenizer: Path
    weights: Path
    tokenizer_config: Path | None

    def name(self, path: Path) -> str:
        """The name that pins and the manifest know a file by: relative to the model's directory."""
        return path.relative_to(self.directory).as_posix() if path.is_relative_to(self.directory) else path.name

    def optional(self, name: str) -> Path | None:
        """A file of the directory, if it is there.

        Raises:
            ModelError: the name leads out of the directory.
            EncoderfileError: something else than a file is there.
        """
        if not is_safe_path(name):
            raise ModelError(str(self.directory), [f"{name!r} is no name of a file inside the model directory"])
        path = self.directory / name
        return path if is_there(path) else None


def normal(path: Path) -> Path:
    """The path without `..` and `.`, so that one file has one path and one name."""
    return Path(os.path.normpath(path))


def find(files: ModelFiles, weights_names: tuple[str, ...]) -> ModelPaths:
    """The paths of the model's files.

    Args:
        files: as declared.
        weights_names: the names that the weights may have in a directory, best first.

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
    # Where none are found, those that are there in another format are named.
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
    # Mozilla's CLI looks for it in a model's directory, and not beside files that are named one by one.
    by_name = files.directory is None and ONNX in weights_names and not files.tokenizer_config
    if faults:
        raise ModelError(str(directory), faults)
    found = tokenizer_config if has_config and not by_name else None
    return ModelPaths(directory, config, tokenizer, weights, found)
