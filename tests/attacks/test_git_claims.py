"""Repositories that git calls clean while inputs are not in the commit: no commit is claimed of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.git_repository import claim_of, commit_all, git, needs_git
from support.model_repo import write_model, write_repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = needs_git
WEIGHTS = "model/model.safetensors"
ALL = [
    "input/1_Pooling/config.json",
    "input/config.json",
    "input/model.safetensors",
    "input/modules.json",
    "input/tokenizer.json",
    "input/tokenizer_config.json",
]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return write_repo(tmp_path / "repo").parent


def change(path: Path) -> None:
    """Another byte, with the length and the times that the file had."""
    status, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree", "--fsmonitor-valid"])
def test_files_that_the_index_calls_unchanged(repo: Path, flag: str) -> None:
    commit_all(repo)
    git(repo, "update-index", flag, WEIGHTS)
    change(repo / WEIGHTS)

    assert claim_of(repo).outside == ["input/model.safetensors"]


def test_an_ignored_model(repo: Path) -> None:
    (repo / ".gitignore").write_text("model\n", encoding="utf-8")
    commit_all(repo)
    assert git(repo, "status", "--porcelain") == ""

    assert claim_of(repo).outside == ALL


def test_a_model_that_is_added_and_not_committed(repo: Path) -> None:
    git(repo, "init", "-q")
    git(repo, "commit", "-q", "--allow-empty", "-m", "x")
    git(repo, "add", ".")

    assert claim_of(repo).outside == [*ALL, "spec"]


def test_an_untracked_spec_folder(tmp_path: Path) -> None:
    (tmp_path / "outer").mkdir()
    commit_all(tmp_path / "outer")
    inner = write_repo(tmp_path / "outer" / "inner").parent

    assert claim_of(inner).outside == [*ALL, "spec"]


def test_a_nested_repository_with_the_model(repo: Path) -> None:
    (repo / "model").rename(repo.parent / "kept")
    commit_all(repo)
    (repo.parent / "kept").rename(repo / "model")
    commit_all(repo / "model")

    assert claim_of(repo).outside == ALL


def test_a_submodule_with_the_model(repo: Path, tmp_path: Path) -> None:
    commit_all(write_model(tmp_path / "other"))
    (repo / "model").rename(tmp_path / "unused")
    commit_all(repo)
    git(repo, "submodule", "-q", "add", str(tmp_path / "other"), "model")
    commit_all(repo)

    assert claim_of(repo).outside == ALL


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_link_to_another_repository(repo: Path, tmp_path: Path, is_committed: bool) -> None:
    commit_all(write_model(tmp_path / "other"))
    (repo / "model").rename(tmp_path / "unused")
    if is_committed:
        (repo / "model").symlink_to(tmp_path / "other")
    commit_all(repo)
    if not is_committed:
        (repo / "model").symlink_to(tmp_path / "other")

    assert claim_of(repo, tmp_path).outside == ALL


def test_a_committed_link_to_a_file(repo: Path, tmp_path: Path) -> None:
    (repo / WEIGHTS).rename(tmp_path / "weights")
    (repo / WEIGHTS).symlink_to(tmp_path / "weights")
    commit_all(repo)

    assert claim_of(repo, tmp_path).outside == ["input/model.safetensors"]


def test_a_model_beside_the_repository(repo: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "other")
    path = repo / "pyproject.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"model"', '"../other"'), encoding="utf-8")
    commit_all(repo)

    claim = claim_of(repo, tmp_path)

    assert claim.outside == ALL
    assert str(other.parent) not in claim.text


def git_dir(repo: Path, other: Path) -> dict[str, str]:
    return {"GIT_DIR": str(other / ".git")}


def git_work_tree(repo: Path, other: Path) -> dict[str, str]:
    return {"GIT_DIR": str(repo / ".git"), "GIT_WORK_TREE": str(other)}


def git_index_file(repo: Path, other: Path) -> dict[str, str]:
    return {"GIT_INDEX_FILE": str(other / ".git" / "index")}


def git_object_directory(repo: Path, other: Path) -> dict[str, str]:
    return {"GIT_OBJECT_DIRECTORY": str(other / ".git" / "objects"), "GIT_COMMON_DIR": str(other / ".git")}


def git_config(repo: Path, other: Path) -> dict[str, str]:
    variables = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.worktree", "GIT_CONFIG_VALUE_0": str(other)}
    return variables | {"GIT_CEILING_DIRECTORIES": str(repo.parent), "GIT_CONFIG_GLOBAL": str(other / "config")}


@pytest.mark.parametrize("variables", [git_dir, git_work_tree, git_index_file, git_object_directory, git_config])
def test_variables_that_lead_git_elsewhere(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: Callable[[Path, Path], dict[str, str]]
) -> None:
    other = write_repo(tmp_path / "other").parent
    change(other / WEIGHTS)
    other_commit, commit = commit_all(other), commit_all(repo)
    for name, value in variables(repo, other).items():
        monkeypatch.setenv(name, value)

    before = claim_of(repo).commit
    (repo / WEIGHTS).write_bytes((other / WEIGHTS).read_bytes())
    after = claim_of(repo)

    assert before == commit != other_commit
    assert (after.commit, after.outside) == (None, ["input/model.safetensors"])


def test_a_worktree_of_the_configuration(repo: Path, tmp_path: Path) -> None:
    other = write_repo(tmp_path / "other").parent
    commit_all(repo)
    change(repo / WEIGHTS)
    git(repo, "config", "core.worktree", str(other))

    assert claim_of(repo).outside == ["input/model.safetensors"]


def test_a_replaced_commit(repo: Path) -> None:
    commit = commit_all(repo)
    change(repo / WEIGHTS)
    other = commit_all(repo)
    git(repo, "reset", "-q", "--soft", commit)
    git(repo, "replace", commit, other)
    assert git(repo, "status", "--porcelain") == ""

    assert claim_of(repo).outside == ["input/model.safetensors"]


def test_line_ends_that_git_converts(repo: Path) -> None:
    commit_all(repo)
    git(repo, "config", "core.autocrlf", "true")
    path = repo / "pyproject.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert git(repo, "diff", "--stat") == ""

    assert claim_of(repo).outside == ["spec"]


def test_insteadof_makes_no_address(repo: Path) -> None:
    commit_all(repo)
    git(repo, "remote", "add", "origin", "https://example.org/a")
    git(repo, "config", "url.https://evil.example/b.insteadOf", "https://example.org/a")

    claim = claim_of(repo)

    assert claim.dependency
    assert claim.dependency["uri"] == "git+https://example.org/a"


@pytest.mark.parametrize(
    "remote", ["/home/someone/secret", "../secret", "file:///home/secret", "https://h.org/a secret"]
)
def test_a_remote_that_is_no_address_is_not_stated(repo: Path, remote: str) -> None:
    commit_all(repo)
    git(repo, "config", "remote.origin.url", remote)

    claim = claim_of(repo)

    assert claim.dependency is not None
    assert "uri" not in claim.dependency
    assert "secret" not in claim.text
    assert len(claim.notes) == 1
