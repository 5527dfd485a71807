"""The base binary in the SBOM: the base, our runtime, and the libraries that are linked in or required on the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.manifest import PORTABLE
from hatch_encoderfile.standards.purl import Purl

from . import cyclonedx, licenses

if TYPE_CHECKING:
    from hatch_encoderfile.bases import BaseBinary
    from hatch_encoderfile.bases.description import BaseDescription, Ingredient
    from hatch_encoderfile.files.digests import Digests

REF = "base"
RUNTIME_REF = "runtime"
PYTHON = ("python", "CPython", ">=3.10")
NUMPY = ("numpy", "numpy", ">=1.24")
LICENSE = "Apache-2.0"

# Which component calls which inside a standalone base, by the ingredients' names.
_CALLS = {
    RUNTIME_REF: ("cpython", "numpy", "zstd"),
    "cpython": ("gcc-runtime", "glibc", "openssl", "zlib"),
    "gcc-runtime": ("glibc",),
    "numpy": ("cpython", "gcc-runtime", "glibc", "openblas"),
    "openblas": ("gcc-runtime", "glibc"),
    "openssl": ("gcc-runtime", "glibc"),
    "zlib": ("glibc",),
    "zstd": ("glibc",),
}


def components(binary: BaseBinary, digests: Digests) -> list[dict[str, Any]]:
    """The components: the base, and if it is ours the runtime with either its ingredients or its requirements."""
    made = cyclonedx.component(
        "application",
        REF,
        f"{binary.flavour} base",
        version=binary.runtime_version,
        licenses=_licenses(binary),
        hashes=cyclonedx.hashes(digests),
        properties=cyclonedx.properties(_facts(binary)),
    )
    # A standalone base contains CPython and numpy; a portable one finds them on the machine, with a version unknown
    # here.
    if binary.description:
        return [made, _runtime(binary.runtime_version), *map(_bundled, binary.description.ingredients)]
    if _needs_python(binary):
        return [made, _runtime(binary.runtime_version), *(_needed(*item) for item in (PYTHON, NUMPY))]
    return [made]


def dependencies(binary: BaseBinary) -> list[dict[str, Any]]:
    """The dependencies of these components, as entries of the SBOM's dependency graph."""
    if binary.description:
        return list(_linked(binary.description))
    if _needs_python(binary):
        return [
            cyclonedx.dependency(REF, RUNTIME_REF, PYTHON[0]),
            cyclonedx.dependency(RUNTIME_REF, NUMPY[0], PYTHON[0]),
            cyclonedx.dependency(PYTHON[0]),
            cyclonedx.dependency(NUMPY[0], PYTHON[0]),
        ]
    return [cyclonedx.dependency(REF)]


def unknown_beyond(binary: BaseBinary) -> list[str]:
    """The components whose dependencies are not, or not completely, in this SBOM."""
    if binary.description:
        return [_ref(item.name) for item in binary.description.ingredients]
    return [PYTHON[0], NUMPY[0]] if _needs_python(binary) else [REF]


def _needs_python(binary: BaseBinary) -> bool:
    return binary.flavour == PORTABLE and bool(binary.runtime_version)


def _licenses(binary: BaseBinary) -> list[dict[str, Any]] | None:
    """The licences of everything in the base, joined with AND: who distributes the base must comply with all of them."""
    if binary.description:
        ingredients = (item.license for item in binary.description.ingredients)
        return licenses.declared(licenses.all_of((LICENSE, *ingredients)))
    return licenses.declared(LICENSE) if _needs_python(binary) else None


def _facts(binary: BaseBinary) -> dict[str, object]:
    facts = cyclonedx.file_properties(cyclonedx.COMPUTED, REF, executable=True, archive=binary.flavour == PORTABLE) | {
        "encoderfile:flavour": binary.flavour,
        "encoderfile:target": binary.target,
    }
    if binary.description:
        tools = (f"{item.name} {item.version}" for item in binary.description.toolchain)
        facts |= {"encoderfile:floor": binary.description.floor, "encoderfile:toolchain": ", ".join(tools)}
    return facts


def _linked(description: BaseDescription) -> list[dict[str, Any]]:
    names = [item.name for item in description.ingredients]
    edges = {
        caller: [_ref(name) for name in names if name != caller and name in _CALLS.get(caller, ())]
        for caller in (RUNTIME_REF, *names)
    }
    return [
        cyclonedx.dependency(REF, RUNTIME_REF, *map(_ref, names)),
        cyclonedx.dependency(RUNTIME_REF, *edges.pop(RUNTIME_REF)),
        *(cyclonedx.dependency(_ref(name), *called) for name, called in edges.items()),
    ]


def _ref(name: str) -> str:
    return f"{REF}:{name}"


def _runtime(version: str) -> dict[str, Any]:
    return cyclonedx.component(
        "library",
        RUNTIME_REF,
        "encoderfile-runtime",
        version=version,
        licenses=licenses.declared(LICENSE),
        purl=str(Purl("pypi", None, "hatch-encoderfile", version, None, "encoderfile_runtime")),
        properties=cyclonedx.properties({"encoderfile:evidence": cyclonedx.DECLARED}),
    )


def _bundled(item: Ingredient) -> dict[str, Any]:
    """A library in the base, from the base's own description; the digest is that of its source archive."""
    purl = Purl.parse(item.purl)
    facts = {
        "encoderfile:bundled": "true",
        "encoderfile:evidence": cyclonedx.DECLARED,
        "encoderfile:license-texts": ",".join(item.licenses),
        "encoderfile:source": item.file,
    }
    return cyclonedx.component(
        "library",
        _ref(item.name),
        item.name,
        version=item.version,
        scope="required",
        licenses=licenses.declared(item.license),
        purl=str(purl),
        pedigree={"notes": "\n".join(item.patches)} if item.patches else None,
        externalReferences=[
            {
                "type": "source-distribution",
                "url": _place(purl) or str(purl),
                "hashes": [{"alg": "SHA-256", "content": item.sha256}],
            }
        ],
        properties=cyclonedx.properties(facts),
    )


def _place(purl: Purl | None) -> str | None:
    """The download URL in a package URL; only https, since readers of SBOMs make links of it."""
    place = purl.qualifiers.get("download_url", "") if purl else ""
    return place if place.startswith("https://") else None


def _needed(ref: str, name: str, versions: str) -> dict[str, Any]:
    """A requirement on the machine, with a range of versions instead of a version."""
    facts = {
        "encoderfile:bundled": "false",
        "encoderfile:evidence": cyclonedx.DECLARED,
        "encoderfile:requirement": versions,
    }
    kind, purl = ("platform", None) if ref == PYTHON[0] else ("library", str(Purl("pypi", None, name)))
    return cyclonedx.component(kind, ref, name, scope="required", purl=purl, properties=cyclonedx.properties(facts))
