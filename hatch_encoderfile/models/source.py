"""A declared model's files as the front ends see them, and everything that is found wrong with them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from encoderfile_runtime.errors import FaultsError, ModelError
from encoderfile_runtime.format.model_type import ModelType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from encoderfile_runtime.files import InputFile
    from hatch_encoderfile.spec import ModelSpec

    from .files import ModelPaths
    from .inputs import InputFiles

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


class ModelSource:
    """Reads a model's files and collects faults, so that one run shows them all.

    Attributes:
        faults: what is wrong, a line each, beginning with the file or the tensor.
    """

    def __init__(self, spec: ModelSpec, paths: ModelPaths, files: InputFiles) -> None:
        self.spec = spec
        self.paths = paths
        self.files = files
        self.faults: list[str] = []
        self.config = self.json_object(paths.config)
        self.tokenizer = self.json_object(paths.tokenizer)
        self.tokenizer_config = self.json_object(paths.tokenizer_config) if paths.tokenizer_config else {}

    @property
    def is_classifier(self) -> bool:
        """Whether the task has labels."""
        return self.spec.model_type in _CLASSIFIERS

    def fault(self, text: str) -> None:
        """Note something that is wrong."""
        self.faults.append(text)

    @contextmanager
    def collect(self, where: str) -> Iterator[None]:
        """Turn a `FaultsError` of the block into faults of this model, each beginning with `where`."""
        try:
            yield
        except FaultsError as error:
            self.faults += [f"{where}: {fault}" for fault in error.faults]

    def check(self) -> None:
        """Stop here if anything is wrong.

        Raises:
            ModelError: with all faults so far.
        """
        if self.faults:
            self.stop()

    def stop(self) -> NoReturn:
        """Raise a `ModelError` with all faults so far."""
        raise ModelError(str(self.paths.directory), self.faults)

    def json_object(self, path: Path) -> dict[str, Any]:
        """A file that should be a JSON object; empty, and a fault, where it is another value."""
        value = self.files.read_json(path, self.paths.name(path))
        if isinstance(value, dict):
            return value
        self.fault(f"{self.paths.name(path)}: expected a JSON object")
        return {}

    def open(self, path: Path) -> InputFile:
        """A file of the model, by the name that pins and the manifest know it by; the same handle each time."""
        return self.files.open(path, self.paths.name(path))

    def optional_object(self, name: str) -> dict[str, Any]:
        """A file of the directory that should be a JSON object; empty where it is not there."""
        path = self.paths.optional(name)
        return {} if path is None else self.json_object(path)
