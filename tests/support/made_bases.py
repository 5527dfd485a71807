"""Small standalone bases with nothing to run in them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from encoderfile_runtime import __version__
from encoderfile_runtime.format.base_archive import Flavour, Kind
from hatch_encoderfile.bases import index
from hatch_encoderfile.bases.archive import Member, encode_base
from hatch_encoderfile.bases.description import BaseDescription, Ingredient, Tool

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

X86 = "x86_64-unknown-linux-gnu"
ARM = "aarch64-unknown-linux-gnu"
MACOS = "aarch64-apple-darwin"
WINDOWS = "x86_64-pc-windows-msvc"


def description(target: str = X86, **changes: object) -> BaseDescription:
    """A description of a base with one library in it."""
    zlib = Ingredient(
        "zlib", "1.3.1", "Zlib", "pkg:generic/zlib@1.3.1", "a" * 64, "zlib-1.3.1.tar.gz", ("licenses/zlib.txt",)
    )
    values: dict[str, object] = {
        "flavour": "static",
        "target": target,
        "floor": "Linux 3.2",
        "runtime_version": __version__,
        "python": "3.13.5",
        "numpy": "2.4.6",
        "ingredients": (zlib,),
        "toolchain": (Tool("gcc", "12.2.0"),),
    }
    return BaseDescription(**values | changes)  # type: ignore[arg-type]  # the values vary by test


def base(target: str = X86, executable: bytes = b"\x7fELF", **changes: object) -> bytes:
    """A base; as the executable is other, so is the base."""
    described = description(target, **changes)
    members = [
        Member("base.json", Kind.RESOURCE, described.dump()),
        Member("licenses/zlib.txt", Kind.RESOURCE, b"the terms"),
    ]
    return encode_base(executable, members, Flavour[described.flavour.upper()])


def published(monkeypatch: pytest.MonkeyPatch, *known: index.Entry) -> None:
    """Have these entries in the index."""
    made = index.entries() | {item.target: item for item in known}
    monkeypatch.setattr(index, "entries", lambda: made)


def entry(data: bytes, url: str, target: str = X86, **changes: object) -> index.Entry:
    """What the index has for a published base."""
    described = description(target)
    values: dict[str, object] = {
        "url": url,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "runtime_version": __version__,
        "ingredients": index.ingredients_of(described),
    }
    made = index.Entry(target, described.flavour, described.floor, tested=True)
    return made._replace(**values | changes)  # type: ignore[arg-type]  # the values vary by test


def bad_files(cache: Path, good: bytes) -> list[str]:
    """The files in a cache under the name that builds read, whose content is not what it should be."""
    return [str(path) for path in cache.rglob("encoderfile-runtime") if path.read_bytes() != good]
