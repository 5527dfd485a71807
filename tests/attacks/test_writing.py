"""A model repo that chooses where a build writes: nothing is written, replaced or removed that is not the build's own."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import MODEL, sha256, tiny_repo
from support.model_repo import write_repo

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.build import build
from hatch_encoderfile.plugin.store import directory_of
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from support.hatch_repo import HatchRepo
    from support.processes import Run

THEIRS = b"somebody's file"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    write_repo(tmp_path / "repo")
    return tmp_path / "repo"


def refuse(root: Path, match: str) -> None:
    before = {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()}
    [spec] = read_spec(root / "pyproject.toml")
    with pytest.raises(UsageError, match=match):
        build(spec, target="portable")
    assert {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("path", ["../out", "/tmp/encoderfile-out", "model/../../out", "link/out"])  # noqa: S108 - not written to
def test_an_output_path_out_of_the_repo(root: Path, path: str) -> None:
    (root / "link").symlink_to("..")
    write_repo(root, f'output-path = "{path}"')

    refuse(root, "lies outside of .*--output-path")


@pytest.mark.parametrize(
    "path", [".git/hooks/pre-commit", ".git/hooks/post-checkout", ".github/x", ".bashrc", "a/.b/c"]
)
def test_an_output_path_in_a_hidden_folder(root: Path, path: str) -> None:
    write_repo(root, f'output-path = "{path}"')

    refuse(root, "hidden")


@pytest.mark.parametrize(
    "name", ["README.md", "model/config.json", "model/model.safetensors", "pyproject.toml", "tool.py"]
)
def test_a_file_of_the_repo_is_not_replaced(root: Path, name: str) -> None:
    (root / "README.md").write_bytes(THEIRS)
    (root / "tool.py").write_bytes(THEIRS)
    write_repo(root, f'output-path = "{name}"')

    refuse(root, "so it is not replaced")


@pytest.mark.parametrize("suffix", [".cdx.json", ".slsa.json"])
@pytest.mark.parametrize("content", [THEIRS, b"{}", b'{"name": "package"}', b"[]"])
def test_a_file_in_a_sidecars_place_is_not_replaced(root: Path, suffix: str, content: bytes) -> None:
    write_repo(root, 'output-path = "package"')
    (root / f"package{suffix}").write_bytes(content)

    refuse(root, "is neither an encoderfile nor a file beside one")


def test_dist_that_is_a_link_out_of_the_repo(root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / "dist").symlink_to("../elsewhere")

    refuse(root, "lies outside of")


@pytest.mark.parametrize("name", ["con", "NUL.txt", "com1.encoderfile", "lpt9", "a.", "a ", "AUX"])
def test_a_name_that_windows_cannot_have(root: Path, name: str) -> None:
    write_repo(root, f'output-path = "{name}"')

    refuse(root, "Windows|every system")


def test_what_a_build_made_is_replaced(root: Path) -> None:
    [spec] = read_spec(root / "pyproject.toml")
    first = build(spec, target="portable")

    assert build(spec, target="portable").sha256 == first.sha256


def test_the_command_line_may_name_any_place_and_an_empty_file(root: Path, run: Run) -> None:
    out = root.parent / "out"
    out.touch()

    assert run("build", root, "-o", out).code == 0
    assert run("build", root, "-o", out).code == 0


def test_the_command_line_does_not_replace_what_is_not_ours(root: Path, run: Run) -> None:
    (root.parent / "out").write_bytes(THEIRS)

    outcome = run("build", root, "-o", root.parent / "out")

    assert outcome.code == 2
    assert "move it away" in outcome.err
    assert (root.parent / "out").read_bytes() == THEIRS


def test_extract_does_not_go_through_a_link_in_its_folder(built: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "attachments").symlink_to("../elsewhere")

    outcome = run("extract", built, "-o", tmp_path / "out")

    assert outcome.code == 2
    assert "is a link out of" in outcome.err
    assert not [*(tmp_path / "elsewhere").iterdir()]


def test_extract_replaces_nothing_that_differs(built: Path, tmp_path: Path, run: Run) -> None:
    assert run("extract", built, "-o", tmp_path / "out").code == 0
    assert run("extract", built, "-o", tmp_path / "out").code == 0
    (tmp_path / "out" / "base").write_bytes(THEIRS)

    outcome = run("extract", built, "-o", tmp_path / "out")

    assert outcome.code == 2
    assert "differs: remove it" in outcome.err
    assert (tmp_path / "out" / "base").read_bytes() == THEIRS


def test_converted_weights_replace_weights_alone(root: Path, run: Run) -> None:
    (root / "notes.safetensors").write_bytes(THEIRS)

    outcome = run("weights", "convert", root / "model" / "model.safetensors", root / "notes.safetensors")

    assert outcome.code == 2
    assert (root / "notes.safetensors").read_bytes() == THEIRS


@pytest.fixture
def repo(tmp_path: Path) -> HatchRepo:
    (tmp_path / "repo").mkdir()
    return tiny_repo(tmp_path / "repo", MODEL)


@pytest.mark.parametrize("clean", [False, True])
def test_hatch_neither_writes_nor_removes_in_a_folder_that_dist_leads_to(repo: HatchRepo, clean: bool) -> None:
    elsewhere = repo.root.parent / "elsewhere"
    elsewhere.mkdir()
    theirs = elsewhere / "other-1.0-portable.encoderfile"
    theirs.write_bytes(THEIRS)
    repo.dist.symlink_to("../elsewhere")

    with pytest.raises(SystemExit):
        repo.encoderfiles(clean=True) if clean else repo.encoderfiles()
    assert [path.name for path in elsewhere.iterdir()] == [theirs.name]
    assert theirs.read_bytes() == THEIRS


def test_hatch_does_not_remove_what_is_named_like_a_build(repo: HatchRepo) -> None:
    repo.dist.mkdir()
    theirs = repo.dist / "tiny-1.2.3-portable.encoderfile.notes"
    theirs.write_bytes(THEIRS)

    with pytest.raises(SystemExit):
        repo.encoderfiles(clean=True)
    assert theirs.read_bytes() == THEIRS


def test_a_store_that_comes_with_the_repo_is_not_looked_at(repo: HatchRepo, tmp_path: Path) -> None:
    [honest] = repo.encoderfiles()
    expected = honest.read_bytes()
    [entry] = {path.parent for path in repo.stored}
    for place in (repo.dist / ".encoderfile", repo.dist / "builds", repo.root / ".encoderfile"):
        evil = place / entry.relative_to(directory_of(repo.root))
        evil.mkdir(parents=True)
        for path in entry.iterdir():
            (evil / path.name).write_bytes(path.read_bytes())
        spoil(evil)
    for path in sorted(entry.parents[2].rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    [path] = repo.encoderfiles()

    assert path.read_bytes() == expected


def spoil(entry: Path) -> None:
    """Put another executable into an entry, with the digest that it has."""
    [file] = entry.glob("*.encoderfile")
    file.unlink()
    file.write_bytes(b"#!/bin/sh\necho owned\n")
    record = json.loads((entry / "build.json").read_text("utf-8"))
    record["files"][file.name] = sha256(file)
    (entry / "build.json").write_text(json.dumps(record), "utf-8")


def test_an_entry_whose_digest_fits_and_whose_content_does_not_is_built_again(repo: HatchRepo) -> None:
    [path] = repo.encoderfiles()
    expected = path.read_bytes()
    [entry] = {path.parent for path in repo.stored}
    spoil(entry)

    [path] = repo.encoderfiles()

    assert path.read_bytes() == expected


def test_an_entry_of_another_model_is_built_again(repo: HatchRepo, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tiny_repo(tmp_path / "other", MODEL)
    (other.root / "model" / "README.md").write_text("another", "utf-8")
    [foreign] = other.encoderfiles()
    [path] = repo.encoderfiles()
    expected = path.read_bytes()
    [stored] = repo.stored
    stored.unlink()
    stored.write_bytes(foreign.read_bytes())
    record = json.loads((stored.parent / "build.json").read_text("utf-8"))
    record["files"][stored.name] = sha256(stored)
    (stored.parent / "build.json").write_text(json.dumps(record), "utf-8")

    [path] = repo.encoderfiles()

    assert path.read_bytes() == expected


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/b", "..", "."])
def test_an_entry_with_names_that_lead_out_is_built_again(repo: HatchRepo, name: str) -> None:
    repo.encoderfiles()
    [stored] = repo.stored
    record = json.loads((stored.parent / "build.json").read_text("utf-8"))
    outside = stored.parent / name
    digest = sha256(outside) if outside.is_file() else "0" * 64
    record["files"][name] = digest
    record["sidecars"] = [name]
    (stored.parent / "build.json").write_text(json.dumps(record), "utf-8")

    [path] = repo.encoderfiles()

    assert os.path.basename(name) not in {item.name for item in path.parent.iterdir()}  # noqa: PTH119 - of a text
