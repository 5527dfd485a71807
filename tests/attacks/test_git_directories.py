"""Git directories that lead elsewhere, never end or cannot be read: each is said by name, and the build goes on."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.git_repository import claim_of, commit_all, git, needs_git
from support.model_repo import write_repo

from hatch_encoderfile.provenance.git import GitError, Repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = needs_git


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.txt").write_text("a", encoding="utf-8")
    commit_all(root)
    return root


def other(repo: Path) -> Path:
    """A second repository, whose commit must not be taken for the first's."""
    root = repo.parent / "other"
    shutil.copytree(repo, root)
    return root


def the_git_directory_is_a_link(repo: Path) -> str:
    to = other(repo) / ".git"
    shutil.rmtree(repo / ".git")
    (repo / ".git").symlink_to(to)
    return r"\.git: is a link or no file"


def the_git_directory_is_a_fifo(repo: Path) -> str:
    shutil.rmtree(repo / ".git")
    os.mkfifo(repo / ".git")
    return r"\.git: is a link or no file"


def objects_are_a_link(repo: Path) -> str:
    return linked(repo, "objects")


def refs_are_a_link(repo: Path) -> str:
    return linked(repo, "refs")


def head_is_a_link(repo: Path) -> str:
    return linked(repo, "HEAD")


def the_config_is_a_link(repo: Path) -> str:
    return linked(repo, "config")


def linked(repo: Path, name: str) -> str:
    to = other(repo) / ".git" / name
    path = repo / ".git" / name
    path.rename(repo.parent / "kept")
    path.symlink_to(to)
    return f"{name}.*: is a link or no folder"


def head_is_a_fifo(repo: Path) -> str:
    (repo / ".git" / "HEAD").unlink()
    os.mkfifo(repo / ".git" / "HEAD")
    return "HEAD: is not a regular file"


def an_object_is_a_fifo(repo: Path) -> str:
    commit = git(repo, "rev-parse", "HEAD")
    path = repo / ".git" / "objects" / commit[:2] / commit[2:]
    path.unlink()
    os.mkfifo(path)
    return "is not a regular file"


def a_ref_is_a_folder(repo: Path) -> str:
    (repo / ".git" / "refs" / "heads" / "main").unlink()
    (repo / ".git" / "refs" / "heads" / "main").mkdir()
    return "refs/heads/main: is not a regular file"


def a_gitdir_file_to_another_repository(repo: Path) -> str:
    return gitdir_file(repo, other(repo) / ".git")


def a_gitdir_file_to_anothers_worktree(repo: Path) -> str:
    root = other(repo)
    git(root, "worktree", "add", "-q", str(root.parent / "tree"))
    return gitdir_file(repo, root / ".git" / "worktrees" / "tree")


def a_gitdir_file_to_anothers_submodule(repo: Path) -> str:
    root = other(repo)
    git(root, "submodule", "-q", "add", str(repo), "sub")
    return gitdir_file(repo, root / ".git" / "modules" / "sub")


def gitdir_file(repo: Path, to: Path) -> str:
    shutil.rmtree(repo / ".git")
    (repo / ".git").write_text(f"gitdir: {to}\n", encoding="utf-8")
    return "does not name this folder as its worktree"


def a_gitdir_file_to_nowhere(repo: Path) -> str:
    gitdir_file(repo, repo / "nowhere")
    return "does not name this folder as its worktree"


def a_worktree_with_the_common_directory_of_another(repo: Path) -> str:
    to = repo / "data"
    (repo / ".git").rename(to)
    (repo / ".git").write_text(f"gitdir: {to}\n", encoding="utf-8")
    (to / "commondir").write_text(f"{other_after_move(repo)}\n", encoding="utf-8")
    (to / "gitdir").write_text(f"{repo / '.git'}\n", encoding="utf-8")
    return "does not name this folder as its worktree"


def other_after_move(repo: Path) -> Path:
    shutil.copytree(repo / "data", repo.parent / "other.git")
    return repo.parent / "other.git"


def a_common_directory_in_a_git_directory(repo: Path) -> str:
    (repo / ".git" / "commondir").write_text(f"{other(repo) / '.git'}\n", encoding="utf-8")
    return "commondir: in a `.git` directory"


