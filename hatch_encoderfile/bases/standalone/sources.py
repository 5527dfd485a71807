"""Obtaining pinned sources: from the cache, else from their locators; only files with the pinned digest are kept."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, IntegrityError

from .locators import fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pins import Source

_CHUNK = 1 << 20


def obtain(source: Source, cache: Path, report: Callable[[str], None] = lambda _: None) -> Path:
    """Return the checked archive of a source, `CACHE/SHA256/FILE`, downloading it if it is missing.

    Args:
        source: the source.
        cache: a folder of archives by digest; files may be put there by hand instead of being downloaded.
        report: called with a line about each download.

    Raises:
        EncoderfileError: all locators failed, which the message lists; or the cache cannot be written to.
    """
    path = cache / source.sha256 / source.file
    tried = []
    try:
        if path.is_file():
            fault = _fault_in(source, path)
            if fault is None:
                return path
            tried.append(f"{path}: {fault}")
        path.parent.mkdir(parents=True, exist_ok=True)
        for locator in source.locators:
            report(f"{source.name} {source.version}: {locator}")
            fault = _attempt(locator, source, path)
            if fault is None:
                return path
            tried.append(f"{locator}: {fault}")
    except OSError as error:
        raise EncoderfileError(f"{error.filename or path}: {error.strerror or error}") from error
    raise EncoderfileError(
        f"{source.file}: {source.name} {source.version} is not to be had; "
        f"put the file with sha256 {source.sha256} at {path} by hand, or try again; tried: {'; '.join(tried)}"
    )


def _attempt(locator: str, source: Source, path: Path) -> str | None:
    """Download from one locator; return None, or why it failed."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as folder:
        temporary = Path(folder, source.file)
        try:
            fetch(locator, source, temporary)
            fault = _fault_in(source, temporary)
        except EncoderfileError as error:
            return error.diagnostics()
        if fault is None:
            temporary.replace(path)
        return fault


def _fault_in(source: Source, path: Path) -> str | None:
    """Why a file is not the source's archive; None if it is."""
    size = path.stat().st_size
    if size != source.size:
        return f"has {size} bytes, expected {source.size}"
    found = _sha256(path)
    return None if found == source.sha256 else f"has sha256 {found}, expected {source.sha256}"


def check(source: Source, path: Path) -> None:
    """Refuse a file that is not the source's archive, for archives that were obtained earlier.

    Raises:
        IntegrityError: its size or digest differs.
    """
    fault = _fault_in(source, path)
    if fault:
        raise IntegrityError(f"{path}: {fault}")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
