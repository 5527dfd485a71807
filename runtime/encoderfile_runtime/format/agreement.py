"""Consistency of redundant statements in a file: manifest, embedded SBOM, attachments, description of the base.

Digests prove that nothing changed since the file was written. They do not prevent a writer from recording one licence, digest or
base in the manifest and another one in the SBOM; these checks do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from encoderfile_runtime.errors import FormatError

from . import attachments
from .base_archive import read_base
from .manifest import PORTABLE, Codec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .container import Container
    from .manifest import Attachment, Base, Manifest
    from .zstd import Decompress

BILL = "sbom.cdx.json"
MAX_BILL = 1 << 24
"""Largest SBOM that is read, in bytes: a component takes about a thousand, and there are at most 4096 inputs."""

_AS_THEY_CAME = ("config.json", "tokenizer.json")  # attachments that are unchanged inputs
_LONGEST = 200  # characters of a value that a message shows


def check(container: Container, decompress: Decompress | None = None) -> None:
    """Compare redundant statements in a file of our profile; its digests have been checked before.

    Raises:
        FormatError: two places disagree, or the embedded SBOM was not written by this tool.
    """
    for fault in faults(container, decompress):
        raise FormatError(container.path, fault)


def faults(container: Container, decompress: Decompress | None = None) -> Iterator[str]:
    """The contradictions in a file, one line each; none in files of Mozilla's CLI, which state everything once."""
    manifest = container.manifest
    if manifest.base is None:
        return
    yield from _inputs(manifest)
    yield from _base(container, manifest.base)
    bill = next((item for item in manifest.attachments if item.name == BILL), None)
    if bill is not None and (bill.codec is Codec.NONE or decompress is not None or not attachments.missing()):
        yield from _bill(container, bill, decompress)


def _inputs(manifest: Manifest) -> Iterator[str]:
    """Compare the manifest's inputs with its source and with the attachments that are inputs."""
    of_model = manifest.source.startswith("pkg:")
    for item in manifest.inputs:
        if item.uri and not item.is_tool and not (of_model and item.uri == f"{manifest.source}#{item.path}"):
            yield f"input {item.path}: its uri is {item.uri!r}, but the source is {manifest.source!r}"
    inputs = {item.path: (item.sha256, item.length) for item in manifest.inputs}
    for attachment in manifest.attachments:
        found, name = (attachment.raw_sha256, attachment.raw_length), attachment.name
        if name in inputs and inputs[name] != found:
            yield f"input {name}: its digest or length differs from those of the attachment of that name"
        elif name in _AS_THEY_CAME and inputs and found not in inputs.values():
            yield f"attachment {name}: no input has its digest and length"


def _base(container: Container, base: Base) -> Iterator[str]:
    """Compare the manifest's record of the base with the base's description of itself."""
    data = container.peek(0, base.length)
    if base.flavour == PORTABLE:
        # A portable base stores the runtime's sources uncompressed, so the line with the version can be searched for.
        if base.runtime_version and f'\n__version__ = "{base.runtime_version}"\n'.encode() not in bytes(data):
            yield f"base: the manifest says that it has runtime {base.runtime_version}, which it does not say itself"
        return
    archive = read_base(data, container.path, check=False)
    told = archive.resource("base.json") if archive else None
    if told is None:
        if base.flavour in ("static", "assembled"):
            yield f"base: the manifest says that it is {base.flavour}, but it does not describe itself"
        return
    description = _object(told)
    for key in ("flavour", "target", "runtime_version"):
        if description.get(key) != getattr(base, key):
            yield f"base: its {key} is {getattr(base, key)!r} in the manifest, {description.get(key)!r} in base.json"


