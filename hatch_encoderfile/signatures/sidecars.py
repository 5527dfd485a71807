"""The files beside FILE: what a build says of it, and the bundles that sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE_BUNDLE = ".sigstore.json"
# Several bundles, one a line (sigstore/architecture-docs, client-spec.md).
MESSAGE_BUNDLES = ".sigstore.jsonl"
OMS_BUNDLE = ".sig"


class Attestation(NamedTuple):
    """A kind of statement about a file: its name, its predicate type, and the suffix of its sidecars."""

    name: str
    predicate_type: str
    suffix: str

    def statement(self, file: Path) -> Path:
        """What a build writes, unsigned."""
        return beside(file, f"{self.suffix}.json")

    def bundle(self, file: Path) -> Path:
        """What signing writes."""
        return beside(file, f"{self.suffix}{MESSAGE_BUNDLE}")


PROVENANCE = Attestation("provenance", "https://slsa.dev/provenance/v1", ".slsa")
SBOM = Attestation("SBOM", "https://cyclonedx.org/bom", ".cdx")
SUMMARY = Attestation("verification summary", "https://slsa.dev/verification_summary/v1", ".vsa")
# The list of predicate types that a signature may have; any other says nothing about where a file is from.
ATTESTATIONS = {item.predicate_type: item for item in (PROVENANCE, SBOM, SUMMARY)}


def beside(file: Path, suffix: str) -> Path:
    """FILE with a suffix after its whole name."""
    return file.with_name(file.name + suffix)


def message_bundle(file: Path) -> Path:
    """The bundle with the signature of the file itself."""
    return beside(file, MESSAGE_BUNDLE)


def message_bundles(file: Path) -> Path:
    """The bundles of several signers."""
    return beside(file, MESSAGE_BUNDLES)


def oms_bundle(file: Path) -> Path:
    """The OpenSSF Model Signing bundle."""
    return beside(file, OMS_BUNDLE)
