"""The SBOM (CycloneDX 1.6): an inner one in the file, and an outer one beside it, with the file's own hashes added.

The inner one depends on the content alone: it has no time but the spec's `created`, and no path, user or machine.
docs/reference/sbom.md maps the elements of guidelines to its fields.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, FormatError, IntegrityError
from hatch_encoderfile.container.content import SBOM_NAME
from hatch_encoderfile.spec import Layout
from hatch_encoderfile.standards.purl import Purl

from . import base as sbom_base
from . import cyclonedx
from . import model as sbom_model
from . import parts as sbom_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.format.container import Container
    from hatch_encoderfile.container.content import Content
    from hatch_encoderfile.files.digests import Digests
    from hatch_encoderfile.models import InputFiles

ROOT_REF = "encoderfile"


class InnerSbom:
    """The SBOM of everything in a file except itself; implements `Description` for the writer."""

    name = SBOM_NAME
    media_type = cyclonedx.MEDIA_TYPE

    def __init__(self, content: Content, inputs: InputFiles, created: str | None) -> None:
        self._content = content
        self._inputs = inputs
        self._created = created
        self._card = sbom_model.read_card(content)

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user of the build."""
        return (f"SBOM: README.md declares nothing: {self._card.note}",) if self._card.note else ()

    def render(self, digests: Mapping[str, Digests]) -> bytes:
        """Make the SBOM from the digests of the parts; waits until those of the inputs are known.

        Raises:
            IntegrityError: an input differs from its pin, or changed while it was read.
        """
        self._inputs.complete()
        return self._bill(digests)

    def _bill(self, digests: Mapping[str, Digests]) -> bytes:
        content = self._content
        artifacts = list(sbom_parts.artifacts(content, digests))
        inputs = list(sbom_parts.inputs(content, self._inputs))
        made_of = [item["bom-ref"] for item in (*artifacts, *inputs)]
        dependencies = [
            cyclonedx.dependency(ROOT_REF, sbom_model.REF, sbom_base.REF),
            cyclonedx.dependency(sbom_model.REF, *made_of),
            *(cyclonedx.dependency(ref) for ref in made_of),
            *sbom_base.dependencies(content.base),
        ]
        # "complete" is a claim about each listed component. What libraries of others depend on is not known here, and a
        # graph without that statement would be read as if they depended on nothing.
        unknown = sbom_base.unknown_beyond(content.base)
        return cyclonedx.render(
            {
                "metadata": self._metadata(),
                "components": [
                    sbom_model.component(content, self._card, digests["weights"], self._created),
                    *artifacts,
                    *inputs,
                    *sbom_base.components(content.base, digests["base"]),
                ],
                "dependencies": sorted(dependencies, key=lambda item: item["ref"]),
                "compositions": [
                    {
                        "aggregate": "complete",
                        "assemblies": [ROOT_REF],
                        "dependencies": sorted({item["ref"] for item in dependencies} - set(unknown)),
                    },
                    {"aggregate": "unknown", "dependencies": sorted(unknown)},
                ],
            }
        )

    def _metadata(self) -> dict[str, Any]:
        return ({"timestamp": self._created} if self._created else {}) | {
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [_tool()]},
            "component": _root(self._content),
        }


def _tool() -> dict[str, Any]:
    purl = Purl("pypi", None, "hatch-encoderfile", __version__)
    return {"type": "application", "name": purl.name, "version": purl.version, "purl": str(purl)}


def _root(content: Content) -> dict[str, Any]:
    facts = cyclonedx.file_properties(
        cyclonedx.DECLARED,
        None,
        executable=True,
        archive=content.layout is Layout.ZIP,
    )
    return cyclonedx.component(
        "application",
        ROOT_REF,
        content.name,
        version=content.version,
        description=f"A {content.model_type.label} model as one executable file.",
        purl=str(Purl("generic", None, content.name, content.version)),
        properties=cyclonedx.properties(facts),
    )


def _outer(inner: bytes, digests: Digests, filename: str) -> bytes:
    """The outer SBOM: the inner one, with the file's name and hashes added to its root component.

    Raises:
        ValueError: the inner SBOM is not valid JSON.
    """
    document = json.loads(inner)
    root = document["metadata"]["component"]
    facts = {item["name"]: item["value"] for item in root["properties"]}
    facts |= {"bsi:component:filename": filename, "encoderfile:evidence": cyclonedx.COMPUTED}
    document["metadata"]["component"] = root | {
        "hashes": cyclonedx.hashes(digests),
        "properties": cyclonedx.properties(facts),
    }
    return cyclonedx.render(document)


def inner_sbom(container: Container) -> bytes:
    """Read the inner SBOM of a file and check its digest.

    Raises:
        EncoderfileError: the file has none.
        IntegrityError: its digest differs.
    """
    part = next((item for item in container.attachments if item.name == f"attachments/{SBOM_NAME}"), None)
    if part is None:
        raise EncoderfileError(f"{container.path}: has no {SBOM_NAME}: it was built without, or by another tool")
    data = container.read(part.name)
    if hashlib.sha256(data).digest() != part.sha256:
        raise IntegrityError(f"{container.path}: {part.name}: sha256 differs from the one recorded")
    return data


def outer_sbom(container: Container, digests: Digests, filename: str) -> bytes:
    """Make the outer SBOM from the file alone.

    Raises:
        EncoderfileError: the file has no inner SBOM.
        FormatError: the inner SBOM was not written by this tool.
    """
    inner = inner_sbom(container)
    try:
        return _outer(inner, digests, filename)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FormatError(container.path, f"{SBOM_NAME} is not a bill of this tool: {error}") from None
