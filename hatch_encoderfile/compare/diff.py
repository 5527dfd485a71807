"""The differences between two encoderfiles, from the manifest's fields down to single tensors."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.embd import file as embd
from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.manifest import WeightsFormat
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.files.blob import FileRange
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.files.zstd import decompress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from encoderfile_runtime.format.container import Container

_FIELDS = ("name", "version", "model_type", "format_profile", "weights_format", "license", "source")

_TRANSFORM = ("transform", "lua_libs")


class Difference(NamedTuple):
    """A difference: what differs, and its value on both sides, None where it is absent."""

    what: str
    a: Any
    b: Any


def diff(a: Container, b: Container) -> list[Difference]:
    """The differences; an empty list if the files are equal byte for byte.

    Raises:
        FormatError: the manifest of a file cannot be read.
        IntegrityError: the files record the same content, but one of them does not match its records.
    """
    facts_a, facts_b = report.describe(a), report.describe(b)
    found = [Difference(key, facts_a[key], facts_b[key]) for key in _FIELDS if facts_a[key] != facts_b[key]]
    found += _mappings("base", *map(_base, (facts_a, facts_b)))
    digests_a, digests_b = _digests(facts_a["parts"]), _digests(facts_b["parts"])
    found += _mappings("part", digests_a, digests_b)
    found += _mappings("stored", *_stored(facts_a["parts"], facts_b["parts"]))
    found += _mappings("input", _digests(facts_a["inputs"]), _digests(facts_b["inputs"]))
    found += _mappings("model_config", facts_a["model_config"], facts_b["model_config"])
    transforms = (facts["encoderfile_config"] for facts in (facts_a, facts_b))
    found += _mappings("encoderfile_config", *({key: item[key] for key in _TRANSFORM} for item in transforms))
    found += _mappings("faults", *(_faults(container, facts) for container, facts in ((a, facts_a), (b, facts_b))))
    # Tensors are hashed only if the digests of the weights differ: that reads both files' weights in full.
    readable = all(isinstance(facts["tensors"], list) for facts in (facts_a, facts_b))
    if readable and digests_a.get("weights") != digests_b.get("weights"):
        found += _tensors(a, b)
    return found or _unrecorded(a, b)


def _unrecorded(a: Container, b: Container) -> list[Difference]:
    """The difference of files that record the same: one is damaged, which raises, or it is where no digest covers them."""
    digests = [sha256_of(FileRange(container.file, 0, container.size)).hex() for container in (a, b)]
    if digests[0] == digests[1]:
        return []
    # Raises for the damaged one. If neither is, the bytes differ where Mozilla's format has no digest.
    verify(a, decompress=decompress)
    verify(b, decompress=decompress)
    return [Difference("file", *digests)]


def _faults(container: Container, facts: Mapping[str, Any]) -> dict[str, str]:
    """The faults of a file, without its name, so that they can be compared."""
    return {fault.removeprefix(container.path).lstrip(": "): "found" for fault in facts["faults"]}


def _base(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The record of the base, with its ingredients flattened into it."""
    told = dict(facts["base"] or {})
    found = {item["name"]: f"{item['version']}, {item['license']}" for item in told.pop("ingredients", ())}
    return told | {f"ingredient {name}": text for name, text in found.items()}


def _digests(items: list[dict[str, Any]]) -> dict[str, str]:
    """The digests of parts or inputs by name, or their URI; not the manifest's, which differs if anything does."""
    names = {_name(item): item.get("raw_sha256") or item["sha256"] or item.get("uri", "") for item in items}
    return {name: digest for name, digest in names.items() if name != "manifest"}


def _name(item: dict[str, Any]) -> str:
    """The name of a part or input; an attachment has the same name whether or not it is compressed."""
    name: str = item.get("path") or item["name"]
    return name.removesuffix(".zst") if "codec" in item else name


def _stored(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """For each side, how it stores the attachments that have the same content on both."""
    same = _digests(a).items() & _digests(b).items()
    for items in (a, b):
        yield {
            _name(item): f"{item['codec']}, {item['sha256']}" if "codec" in item else "as it is"
            for item in items
            if (_name(item), item.get("raw_sha256") or item["sha256"]) in same
        }


def _mappings(what: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Difference]:
    for key in sorted(set(a) | set(b)):
        if a.get(key) != b.get(key):
            yield Difference(f"{what} {key}", a.get(key), b.get(key))


def _tensors(a: Container, b: Container) -> Iterator[Difference]:
    if not a.manifest.weights_format == b.manifest.weights_format == WeightsFormat.EMBD:
        return
    weights_a, weights_b = (embd.parse(item.view("weights"), item.path) for item in (a, b))
    yield from _mappings("weights metadata", weights_a.metadata, weights_b.metadata)
    for name in sorted(set(weights_a.entries) | set(weights_b.entries)):
        one, other = (_tensor(weights, name) for weights in (weights_a, weights_b))
        if one != other:
            yield Difference(f"tensor {name}", one, other)
        # Both files are mapped; without this, all of their weights would count as this process's memory in the end.
        a.drop_pages()
        b.drop_pages()


def _tensor(weights: embd.EmbdFile, name: str) -> dict[str, Any] | None:
    entry = weights.entries.get(name)
    if entry is None:
        return None
    digest = hashlib.sha256(weights.tensor(name).data).hexdigest()
    return {"dtype": entry.dtype.name.lower(), "shape": list(entry.shape), "sha256": digest}
