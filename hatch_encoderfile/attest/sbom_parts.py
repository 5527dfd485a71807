"""What the file is made of besides the model: artifacts, input files, the base binary and what that runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.manifest import ARTIFACT_KINDS, PORTABLE

from . import cyclonedx
from .cyclonedx_purl import Purl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hatch_encoderfile.bases import BaseBinary
    from hatch_encoderfile.container.content import Content
    from hatch_encoderfile.digests import Digests
    from hatch_encoderfile.models import InputFiles

BASE_REF = "base"
RUNTIME_REF = "runtime"
PYTHON = ("python", "CPython", ">=3.10")
NUMPY = ("numpy", "numpy", ">=1.24")

_LICENSE = [{"expression": "Apache-2.0", "acknowledgement": "concluded"}]


def artifacts(content: Content, digests: Mapping[str, Digests]) -> Iterator[dict[str, Any]]:
    """The artifacts, in the order in which they lie in the file."""
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
    """The files that were read, sorted by path; those that are attached as they came say so."""
    attached = {item.input: item.name for item in content.attachments}
    model = Purl.parse(content.source)
    for item in sorted(files.inputs(), key=lambda item: item.path):
        facts = cyclonedx.file_properties(cyclonedx.COMPUTED, item.path.rpartition("/")[2])
        facts |= {"encoderfile:length": item.length, "encoderfile:attachment": attached.get(item.path)}
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


def base(binary: BaseBinary, digests: Digests) -> list[dict[str, Any]]:
    """The base binary; for one of ours, our runtime in it and what that needs on the machine."""
    ours = _is_ours(binary)
    facts = cyclonedx.file_properties(
        cyclonedx.COMPUTED, BASE_REF, executable=True, archive=binary.flavour == PORTABLE
    ) | {"encoderfile:flavour": binary.flavour, "encoderfile:target": binary.target}
    made = cyclonedx.component(
        "application",
        BASE_REF,
        f"{binary.flavour} base",
        version=binary.runtime_version,
        licenses=_LICENSE if ours else None,
        hashes=cyclonedx.hashes(digests),
        properties=cyclonedx.properties(facts),
    )
    if not ours:
        return [made]
    return [made, _runtime(binary.runtime_version), *(_needed(*item) for item in (PYTHON, NUMPY))]


def base_dependencies(binary: BaseBinary) -> list[dict[str, Any]]:
    """What the base needs, as edges of the graph."""
    if not _is_ours(binary):
        return [cyclonedx.dependency(BASE_REF)]
    return [
        cyclonedx.dependency(BASE_REF, RUNTIME_REF, PYTHON[0]),
        cyclonedx.dependency(RUNTIME_REF, NUMPY[0], PYTHON[0]),
        cyclonedx.dependency(PYTHON[0]),
        cyclonedx.dependency(NUMPY[0], PYTHON[0]),
    ]


def unknown_beyond(binary: BaseBinary) -> list[str]:
    """The components whose own dependencies this bill does not know."""
    return [PYTHON[0], NUMPY[0]] if _is_ours(binary) else [BASE_REF]


def _is_ours(binary: BaseBinary) -> bool:
    return binary.flavour == PORTABLE and bool(binary.runtime_version)


def _runtime(version: str) -> dict[str, Any]:
    return cyclonedx.component(
        "library",
        RUNTIME_REF,
        "encoderfile-runtime",
        version=version,
        licenses=_LICENSE,
        purl=str(Purl("pypi", "", "hatch-encoderfile", version, "", "encoderfile_runtime")),
        properties=cyclonedx.properties({"encoderfile:evidence": cyclonedx.DECLARED}),
    )


def _needed(ref: str, name: str, versions: str) -> dict[str, Any]:
    """Something the machine must have: it has no version here, as any that fits will do."""
    facts = {
        "encoderfile:bundled": "false",
        "encoderfile:evidence": cyclonedx.DECLARED,
        "encoderfile:requirement": versions,
    }
    kind, purl = ("platform", None) if ref == PYTHON[0] else ("library", str(Purl("pypi", "", name)))
    return cyclonedx.component(kind, ref, name, scope="required", purl=purl, properties=cyclonedx.properties(facts))
