"""in-toto Statements, version 1 (in-toto/attestation, spec/v1/statement.md), and the SBOM made one."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from hatch_encoderfile.standards import json as strict_json

from .sidecars import SBOM

PAYLOAD_TYPE = "application/vnd.in-toto+json"
TYPE = "https://in-toto.io/Statement/v1"
# `cosign attest-blob --predicate` still writes 0.1; subject, predicateType and predicate mean the same there.
READ_TYPES = (TYPE, "https://in-toto.io/Statement/v0.1")

_KEYS = {"_type", "subject", "predicateType", "predicate"}
_SUBJECT = {"uri", "digest", "name", "downloadLocation", "mediaType", "content", "annotations"}
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_SHA256_DIGITS = 64


class Statement(NamedTuple):
    """A claim of a known type about files.

    Attributes:
        subjects: the SHA-256 of each file it is about, in hex as it was written.
        data: the bytes that are signed.
    """

    predicate_type: str
    subjects: tuple[str, ...]
    predicate: dict[str, Any]
    data: bytes


def parse(data: bytes) -> Statement:
    """Read a statement.

    Raises:
        ValueError: it is none.
    """
    value = strict_json.parse(data)
    if unknown := sorted(value.keys() - _KEYS):
        raise ValueError(f"is no in-toto Statement: unknown key {unknown[0]!r}")
    if value.get("_type") not in READ_TYPES:
        raise ValueError(f"is no in-toto Statement v1: _type is {value.get('_type')!r}")
    predicate_type, predicate, subjects = (value.get(key) for key in ("predicateType", "predicate", "subject"))
    if not isinstance(predicate_type, str) or not isinstance(predicate, dict) or not isinstance(subjects, list):
        raise ValueError("is no in-toto Statement: expected a predicateType, a predicate and a list of subjects")  # noqa: TRY004 - one kind of error for input that is not well formed
    if not subjects or not predicate:
        raise ValueError(
            "is about nothing: it has no subject" if not subjects else "says nothing: its predicate is empty"
        )
    return Statement(predicate_type, tuple(_sha256(item) for item in subjects), predicate, data)


def _sha256(subject: object) -> str:
    """The SHA-256 of a subject, a resource with digests; empty where it has other digests only.

    Raises:
        ValueError: it is no resource, or has no digest.
    """
    digests = subject.get("digest") if isinstance(subject, dict) and subject.keys() <= _SUBJECT else None
    # An immutable resource has a digest at least; each is in lower-case hex (in-toto, digest_set.md).
    if not isinstance(digests, dict) or not digests:
        raise ValueError("has a subject that is no file with a digest")
    if not all(isinstance(digest, str) and _HEX.fullmatch(digest) for digest in digests.values()):
        raise ValueError("has a subject whose digest is not in lower-case hexadecimal digits")
    found: str = digests.get("sha256", "")
    if found and len(found) != _SHA256_DIGITS:
        raise ValueError(f"has a subject whose sha256 has {len(found)} digits")
    return found


def same(one: Statement, other: Statement) -> bool:
    """Whether two statements claim the same, however their JSON is laid out; 1, 1.0 and true are three values."""
    first, second = (json.dumps([*item[:3]], sort_keys=True) for item in (one, other))
    return first == second


def make(predicate_type: str, name: str, sha256: str, predicate: dict[str, Any]) -> Statement:
    """A statement about one file; the same claim gives the same bytes."""
    value = {
        "_type": TYPE,
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    # Not RFC 8785's, which writes 1.0 as 1: a predicate may be anybody's SBOM, and has to be found again as it was.
    data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return Statement(predicate_type, (sha256,), predicate, data)


def from_sidecar(data: bytes, name: str, sha256: str) -> Statement:
    """A sidecar of a build: a Statement as it is, or a CycloneDX document, which becomes one about the file.

    Raises:
        ValueError: it is neither, or about another file.
    """
    document = strict_json.parse(data)
    if document.get("bomFormat") != "CycloneDX":
        found = parse(data)
    else:
        found = make(SBOM.predicate_type, name, sha256, document)
    refuse_other(found, sha256)
    return found


def refuse_other(statement: Statement, sha256: str) -> None:
    """Refuse a statement that is not about the file with this SHA-256, or carries another file's SBOM.

    Raises:
        ValueError: it is about another file.
    """
    if sha256 not in statement.subjects:
        raise ValueError(f"is about another file: none of its subjects has sha256 {sha256}")
    if statement.predicate_type != SBOM.predicate_type:
        return
    recorded = _root_sha256(statement.predicate)
    if not recorded:
        raise ValueError(
            "is an SBOM without the hash of what it is about: make it with `encoderfile sbom FILE --outer`"
        )
    if recorded != [sha256]:
        raise ValueError(f"is the SBOM of a file with sha256 {recorded[0]}: build again")
    if statement.predicate.get("bomFormat") != "CycloneDX":
        raise ValueError("is no CycloneDX document")


def _root_sha256(document: dict[str, Any]) -> list[object]:
    """The digests that an SBOM records of what it is about."""
    metadata = document.get("metadata")
    component = metadata.get("component") if isinstance(metadata, dict) else None
    hashes = component.get("hashes") if isinstance(component, dict) else None
    return [
        item.get("content")
        for item in (hashes if isinstance(hashes, list) else [])
        if isinstance(item, dict) and item.get("alg") == "SHA-256"
    ]
