"""in-toto Statements, version 1 (in-toto/attestation, spec/v1/statement.md), and the SBOM made one."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from . import strict_json
from .sidecars import SBOM

PAYLOAD_TYPE = "application/vnd.in-toto+json"
TYPE = "https://in-toto.io/Statement/v1"
# `cosign attest-blob --predicate` still writes 0.1; subject, predicateType and predicate mean the same there.
READ_TYPES = (TYPE, "https://in-toto.io/Statement/v0.1")


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
    if value.get("_type") not in READ_TYPES:
        raise ValueError(f"is no in-toto Statement v1: _type is {value.get('_type')!r}")
    predicate_type, predicate, subjects = (value.get(key) for key in ("predicateType", "predicate", "subject"))
    if not isinstance(predicate_type, str) or not isinstance(predicate, dict) or not isinstance(subjects, list):
        raise ValueError("is no in-toto Statement: expected a predicateType, a predicate and a list of subjects")  # noqa: TRY004 - one kind of error for input that is not well formed
    return Statement(predicate_type, tuple(_sha256(item) for item in subjects), predicate, data)


def _sha256(subject: object) -> str:
    digests = subject.get("digest") if isinstance(subject, dict) else None
    digest = digests.get("sha256") if isinstance(digests, dict) else None
    return digest if isinstance(digest, str) else ""


def make(predicate_type: str, name: str, sha256: str, predicate: dict[str, Any]) -> Statement:
    """A statement about one file; the same claim gives the same bytes."""
    value = {
        "_type": TYPE,
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
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
        if sha256 not in found.subjects:
            raise ValueError("is about another file: build again, or sign the file that it came with")
        return found
    recorded = _component_sha256(document)
    if recorded is not None and recorded != sha256:
        raise ValueError(f"is the SBOM of a file with sha256 {recorded}: build again")
    return make(SBOM.predicate_type, name, sha256, document)


def _component_sha256(document: dict[str, Any]) -> object:
    """The digest that an SBOM records of what it is about, if it does."""
    metadata = document.get("metadata")
    component = metadata.get("component") if isinstance(metadata, dict) else None
    hashes = component.get("hashes") if isinstance(component, dict) else None
    for item in hashes if isinstance(hashes, list) else []:
        if isinstance(item, dict) and item.get("alg") == "SHA-256":
            return item.get("content")
    return None


def builder_of(provenance: Statement) -> str:
    """The builder's id in SLSA provenance; empty where there is none."""
    details = provenance.predicate.get("runDetails")
    builder = details.get("builder") if isinstance(details, dict) else None
    name = builder.get("id") if isinstance(builder, dict) else None
    return name if isinstance(name, str) else ""
