"""The files of a declared model for the front ends, and the faults that are found in them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from encoderfile_runtime.errors import FaultsError, ModelError
from encoderfile_runtime.format.model_type import ModelType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hatch_encoderfile.spec import ModelSpec

    from .files import ModelPaths
    from .inputs import InputFiles

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


class ModelSource:
    """Reads a model's files and collects their faults, so that one run reports all of them.

    Attributes:
        spec: the declared model.
        paths: the paths of its files.
        files: reads and hashes files.
        faults: the faults so far, a line each, beginning with the file or the tensor.
        config: the parsed config.json.
        tokenizer: the parsed tokenizer.json.
        tokenizer_config: the parsed tokenizer_config.json; empty if there is none.
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
        """Note a fault."""
        self.faults.append(text)

    @contextmanager
    def collect(self, where: str) -> Iterator[None]:
        """Turn a `FaultsError` in the block into faults of this model, each prefixed with `where`."""
        try:
            yield
        except FaultsError as error:
            self.faults += [f"{where}: {fault}" for fault in error.faults]

    def check(self) -> None:
        """Stop if there are faults.

        Raises:
            ModelError: it lists all faults so far.
        """
        if self.faults:
            self.stop()

    def stop(self) -> NoReturn:
        """Raise a `ModelError` with all faults so far."""
        raise ModelError(str(self.paths.directory), self.faults)

    def json_object(self, path: Path) -> dict[str, Any]:
        """Parse a file that must be a JSON object; for another value, note a fault and return an empty one."""
        value = self.files.read_json(path, self.paths.name(path))
        if isinstance(value, dict):
            return value
        self.fault(f"{self.paths.name(path)}: expected a JSON object")
        return {}

    def optional_object(self, name: str) -> dict[str, Any]:
        """Parse a file of the directory that must be a JSON object; empty if it does not exist."""
        path = self.paths.optional(name)
        return {} if path is None else self.json_object(path)
