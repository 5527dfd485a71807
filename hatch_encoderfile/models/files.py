"""Find the files of a declared model, by their usual names in a directory or by the paths that the spec gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.spec import ModelFiles

SAFETENSORS = "model.safetensors"
SAFETENSORS_INDEX = "model.safetensors.index.json"
ONNX = "model.onnx"

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
        """A file of the directory, if it is there."""
        path = self.directory / name
        return path if path.is_file() else None


def find(files: ModelFiles, weights_names: tuple[str, ...]) -> ModelPaths:
    """The paths of the model's files.

    Args:
        files: as declared.
        weights_names: the names that the weights may have in a directory, best first.

    Raises:
        ModelError: files that are missing, or weights in a pickle.
    """
    directory = files.directory or (files.config.parent if files.config else None)
    if directory is None or not directory.is_dir():
        raise ModelError(str(directory or "path"), ["the model directory is not there: check `path`"])
    faults: list[str] = []

    def required(declared: Path | None, *names: str) -> Path:
        candidates = [declared] if declared else [directory / name for name in names]
        for candidate in candidates:
            if candidate.is_file():
                return candidate
        shown = [str(path) if declared else path.name for path in candidates]
        faults.append(f"{' or '.join(shown)}: not there")
        return candidates[0]

    config = required(files.config, "config.json")
    tokenizer = required(files.tokenizer, "tokenizer.json")
    weights = required(files.weights, *weights_names)
    if weights.suffix in _PICKLES:
        faults.append(f"{weights.name}: {_PICKLE_REASON}")
    elif not weights.is_file():
        others = sorted(path.name for path in directory.iterdir())
        faults += [f"{name}: {_PICKLE_REASON}" for name in others if name.endswith(_PICKLES)]
        if ONNX in others:
            faults.append(f"{ONNX}: {_ONNX_REASON}")
    tokenizer_config = files.tokenizer_config or directory / "tokenizer_config.json"
    if files.tokenizer_config and not files.tokenizer_config.is_file():
        faults.append(f"{files.tokenizer_config}: not there")
    if faults:
        raise ModelError(str(directory), faults)
    return ModelPaths(directory, config, tokenizer, weights, tokenizer_config if tokenizer_config.is_file() else None)
