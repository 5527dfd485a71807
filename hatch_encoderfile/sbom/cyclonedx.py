"""CycloneDX 1.6 as canonical JSON (https://cyclonedx.org/docs/1.6/json/).

Helpers for components, properties and hashes, and the rendering of a document, whose serial number follows from its content.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.standards.json import canonical as canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatch_encoderfile.files.digests import Digests

MEDIA_TYPE = "application/vnd.cyclonedx+json"
SPEC_VERSION = "1.6"
SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
COMPUTED = "computed"
DECLARED = "declared"
SERIAL_NUMBERS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:hatch-encoderfile:sbom")


def component(kind: str, ref: str, name: str, **fields: Any) -> dict[str, Any]:
    """Make a component; fields without a value are left out."""
    known = {key: value for key, value in fields.items() if value}
    return {"type": kind, "bom-ref": ref, "name": name, **known}


def hashes(digests: Digests) -> list[dict[str, str]]:
    """The digests of a component; SHA-512 only if it was computed."""
    found = {"SHA-256": digests.sha256, "SHA-512": digests.sha512}
    return [{"alg": name, "content": digest.hex()} for name, digest in found.items() if digest]


def properties(values: Mapping[str, object]) -> list[dict[str, str]]:
    """Properties sorted by name; those without a value are left out."""
    return [{"name": name, "value": str(value)} for name, value in sorted(values.items()) if value not in (None, "")]


def file_properties(
    evidence: str, filename: str | None, *, executable: bool = False, archive: bool = False
) -> dict[str, object]:
    """The properties that BSI TR-03183-2 requires of each file (its CycloneDX property taxonomy), and our `evidence`."""
    return {
        "bsi:component:archive": "archive" if archive else "no archive",
        "bsi:component:executable": "executable" if executable else "non-executable",
        "bsi:component:filename": filename,
        "bsi:component:structured": "structured" if archive else "unstructured",
        "encoderfile:evidence": evidence,
    }


def dependency(ref: str, *refs: str) -> dict[str, Any]:
    """The entry of a component in the dependency graph."""
    return {"ref": ref, "dependsOn": sorted(refs)} if refs else {"ref": ref}


def render(document: Mapping[str, Any]) -> bytes:
    """Render an SBOM as canonical JSON; its serial number is a UUID version 5 (RFC 9562) of all other content."""
    body = {
        **{key: value for key, value in document.items() if key != "serialNumber"},
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
    }
    serial = uuid.uuid5(SERIAL_NUMBERS, hashlib.sha256(canonical_json(body)).hexdigest())
    return canonical_json(body | {"serialNumber": f"urn:uuid:{serial}"})
