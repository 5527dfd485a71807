from __future__ import annotations

import json
from typing import Any

import pytest

from encoderfile_runtime.errors import FaultsError
from hatch_encoderfile.bases.standalone.pins import LOCK, parse, read_lock
from hatch_encoderfile.files.limits import BASE


def _entry(**changes: object) -> dict[str, Any]:
    return {
        "name": "zlib",
        "version": "1.3.1",
        "license": "Zlib",
        "licenses": ["LICENSE"],
        "purl": "pkg:generic/zlib@1.3.1",
        "file": "zlib-1.3.1.tar.gz",
        "root": "zlib-1.3.1",
        "size": 100,
        "sha256": "ab" * 32,
        "locators": ["https://example.org/zlib-1.3.1.tar.gz"],
    } | changes


def _faults(value: object) -> list[str]:
    with pytest.raises(FaultsError) as caught:
        parse(json.dumps(value).encode(), "sources.json")
    return list(caught.value.faults)


def _faults_of(entry: dict[str, Any]) -> list[str]:
    return _faults({"ingredients": [entry], "tools": []})


def test_the_lock_names_everything_that_is_linked_in() -> None:
    assert ["cpython", "numpy", "openblas", "openssl", "zlib", "zstd"] == list(read_lock().ingredients)
    assert ["cython"] == list(read_lock().tools)


@pytest.mark.parametrize("name", read_lock().ingredients)
def test_every_ingredient_has_licence_texts_and_names_its_version(name: str) -> None:
    source = read_lock().source(name)
    assert source.licenses
    assert source.purl.endswith(f"@{source.version}")
    assert source.version in source.file
    assert source.version in source.root


def test_the_lock_names_no_registry_and_no_mirror() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert [] == [host for host in ("pypi.org", "pythonhosted", "deb.debian.org", "file://") if host in text]


def test_versions_agree_with_what_the_recipes_expect() -> None:
    from hatch_encoderfile.bases.standalone.recipes import cpython

    assert cpython.VERSION == read_lock().source("cpython").version.rpartition(".")[0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"name": "Z"}, ".name: expected a name, found 'Z'", id="name"),
        pytest.param({"version": "v1"}, ".version: expected a version, found 'v1'", id="version"),
        pytest.param(
            {"license": "zlib license"}, ".license: expected an SPDX expression, found 'zlib license'", id="license"
        ),
        pytest.param(
            {"licenses": ["ok", "../x"]}, ".licenses[1]: expected a relative path, found '../x'", id="licenses"
        ),
        pytest.param({"purl": "zlib"}, ".purl: expected a package URL, found 'zlib'", id="purl"),
        pytest.param({"file": "a/b"}, ".file: expected a file's name, found 'a/b'", id="file"),
        pytest.param({"root": ".."}, ".root: expected a folder's name, found '..'", id="root"),
        pytest.param({"size": True}, ".size: expected an integer, found true", id="size"),
        pytest.param(
            {"sha256": "AB" * 32}, f".sha256: expected 64 lower-case hex digits, found '{'AB' * 32}'", id="sha256"
        ),
        pytest.param({"size": 0}, f": size: expected 1 to {BASE.size} bytes", id="size-0"),
        pytest.param({"size": None}, f": size: expected 1 to {BASE.size} bytes", id="size-unknown"),
        pytest.param(
            {"size": BASE.size + 1},
            f".size: expected an integer from 0 to {BASE.size}, found {BASE.size + 1}",
            id="large",
        ),
        pytest.param({"locators": []}, ".locators: expected at least 1, found 0", id="no-locator"),
        pytest.param(
            {"locators": ["https://x", "http://x"]},
            ".locators[1]: expected a https:, debian:pool/ or pypi: locator, found 'http://x'",
            id="locators",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_named(changes: dict[str, Any], fault: str) -> None:
    assert [f"ingredients[0]{fault}"] == _faults_of(_entry(**changes))


def test_missing_and_unknown_keys_are_named_together() -> None:
    entry = _entry(url="https://example.org")
    del entry["size"]
    assert ["ingredients[0].size: missing, expected an integer", "ingredients[0].url: unknown key"] == _faults_of(entry)


def test_names_are_sorted_and_stand_once() -> None:
    assert ["ingredients: expected to be sorted by name, each name once"] == _faults(
        {"ingredients": [_entry(), _entry()], "tools": []}
    )


def test_other_kinds_are_refused() -> None:
    assert ["tools: missing, expected a list", "tool: unknown key"] == _faults({"ingredients": [], "tool": []})
