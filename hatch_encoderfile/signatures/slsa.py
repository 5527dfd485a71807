"""SLSA provenance v1 as it is read (https://slsa.dev/spec/v1.1/provenance): of a known build type, with all that it must say.

A verifier should refuse parameters that it does not know (slsa.dev, "Verifying artifacts"): they could change what was built.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

# What `encoderfile build` writes: docs/reference/buildtypes/encoderfile-v1.md.
BUILD_TYPE = "urn:hatch-encoderfile:buildtype:encoderfile-v1"
# The one builder that a build can vouch for. A platform's identity is in the certificate of whoever signs.
LOCAL = "local"
# https://actions.github.io/buildtypes/workflow/v1
GITHUB_WORKFLOW = "https://actions.github.io/buildtypes/workflow/v1"

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f]+")
_DEFINITION = ("buildType", "externalParameters", "internalParameters", "resolvedDependencies")
_RUN = ("builder", "metadata", "byproducts")
_RESOURCE = ("uri", "digest", "name", "downloadLocation", "mediaType", "content", "annotations")
# The keys of `[tool.encoderfile]` that decide what is made; a test holds them against the table of the spec.
SPEC = (
    "name",
    "version",
    "model-type",
    "path",
    "created",
    "source",
    "license",
    "targets",
    "layout",
    "base-binary-path",
    "tokenizer",
    "attachments",
    "attachment-codec",
    "files",
)


class Provenance(NamedTuple):
    """What provenance says, each part of the type that it must have.

    Attributes:
        build_type: a URI.
        parameters: what the builder was asked for.
        internal: what it knew besides.
        dependencies: what it read, as resource descriptors.
        builder: who built; a URI, or `local`.
        metadata: when it built, and which run it was.
    """

    build_type: str
    parameters: dict[str, Any]
    internal: dict[str, Any]
    dependencies: tuple[dict[str, Any], ...]
    builder: str
    metadata: dict[str, Any]

    def dependency(self, name: str) -> dict[str, Any]:
        """What it says of a dependency of that name; empty where it says nothing."""
        return next((item for item in self.dependencies if item.get("name") == name), {})


def read(predicate: dict[str, Any], also: Collection[str] = ()) -> Provenance:
    """Read the predicate of a statement.

    Args:
        predicate: of SLSA provenance.
        also: build types besides those known here, whose parameters somebody else has to judge.

    Raises:
        ValueError: it says too little, or something that is not known.
    """
    _keys(predicate, "predicate", ("buildDefinition", "runDetails"))
    definition = _table(predicate, "buildDefinition")
    run = _table(predicate, "runDetails")
    _keys(definition, "buildDefinition", _DEFINITION, needed=_DEFINITION[:2])
    _keys(run, "runDetails", _RUN, needed=_RUN[:1])
    builder = _text(_table(run, "builder"), "id", "runDetails.builder")
    if builder != LOCAL and not _URI.fullmatch(builder):
        raise ValueError(f"provenance: runDetails.builder.id is no URI: {builder!r}")
    build_type = _text(definition, "buildType", "buildDefinition")
    parameters = _table(definition, "externalParameters")
    if check := _BUILD_TYPES.get(build_type):
        check(parameters)
    elif build_type not in also:
        known = ", ".join((*_BUILD_TYPES, *also))
        raise ValueError(f"provenance: build type {build_type!r} is not one of {known}")
    if not parameters:
        raise ValueError("provenance: buildDefinition.externalParameters is empty: it does not say what was asked for")
    return Provenance(
        build_type,
        parameters,
        _table(definition, "internalParameters", optional=True),
        _resources(definition, "resolvedDependencies"),
        builder,
        _table(run, "metadata", optional=True),
    )


def _check_own(parameters: dict[str, Any]) -> None:
    _keys(parameters, "externalParameters", ("target", "spec"))
    _text(parameters, "target", "externalParameters")
    _keys(_table(parameters, "spec"), "externalParameters.spec", SPEC, needed=("name", "version"))


def _check_workflow(parameters: dict[str, Any]) -> None:
    _keys(parameters, "externalParameters", ("workflow",))
    workflow = _table(parameters, "workflow")
    _keys(workflow, "externalParameters.workflow", ("ref", "repository", "path"))
    for key in workflow:
        _text(workflow, key, "externalParameters.workflow")


_BUILD_TYPES: dict[str, Callable[[dict[str, Any]], None]] = {BUILD_TYPE: _check_own, GITHUB_WORKFLOW: _check_workflow}


def _resources(holder: dict[str, Any], key: str) -> tuple[dict[str, Any], ...]:
    found = holder.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"provenance: {key} is no list")  # noqa: TRY004 - one kind of error for input that is not well formed
    for item in found:
        if not isinstance(item, dict):
            raise ValueError(f"provenance: {key} holds something that is no resource")  # noqa: TRY004 - the same
        _keys(item, key, _RESOURCE, needed=())
        digests = _table(item, "digest", optional=True)
        if not all(isinstance(value, str) for value in digests.values()):
            raise ValueError(f"provenance: {key} has a digest that is none")
        if not isinstance(item.get("uri", ""), str) or not (
            any(digests.values()) or item.get("uri") or item.get("content")
        ):
            raise ValueError(f"provenance: {key} names nothing by address or digest")
    return tuple(found)


def _table(holder: dict[str, Any], key: str, *, optional: bool = False) -> dict[str, Any]:
    found = holder.get(key, {} if optional else None)
    if not isinstance(found, dict):
        raise ValueError(f"provenance: {key} is missing, or no object")  # noqa: TRY004 - one kind of error for input that is not well formed
    return found


def _text(holder: dict[str, Any], key: str, where: str) -> str:
    found = holder.get(key)
    if not isinstance(found, str) or not found:
        raise ValueError(f"provenance: {where}.{key} is missing, or no text")
    return found


def _keys(holder: dict[str, Any], where: str, known: Collection[str], needed: Collection[str] | None = None) -> None:
    if unknown := sorted(holder.keys() - set(known)):
        raise ValueError(f"provenance: {where} has {unknown[0]!r}, which is not known there")
    if missing := sorted(set(known if needed is None else needed) - holder.keys()):
        raise ValueError(f"provenance: {where} has no {missing[0]!r}")
