"""Extracting the parts of an encoderfile into files, each checked against its digest."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import FormatError, IntegrityError, UsageError
from encoderfile_runtime.format import attachments, layout
from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.base_archive import Kind, read_base
from encoderfile_runtime.format.manifest import Codec, is_safe_path
from hatch_encoderfile.container.outputs import check_name
from hatch_encoderfile.files.atomic import atomic_output, check_output
from hatch_encoderfile.files.blob import BytesBlob, FileRange, whole_file
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.files.zstd import decompress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from encoderfile_runtime.format.container import Container, Part
    from encoderfile_runtime.format.manifest import Attachment
    from hatch_encoderfile.files.blob import Blob

_OF_BASE = ("base.json", "licenses/")


class _Item(NamedTuple):
    """A part that can be extracted.

    Attributes:
        file_name: relative path of the file.
        open: opens its content.
        sha256: its recorded digest; empty if none.
        always: whether it is extracted by default, and not only by name.
    """

    file_name: str
    open: Callable[[], Blob]
    sha256: bytes = b""
    always: bool = True


def extract(container: Container, names: Sequence[str] | None, directory: Path) -> Iterator[Path]:
    """Write parts to `directory`, under their names in the zip directory.

    A compressed attachment is decompressed; by its name with `.zst`, it is written as stored. From a file with an
    invalid manifest, parts that are inside the file and have a safe name are written before the error is raised.

    Args: container: the open file. names: parts as `inspect` names them, or `base.json` and licence texts of a
        standalone base; by default everything. directory: the target folder, which is made if missing.

    Yields:
        The files that were written.

    Raises:
        UsageError: the file has no part of that name.
        IntegrityError: a part's digest differs.
        FormatError: the manifest is invalid.
    """
    items = {
        name: item
        for name, item in (*_parts(container), *_attachments(container))
        if not container.faults or is_safe_path(item.file_name)
    }
    for part in (*container.artifacts, *container.attachments):
        if part.end > container.size:  # possible only in a file that was opened in spite of faults
            items.pop(part.name, None)
    if not names or not set(names) <= set(items):
        items |= _resources(container)  # only if needed: this reads the whole base
    for name in names or items:
        if name not in items:
            raise UsageError(f"{container.path}: has no part {name!r}, only {', '.join(items)}")
    for name in names or [name for name, item in items.items() if item.always]:
        item = items[name]
        path = directory / item.file_name
        for step in Path(item.file_name).parts:
            check_name(step)
        _check_inside(path, directory)
        _write(f"{container.path}: {name}", item, path)
        yield path
    if container.faults:
        raise FormatError(container.path, f"faults: {len(container.faults)}, the first: {container.faults[0]}")


def _parts(container: Container) -> Iterator[tuple[str, _Item]]:
    start, length = container.footer
    base = container.manifest.base
    yield "base", _Item("base", partial(_range, container, 0, start), base.sha256 if base else b"")
    digest = report.content_digest(container)
    yield "manifest", _Item("manifest.binpb", partial(_range, container, start, length), digest)
    for part in container.artifacts:
        yield part.name, _stored(container, part)


def _attachments(container: Container) -> Iterator[tuple[str, _Item]]:
    for part, item in zip(container.attachments, container.manifest.attachments, strict=True):
        stored = _stored(container, part)
        if item.codec is Codec.NONE:
            yield part.name, stored
            continue
        name = f"attachments/{item.name}"
        yield name, _Item(name, partial(_raw, container, item), item.raw_sha256)
        yield part.name, stored._replace(always=False)


def _resources(container: Container) -> Iterator[tuple[str, _Item]]:
    """The description and the licence texts of a standalone base."""
    archive = read_base(container.peek(0, container.footer.manifest_offset), container.path)
    for name, entry in archive.entries.items() if archive else ():
        if entry.kind is Kind.RESOURCE and name.startswith(_OF_BASE):
            yield name, _Item(name, partial(BytesBlob, bytes(entry.data)))


def _stored(container: Container, part: Part) -> _Item:
    name = layout.entry_name(part, container.manifest.weights_format)
    return _Item(name, partial(_range, container, part.offset, part.length), part.sha256)


def _range(container: Container, offset: int, length: int) -> Blob:
    return FileRange(container.file, offset, length)


def _raw(container: Container, item: Attachment) -> Blob:
    return BytesBlob(attachments.read(container, item, decompress))


def _check_inside(path: Path, directory: Path) -> None:
    """Refuse to write through a link in the folder to somewhere else.

    Raises:
        UsageError: a folder below it is a link out of it.
    """
    if not Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(directory)):
        raise UsageError(f"{path.parent}: is a link out of {directory}: remove it, or choose another folder with -o")


def _check_same(path: Path, blob: Blob) -> None:
    """Refuse to replace a file that holds something else than what would be written.

    Raises:
        UsageError: it does.
    """
    check_output(path)
    if sha256_of(whole_file(path)) != sha256_of(blob):
        raise UsageError(f"{path}: is there already and differs: remove it, or choose another folder with -o")


def _write(where: str, item: _Item, path: Path) -> None:
    digest = hashlib.sha256()
    blob = item.open()
    if os.path.lexists(path):
        _check_same(path, blob)
        blob = item.open()
    with atomic_output(path) as out:
        for chunk in blob.chunks():
            out.write(chunk)
            digest.update(chunk)
        # Inside the block: raising here discards the output, so no file with a wrong digest appears.
        if item.sha256 and digest.digest() != item.sha256:
            raise IntegrityError(f"{where}: sha256 differs: recorded {item.sha256.hex()}, found {digest.hexdigest()}")
