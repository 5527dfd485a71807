"""Checks beyond CycloneDX 1.6's JSON schema: references, dependency graph, package URLs, digests, licence expressions."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.standards.purl import CANONICAL
from hatch_encoderfile.standards.spdx import fault_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEX_DIGITS = {"SHA-256": 64, "SHA-512": 128}
_SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def faults(document: Any) -> list[str]:
    """The faults of an SBOM, a line each; an empty list if it is valid."""
    if not isinstance(document, dict):
        return ["the bill is no object"]
    return [*_header(document), *_components(document), *_graph(document), *_values(document)]


def _header(document: dict[str, Any]) -> Iterator[str]:
    if (document.get("bomFormat"), document.get("specVersion")) != ("CycloneDX", "1.6"):
        yield "not CycloneDX 1.6"
    if not _SERIAL.fullmatch(str(document.get("serialNumber"))):
        yield f"serialNumber: {document.get('serialNumber')!r} is no UUID"
    timestamp = _object(document.get("metadata")).get("timestamp")
    if timestamp is not None and not _TIME.fullmatch(str(timestamp)):
        yield f"metadata.timestamp: {timestamp!r} is not like 2021-08-30T00:00:00Z"


def _components(document: dict[str, Any]) -> Iterator[str]:
    root = _root(document)
    if root.get("type") != "application":
        yield f"metadata.component: type {root.get('type')!r}, expected 'application'"
    components = _objects(document.get("components"))
    if not components or components[0].get("type") != "machine-learning-model":
        yield "components[0]: expected the model"
    for item in components:
        if "modelCard" in item and item.get("type") != "machine-learning-model":
            yield f"{item.get('bom-ref')}: modelCard on a component of type {item.get('type')!r}"


def _graph(document: dict[str, Any]) -> Iterator[str]:
    refs = [str(node["bom-ref"]) for node in _nodes(document) if "bom-ref" in node]
    yield from (f"{ref}: bom-ref comes twice" for ref, count in sorted(Counter(refs).items()) if count > 1)
    edges: dict[str, list[str]] = {}
    for item in _objects(document.get("dependencies")):
        ref = str(item.get("ref"))
        if ref in edges:
            yield f"{ref}: dependencies come twice"
        edges[ref] = [str(other) for other in _list(item.get("dependsOn"))]
    named = {*edges, *(ref for needed in edges.values() for ref in needed)}
    for item in _objects(document.get("compositions")):
        named |= {str(ref) for key in ("assemblies", "dependencies") for ref in _list(item.get(key))}
    yield from (f"{ref}: named, but there is no such component" for ref in sorted(named - set(refs)))
    listed = {str(item.get("bom-ref")) for item in _objects(document.get("components"))}
    yield from (f"{ref}: has no dependencies entry" for ref in sorted(listed - set(edges)))
    reached = _reach(str(_root(document).get("bom-ref")), edges)
    yield from (f"{ref}: nothing depends on it" for ref in sorted(listed - reached))


def _reach(start: str, edges: dict[str, list[str]]) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        new = set(edges.get(waiting.pop(), ())) - reached
        reached |= new
        waiting += new
    return reached


def _values(document: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(document):
        where = node.get("bom-ref") or node.get("name") or "?"
        if "purl" in node and not CANONICAL.fullmatch(str(node["purl"])):
            yield f"{where}: {node['purl']!r} is no canonical package URL"
        if "expression" in node and (fault := fault_in(str(node["expression"]))):
            yield f"licence {node['expression']!r}: {fault}"
        for item in _objects(node.get("hashes")):
            digits = _HEX_DIGITS.get(str(item.get("alg")))
            if digits is None or not re.fullmatch(rf"[0-9a-f]{{{digits}}}", str(item.get("content"))):
                yield f"{where}: {item.get('alg')} of {len(str(item.get('content')))} characters"


def _nodes(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object in the document; without recursion, as the document may be nested deeply."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)


def _root(document: dict[str, Any]) -> dict[str, Any]:
    return _object(_object(document.get("metadata")).get("component"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
