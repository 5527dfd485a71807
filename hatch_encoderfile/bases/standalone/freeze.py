"""Python code as frozen modules: the archive entries of a standalone base."""

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
    """Modules, compiled.

    Attributes:
        members: in the order in which they are reached.
        unresolved: names that a module imports and no folder has: of other modules, of built-in ones, or of what is in them.
    """

    members: tuple[Member, ...]
    unresolved: tuple[str, ...]


def freeze(python: Path, runtime: Path, libraries: Sequence[Path], cache: Path) -> tuple[Member, ...]:
    """Compile the runtime and what it can reach.

    Args:
        python: an interpreter of the version that the base is made of.
        runtime: the folder that holds `encoderfile_runtime`.
        libraries: the folders that hold numpy and the standard library; what they hold never changes.
        cache: a folder for the code of the libraries, which is used again while the runtime asks for the same.

    Raises:
        EncoderfileError: the interpreter fails, or code does not compile.
    """
    own = run_freezer(python, [runtime], _runtime_modules(runtime), _DOCSTRINGS)  # its commands print them as help
    reached = sorted({*own.unresolved, *modules.EXTRAS})
    return (*_library_members(python, libraries, reached, cache), *own.members)


def run_freezer(python: Path, folders: Sequence[Path], roots: Sequence[str], optimize: int) -> Frozen:
    """Compile what can be reached from `roots` within some folders."""
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
    """All modules of the runtime: commands and tokenizer parts are imported by names that are made when it runs."""
    paths = (path.relative_to(folder).with_suffix("") for path in (folder / modules.RUNTIME).rglob("*.py"))
    names = (".".join(path.parts).removesuffix(".__init__") for path in paths)
    launchers = (f"{modules.RUNTIME}.__main__", f"{modules.RUNTIME}.start.launcher")
    return sorted(name for name in names if name not in launchers)
