"""The store of compilation results, each under the digest of all its inputs, so that nothing is compiled twice."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.files.lock import locked, unlink

from .process import FIXED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .pins import Source
    from .toolchain import Toolchain

_STEP = Path(__file__).parent / "recipes/step.py"


def key_of(source: Source, toolchain: Toolchain, needs: Mapping[str, str], files: Sequence[Path]) -> str:
    """The digest of a result's inputs: source, recipe, programs, libraries, and the results on which it depends.

    Args:
        source: the source.
        toolchain: the toolchain.
        needs: keys of the results on which it depends.
        files: the recipe, and files that it reads besides the source.

    Returns:
        Hex.
    """
    decides = {
        "source": source.sha256,
        "licenses": source.licenses,
        "recipe": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (_STEP, *files)},
        "environment": FIXED,
        "target": toolchain.target,
        "native": toolchain.is_native,
        "tools": toolchain.versions,
        "libraries": toolchain.libraries,
        "needs": dict(needs),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


class Store:
    """Results under one folder, which need not exist: `NAME-KEY`."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def get(self, name: str, key: str, make: Callable[[Path], None]) -> Path:
        """The folder of a result, which is made if it is missing; other processes that want the same result wait.

        Args:
            name: first part of the folder's name, for people.
            key: the digest of the inputs, from `key_of`.
            make: fills the given empty folder, or raises.

        Raises:
            EncoderfileError: the store cannot be written to.
        """
        path = self._root / f"{name}-{key[:32]}"
        lock = path.with_suffix(".lock")
        try:
            if path.is_dir():
                return path
            with locked(lock):
                try:
                    self._make(path, make)
                finally:
                    unlink(lock)
        except OSError as error:
            raise EncoderfileError(f"{error.filename or path}: {error.strerror or error}") from error
        return path

    def _make(self, path: Path, make: Callable[[Path], None]) -> None:
        if path.is_dir():  # another process made it while this one waited for the lock
            return
        with tempfile.TemporaryDirectory(dir=self._root, prefix=f".{path.name}-") as folder:
            result = Path(folder, "result")
            result.mkdir()
            make(result)
            result.rename(path)
