"""Compiling Python modules into the archive entries of a standalone base (frozen modules)."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format.base_archive import Kind, parse_archive
from hatch_encoderfile.bases.archive import Member, encode_archive
from hatch_encoderfile.bases.standalone import marshalled, modules
from hatch_encoderfile.files.atomic import atomic_output

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent
_FREEZER = _HERE / "freezer.py"
_DEPENDS_ON = (_FREEZER, _HERE / "marshalled.py")
_DOCSTRINGS, _NO_DOCSTRINGS = 1, 2  # Python's -O and -OO


class Frozen(NamedTuple):
    """Compiled modules.

    Attributes: members: archive entries, in the order in which imports reach them. unresolved: imported names that are
        in none of the folders: modules elsewhere, built-in modules, or attributes of these.
    """

    members: tuple[Member, ...]
    unresolved: tuple[str, ...]


def freeze(python: Path, runtime: Path, libraries: Sequence[Path], cache: Path) -> tuple[Member, ...]:
    """Compile the runtime and all modules that it can import.

    Args: python: an interpreter of the base's Python version. runtime: the folder that contains `encoderfile_runtime`.
        libraries: the folders of numpy and the standard library, whose contents never change. cache: a folder for the
        compiled libraries, which are used again as long as the runtime imports the same modules.

    Raises:
        EncoderfileError: the interpreter fails, or code does not compile.
    """
    own = run_freezer(
        python, [runtime], _runtime_modules(runtime), _DOCSTRINGS
    )  # docstrings of commands are their help
    reached = sorted({*own.unresolved, *modules.EXTRAS})
    return (*_library_members(python, libraries, reached, cache), *own.members)


def run_freezer(python: Path, folders: Sequence[Path], roots: Sequence[str], optimize: int) -> Frozen:
    """Compile the modules in `folders` that can be reached from `roots` by imports."""
    request = {
        "folders": list(map(str, folders)),
        "roots": list(roots),
        "left_out": sorted(modules.LEFT_OUT),
        "empty": sorted(modules.EMPTY),
        "optimize": optimize,
    }
    command = [str(python), "-I", "-S", "-B", str(_FREEZER)]
    try:
        done = subprocess.run(command, input=json.dumps(request).encode(), capture_output=True, check=True)
    except OSError as error:
        raise EncoderfileError(f"{python}: {error.strerror or error}: build the base again from its sources") from None
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise EncoderfileError(f"{python}: cannot compile modules of the base: {last}") from None
    output = io.BytesIO(done.stdout)
    answer: dict[str, Any] = json.loads(output.readline())
    members = tuple(
        Member(name, Kind.PACKAGE if is_package else Kind.MODULE, marshalled.rewrite(output.read(length)))
        for name, is_package, length in answer["modules"]
    )
    return Frozen(members, tuple(answer["unresolved"]))


def _library_members(python: Path, folders: Sequence[Path], roots: Sequence[str], cache: Path) -> tuple[Member, ...]:
    asked = json.dumps([str(python), list(map(str, folders)), roots, sorted(modules.LEFT_OUT), sorted(modules.EMPTY)])
    digest = hashlib.sha256(asked.encode())
    for path in _DEPENDS_ON:
        digest.update(path.read_bytes())
    kept = cache / f"modules-{digest.hexdigest()}"
    if kept.is_file():
        entries = parse_archive(memoryview(kept.read_bytes()), str(kept)).values()
        return tuple(Member(entry.name, entry.kind, bytes(entry.data)) for entry in entries)
    members = run_freezer(python, folders, roots, _NO_DOCSTRINGS).members
    with atomic_output(kept) as out:
        out.write(encode_archive(members))
    return members


def _runtime_modules(folder: Path) -> list[str]:
    """All modules of the runtime, since commands and tokenizer components are imported by names computed at run time."""
    paths = (path.relative_to(folder).with_suffix("") for path in (folder / modules.RUNTIME).rglob("*.py"))
    names = (".".join(path.parts).removesuffix(".__init__") for path in paths)
    launchers = (f"{modules.RUNTIME}.__main__", f"{modules.RUNTIME}.start.launcher")
    return sorted(name for name in names if name not in launchers)
