"""The portable base: an `sh` header that finds Python, then a zip of the runtime. A pure function of the two."""

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
    """The base: the same bytes wherever, whenever and by whichever Python it is made."""
    header = files(__package__).joinpath("header.sh").read_bytes()
    entries = runtime()
    entries["__main__.py"] = entries.pop(f"{_PACKAGE}/{_LAUNCHER}")
    out = io.BytesIO(header)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = _UNIX
            info.external_attr = _MODE << 16
            archive.writestr(info, entries[name])
    return out.getvalue()


def runtime() -> dict[str, bytes]:
    """The files of our runtime, by their paths."""
    return dict(_sources(files(_PACKAGE), f"{_PACKAGE}/"))


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _sources(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".py"):
            yield f"{prefix}{item.name}", item.read_bytes()
