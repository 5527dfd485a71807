"""Writing the archive of a standalone base, and the base itself (layout: `encoderfile_runtime.format.base_archive`)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.format.base_archive import (
    ARCHIVE_MAGIC,
    HEADER,
    PAGE,
    RECORD,
    VERSION,
    Flavour,
    Kind,
    Trailer,
    parse_archive,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class Member(NamedTuple):
    """An entry of the archive, to be written."""

    name: str
    kind: Kind
    data: bytes


def encode_archive(members: Sequence[Member]) -> bytes:
    """Encode an archive with these entries in this order.

    Raises:
        FormatError: a name is invalid or occurs twice.
    """
    records = b"".join(RECORD.pack(len(item.name.encode()), item.kind, len(item.data)) for item in members)
    names = b"".join(item.name.encode() + b"\0" for item in members)
    data = b"".join(item.data for item in members)
    archive = HEADER.pack(ARCHIVE_MAGIC, VERSION, len(members)) + records + names + data
    parse_archive(memoryview(archive), "base archive")  # checks the names by the rules of the reader
    return archive


def encode_base(executable: bytes, members: Sequence[Member], flavour: Flavour = Flavour.STATIC) -> bytes:
    """Encode a base: the executable, zeros up to a page, the archive, the trailer.

    Raises:
        FormatError: a name is invalid or occurs twice.
    """
    archive = encode_archive(members)
    start = len(executable) + -len(executable) % PAGE
    trailer = Trailer(flavour, start, len(archive), hashlib.sha256(archive).digest())
    return b"".join((executable, bytes(start - len(executable)), archive, trailer.encode()))