def _bill(container: Container, attachment: Attachment, decompress: Decompress | None) -> Iterator[str]:
    """Compare the embedded SBOM with the manifest."""
    if attachment.raw_length > MAX_BILL:
        yield f"{BILL}: has {attachment.raw_length} bytes, expected at most {MAX_BILL}"
        return
    bill = _object(attachments.read(container, attachment, decompress))
    listed = _objects(bill.get("components"))
    components = {str(item.get("bom-ref")): item for item in listed}  # the last of two wins; reported below
    root = _inner(_inner(bill, "metadata"), "component")
    if bill.get("bomFormat") != "CycloneDX" or root.get("bom-ref") != "encoderfile" or "model" not in components:
        yield f"{BILL}: is not a bill of this tool"
        return
    if len(components) < len(listed):
        yield f"{BILL}: two components have one bom-ref"
    for owner, told, recorded in _pairs(container.manifest, root, components):
        if told != recorded:
            yield f"{owner}: the manifest says {_shown(recorded)}, {BILL} says {_shown(told)}"


def _pairs(
    manifest: Manifest, root: Mapping[str, Any], components: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, object, object]]:
    """Pairs of statements to compare: subject, value in the SBOM, value in the manifest."""
    weights = manifest.weights_format.name.lower()
    yield "name", root.get("name"), manifest.name
    yield "version", root.get("version") or "", manifest.version
    yield from _model(manifest, components["model"])
    recorded = {f"artifact:{kind}": (item.sha256, item.length) for kind, item in manifest.artifacts.items()}
    recorded |= {f"input:{item.path}": (item.sha256, item.length) for item in manifest.inputs if not item.is_tool}
    listed = [ref for ref in components if ref.startswith(("artifact:", "input:"))]
    yield "artifacts and inputs", sorted(listed), sorted(recorded)
    held = {item.name: item.raw_sha256.hex() for item in manifest.attachments}
    for ref, (sha256, length) in recorded.items():
        item = components.get(ref, {})
        facts = _properties(item)
        yield f"{ref} sha256", _sha256(item), sha256.hex()
        yield f"{ref} length", facts.get("encoderfile:length"), str(length)
        if ref == "artifact:weights":
            yield "weights format", facts.get("encoderfile:format"), weights
        attached = facts.get("encoderfile:attachment")
        if attached:
            yield f"attachment {attached} of {ref}", _sha256(item), held.get(attached)
    if manifest.base:
        item = components.get("base", {})
        facts = _properties(item)
        yield "base sha256", _sha256(item), manifest.base.sha256.hex()
        yield "base flavour", facts.get("encoderfile:flavour") or "", manifest.base.flavour
        yield "base target", facts.get("encoderfile:target") or "", manifest.base.target
        yield "base runtime version", item.get("version") or "", manifest.base.runtime_version


def _model(manifest: Manifest, model: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    """As `_pairs`, for the component of the model."""
    yield "model type", _properties(model).get("encoderfile:model-type"), manifest.model_type.label
    weights = manifest.artifacts.get("weights")
    yield "model sha256", _sha256(model), weights and weights.sha256.hex()
    if manifest.license:
        expressions = [item.get("expression") for item in _objects(model.get("licenses"))]
        yield "licence", next(iter(expressions), None), manifest.license
    places = [model.get("purl"), *(item.get("url") for item in _objects(model.get("externalReferences")))]
    told = next((str(place) for place in places if place), "")
    # The SBOM has a package URL in canonical form (case, percent-encoding), the manifest as it was declared.
    same = unquote(told).lower() == unquote(manifest.source).lower()
    yield "source", manifest.source if same else told, manifest.source


def _sha256(component: Mapping[str, Any]) -> object:
    return next(
        (item.get("content") for item in _objects(component.get("hashes")) if item.get("alg") == "SHA-256"), None
    )


def _properties(component: Mapping[str, Any]) -> dict[str, str]:
    return {str(item.get("name")): str(item.get("value")) for item in _objects(component.get("properties"))}


def _object(data: bytes | memoryview) -> dict[str, Any]:
    """Parse a JSON object without duplicate keys; anything else gives an empty object, which then agrees with nothing."""
    try:
        value = json.loads(bytes(data), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse duplicate keys: readers differ in which one they take, and would see different SBOMs."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError
    return value


def _inner(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
