"""Take an encoderfile apart: each part into a file of its own, checked on the way."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime import layout, report
from encoderfile_runtime.container import Container, Part
from encoderfile_runtime.errors import IntegrityError, UsageError

from .atomic import atomic_output
from .blob import FileRange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def extract(container: Container, names: Sequence[str] | None, directory: Path) -> Iterator[Path]:
    """Write parts to `directory`, under the names that they have in the zip directory.

    Args:
        container: the open file.
        names: parts as `inspect` names them; all of them by default.
        directory: made if it is not there.

    Yields:
        The path of each file written.

    Raises:
        UsageError: the file has no part of that name.
        IntegrityError: a part's digest differs.
    """
    parts = {part.name: part for part in _parts(container)}
    for name in names or parts:
        if name not in parts:
            raise UsageError(f"{container.path}: has no part {name!r}, only {', '.join(parts)}")
    for name in names or parts:
        path = directory / _file_name(parts[name], container)
        _write(container, parts[name], path)
        yield path


def _parts(container: Container) -> list[Part]:
    start, length = container.footer
    base = container.manifest.base
    return [
        Part("base", 0, start, base.sha256 if base else b""),
        Part("manifest", start, length, report.content_digest(container)),
        *container.artifacts,
        *container.attachments,
    ]


def _file_name(part: Part, container: Container) -> str:
    if part.name in ("base", "manifest"):
        return {"base": "base", "manifest": "manifest.binpb"}[part.name]
    return layout.entry_name(part, container.manifest.weights_format)


def _write(container: Container, part: Part, path: Path) -> None:
    digest = hashlib.sha256()
    with atomic_output(path) as out:
        for chunk in FileRange(Path(container.path), part.offset, part.length).chunks():
            out.write(chunk)
            digest.update(chunk)
        if part.sha256 and digest.digest() != part.sha256:
            raise IntegrityError(
                f"{container.path}: {part.name}: sha256 differs: recorded {part.sha256.hex()}, found {digest.hexdigest()}"
            )
