"""Where a build may write, and what it may replace: a spec comes with its repo, and whoever wrote that chose its paths.

Below the spec's folder a build writes what the spec says; elsewhere only what the command line names. What is there already is
replaced only if it is recognised as a file that an earlier build or signing made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, FormatError, UsageError
from encoderfile_runtime.files import InputFile, open_file, reason
from encoderfile_runtime.format import footer
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.atomic import check_output
from hatch_encoderfile.standards import json

if TYPE_CHECKING:
    from pathlib import Path

_OURS = {
    "_type": "https://in-toto.io/Statement/",
    "bomFormat": "CycloneDX",
    "mediaType": "application/vnd.dev.sigstore.bundle",
}
"""What a sidecar says of itself, and how the value begins."""
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in "123456789¹²³")}
_NOT_IN_NAMES = set('<>:"/\\|?*')


def check_replaceable(path: Path) -> None:
    """Refuse to replace what neither a build nor a signing made; an empty file may be replaced.

    Raises:
        EncoderfileError: what is there cannot be read.
        UsageError: it is somebody's, or no regular file.
    """
    check_output(path)
    if not os.path.lexists(path):
        return
    try:
        with open_file(path) as file:
            if not file.size or _is_encoderfile(file) or _is_sidecar(file):
                return
    except (OSError, ValueError) as error:
        raise EncoderfileError(f"{path}: cannot be looked at before it is replaced: {reason(error)}") from None
    raise UsageError(
        f"{path}: is neither an encoderfile nor a file beside one, so it is not replaced: choose another output, or move it away"
    )


def check_declared(path: Path, root: Path) -> None:
    """Refuse a place that a repo may not choose: outside of its folder, links resolved, or in a hidden folder such as `.git`.

    Raises:
        UsageError: with what to do.
    """
    top = os.path.realpath(root)
    real = os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - of texts
    inside = os.path.relpath(real, top) if _drive(real) == _drive(top) else os.pardir
    parts = inside.split(os.sep)  # noqa: PTH206 - of texts
    if parts[0] == os.pardir:
        raise UsageError(f"{path}: lies outside of {root}: if that is meant, name it with --output-path")
    if any(part.startswith(".") for part in parts):
        raise UsageError(f"{path}: is hidden, or in a hidden folder: if that is meant, name it with --output-path")
    for part in parts:
        check_name(part)


def check_name(name: str) -> None:
    """Refuse a name that a file cannot have on every system.

    Raises:
        UsageError: with the reason.
    """
    if name.partition(".")[0].rstrip(" ").lower() in _DEVICES:
        raise UsageError(f"{name}: is the name of a device on Windows: choose another")
    if name.endswith((".", " ")) or _NOT_IN_NAMES & set(name) or not name.isprintable():
        raise UsageError(f"{name}: is not a name that every system can have: choose another")


def _drive(path: str) -> str:
    return os.path.splitdrive(path)[0].lower()


def _is_encoderfile(file: InputFile) -> bool:
    start = max(0, file.size - footer.SIZE)
    with suppress(FormatError):
        footer.parse(file.read(start, footer.SIZE), file.path, file.size)
        return True
    return False


def _is_sidecar(file: InputFile) -> bool:
    with suppress(ValueError):
        if file.read(0, 1) == b"{":
            found = json.parse(limits.REPLACED_SIDECAR.read_from(file))
            return any(str(found.get(key, "")).startswith(value) for key, value in _OURS.items())
    return False
