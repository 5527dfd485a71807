"""Whether what a build read is what a commit holds: a commit is claimed only where every byte of every input is in its tree."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.files import limits

from . import remotes
from .git import GitError, Repository

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Iterable

    from encoderfile_runtime.format.manifest import Input
    from hatch_encoderfile.spec import ModelSpec

    from .git.lfs import Pointer

SPEC = "spec"
_DECLARATION = ""  # no input has this name
_MOST_NAMED = 20


class Evidence(NamedTuple):
    """What a repository shows of the inputs of a build.

    Attributes:
        commit: the one that is checked out, in hex; empty where none could be read.
        uri: of the repository's remote; empty where it has none that can be stated.
        outside: inputs that are not in the commit with these bytes, and `spec` where it is the declaring file.
        reason: why no commit is claimed; empty where one is.
        remark: why no address is stated beside a commit; empty where one is.
    """

    commit: str = ""
    uri: str = ""
    outside: tuple[str, ...] = ()
    reason: str = ""
    remark: str = ""

    @property
    def is_claimed(self) -> bool:
        """Whether all inputs are in the commit."""
        return not self.reason

    @property
    def note(self) -> str:
        """What whoever builds should know; empty where there is nothing."""
        if self.is_claimed:
            return f"provenance: no address of the repository: {self.remark}" if self.remark else ""
        named = ", ".join(map(ascii, self.outside[:_MOST_NAMED]))
        more = f" and {len(self.outside) - _MOST_NAMED} more" if len(self.outside) > _MOST_NAMED else ""
        return f"provenance: no commit is claimed: {self.reason}{f': {named}{more}' if named else ''}"


class _Expected(NamedTuple):
    """What the commit holds in a file's place.

    Attributes:
        blob: its id.
        pointer: to a file of this length, in Git LFS; None where the blob is the file.
        prototype: of a hash that takes the file's bytes; None where the lengths differ already.
        hashes: one for each time that the file is read.
    """

    blob: str
    pointer: Pointer | None
    prototype: hashlib._Hash | None
    hashes: list[hashlib._Hash]

    def hasher(self) -> hashlib._Hash | None:
        if self.prototype is not None:
            self.hashes.append(self.prototype.copy())
        return self.hashes[-1] if self.hashes else None

    def is_file(self, sha256: bytes, length: int) -> bool:
        if self.pointer:
            return self.pointer == (sha256, length)
        return {item.hexdigest() for item in self.hashes} == {self.blob}


class Checkout:
    """The repository that a declaration is in, asked about each file while it is read.

    A file is looked up by the path that the spec leads to, whatever links are on the way: it is in the commit only if the tree
    has a file with its bytes there.
    """

    def __init__(self, spec: ModelSpec) -> None:
        """Find the repository, and look at the declaring file, which is read once more.

        Raises:
            EncoderfileError: the declaring file cannot be read any more.
        """
        self._root = spec.root
        self._lock = Lock()  # files are hashed in threads
        self._expected: dict[str, _Expected | None] = {}
        self._reason = ""
        self._repository: Repository | None = None
        try:
            self._repository = Repository.of(spec.root)
        except GitError as error:
            self._reason = str(error)
        if self._repository is None:
            self._reason = self._reason or "the spec is in no git repository"
            return
        self._prefix = os.path.relpath(os.path.realpath(spec.root), self._repository.top)
        self._declaration = _read(spec.origin)
        if hasher := self.hasher(spec.origin, _DECLARATION, len(self._declaration)):
            hasher.update(self._declaration)

    def hasher(self, path: Path, name: str, length: int) -> hashlib._Hash | None:
        """A hash that is to be given all bytes of an input; None where the commit cannot hold it, or holds a pointer."""
        with self._lock:
            if name not in self._expected:
                self._expected[name] = self._look(path, length)
            expected = self._expected[name]
            return expected.hasher() if expected else None

    def state(self) -> list[str]:
        """What decides the evidence about given inputs: two builds of the same inputs that find the same here show the same."""
        if self._repository is None:
            return [self._reason]
        return [self._repository.commit, self._repository.remote, self._prefix, sha256(self._declaration).hexdigest()]

    def evidence(self, inputs: Iterable[Input]) -> Evidence:
        """What can be said once all inputs have been read."""
        if self._repository is None or self._reason:
            return Evidence(reason=self._reason)
        read = {f"input/{item.path}": (item.sha256, item.length, self._expected.get(item.path)) for item in inputs}
        declaration = sha256(self._declaration).digest(), len(self._declaration)
        read[SPEC] = (*declaration, self._expected.get(_DECLARATION))
        outside = [
            name for name, (digest, length, found) in read.items() if not (found and found.is_file(digest, length))
        ]
        commit = self._repository.commit
        if outside:
            return Evidence(commit, outside=tuple(sorted(outside)), reason="inputs that are not in the commit")
        remote = remotes.parse(self._repository.remote)
        return Evidence(commit, remote.uri, remark=remote.reason)

    def _look(self, path: Path, length: int) -> _Expected | None:
        """What the commit holds at a path; a repository that is broken there is not asked again."""
        repository = self._repository
        if repository is None or self._reason:
            return None
        parts = self._parts(path)
        try:
            blob = repository.file(parts) if parts else None
            if blob is None:
                return None
            pointer = repository.pointer(blob)
            if pointer and pointer.length == length:
                return _Expected(blob, pointer, None, [])
            return _Expected(blob, None, repository.hasher(blob, length), [])
        except GitError as error:
            self._reason = str(error)
            return None

    def _parts(self, path: Path) -> tuple[str, ...] | None:
        """A path from the top of the repository; None where it leads out."""
        try:
            parts = Path(os.path.normpath(Path(self._prefix, os.path.relpath(path, self._root)))).parts
        except ValueError:  # another drive
            return None
        return None if parts[:1] == (os.pardir,) else parts


def _read(path: Path) -> bytes:
    try:
        return limits.SPEC_TOML.read(path)
    except (OSError, ValueError) as error:
        raise EncoderfileError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
