"""A description of an encoderfile for auditors, as data for JSON and as text. A fault in one part hides no other part.

A part that cannot be read is described as `{"fault": …}`, and all faults are listed under `faults`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from encoderfile_runtime.errors import EncoderfileError, FormatError
from encoderfile_runtime.escaping import printable

from . import agreement, verify
from .manifest import PORTABLE, Codec, WeightsFormat

if TYPE_CHECKING:
    from collections.abc import Callable

    from .container import Container
    from .manifest import Attachment, Base
    from .transform import Transform

_INGREDIENT = ("name", "version", "license", "purl")
_RECORDED, _COMPUTED = "recorded", "computed"
_Found = TypeVar("_Found")


def describe(container: Container) -> dict[str, Any]:
    """Describe a file without reading the values of its weights.

    The keys `model_config` and `encoderfile_config` are those of Mozilla's `inspect`; the others are ours. Digests of
    parts and inputs are those that the file records, except the manifest's; `evidence` says "recorded" or "computed".
    """
    faults = list(container.faults)

    def attempt(look: Callable[[], _Found]) -> _Found | dict[str, str]:
        """Return the result of `look`, or if it fails the fault."""
        try:
            return look()
        # The file may be hostile, and the readers of its parts assume valid ones: any exception is a fault of the file.
        except Exception as error:  # noqa: BLE001
            fault = str(error) if isinstance(error, EncoderfileError) else f"{container.path}: {error!r}"
            faults.append(fault)
            return {"fault": fault}

    attempt(lambda: verify.check_structure(container))
    attempt(lambda: faults.extend(f"{container.path}: {fault}" for fault in agreement.faults(container)))
    manifest, start = container.manifest, container.footer.manifest_offset
    config = attempt(lambda: container.json("model_config"))
    base = manifest.base
    ingredients = attempt(lambda: _ingredients(container, base)) if base else {}
    transform = attempt(lambda: _transform(container)) if "transform" in manifest.artifacts else None
    if transform and not isinstance(transform, dict):
        faults += transform.faults
    parts = [
        _part(container, "base", 0, start, base.sha256 if base else b""),
        _part(container, "manifest", start, len(container.manifest_bytes), content_digest(container)),
        *(_part(container, *part) for part in container.artifacts),
        *(
            _part(container, *part) | _raw(item)
            for part, item in zip(container.attachments, manifest.attachments, strict=True)
        ),
    ]
    parts[1]["evidence"] = _COMPUTED
    tensors = attempt(lambda: _tensors(container))
    counted = attempt(lambda: sum(_count(tensor["shape"]) for tensor in tensors)) if isinstance(tensors, list) else 0
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
        "parameters": counted or None,
        "base": base and base._asdict() | {"sha256": base.sha256.hex(), "evidence": _RECORDED} | ingredients,
        "parts": parts,
        "uncovered": [item._asdict() for item in verify.uncovered(container)],
        "inputs": [item._asdict() | {"sha256": item.sha256.hex(), "evidence": _RECORDED} for item in manifest.inputs],
        "tensors": tensors,
        "model_config": config,
        "encoderfile_config": {
            "name": manifest.name,
            "version": manifest.version,
            "model_type": manifest.model_type.label,
            "transform": transform if transform is None or isinstance(transform, dict) else transform.source,
            "lua_libs": None if transform is None or isinstance(transform, dict) else transform.lua_libs(),
        },
        "faults": faults,
    }


def content_digest(container: Container) -> bytes:
    """SHA-256 of the manifest, and through the digests in the manifest of all content."""
    return hashlib.sha256(container.manifest_bytes).digest()


def _ingredients(container: Container, base: Base) -> dict[str, Any]:
    """The components that a standalone base lists in its base.json; empty for other bases.

    Raises:
        FormatError: the trailer, the archive or base.json is malformed.
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
    described = {"name": name, "offset": offset, "length": length, "sha256": sha256.hex() or None, "share": share}
    return described | ({"evidence": _RECORDED} if sha256 else {})


def _raw(item: Attachment) -> dict[str, Any]:
    """Codec, uncompressed length and digest of a compressed attachment; empty for others."""
    if item.codec is Codec.NONE:
        return {}
    return {"codec": item.codec.name.lower(), "raw_length": item.raw_length, "raw_sha256": item.raw_sha256.hex()}


def _transform(container: Container) -> Transform:
    from .transform import parse

    part = next(part for part in container.artifacts if part.name == "transform")
    return parse(container.view("transform"), container.path, part.offset)


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
    lines += ["", f"{'offset':>12} {'length':>12} {'share':>7}  {'sha256':<64}  {'evidence':<8}  part"]
    lines += [_part_line(part) for part in facts["parts"]]
    lines += transform_lines(facts)
    ingredients = (facts["base"] or {}).get("ingredients", ())
    if ingredients:
        lines += ["", "in the base"]
        lines += [f"  {' '.join(printable(item[key]) for key in _INGREDIENT[:3])}" for item in ingredients]
    if facts["inputs"]:
        lines += ["", "built from"]
        lines += [
            f"  {item['sha256'] or printable(item['uri']):<64}  {item['length']:>12}  {printable(item['path'])}"
            for item in facts["inputs"]
        ]
    if isinstance(facts["tensors"], list) and facts["tensors"]:
        lines += ["", f"{len(facts['tensors'])} tensors"]
        lines += [f"  {item['dtype']:<9} {item['shape']!s:<18} {printable(item['name'])}" for item in facts["tensors"]]
    if facts["faults"]:
        lines += ["", f"{len(facts['faults'])} faults"]
        lines += [f"  {printable(fault)}" for fault in facts["faults"]]
    return "\n".join(lines)


def _part_line(part: dict[str, Any]) -> str:
    digest, evidence = part["sha256"] or "no digest recorded", part.get("evidence", "")
    place = f"{part['offset']:>12} {part['length']:>12} {part['share']:>7.2%}"
    return f"{place}  {digest:<64}  {evidence:<8}  {printable(part['name'])}"


def transform_lines(facts: dict[str, Any]) -> list[str]:
    """Lines that show the Lua program that Mozilla's runtime runs on the model's output; none if there is no program."""
    source, libraries = facts["encoderfile_config"]["transform"], facts["encoderfile_config"]["lua_libs"]
    if not isinstance(source, str):
        return []
    named = "that Mozilla's runtime gives by default" if libraries is None else "none"
    asked = ", ".join(printable(name) for name, wanted in (libraries or {}).items() if wanted) or named
    return [
        "",
        f"transform, a Lua program; libraries: {asked}",
        *(f"  {printable(line)}" for line in source.split("\n")),
    ]


def refuse_faults(facts: dict[str, Any]) -> None:
    """Fail after a broken file was described, so that a script sees it in the exit code.

    Raises:
        FormatError: there are faults.
    """
    if facts["faults"]:
        first = facts["faults"][0].removeprefix(f"{facts['file']}: ")
        raise FormatError(facts["file"], f"faults shown above: {len(facts['faults'])}, the first: {first}")
