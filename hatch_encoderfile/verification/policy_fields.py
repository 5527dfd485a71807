"""The one table of a policy's fields: validation, schemas/policy.schema.json and the table in docs/reference/policy.md come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.schema.kinds import FilePath, Flag, Text
from hatch_encoderfile.schema.reader import MOST_ITEMS
from hatch_encoderfile.schema.tables import Field, ListOf, Table
from hatch_encoderfile.signatures import identity_pattern
from hatch_encoderfile.standards.spdx import JOINS, fault_in

if TYPE_CHECKING:
    from hatch_encoderfile.schema.reader import JsonSchema, Reader, Style


# The same is said by policy._signer, in words.
_OF_AN_IDENTITY = ("issuer", "source-repository", "source-ref")
_KINDS_OF_SIGNER = [
    {"required": ["identity", "issuer"], "properties": {"identity-regex": False, "key": False}},
    {"required": ["identity-regex", "issuer"], "properties": {"identity": False, "key": False}},
    {"required": ["key"], "properties": dict.fromkeys(("identity", "identity-regex", *_OF_AN_IDENTITY), False)},
]


@dataclass(frozen=True, slots=True)
class Tables:
    """An array of tables, each a signer."""

    table: Table

    def read(self, value: object, key: str, reader: Reader) -> list[dict[str, Any]]:
        """The values of each."""
        if not isinstance(value, list):
            reader.wrong_type(key, self.expected(reader.style), value)
            return []
        if not value:
            reader.fault(key, "names nobody: no signature would be accepted")
        if reader.too_many(key, value):
            return []
        return [self.table.read(item, f"{key}[{index}]", reader) for index, item in enumerate(value)]

    def expected(self, _style: Style) -> str:
        """The words."""
        return "an array of tables"

    def schema(self, style: Style) -> JsonSchema:
        """An array."""
        return {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_ITEMS,
            "items": {**self.table.schema(style), "oneOf": _KINDS_OF_SIGNER},
        }


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression."""

    def read(self, value: object, key: str, reader: Reader) -> str | None:
        """The expression as it is."""
        if not isinstance(value, str) or not value:
            reader.wrong_type(key, self.expected(reader.style), value)
            return None
        try:
            identity_pattern.check(value)
        except ValueError as error:
            reader.wrong_value(key, self.expected(reader.style), value, f" ({error})")
            return None
        return value

    def expected(self, _style: Style) -> str:
        """The words."""
        return "a regular expression"

    def schema(self, _style: Style) -> JsonSchema:
        """A string; these expressions are not JSON Schema's."""
        return {"type": "string", "minLength": 1, "maxLength": identity_pattern.LONGEST_PATTERN}


@dataclass(frozen=True, slots=True)
class LicenseName:
    """One licence, perhaps with an exception: what an expression is made of."""

    def read(self, value: object, key: str, reader: Reader) -> str | None:
        """The name as it is."""
        if not isinstance(value, str):
            reader.wrong_type(key, self.expected(reader.style), value)
        elif fault_in(value) or any(mark in value for mark in "()") or set(value.split()) & set(JOINS):
            reader.wrong_value(key, self.expected(reader.style), value, "; list each licence by itself")
        else:
            return value
        return None

    def expected(self, _style: Style) -> str:
        """The format, by example."""
        return "one SPDX licence such as 'Apache-2.0', without AND and OR"

    def schema(self, _style: Style) -> JsonSchema:
        """A name, and at most one exception."""
        return {"type": "string", "pattern": r"^[A-Za-z0-9.:+-]+( +WITH +[A-Za-z0-9.-]+)?$"}


LINE = Text("text on one line", r"[^\x00-\x1f\x7f]+")
DIGEST = Text("64 lower-case hexadecimal digits", "[0-9a-f]{64}")

SIGNER = Table(
    (
        Field(name="identity", kind=LINE, doc="The signer: an e-mail address, or the URI of a workflow with its ref."),
        Field(name="identity_regex", kind=Pattern(), doc="In its place: an expression that matches all of it."),
        Field(name="issuer", kind=LINE, doc="The identity provider. Required with an identity."),
        Field(name="source_repository", kind=LINE, doc="The URI of the repository that the signer's workflow ran on."),
        Field(name="source_ref", kind=LINE, doc="The ref it ran on, such as `refs/tags/v1.0.0`."),
        Field(name="key", kind=FilePath(), doc="In place of all these: a public key in PEM, EC P-256."),
    )
)
REQUIRE = Table(
    (
        Field(name="provenance", kind=Flag(), unset="`false`", doc="A signed SLSA provenance of the file."),
        Field(name="sbom", kind=Flag(), unset="`false`", doc="A signed CycloneDX SBOM of the file."),
    )
)
ALLOW = Table(
    (
        Field(name="bases", kind=ListOf(DIGEST, "SHA-256 digests"), unset="any", doc="Base binaries."),
        Field(
            name="licenses",
            kind=ListOf(LicenseName(), "SPDX names"),
            unset="any",
            doc="Licences that the model's expression has to be satisfied with.",
        ),
        Field(
            name="sources",
            kind=ListOf(LINE, "URIs"),
            unset="any",
            doc="Where the model is from; a `*` at the end stands for the rest of a path.",
        ),
        Field(
            name="builders",
            kind=ListOf(LINE, "URIs"),
            unset="any",
            doc="The builder ids that a provenance may name. It makes provenance required.",
        ),
    )
)
POLICY = Table(
    (
        Field(
            name="signers",
            kind=Tables(SIGNER),
            unset="those of the command line",
            doc="Who may sign; one of them has to have.",
        ),
        Field(name="require", kind=REQUIRE, doc="What must lie beside the file, signed by the same."),
        Field(name="allow", kind=ALLOW, doc="What the file may be made of. An empty list allows nothing."),
    )
)
