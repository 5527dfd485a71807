"""The portable base: an `sh` script that finds Python, followed by a zip archive of the runtime's sources."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.abc import Traversable

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100644
_PACKAGE = "encoderfile_runtime"
_LAUNCHER = "start/launcher.py"


def build() -> bytes:
    """Build the base; its bytes depend on the script and the runtime alone, not on time, place or Python version."""
    header = files(__package__).joinpath("header.sh").read_bytes()
    entries = runtime()
    entries["__main__.py"] = entries.pop(f"{_PACKAGE}/{_LAUNCHER}")
    out = io.BytesIO(header)
    out.seek(0, io.SEEK_END)
    # Stored: the bytes of deflate depend on the version of zlib, and a start reads plain sources faster.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = _UNIX
            info.external_attr = _MODE << 16
            archive.writestr(info, entries[name])
    return out.getvalue()


def runtime() -> dict[str, bytes]:
    """The source files of the runtime, by path."""
    return dict(_sources(files(_PACKAGE), f"{_PACKAGE}/"))


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _sources(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".py"):
            yield f"{prefix}{item.name}", item.read_bytes()
