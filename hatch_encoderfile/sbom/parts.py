"""The artifacts and input files in the SBOM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.manifest import ARTIFACT_KINDS
from hatch_encoderfile.standards.purl import Purl

from . import cyclonedx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatch_encoderfile.container.content import Content
    from hatch_encoderfile.files.digests import Digests
    from hatch_encoderfile.models import InputFiles


def artifacts(content: Content, digests: Mapping[str, Digests]) -> Iterator[dict[str, Any]]:
    """The components of the artifacts, in the order of the file."""
    for kind in ARTIFACT_KINDS:
        if kind in content.artifacts:
            facts = cyclonedx.file_properties(cyclonedx.COMPUTED, kind)
            facts["encoderfile:length"] = content.artifacts[kind].length
            if kind == "weights":
                facts["encoderfile:format"] = content.weights_format.name.lower()
            yield cyclonedx.component(
                "file",
                f"artifact:{kind}",
                kind,
                version=content.version,
                hashes=cyclonedx.hashes(digests[kind]),
                properties=cyclonedx.properties(facts),
            )


def inputs(content: Content, files: InputFiles) -> Iterator[dict[str, Any]]:
    """The components of the files that were read, sorted by path; a property names the attachment that is a copy."""
    attached = {item.input: item for item in content.attachments}
    model = Purl.parse(content.source)
    for item in sorted(files.inputs(), key=lambda item: item.path):
        facts = cyclonedx.file_properties(cyclonedx.COMPUTED, item.path.rpartition("/")[2])
        copy = attached.get(item.path)
        facts |= {"encoderfile:length": item.length, "encoderfile:attachment": copy and copy.name}
        facts |= {"encoderfile:attachment-codec": "zstd"} if copy and copy.stored else {}
        hashes = cyclonedx.hashes(files.digests(item.path))
        purl = model.file(item.path) if model and item.uri else None
        yield cyclonedx.component(
            "file",
            f"input:{item.path}",
            item.path,
            version=purl and purl.version,
            purl=str(purl) if purl else None,
            hashes=hashes,
            externalReferences=_distribution(purl, hashes),
            properties=cyclonedx.properties(facts),
        )


def _distribution(purl: Purl | None, hashes: list[dict[str, str]]) -> list[dict[str, Any]] | None:
    if purl is None or not purl.hugging_face:
        return None
    path = str(purl).partition("#")[2]
    url = f"{purl.hugging_face}/resolve/{purl.version or 'main'}/{path}"
    return [{"type": "distribution", "url": url, "hashes": hashes}]
