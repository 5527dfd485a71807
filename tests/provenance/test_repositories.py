"""Repositories that git makes, in each form that it keeps them in: the commit and every file of it are found."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import pytest
from support.git_repository import commit_all, git, needs_git

from hatch_encoderfile.provenance.git import GitError, Repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = needs_git
FOLDERS = ("", "a", "a/b", "a-b", "ü")


@pytest.fixture(params=["sha1", "sha256"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Files that differ in few lines, in several commits, so that packs hold deltas of files and of trees."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main", f"--object-format={request.param}")
    lines = [f"{random.Random(n).random()}\n" for n in range(600)]  # noqa: S311 - any text does
    for version in range(3):
        for folder in FOLDERS:
            (root / folder).mkdir(exist_ok=True)
            for number in range(30 if folder == "a/b" else 3):
                lines[number * 7 + version] = f"{folder} {number} {version}\n"
                (root / folder / f"{number}.txt").write_text("".join(lines), encoding="utf-8", newline="\n")
        commit_all(root)
    return root


def assert_all_is_found(root: Path, at: Path | None = None) -> None:
    """As git lists it."""
    found = Repository.of(at or root)
    assert found
    assert found.commit == git(root, "rev-parse", "HEAD")
    listed = git(root, "-c", "core.quotePath=false", "ls-tree", "-r", "HEAD").splitlines()
    assert listed
    for line in listed:
        attributes, name = line.split("\t")
        _, _, blob = attributes.split()
        data = (root / name).read_bytes()
        assert found.file(name.split("/")) == blob
        hasher = found.hasher(blob, len(data))
        assert hasher
        hasher.update(data)
        assert hasher.hexdigest() == blob
        assert found.hasher(blob, len(data) + 1) is None
        assert found.pointer(blob) is None
    assert found.file(["a"]) is None
    assert found.file(["a", "none"]) is None
    assert found.file(["a", "0.txt", "none"]) is None


def loose(_: Path) -> None:
    """As it is."""


def packed(root: Path) -> None:
    git(root, "gc", "-q", "--aggressive")
    assert not (root / ".git" / "refs" / "heads" / "main").exists()


def packed_by_ids(root: Path) -> None:
    git(root, "-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")


def packed_with_an_index_of_version_1(root: Path) -> None:
    git(root, "-c", "pack.indexVersion=1", "repack", "-adfq")


def packed_with_far_offsets(root: Path) -> None:
    git(root, "repack", "-adfq")
    [pack] = (root / ".git" / "objects" / "pack").glob("*.pack")
    git(root, "index-pack", "--index-version=2,0x40", "-o", f"{pack.with_suffix('.far')}", f"{pack}")
    pack.with_suffix(".idx").unlink()
    pack.with_suffix(".far").rename(pack.with_suffix(".idx"))


def in_many_packs(root: Path) -> None:
    git(root, "repack", "-dq")
    (root / "a" / "b" / "new.txt").write_text("new", encoding="utf-8")
    commit_all(root)
    git(root, "repack", "-dq")
    (root / "a" / "b" / "new.txt").write_text("newer", encoding="utf-8")
    commit_all(root)


def detached(root: Path) -> None:
    git(root, "checkout", "-q", "HEAD~1")


def without_compression(root: Path) -> None:
    git(root, "config", "core.compression", "0")
    (root / "big.bin").write_bytes(bytes(300_000))
    commit_all(root)


def with_a_multi_pack_index(root: Path) -> None:
    in_many_packs(root)
    git(root, "multi-pack-index", "write")
    git(root, "commit-graph", "write")


def with_a_symbolic_branch(root: Path) -> None:
    git(root, "symbolic-ref", "refs/heads/other", "refs/heads/main")
    git(root, "symbolic-ref", "HEAD", "refs/heads/other")


@pytest.mark.parametrize(
    "form",
    [
        loose,
        packed,
        packed_by_ids,
        packed_with_an_index_of_version_1,
        packed_with_far_offsets,
        in_many_packs,
        detached,
        without_compression,
        with_a_multi_pack_index,
        with_a_symbolic_branch,
    ],
)
def test_all_of_a_commit_is_found(root: Path, form: Callable[[Path], None]) -> None:
    form(root)

    assert_all_is_found(root)


def test_from_a_folder_in_it(root: Path) -> None:
    assert_all_is_found(root, root / "a" / "b")


def test_a_shallow_clone(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), "clone")

    assert_all_is_found(tmp_path / "clone")


def test_a_partial_clone_lacks_blobs_and_their_ids_are_enough(root: Path, tmp_path: Path) -> None:
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", root.as_uri(), "clone")
    data = (root / "a" / "0.txt").read_bytes()

    found = Repository.of(tmp_path / "clone")

    assert found
    blob = found.file(["a", "0.txt"])
    assert blob
    hasher = found.hasher(blob, len(data))
    assert hasher
    hasher.update(data)
    assert hasher.hexdigest() == blob
    assert found.pointer(blob) is None


@pytest.mark.parametrize("options", [(), ("--detach",)])
def test_a_linked_worktree(root: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    git(root, "worktree", "add", "-q", *options, str(tmp_path / "tree"))
    (tmp_path / "tree" / "only-here.txt").write_text("x", encoding="utf-8")
    commit_all(tmp_path / "tree")

    assert_all_is_found(tmp_path / "tree")


def test_submodules_one_in_the_other(root: Path, tmp_path: Path) -> None:
    form = git(root, "rev-parse", "--show-object-format")
    for outer, inner in (("middle", root), ("outer", tmp_path / "middle")):
        (tmp_path / outer).mkdir()
        git(tmp_path / outer, "init", "-q", "-b", "main", f"--object-format={form}")
        git(tmp_path / outer, "submodule", "-q", "add", str(inner), "sub")
        commit_all(tmp_path / outer)
    git(tmp_path / "outer", "submodule", "-q", "update", "--init", "--recursive")

    assert_all_is_found(tmp_path / "outer" / "sub" / "sub")
    found = Repository.of(tmp_path / "outer")
    assert found
    assert found.file(["sub", "sub", "a", "0.txt"]) is None


def test_an_lfs_pointer_is_read(root: Path) -> None:
    digest = hashlib.sha256(b"large").hexdigest()
    (root / "model.bin").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 5\n", encoding="ascii", newline="\n"
    )
    commit_all(root)
    found = Repository.of(root)
    assert found

    pointer = found.pointer(found.file(["model.bin"]) or "")

    assert pointer == (bytes.fromhex(digest), 5)


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    with pytest.raises(GitError, match="has no commit yet"):
        Repository.of(tmp_path)


def test_the_remote_is_the_one_of_the_configuration_and_not_what_insteadof_makes_of_it(root: Path) -> None:
    git(root, "remote", "add", "origin", "https://example.org/a b#c.git")
    git(root, "config", "url.https://evil.example/.insteadOf", "https://example.org/")

    found = Repository.of(root)

    assert found
    assert found.remote == "https://example.org/a b#c.git"


@pytest.mark.parametrize(
    "value", ["plain", "with # and ; in it", '"quoted"', "back\\slash", " blank ", "tab\tin", "a  b"]
)
def test_configuration_is_read_as_git_writes_it(tmp_path: Path, value: str) -> None:
    commit_all(tmp_path)
    git(tmp_path, "config", "remote.origin.url", value)

    found = Repository.of(tmp_path)

    assert found
    assert found.remote == git_value(tmp_path)


def git_value(root: Path) -> str:
    return git(root, "config", "-z", "remote.origin.url").removesuffix("\0")
