"""The files a build reads: each is hashed, compared with its pin, and recorded in the manifest."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, ModelError
from encoderfile_runtime.files import InputFile, reason
from encoderfile_runtime.format.manifest import Input, is_safe_path
from hatch_encoderfile.files.background import Task
from hatch_encoderfile.files.blob import FileRange
from hatch_encoderfile.files.digests import UNKNOWN, Digests, Hasher
from hatch_encoderfile.files.limits import ATTACHMENT
from hatch_encoderfile.standards import json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Self

    from hatch_encoderfile.files.boundary import Boundary
    from hatch_encoderfile.files.limits import Limit

OTHER_ATTACHMENTS = "attachments/"
_MAX_DEPTH = 64


def unreadable(path: Path, error: Exception) -> EncoderfileError:
    """Why a file cannot be read, and what to do where that is known."""
    advice = ": let this user read it" if isinstance(error, PermissionError) else ""
    return EncoderfileError(f"{path}: cannot be read: {reason(error)}{advice}")


class _Streamed(NamedTuple):
    file: InputFile
    digests: Task[Digests]


class Witness(Protocol):
    """Says of files, while they are read, whether they are what a repository holds."""

    def hasher(self, path: Path, name: str, length: int) -> hashlib._Hash | None:
        """A hash that is to be given all bytes of a file; None where none is needed. It may be asked from any thread."""


class InputFiles:
    """Reads files under the names that pins and the manifest know them by.

    Small files are read once and hashed from the same bytes. Large ones are streamed into the output, and hashed in a thread
    from when they are first asked for; that the file did not change in between is told from its identity.

    Attributes:
        paths: every file that was read, by the name that pins and the manifest know it by.
        is_closed: whether nobody asks for them any more.
    """

    def __init__(
        self, pins: Mapping[str, str], source: str | None, boundary: Boundary, witness: Witness | None = None
    ) -> None:
        """Start with the spec's pins; `source` is the model's purl, which gives each file its own.

        Nothing is opened outside of `boundary` but what is pinned.
        """
        self._pins = pins
        self._boundary = boundary
        self._witness = witness
        self._source = source or ""
        self.is_closed = False
        self._read: dict[str, Input] = {}
        self._digests: dict[str, Digests] = {}
        self._data: dict[str, bytes] = {}
        self.paths: dict[str, Path] = {}
        self._streamed: dict[str, _Streamed] = {}
        self._open: dict[str, InputFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed = True

    def read(self, path: Path, name: str, limit: Limit = ATTACHMENT) -> bytes:
        """All of a small file; the same bytes each time, whatever happens to the file.

        Raises:
            EncoderfileError: the file cannot be read or is too large to be what it is named.
            IntegrityError: the file differs from its pin.
            ModelError: the name cannot be recorded, or another file has it.
        """
        self._claim(path, name)
        if name in self._data:
            return self._data[name]
        try:
            with self._opened(path, name) as file:
                data = limit.read_from(file)
        except OSError as error:
            raise unreadable(path, error) from None
        except ValueError as error:
            raise EncoderfileError(f"{path}: {error}, expected a file of a model") from None
        digests = Digests(hashlib.sha256(data).digest(), hashlib.sha512(data).digest())
        if hasher := self._hasher(path, name, len(data)):
            hasher.update(data)
        self._read[name] = self._record(path, name, digests, len(data))
        self._data[name] = data
        return data

    def read_json(self, path: Path, name: str, limit: Limit) -> Any:
        """A small file as JSON that two readers cannot take for different things.

        Raises:
            ModelError: it is not such JSON.
        """
        data = self.read(path, name, limit)
        try:
            value = json.parse_any(data)
        except ValueError as error:
            raise ModelError(str(path), [str(error)]) from None
        if _is_deep(value):
            raise ModelError(str(path), [f"is nested more than {_MAX_DEPTH} deep"])
        return value

    def stream(self, path: Path, name: str) -> FileRange:
        """All of a large file, to be read while it is hashed.

        Raises:
            EncoderfileError: the file cannot be read.
            ModelError: the name cannot be recorded, or another file has it.
        """
        file = self.open(path, name)
        if name not in self._streamed:
            before = list(self._streamed.values())
            digests = Task(partial(self._hash, file, name, before))
            self._streamed[name] = _Streamed(file, digests)
        return FileRange(file, 0, file.size)

    def open(self, path: Path, name: str) -> InputFile:
        """A file, to look into before or while it is streamed: the same handle each time.

        Raises:
            EncoderfileError: the file cannot be opened.
            UsageError: it lies outside of what may be read.
            ModelError: the name cannot be recorded, or another file has it.
        """
        self._claim(path, name)
        if name not in self._open:
            try:
                self._open[name] = self._opened(path, name)
            except OSError as error:
                raise unreadable(path, error) from None
        return self._open[name]

    def inputs(self) -> list[Input]:
        """What has been read so far; the digests of streamed files are still empty."""
        pending = [Input(name, b"", item.file.size, self._uri(name)) for name, item in self._streamed.items()]
        return [*self._read.values(), *(item for item in pending if item.path not in self._read)]

    def complete(self) -> list[Input]:
        """What has been read, once all of it is hashed; asked again, that nothing has changed since.

        Raises:
            IntegrityError: a streamed file differs from its pin, or changed while it was read.
        """
        for name, item in self._streamed.items():
            digests = item.digests.result()
            record = self._record(Path(item.file.path), name, digests, item.file.size)
            if not item.file.is_unchanged or self._read.get(name, record) != record:
                raise IntegrityError(f"{item.file.path}: changed while it was read: build again")
            self._read[name] = record
        return list(self._read.values())

    def digests(self, name: str) -> Digests:
        """The digests of a file that has been read; zeros while it is still hashed."""
        return self._digests.get(name, UNKNOWN)

    def check_other_pins(self, directory: Path) -> None:
        """Check the pinned files that the build does not read itself, and record them.

        Raises:
            ModelError: pinned files that are not there.
            IntegrityError: a file differs from its pin.
        """
        names = sorted(set(self._pins) - set(self._read) - set(self._streamed))
        missing = [f"files.{name}: pinned, but not there" for name in names if not os.path.lexists(directory / name)]
        if missing:
            raise ModelError(str(directory), missing)
        for name in names:
            self.stream(directory / name, name)

    def _hasher(self, path: Path, name: str, length: int) -> hashlib._Hash | None:
        return self._witness.hasher(path, name, length) if self._witness else None

    def _opened(self, path: Path, name: str) -> InputFile:
        return self._boundary.open(path, is_pinned=name in self._pins)

    def _hash(self, file: InputFile, name: str, before: list[_Streamed]) -> Digests:
        """The digests of a file, once those before it are done; whatever they are when nobody waits for them any more."""
        for item in before:
            item.digests.wait()
        with Hasher(self._hasher(self.paths[name], name, file.size)) as hasher:
            for chunk in FileRange(file, 0, file.size).chunks():
                if self.is_closed:
                    break
                hasher.update(chunk)
            return hasher.digests()

    def _claim(self, path: Path, name: str) -> None:
        if not is_safe_path(name):
            raise ModelError(str(path), [f"{name!r} is not a name that every system can extract: rename the file"])
        if self.paths.setdefault(name, path) != path:
            raise ModelError(str(path), [f"{self.paths[name]} is recorded as {name!r} already: rename one of the two"])

    def _record(self, path: Path, name: str, digests: Digests, length: int) -> Input:
        pin, sha256 = self._pins.get(name), digests.sha256
        if pin is not None and pin != sha256.hex():
            raise IntegrityError(f"{path}: sha256 differs from its pin: pinned {pin}, found {sha256.hex()}")
        self._digests[name] = digests
        return Input(name, sha256, length, self._uri(name))

    def _uri(self, name: str) -> str:
        """The file's own purl; what the spec attaches from elsewhere has none."""
        is_of_model = self._source.startswith("pkg:") and not name.startswith(OTHER_ATTACHMENTS)
        return f"{self._source}#{name}" if is_of_model else ""


def _is_deep(value: object) -> bool:
    """Whether containers are nested so deep that code that calls itself for each could fail."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
    return bool(level)


def _containers(value: object) -> Iterable[object]:
    """The objects and lists in an object or a list."""
    members: Iterable[object] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if {dict, list}.isdisjoint(map(type, members)):  # a vocabulary of texts and numbers is passed over quickly
        return ()
    return [inner for inner in members if isinstance(inner, (dict, list))]
