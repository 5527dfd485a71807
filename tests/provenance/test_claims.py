"""A commit is claimed only of inputs that are in its tree, byte for byte; else it is said which are not, and why."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from support.git_repository import Claim, claim_of, commit_all, git, needs_git
from support.model_repo import write_repo

from hatch_encoderfile.build import build
from hatch_encoderfile.provenance.checkout import Evidence
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_git
WEIGHTS = "model/model.safetensors"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A model repo, not committed yet."""
    return write_repo(tmp_path / "repo").parent


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_commit_with_all_inputs_is_claimed(repo: Path, object_format: str) -> None:
    commit = commit_all(repo, f"--object-format={object_format}")
    git(repo, "remote", "add", "origin", "https://user:secret@example.org:8443/a/b.git?token=secret#secret")

    claim = claim_of(repo)

    assert claim.dependency == {
        "name": "repository",
        "digest": {"gitCommit": commit},
        "uri": "git+https://example.org:8443/a/b.git",
    }
    assert claim.internal == {"repository": {"allInputsInCommit": True}}
    assert claim.notes == []
    assert "secret" not in claim.text


def test_without_a_remote_the_commit_is_claimed_and_the_address_is_said_to_be_missing(repo: Path) -> None:
    commit = commit_all(repo)

    claim = claim_of(repo)

    assert claim.dependency == {"name": "repository", "digest": {"gitCommit": commit}}
    assert claim.notes == ["provenance: no address of the repository: the repository has no remote `origin`"]


def test_files_that_no_build_reads_may_differ(repo: Path) -> None:
    (repo / "notes.txt").write_text("a", encoding="utf-8")
    commit = commit_all(repo)
    (repo / "notes.txt").write_text("b", encoding="utf-8")

    assert claim_of(repo).commit == commit


def test_a_changed_input_is_named_and_so_is_the_commit_that_it_is_not_in(repo: Path) -> None:
    commit = commit_all(repo)
    git(repo, "remote", "add", "origin", "https://example.org/a")
    data = bytearray((repo / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (repo / WEIGHTS).write_bytes(data)

    claim = claim_of(repo)

    assert claim.dependency is None
    assert claim.repository == {
        "allInputsInCommit": False,
        "reason": "inputs that are not in the commit",
        "checkedOut": commit,
        "notInCommit": ["input/model.safetensors"],
    }
    assert claim.notes == [
        "provenance: no commit is claimed: inputs that are not in the commit: 'input/model.safetensors'"
    ]


@pytest.mark.parametrize(("name", "said"), [("config.json", "input/config.json"), ("../pyproject.toml", "spec")])
def test_a_changed_small_file_is_named(repo: Path, name: str, said: str) -> None:
    commit_all(repo)
    path = repo / "model" / name
    path.write_bytes(path.read_bytes() + b"\n")

    assert claim_of(repo).outside == [said]


def test_a_spec_in_a_subfolder_reached_through_dots_and_links(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCODERFILE_ALLOW_OUTSIDE", str(repo))
    (repo / "spec").mkdir()
    spec = (repo / "pyproject.toml").read_text(encoding="utf-8").replace('path = "model"', 'path = ".././model"')
    (repo / "pyproject.toml").unlink()
    (repo / "spec" / "pyproject.toml").write_text(spec, encoding="utf-8")
    commit = commit_all(repo)
    (tmp_path / "link").symlink_to(repo)

    assert claim_of(repo / "spec").commit == commit
    assert claim_of(tmp_path / "link" / "spec").commit == commit


def test_a_large_file_is_in_a_commit_that_has_its_lfs_pointer(repo: Path) -> None:
    data = (repo / WEIGHTS).read_bytes()
    commit_pointer(repo, hashlib.sha256(data).hexdigest(), len(data))
    commit = git(repo, "rev-parse", "HEAD")
    (repo / WEIGHTS).write_bytes(data)

    assert claim_of(repo).commit == commit


@pytest.mark.parametrize(("digest", "longer"), [("0" * 64, 0), ("", 1)])
def test_an_lfs_pointer_to_another_file_is_none_to_this_one(repo: Path, digest: str, longer: int) -> None:
    data = (repo / WEIGHTS).read_bytes()
    commit_pointer(repo, digest or hashlib.sha256(data).hexdigest(), len(data) + longer)
    (repo / WEIGHTS).write_bytes(data)

    assert claim_of(repo).outside == ["input/model.safetensors"]


def commit_pointer(repo: Path, digest: str, length: int) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {length}\n"
    (repo / WEIGHTS).write_bytes(pointer.encode())
    commit_all(repo)


def test_every_target_of_one_build_claims_the_same(repo: Path) -> None:
    commit = commit_all(repo)
    (repo / "base.bin").write_bytes(b"#!/bin/sh\n")
    [spec] = read_spec(repo / "pyproject.toml")

    claims = [Claim(build(spec, target="portable", output=repo.parent / name)).commit for name in ("a", "b")]

    assert claims == [commit, commit]


def test_an_input_may_be_named_as_the_declaring_file_is(repo: Path) -> None:
    (repo / "model" / "spec").write_text("a", encoding="utf-8")
    path = repo / "pyproject.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}\nattachments = ["model/spec"]\n', encoding="utf-8")
    commit = commit_all(repo)

    before = claim_of(repo)
    (repo / "model" / "spec").write_text("b", encoding="utf-8")
    after = claim_of(repo)

    assert before.commit == commit
    assert after.outside == ["input/spec"]


def test_without_a_repository_it_is_said(repo: Path) -> None:
    claim = claim_of(repo)

    assert claim.repository == {"allInputsInCommit": False, "reason": "the spec is in no git repository"}
    assert claim.notes == ["provenance: no commit is claimed: the spec is in no git repository"]


def test_without_a_commit_it_is_said(repo: Path) -> None:
    git(repo, "init", "-q")

    assert claim_of(repo).repository["reason"] == "the repository has no commit yet"


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root reads everything")
def test_a_git_directory_that_may_not_be_read_is_said(repo: Path) -> None:
    commit_all(repo)
    (repo / ".git" / "HEAD").chmod(0)

    assert "HEAD: cannot be read" in claim_of(repo).repository["reason"]


def test_a_store_without_the_commit_is_said(repo: Path) -> None:
    commit = commit_all(repo)
    (repo / ".git" / "objects" / commit[:2] / commit[2:]).unlink()

    assert claim_of(repo).repository["reason"] == f"commit {commit}: is not in the repository"


def test_many_inputs_are_counted_and_only_some_are_printed() -> None:
    evidence = Evidence("a" * 40, outside=tuple(f"input/{n:02}" for n in range(25)), reason="r")

    assert evidence.note.endswith("'input/19' and 5 more")


def test_no_provenance_reads_no_repository(repo: Path) -> None:
    (repo / ".git").symlink_to("nowhere")
    [spec] = read_spec(repo / "pyproject.toml")

    result = build(spec, target="portable", provenance=False)

    assert not any("provenance" in note for note in result.notes)