def alternates(repo: Path) -> str:
    git(repo.parent, "clone", "-q", "--shared", str(repo), "clone")
    shutil.rmtree(repo / ".git")
    (repo.parent / "clone" / ".git").rename(repo / ".git")
    shutil.move(repo.parent / "clone", repo.parent / "unused")
    return "alternates .* are not followed"


def refs_in_tables(repo: Path) -> str:
    git(repo, "config", "core.repositoryformatversion", "1")
    git(repo, "config", "extensions.refStorage", "reftable")
    return "refs are stored as 'reftable', which is not read"


def an_unknown_extension(repo: Path) -> str:
    git(repo, "config", "core.repositoryformatversion", "1")
    git(repo, "config", "extensions.someDay", "true")
    return r"extensions\.someday is not known"


def an_unknown_version(repo: Path) -> str:
    git(repo, "config", "core.repositoryformatversion", "2")
    return "repositoryformatversion is '2'"


def head(text: str, expected: str) -> Callable[[Path], str]:
    def write(repo: Path) -> str:
        (repo / ".git" / "HEAD").write_bytes(text.encode())
        return expected

    write.__name__ = ascii(text[:40])
    return write


def symbolic_refs_in_a_circle(repo: Path) -> str:
    (repo / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/main\n", encoding="utf-8")
    return "more than 5 symbolic refs"


def huge(name: str) -> Callable[[Path], str]:
    def write(repo: Path) -> str:
        with (repo / ".git" / name).open("wb") as file:
            file.truncate(1 << 40)
        return f"{name}: is larger than"

    write.__name__ = f"a huge {name}"
    return write


def many_packs(repo: Path) -> str:
    (repo / ".git" / "refs" / "heads" / "main").write_text("0" * 40, encoding="utf-8")
    for number in range(600):
        (repo / ".git" / "objects" / "pack" / f"pack-{number}.idx").touch()
    return "has more than 512 packs"


ATTACKS = [
    the_git_directory_is_a_link,
    the_git_directory_is_a_fifo,
    objects_are_a_link,
    refs_are_a_link,
    head_is_a_link,
    the_config_is_a_link,
    head_is_a_fifo,
    an_object_is_a_fifo,
    a_ref_is_a_folder,
    a_gitdir_file_to_another_repository,
    a_gitdir_file_to_anothers_worktree,
    a_gitdir_file_to_anothers_submodule,
    a_gitdir_file_to_nowhere,
    a_worktree_with_the_common_directory_of_another,
    a_common_directory_in_a_git_directory,
    alternates,
    refs_in_tables,
    an_unknown_extension,
    an_unknown_version,
    head("", "HEAD: expected 40 hex digits"),
    head("ref: ../../other/.git/HEAD", "is no name of a ref"),
    head("ref: refs/../../../other/.git/refs/heads/main", "is no name of a ref"),
    head("ref: refs/heads/../../config", "is no name of a ref"),
    head("ref: /etc/passwd", "is no name of a ref"),
    head("ref: refs/heads/a.lock", "is no name of a ref"),
    head("ref: refs/heads/a\x1b[31m", "HEAD: expected one line of text"),
    head("a" * 64, "HEAD: expected 40 hex digits"),
    head("A" * 40, "HEAD: expected 40 hex digits"),
    head("a" * 40, "commit a+: is not in the repository"),
    symbolic_refs_in_a_circle,
    huge("HEAD"),
    huge("config"),
    many_packs,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_it_is_refused_by_name(repo: Path, attack: Callable[[Path], str]) -> None:
    expected = attack(repo)

    with pytest.raises(GitError, match=expected) as refused:
        Repository.of(repo)

    assert str(repo.parent) not in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_bare_repository_as_an_ordinary_folder_is_none(repo: Path) -> None:
    for path in sorted((repo / ".git").iterdir()):
        path.rename(repo / path.name)
    (repo / ".git").rmdir()
    assert git(repo, "rev-parse", "HEAD")

    assert Repository.of(repo) is None


def test_a_broken_directory_is_said_and_the_model_is_built(tmp_path: Path) -> None:
    root = write_repo(tmp_path / "repo").parent
    (root / ".git").mkdir()

    claim = claim_of(root)

    reason = "HEAD: not there, so `.git` is no git directory"
    assert claim.repository == {"allInputsInCommit": False, "reason": reason}
    assert claim.notes == [f"provenance: no commit is claimed: {reason}"]
