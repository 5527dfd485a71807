"""The one table of a policy's fields: validation, schemas/policy.schema.json and the table in docs/reference/policy.md come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.schema.kinds import Choice, FilePath, Flag, Integer, Text
from hatch_encoderfile.schema.reader import MOST_ITEMS, Style
from hatch_encoderfile.schema.tables import Field, ListOf, Table
from hatch_encoderfile.signatures import identity_pattern
from hatch_encoderfile.signatures.signers import CLAIMED
from hatch_encoderfile.standards.spdx import JOINS, fault_in

if TYPE_CHECKING:
    from hatch_encoderfile.schema.reader import JsonSchema, Reader


# The same is said by policy._signer, in words.
_OF_AN_IDENTITY = ("issuer", *(name.replace("_", "-") for name in CLAIMED))
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

VERSION = Text("a version such as 1.2.0", r"[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc|\.post|\.dev)[0-9]+)*")

SIGNER = Table(
    (
        Field(name="identity", kind=LINE, doc="The signer: an e-mail address, or the URI of a workflow with its ref."),
        Field(name="identity_regex", kind=Pattern(), doc="In its place: an expression that matches all of it."),
        Field(name="issuer", kind=LINE, doc="The identity provider. Required with an identity."),
        Field(name="source_repository", kind=LINE, doc="The URI of the repository that the signer's workflow ran on."),
        Field(name="source_ref", kind=LINE, doc="The ref it ran on, such as `refs/tags/v1.0.0`."),
        Field(name="source_digest", kind=LINE, doc="The commit it ran on."),
        Field(name="trigger", kind=LINE, doc="The event that started it, such as `push` or `release`."),
        Field(name="runner_environment", kind=LINE, doc="Where it ran: `github-hosted` or `self-hosted`."),
        Field(name="key", kind=FilePath(), doc="In place of all these: a public key in PEM, EC P-256."),
    )
)
DAYS = Integer(1)
REQUIRE = Table(
    (
        Field(name="provenance", kind=Flag(), unset="`false`", doc="A signed SLSA provenance of the file."),
        Field(name="sbom", kind=Flag(), unset="`false`", doc="A signed CycloneDX SBOM of the file."),
        Field(
            name="signatures",
            kind=Integer(1),
            unset="`1`",
            doc="How many of the signers have to have signed the file, each counted once.",
        ),
        Field(
            name="kinds",
            kind=ListOf(Choice(("identity", "key")), "kinds of signers"),
            unset="any",
            doc="Of each of these kinds at least one has to have signed: `identity`, `key`.",
        ),
        Field(
            name="max_signature_age_days",
            kind=DAYS,
            unset="any",
            doc="How old a signature may be, by the log or a timestamp. A signature by a key alone has no age, and is refused.",
        ),
        Field(
            name="max_model_age_days",
            kind=DAYS,
            unset="any",
            doc="How old the model may be: `created` in the spec, as provenance has it. It makes provenance required.",
        ),
        Field(
            name="min_version",
            kind=VERSION,
            unset="any",
            doc="The lowest version of the model, compared as Python packages' are (PEP 440).",
        ),
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
            doc="The builders that provenance may name and the signer's certificate vouches for; `local` is one that nobody vouches for. It makes provenance required.",
        ),
        Field(
            name="build_types",
            kind=ListOf(LINE, "URIs"),
            unset="those of `encoderfile build` and of GitHub",
            doc="The build types that provenance may have. It makes provenance required.",
        ),
    )
)
DENY = Table(
    (
        Field(
            name="digests",
            kind=ListOf(DIGEST, "SHA-256 digests"),
            unset="none",
            doc="Of files, content ids, base binaries, inputs and parts: a file that is or holds one of them is refused.",
        ),
        Field(
            name="identities",
            kind=ListOf(LINE, "identities"),
            unset="none",
            doc="Identities, and fingerprints of keys: where one is among the signers that count, the file is refused, whoever else signed it.",
        ),
    )
)
SUMMARY = Table(
    (
        Field(
            name="signers",
            kind=Tables(SIGNER),
            required=(Style.TOML,),
            unset="**required**",
            doc="Who may sign a summary; one of them has to have.",
        ),
        Field(
            name="policies",
            kind=ListOf(DIGEST, "SHA-256 digests", 1),
            required=(Style.TOML,),
            unset="**required**",
            doc="The policies that the verifier may have checked, by the digest of the file.",
        ),
        Field(
            name="levels",
            kind=ListOf(LINE, "SLSA levels"),
            unset="any",
            doc="Levels that the summary has to name, such as `SLSA_BUILD_LEVEL_1`.",
        ),
        Field(name="max_age_days", kind=DAYS, unset="any", doc="How long ago the verifier may have checked."),
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
        Field(name="deny", kind=DENY, doc="What is refused, whatever else holds."),
        Field(
            name="summary",
            kind=SUMMARY,
            doc="Accept a signed verification summary, `FILE.vsa.sigstore.json`, in place of signature, papers and what is allowed.",
        ),
    )
)
