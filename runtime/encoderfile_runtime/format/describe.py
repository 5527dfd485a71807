"""What is in an encoderfile, as plain data ready for JSON, and as text."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import FormatError, printable

from . import verify
from .manifest import PORTABLE, Codec, WeightsFormat

if TYPE_CHECKING:
    from .container import Container
    from .manifest import Attachment, Base

_INGREDIENT = ("name", "version", "license", "purl")


def describe(container: Container) -> dict[str, Any]:
    """Everything that can be said without reading the weights' values.

    `model_config` and `encoderfile_config` are the keys that Mozilla's `inspect` prints; the others are ours.

    Raises:
        FormatError: the structure, the model config or the weights' header is broken.
    """
    verify.check_structure(container)
    manifest, start = container.manifest, container.footer.manifest_offset
    config = container.json("model_config")
    base = manifest.base
    parts = [
        _part(container, "base", 0, start, base.sha256 if base else b""),
        _part(container, "manifest", start, len(container.manifest_bytes), content_digest(container)),
        *(_part(container, *part) for part in container.artifacts),
        *(
            _part(container, *part) | _raw(item)
            for part, item in zip(container.attachments, manifest.attachments, strict=True)
        ),
    ]
    tensors = _tensors(container)
    return {
        "file": container.path,
        "size": container.size,
        "content_id": content_digest(container).hex(),
        "format_profile": manifest.format_profile or None,
        "name": manifest.name,
        "version": manifest.version,
        "model_type": manifest.model_type.label,
        "license": manifest.license or None,
        "source": manifest.source or None,
        "weights_format": manifest.weights_format.name.lower() if container.ours else None,
        "parameters": sum(_count(tensor["shape"]) for tensor in tensors) if tensors else None,
        "base": base and base._asdict() | {"sha256": base.sha256.hex()} | _ingredients(container, base),
        "parts": parts,
        "uncovered": [item._asdict() for item in verify.uncovered(container)],
        "inputs": [item._asdict() | {"sha256": item.sha256.hex()} for item in manifest.inputs],
        "tensors": tensors,
        "model_config": config,
        "encoderfile_config": {
            "name": manifest.name,
            "version": manifest.version,
            "model_type": manifest.model_type.label,
            "transform": None,
            "lua_libs": None,
        },
    }


def content_digest(container: Container) -> bytes:
    """SHA-256 of the manifest: through the digests in it, of all content."""
    return hashlib.sha256(container.manifest_bytes).digest()


def _ingredients(container: Container, base: Base) -> dict[str, Any]:
    """The description that a standalone base carries of its own parts; empty for other bases.

    Raises:
        FormatError: the end of the base, its archive or its description is broken.
    """
    if base.flavour == PORTABLE:
        return {}
    import json

    from .base_archive import read_base

    archive = read_base(container.peek(0, base.length), container.path, check=False)
    if archive is None:
        return {}
    try:
        told = json.loads(bytes(archive.resource("base.json") or b"{}"))
        listed = [
            {key: str(item[key]) for key in _INGREDIENT} | {"licenses": [str(name) for name in item["licenses"]]}
            for item in told["ingredients"]
        ]
        return {"floor": str(told["floor"]), "ingredients": listed}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FormatError(container.path, f"base: base.json does not describe a base: {error!r}") from None


def _part(container: Container, name: str, offset: int, length: int, sha256: bytes) -> dict[str, Any]:
    share = round(length / container.size, 6)
    return {"name": name, "offset": offset, "length": length, "sha256": sha256.hex() or None, "share": share}


def _raw(item: Attachment) -> dict[str, Any]:
    """Length and digest of a compressed attachment before it was compressed."""
    if item.codec is Codec.NONE:
        return {}
    return {"codec": item.codec.name.lower(), "raw_length": item.raw_length, "raw_sha256": item.raw_sha256.hex()}


def _tensors(container: Container) -> list[dict[str, Any]]:
    if container.manifest.weights_format is not WeightsFormat.EMBD:
        return []
    from encoderfile_runtime.embd.frame import read_frame

    weights = next(part for part in container.artifacts if part.name == "weights")
    frame = read_frame(container.view("weights"), container.path)
    return [
        {
            "name": entry.name,
            "dtype": entry.dtype.name.lower(),
            "shape": list(entry.shape),
            "offset": weights.offset + entry.offset,
            "length": entry.length,
        }
        for entry in frame.entries.values()
    ]


def _count(shape: list[int]) -> int:
    product = 1
    for dimension in shape:
        product *= dimension
    return product


def as_text(facts: dict[str, Any]) -> str:
    """The description for people."""
    heading = ("name", "version", "model_type", "license", "source", "weights_format", "parameters", "content_id")
    lines = [f"{key:<15} {printable(facts[key])}" for key in heading if facts[key] is not None]
    lines += ["", f"{'offset':>12} {'length':>12} {'share':>7}  {'sha256':<64}  part"]
    lines += [_part_line(part) for part in facts["parts"]]
    ingredients = (facts["base"] or {}).get("ingredients", ())
    if ingredients:
        lines += ["", "in the base"]
        lines += [f"  {' '.join(printable(item[key]) for key in _INGREDIENT[:3])}" for item in ingredients]
    if facts["inputs"]:
        lines += ["", "built from"]
        lines += [
            f"  {item['sha256'] or printable(item['uri']):<64}  {item['length']:>12}  {item['path']}"
            for item in facts["inputs"]
        ]
    if facts["tensors"]:
        lines += ["", f"{len(facts['tensors'])} tensors"]
        lines += [f"  {item['dtype']:<9} {item['shape']!s:<18} {printable(item['name'])}" for item in facts["tensors"]]
    return "\n".join(lines)


def _part_line(part: dict[str, Any]) -> str:
    digest = part["sha256"] or "no digest recorded"
    return f"{part['offset']:>12} {part['length']:>12} {part['share']:>7.2%}  {digest:<64}  {part['name']}"
