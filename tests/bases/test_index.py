from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from support.made_bases import ARM, X86, base

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.bases import index
from hatch_encoderfile.bases.__main__ import main
from hatch_encoderfile.bases.index import dump, entries, parse, updated
from hatch_encoderfile.targets import TRIPLES

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = "https://github.com/o/r/.github/workflows/bases.yml@refs/tags/v1"
ISSUER = "https://token.actions.githubusercontent.com"


def test_the_index_is_committed_as_it_is_written() -> None:
    assert files("hatch_encoderfile.bases").joinpath("bases.json").read_bytes() == dump(entries().values())


def test_the_index_has_every_target() -> None:
    assert list(TRIPLES) == list(entries())


def test_what_cannot_be_fetched_says_why() -> None:
    assert all(item.published != bool(item.advice) for item in entries().values())


def test_built_bases_become_entries(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(base(ARM))

    made = updated(entries().values(), [tmp_path / "a"], "https://example.org/v1", identity=IDENTITY, issuer=ISSUER)

    found = {item.target: item for item in parse(dump(made))}
    assert found[ARM].published
    assert found[ARM]._replace(ingredients=()) == index.Entry(
        ARM,
        "static",
        "Linux 3.2",
        tested=entries()[ARM].tested,
        url=f"https://example.org/v1/encoderfile-base-{__version__}-static-{ARM}",
        size=len(base(ARM)),
        sha256=hashlib.sha256(base(ARM)).hexdigest(),
        runtime_version=__version__,
        identity=IDENTITY,
        issuer=ISSUER,
    )
    assert ({"name": "zlib", "version": "1.3.1", "license": "Zlib", "sha256": "a" * 64},) == found[ARM].ingredients
    assert entries()[X86] == found[X86]


def test_an_entry_of_another_version_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(base(ARM))
    [*_, made] = (item for item in updated(entries().values(), [tmp_path / "a"], "https://e.org") if item.url)

    old = made._replace(runtime_version="0.0.1")

    assert (False, f"was published for version 0.0.1, not for {__version__}") == (old.published, old.advice)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"#!/bin/sh\n", "is no base for one of"),
        (base(target="riscv64-unknown-linux-gnu"), "is no base for one of"),
        (base(runtime_version="0.0.1"), f"is for version 0.0.1, expected {__version__}: build it again"),
    ],
)
def test_other_files_do_not(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a").write_bytes(data)

    with pytest.raises(UsageError, match=message):
        updated(entries().values(), [tmp_path / "a"], "https://example.org")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "https://example.org/a"}, "expected a reason, or all of url, size, sha256, runtime_version"),
        ({"reason": ""}, "expected a reason, or all of"),
        (
            {"url": "http://e.org/a", "size": 1, "sha256": "a" * 64, "runtime_version": "1", "reason": ""},
            "an https URL",
        ),
        (
            {"url": "https://e.org/a", "size": 1, "sha256": "A" * 64, "runtime_version": "1", "reason": ""},
            "64 lower-case hex",
        ),
        ({"identity": "somebody"}, "expected identity and issuer, or neither"),
        ({"target": ARM}, "expected one entry for each of"),
    ],
)
def test_an_index_with_a_fault_is_refused(changes: dict[str, object], message: str) -> None:
    first, *others = entries().values()

    with pytest.raises(EncoderfileError, match=message):
        parse(dump([first._replace(**changes), *others]))  # type: ignore[arg-type]  # wrong values are the point


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"bases": [1]}', b'{"bases": [{"colour": "red"}]}', b'{"bases": [], "bases": []}', b"\xff"],
)
def test_what_is_no_index_is_refused(data: bytes) -> None:
    with pytest.raises(EncoderfileError, match=r"bases\.json: "):
        parse(data)


@pytest.fixture
def index_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The index of a source tree, which is not there yet; a base is built beside it."""
    (tmp_path / "built").write_bytes(base())
    package = tmp_path / "hatch_encoderfile" / "bases"
    monkeypatch.setattr("hatch_encoderfile.bases.__main__.__file__", str(package / "__main__.py"))
    monkeypatch.chdir(tmp_path)
    return package / "bases.json"


def test_the_release_writes_the_index(index_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bases", "built", "--url", "https://example.org/v1/"])

    main()

    found = {item.target: item for item in parse(index_file.read_bytes())}
    assert hashlib.sha256(base()).hexdigest() == found[X86].sha256


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["built", "--url", "http://example.org"], 1, "expected an https URL"),
        (["built", "--url", "https://example.org", "--identity", "me"], 1, "expected identity and issuer, or neither"),
        (["gone", "--url", "https://example.org"], 1, "gone: No such file or directory"),
        (["hatch.toml", "--url", "https://example.org"], 2, "hatch.toml: is no base for one of"),
    ],
)
def test_an_index_that_could_not_be_read_is_not_written(
    index_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    (index_file.parents[2] / "hatch.toml").write_text("[envs]")
    monkeypatch.setattr("sys.argv", ["bases", *arguments])

    with pytest.raises(SystemExit) as caught:
        main()

    said = capsys.readouterr().err
    assert (code, False) == (caught.value.code, index_file.exists())
    assert said.startswith("error: ")
    assert message in said
    assert 1 == said.count("\n")
