"""Verification of standalone bases: digest, structure, description, and agreement with the index."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from encoderfile_runtime.files import opened
from encoderfile_runtime.format.base_archive import read_base

from . import index
from .description import license_texts, mapped, read_description

if TYPE_CHECKING:
    from .cache import CachedBase
    from .description import BaseDescription


class Verified(NamedTuple):
    """A base whose trailer, archive, description and licence texts were found consistent.

    Attributes:
        published: whether it is the one in the index for its target and version; None if the index has none.
    """

    path: Path
    target: str
    flavour: str
    runtime_version: str
    size: int
    sha256: str
    floor: str
    published: bool | None

    def as_json(self) -> dict[str, Any]:
        """The fields as values for JSON."""
        return self._asdict() | {"path": str(self.path), "verified": True}


def verify_file(path: Path) -> Verified:
    """Check a standalone base of ours.

    Raises:
        IntegrityError: a digest differs, or the index contradicts it.
        UsageError: it is not a standalone base of ours.
        EncoderfileError: it cannot be read, or its description is malformed.
    """
    data = mapped(opened(str(path)))
    description = read_description(data, str(path))
    archive = read_base(data, str(path), check=False)
    if description is None or archive is None:
        raise UsageError(f"{path}: is no standalone base: it does not end with the trailer of one")
    license_texts(archive, description)
    sha256 = hashlib.sha256(data).hexdigest()
    return Verified(
        path,
        description.target,
        description.flavour,
        description.runtime_version,
        len(data),
        sha256,
        description.floor,
        _is_published(path, description, sha256),
    )


def verify_cached(base: CachedBase) -> Verified:
    """Check a base in the cache, and that it has the digest, target and version under which it is stored.

    Raises:
        IntegrityError: it has not, or is not a valid base.
        EncoderfileError: it cannot be read, or its description is malformed.
    """
    base.check()
    try:
        verified = verify_file(base.path)
    except UsageError as error:  # not a base: a wrong file of the user's elsewhere, but damage in the cache
        raise IntegrityError(str(error)) from None
    if (verified.runtime_version, verified.target) != (base.runtime_version, base.target):
        raise IntegrityError(
            f"{base.path}: is a base for {verified.target} of version {verified.runtime_version}, "
            f"but is stored for {base.target} of version {base.runtime_version}"
        )
    return verified


def verdict(base: Path | CachedBase) -> Verified | EncoderfileError:
    """The result of checking a base, or the error as a value, so that a caller can go on with the next base."""
    try:
        return verify_file(base) if isinstance(base, Path) else verify_cached(base)
    except EncoderfileError as error:
        return error


def _is_published(path: Path, description: BaseDescription, sha256: str) -> bool | None:
    known = index.entries().get(description.target)
    if known is None or not known.published or known.runtime_version != description.runtime_version:
        return None
    if known.sha256 != sha256:
        return False
    # The right bytes, so the index itself is wrong.
    said = known.flavour, known.floor, known.ingredients
    if said != (description.flavour, description.floor, index.ingredients_of(description)):
        raise IntegrityError(f"{path}: the index describes this base otherwise than it does itself")
    return True
