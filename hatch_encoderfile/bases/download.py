"""Downloading a file of known size, resuming an earlier attempt with range requests (RFC 9110, sections 13.1.5 and 14).

The server is not trusted: no more than the expected size is stored, and the caller compares the digest.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from encoderfile_runtime.errors import IntegrityError

from .transport import (
    NOT_SATISFIABLE,
    OK,
    PARTIAL,
    AgainError,
    DownloadError,
    Limits,
    answer,
    body,
    check_status,
    repeat,
    shown,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from requests import Response, Session

T = TypeVar("T")

LIMITS = Limits()
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_LENGTH = re.compile(r"[0-9]{1,19}")  # int() refuses thousands of digits, and header fields may have them


def download(url: str, path: Path, size: int, progress: Callable[[int], None] = lambda _: None) -> bool:
    """Download a file, resuming after the bytes that it already has.

    Args:
        url: https, or http on this machine.
        path: the file; if the download fails it is kept, to be resumed.
        size: the expected size in bytes.
        progress: called with the number of bytes that were added; negative if the download starts over.

    Returns:
        Whether the bytes come from more than one response, and so perhaps from different files.

    Raises:
        IntegrityError: the server has a file of another size.
        DownloadError: the server could not be reached, or refused.
        UsageError: the URL is not allowed, or `requests` is not installed.
    """
    with path.open("ab") as file:
        if file.tell() > size:
            file.truncate(0)
        kept = _Kept(file, size, file.seek(0, os.SEEK_END), progress)
        is_from_before = kept.length == size
        if not is_from_before:
            repeat(url, lambda session: _complete(session, url, kept), LIMITS)
        file.flush()
        os.fsync(file.fileno())
    return is_from_before or kept.pieces > 1


def small(url: str, largest: int) -> bytes:
    """Download a file of at most `largest` bytes into memory.

    Raises:
        NotThereError: the server does not have the file.
        DownloadError: it is larger, or the server could not be reached, or refused.
        UsageError: the URL is not allowed, or `requests` is not installed.
    """
    data = _read(url, lambda found: b"".join(body(found, largest + 1, LIMITS)))
    if len(data) > largest:
        raise DownloadError(f"{shown(url)}: is larger than {largest} bytes")
    return data


def length_of(url: str, largest: int) -> int:
    """The size of a file in bytes, as the server states it.

    Raises:
        NotThereError: the server does not have the file.
        DownloadError: the server states no size or one above `largest`, could not be reached, or refused.
        UsageError: the URL is not allowed, or `requests` is not installed.
    """
    length = _read(url, lambda found: found.headers.get("Content-Length", ""))
    if not _LENGTH.fullmatch(length) or not 0 < int(length) <= largest:
        said = told(length) or "an unknown number of"
        raise DownloadError(f"{shown(url)}: has {said} bytes, expected 1 to {largest}")
    return int(length)


def _read(url: str, read: Callable[[Response], T]) -> T:
    """Return `read(response)`, with retries."""

    def attempt(session: Session) -> T:
        with answer(session, url, {}, LIMITS) as found:
            check_status(found, url)
            return read(found)

    return repeat(url, attempt, LIMITS)


class _Kept:
    """The state of a download.

    Attributes:
        size: the expected size of the file in bytes.
        length: bytes in the file so far.
        pieces: number of responses that they come from.
        etag: the last response's entity tag if it is a strong one (RFC 9110, section 8.8.3), else empty.
    """

    def __init__(self, file: BinaryIO, size: int, length: int, progress: Callable[[int], None]) -> None:
        self._file = file
        self._progress = progress
        self.size = size
        self.length = length
        self.pieces = int(length > 0)
        self.etag = ""
        progress(length)

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.length += len(data)
        self._progress(len(data))

    def restart(self) -> None:
        self._file.truncate(0)
        self._progress(-self.length)
        self.length = self.pieces = 0


def _complete(session: Session, url: str, kept: _Kept) -> None:
    """Request the missing bytes and write them."""
    headers = {"Range": f"bytes={kept.length}-"} if kept.length else {}
    if kept.length and kept.etag:
        headers["If-Range"] = kept.etag  # a changed file is then sent whole, with status 200
    with answer(session, url, headers, LIMITS) as found:
        if found.status_code == NOT_SATISFIABLE and kept.length:
            kept.restart()
            raise AgainError("the server has another file than before")
        check_status(found, url, (OK, PARTIAL) if kept.length else (OK,))
        if found.status_code == OK and kept.length:
            kept.restart()
        _check_lengths(found, url, kept)
        etag = found.headers.get("ETag", "")
        kept.etag = etag if etag.startswith('"') else ""  # a weak one, W/"…", may stay the same when bytes change
        kept.pieces += 1
        for chunk in body(found, kept.size - kept.length + 1, LIMITS):
            if kept.length + len(chunk) > kept.size:
                kept.restart()
                raise IntegrityError(f"{shown(url)}: has more than {kept.size} bytes, expected no more")
            kept.write(chunk)
    if kept.length < kept.size:
        raise AgainError(f"ended after {kept.length} of {kept.size} bytes")


def _check_lengths(found: Response, url: str, kept: _Kept) -> None:
    """Refuse a response whose headers show that it is not the requested part of the file."""
    start, total = 0, kept.size
    if found.status_code == PARTIAL:
        part = _CONTENT_RANGE.fullmatch(found.headers.get("Content-Range", ""))
        if not part or int(part[1]) != kept.length:
            raise DownloadError(f"{shown(url)}: the server sent another part than it was asked for")
        start, total = kept.length, int(part[3])
    length = found.headers.get("Content-Length", "")
    if total == kept.size and _LENGTH.fullmatch(length):
        total = start + int(length)
    if total > kept.size or (total < kept.size and found.status_code == OK):
        raise IntegrityError(f"{shown(url)}: has {total} bytes, expected {kept.size}")
