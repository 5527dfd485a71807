"""SLSA provenance v1 (https://slsa.dev/spec/v1.1/provenance): what was built from what, by whom, when.

All that differs between two builds of the same inputs stands here. The fields are described in docs/reference/buildtypes/encoderfile-v1.md.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.manifest import Codec
from hatch_encoderfile.files import zstd
from hatch_encoderfile.files.digests import sha256_of
from hatch_encoderfile.signatures import intoto
from hatch_encoderfile.signatures.sidecars import PROVENANCE
from hatch_encoderfile.signatures.slsa import BUILD_TYPE, LOCAL
from hatch_encoderfile.spec import Layout

from .builder import claimed
from .declared import declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from encoderfile_runtime.format.manifest import Base, Input
    from hatch_encoderfile.bases import BaseBinary
    from hatch_encoderfile.provenance.checkout import Evidence
    from hatch_encoderfile.spec import ModelSpec


class Materials(NamedTuple):
    """What a build was made from; `recorded` is what the manifest says of the base, if its layout has room for that.

    `evidence` is what a repository shows of the inputs.
    """

    spec: ModelSpec
    target: str
    base: BaseBinary
    recorded: Base | None
    inputs: Sequence[Input]
    evidence: Evidence


def now() -> str:
    """This second in UTC; the one that SOURCE_DATE_EPOCH names, if it is set (reproducible-builds.org).

    Raises:
        UsageError: SOURCE_DATE_EPOCH is not a number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        seconds = time.gmtime(_count(epoch) if epoch else None)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, found {epoch!r}") from None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", seconds)


def _count(text: str) -> int:
    """A number written in digits alone; `int` reads a sign, spaces and underscores, too."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def tool() -> str:
    """What builds, as a package URL with its version."""
    return f"pkg:pypi/hatch-encoderfile@{__version__}"


def make_provenance(
    materials: Materials,
    name: str,
    sha256: str,
    *,
    started: str,
    byproducts: Mapping[str, bytes],
) -> bytes:
    """The statement about a file that was built, in canonical JSON.

    Args:
        materials: what it was built from.
        name: the file's.
        sha256: the file's, in hex.
        started: when, as `now` says it.
        byproducts: what else the build wrote, by its name.
    """
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"target": materials.target, "spec": declared(materials.spec)},
            "internalParameters": _internal(materials.evidence),
            "resolvedDependencies": _dependencies(materials),
        },
        "runDetails": {
            "builder": {
                "id": LOCAL,
                "version": {"hatch-encoderfile": __version__, "python": platform.python_version()},
            },
            "metadata": {"startedOn": started, "finishedOn": now()},
            "byproducts": [
                {"name": key, "digest": {"sha256": hashlib.sha256(data).hexdigest()}}
                for key, data in sorted(byproducts.items())
            ],
        },
    }
    return intoto.make(PROVENANCE.predicate_type, name, sha256, predicate).data


def _internal(evidence: Evidence) -> dict[str, Any]:
    """What is known besides, and for how much it counts: nothing here is vouched for."""
    repository: dict[str, Any] = {"allInputsInCommit": evidence.is_claimed}
    if not evidence.is_claimed:
        repository |= {"reason": evidence.reason}
        if evidence.outside:
            repository |= {"checkedOut": evidence.commit, "notInCommit": list(evidence.outside)}
    environment = claimed(os.environ)
    return {"repository": repository} | ({"environmentClaims": environment} if environment else {})


def _dependencies(materials: Materials) -> list[dict[str, Any]]:
    spec, base = materials.spec, materials.base
    base_sha256 = materials.recorded.sha256 if materials.recorded else sha256_of(base.data)
    found: list[dict[str, Any]] = [
        {
            "name": "base",
            "digest": {"sha256": base_sha256.hex()},
            "annotations": {"flavour": base.flavour, "target": base.target},
        },
        {"name": "hatch-encoderfile", "uri": tool()},
    ]
    if spec.attachment_codec is Codec.ZSTD and spec.layout is Layout.ZIP:
        found.append({"name": "zstd", "uri": zstd.purl()})
    evidence = materials.evidence
    if evidence.is_claimed:
        uri = {"uri": evidence.uri} if evidence.uri else {}
        found.append({"name": "repository", "digest": {"gitCommit": evidence.commit}} | uri)
    for item in sorted(materials.inputs, key=lambda item: item.path):
        uri = {"uri": item.uri} if item.uri else {}
        found.append({"name": f"input/{item.path}", "digest": {"sha256": item.sha256.hex()}} | uri)
    return found
