"""The files of a declared model for the front ends, and the faults that are found in them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from encoderfile_runtime.errors import FaultsError, ModelError
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.files import limits

from .families.keys import Keys
from .families.reading import check_only
from .families.rows import Harmless, Only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from encoderfile_runtime.files import InputFile
    from hatch_encoderfile.files.limits import Limit
    from hatch_encoderfile.spec import ModelSpec

    from .families.rows import Row
    from .files import ModelPaths
    from .inputs import InputFiles

_LONGEST = 120
_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


class ModelSource:
    """Reads a model's files and collects their faults, so that one run reports all of them.

    Attributes:
        faults: what is wrong, a line each, beginning with the file or the tensor.
        notes: what people should know, a line each.
    """

    def __init__(self, spec: ModelSpec, paths: ModelPaths, files: InputFiles) -> None:
        self.spec = spec
        self.paths = paths
        self.files = files
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.config = self.json_object(paths.config, limits.CONFIG)
        self.tokenizer = self.json_object(paths.tokenizer, limits.TOKENIZER)
        self.tokenizer_config = self.keys(paths.tokenizer_config, "tokenizer_config.json", limits.TOKENIZER_CONFIG)
        self._settled: set[str] = set()

    @property
    def is_classifier(self) -> bool:
        """Whether the task has labels."""
        return self.spec.model_type in _CLASSIFIERS

    def fault(self, text: str) -> None:
        """Note a fault."""
        self.faults.append(text)

    def note(self, text: str) -> None:
        """Add a note for the user of the build."""
        self.notes.append(text)

    def conflict(self, where: str, stated: object, found: object, name: str) -> None:
        """A setting states otherwise than tokenizer.json: a fault, and a note where the spec settles it.

        Args:
            where: the file and the key.
            stated: the value there.
            found: what tokenizer.json says.
            name: what the spec's `tokenizer.ignored-settings` calls the setting.
        """
        if name in self.spec.tokenizer.ignored_settings:
            self._settled.add(name)
            self.note(f"{where}: {shown(stated)}, ignored as the spec says; tokenizer.json: {shown(found)}")
        else:
            self.fault(
                f"{where}: {shown(stated)}, but tokenizer.json, which is what runs, says {shown(found)}: correct one of them, "
                f'or put "{name}" into the spec\'s tokenizer.ignored-settings to go by tokenizer.json'
            )

    def check_settled(self) -> None:
        """A fault for each of the spec's `tokenizer.ignored-settings` that settles nothing."""
        for name in self.spec.tokenizer.ignored_settings:
            if name not in self._settled:
                self.fault(
                    f"{self.spec.origin.name}: tokenizer.ignored-settings: {name!r} is no setting that states otherwise than "
                    "tokenizer.json: remove it"
                )

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

    def json_object(self, path: Path, limit: Limit) -> dict[str, Any]:
        """Parse a file that must be a JSON object; for another value, note a fault and return an empty one."""
        value = self.files.read_json(path, self.paths.name(path), limit)
        if isinstance(value, dict):
            return value
        self.fault(f"{self.paths.name(path)}: expected a JSON object")
        return {}

    def open(self, path: Path) -> InputFile:
        """A file of the model, by the name that pins and the manifest know it by; the same handle each time."""
        return self.files.open(path, self.paths.name(path))

    def keys(self, path: Path | None, name: str, limit: Limit) -> Keys:
        """The members of a file that should be a JSON object, whose reads are recorded; none where there is no file."""
        return Keys(self.json_object(path, limit) if path else {}, f"{name}: ")

    def optional_keys(self, name: str, limit: Limit = limits.SENTENCE_TRANSFORMERS) -> Keys:
        """As `keys`, of a file of the directory."""
        return self.keys(self.paths.optional(name), name, limit)

    def close(self, keys: Keys, rows: Mapping[str, Row]) -> None:
        """Look at what is left of a file that was read: the rows that take no code, then keys that nothing knows."""
        for key, row in rows.items():
            if isinstance(row, Only):
                check_only(keys, key, row)
            elif isinstance(row, Harmless):
                keys.get(key)
        keys.close(rows)
        self.faults += keys.faults
        self.notes += [f"{path}: no setting that is known, not used" for path in keys.unknown]

    def optional_object(self, name: str) -> dict[str, Any]:
        """Parse a file of sentence-transformers that must be a JSON object; empty if it does not exist."""
        path = self.paths.optional(name)
        return {} if path is None else self.json_object(path, limits.SENTENCE_TRANSFORMERS)


def shown(value: object) -> str:
    """A value in a message."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
