"""A standalone base in the bill: each library in it, with version, source and licence; and its licence texts in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from support.bills import checked, component, outer_of, properties
from support.made_bases import X86, base
from support.model_repo import write_repo

from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.bases.description import Ingredient
from hatch_encoderfile.build import build
from hatch_encoderfile.compare.diff import diff
from hatch_encoderfile.sbom.document import inner_sbom
from hatch_encoderfile.sbom.licenses import all_of
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.build import BuildResult

TEXTS = ("licenses/zlib.txt",)
LIBRARIES = (
    Ingredient(
        "cpython", "3.13.5", "Python-2.0.1 AND MIT", "pkg:generic/cpython@3.13.5", "c" * 64, "Python.tar.xz", TEXTS
    ),
    Ingredient(
        "gcc-runtime",
        "12.2.0",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        "pkg:generic/gcc-runtime@12.2.0",
        "d" * 64,
        "g",
        TEXTS,
    ),
    Ingredient(
        "numpy",
        "2.4.6",
        "BSD-3-Clause",
        "pkg:generic/numpy@2.4.6?download_url=https%3A%2F%2Fexample.org%2Fnumpy.tar.gz",
        "e" * 64,
        "numpy-2.4.6.tar.gz",
        TEXTS,
        ("no random numbers", "no polynomials"),
    ),
    Ingredient("other", "1", "MIT OR Zlib", "pkg:generic/other@1", "f" * 64, "other.tar.gz", TEXTS),
)


def build_on(root: Path, data: bytes) -> BuildResult:
    """Build the tiny repo on a base of these bytes."""
    spec = write_repo(root, 'base-binary-path = "base.bin"')
    (root / "base.bin").write_bytes(data)
    [declared] = read_spec(spec)
    return build(declared, target=X86)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return build_on(tmp_path_factory.mktemp("repo"), base(ingredients=LIBRARIES))


@pytest.fixture(scope="module")
def bill(built: BuildResult) -> dict[str, Any]:
    return checked(inner_sbom(Container(str(built.path))))


def edges(bill: dict[str, Any]) -> dict[str, list[str]]:
    return {item["ref"]: item.get("dependsOn", []) for item in bill["dependencies"]}


def test_the_bill_beside_the_file_is_valid_too(built: BuildResult) -> None:
    assert outer_of(built)["metadata"]["component"]["name"] == "tiny"


def test_a_library_has_version_licence_purl_source_and_its_digest(bill: dict[str, Any]) -> None:
    found = component(bill, "base:cpython")

    assert (found["type"], found["version"], found["purl"]) == ("library", "3.13.5", "pkg:generic/cpython@3.13.5")
    assert found["licenses"] == [{"expression": "Python-2.0.1 AND MIT", "acknowledgement": "concluded"}]
    assert found["externalReferences"] == [
        {
            "type": "source-distribution",
            "url": "pkg:generic/cpython@3.13.5",
            "hashes": [{"alg": "SHA-256", "content": "c" * 64}],
        }
    ]
    assert properties(found) == {
        "encoderfile:bundled": "true",
        "encoderfile:evidence": "declared",
        "encoderfile:license-texts": "licenses/zlib.txt",
        "encoderfile:source": "Python.tar.xz",
    }


def test_the_place_of_a_source_is_that_of_its_purl(bill: dict[str, Any]) -> None:
    [place] = component(bill, "base:numpy")["externalReferences"]

    assert place["url"] == "https://example.org/numpy.tar.gz"


@pytest.mark.parametrize("place", ["javascript:alert(1)", "http://example.org/a", "file:///etc/passwd", "x"])
def test_a_place_that_is_no_https_url_does_not_become_a_link(tmp_path: Path, place: str) -> None:
    purl = f"pkg:generic/a@1?download_url={quote(place, safe=':/')}"
    library = Ingredient("a", "1", "MIT", purl, "f" * 64, "a.tar.gz", TEXTS)

    written = build_on(tmp_path, base(ingredients=(library,)))

    [found] = component(checked(inner_sbom(Container(str(written.path)))), "base:a")["externalReferences"]
    assert found["url"] == purl


def test_what_was_changed_in_a_source_is_noted(bill: dict[str, Any]) -> None:
    assert component(bill, "base:numpy")["pedigree"] == {"notes": "no random numbers\nno polynomials"}
    assert "pedigree" not in component(bill, "base:cpython")


def test_the_licence_of_the_base_is_that_of_all_in_it(bill: dict[str, Any]) -> None:
    [choice] = component(bill, "base")["licenses"]

    assert choice["expression"] == (
        "(MIT OR Zlib) AND Apache-2.0 AND BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1 AND MIT AND Python-2.0.1"
    )


def test_the_base_says_what_it_runs_on_and_what_made_it(bill: dict[str, Any]) -> None:
    facts = properties(component(bill, "base"))

    assert (facts["encoderfile:flavour"], facts["encoderfile:target"]) == ("static", X86)
    assert (facts["encoderfile:floor"], facts["encoderfile:toolchain"]) == ("Linux 3.2", "gcc 12.2.0")


def test_the_graph_says_what_the_base_is_linked_with_and_what_calls_what(bill: dict[str, Any]) -> None:
    graph = edges(bill)

    assert graph["base"] == ["base:cpython", "base:gcc-runtime", "base:numpy", "base:other", "runtime"]
    assert graph["runtime"] == ["base:cpython", "base:numpy"]
    assert graph["base:numpy"] == ["base:cpython", "base:gcc-runtime"]
    assert graph["base:other"] == []


def test_all_of_the_base_is_known_and_not_all_that_the_libraries_call(bill: dict[str, Any]) -> None:
    complete, unknown = bill["compositions"]

    assert {"base", "runtime"} <= set(complete["dependencies"])
    assert unknown == {
        "aggregate": "unknown",
        "dependencies": ["base:cpython", "base:gcc-runtime", "base:numpy", "base:other"],
    }


def test_nothing_is_needed_on_the_machine(bill: dict[str, Any]) -> None:
    assert {"python", "numpy"}.isdisjoint(item["bom-ref"] for item in bill["components"])


def test_the_bill_is_the_same_wherever_it_is_made(built: BuildResult, tmp_path: Path) -> None:
    again = build_on(tmp_path / "else" / "where", base(ingredients=LIBRARIES))

    assert again.path.read_bytes() == built.path.read_bytes()
    assert verify(Container(str(again.path))).uncovered == ()


def test_inspect_names_each_library_and_its_licence_texts(built: BuildResult) -> None:
    facts = report.describe(Container(str(built.path)))

    assert facts["base"]["floor"] == "Linux 3.2"
    assert facts["base"]["ingredients"][1] == {
        "name": "gcc-runtime",
        "version": "12.2.0",
        "license": "GPL-3.0-or-later WITH GCC-exception-3.1",
        "purl": "pkg:generic/gcc-runtime@12.2.0",
        "licenses": ["licenses/zlib.txt"],
    }
    assert "  numpy 2.4.6 BSD-3-Clause" in report.as_text(facts).splitlines()


def test_diff_names_the_library_that_differs(built: BuildResult, tmp_path: Path) -> None:
    newer = (LIBRARIES[0]._replace(version="3.13.6"), *LIBRARIES[1:3])
    other = build_on(tmp_path, base(ingredients=newer))

    found = {item.what: (item.a, item.b) for item in diff(Container(str(built.path)), Container(str(other.path)))}

    assert found["base ingredient cpython"] == ("3.13.5, Python-2.0.1 AND MIT", "3.13.6, Python-2.0.1 AND MIT")
    assert found["base ingredient other"] == ("1, MIT OR Zlib", None)
    assert "base ingredient gcc-runtime" not in found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(b"{}", "KeyError", id="empty"),
        pytest.param(b"[" * 100_000, "RecursionError|Decode", id="deep"),
        pytest.param(b'{"ingredients":[1],"floor":"x"}', "TypeError", id="no-object"),
        pytest.param(b"\xff", "Unicode", id="no-text"),
    ],
)
def test_a_description_that_is_none_is_refused_and_not_shown(tmp_path: Path, text: bytes, fault: str) -> None:
    written = build_on(tmp_path, base()).path
    data = written.read_bytes()
    start = data.index(b'{"flavour"')
    room = data.index(b"the terms") - start
    fits = text[:room] if text.startswith(b"[") else text + b" " * (room - len(text))
    written.write_bytes(data[:start] + fits + data[start + room :])

    facts = report.describe(Container(str(written)))

    assert re.search(rf"base\.json does not describe a base: {fault}", facts["base"]["fault"])
    assert facts["base"]["fault"] in facts["faults"]
    assert "ingredients" not in facts["base"]


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        (["MIT"], "MIT"),
        (["Zlib", "MIT", "Zlib"], "MIT AND Zlib"),
        (["b AND a", "a AND c"], "a AND b AND c"),
        (["MIT OR Zlib", "MIT"], "(MIT OR Zlib) AND MIT"),
        (["(MIT AND Zlib)", "X"], "(MIT AND Zlib) AND X"),
    ],
)
def test_licences_are_joined_once_each(expressions: list[str], expected: str) -> None:
    assert all_of(expressions) == expected
