"""Repositories that make git run a program: a build starts none of them, and git neither."""

from __future__ import annotations

import ast
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.git_repository import claim_of, commit_all, git, needs_git
from support.hatch_repo import MODEL, tiny_repo
from support.model_repo import write_repo

import hatch_encoderfile
from hatch_encoderfile.plugin.build_key import read_inputs
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = Path(hatch_encoderfile.__file__).parent
# What compiles or tries bases starts compilers and the base itself, never what a model repo names.
MAY_START_PROGRAMS = {"bases/standalone/freeze.py", "bases/standalone/locators.py", "bases/standalone/process.py"}
STARTERS = {"subprocess", "pty", "multiprocessing"}
STARTING_CALLS = {"system", "popen", "execv", "execve", "execvp", "execvpe", "spawnv", "spawnve", "posix_spawn"}


def test_nothing_else_of_the_build_side_can_start_a_program() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(map(_starts, ast.walk(ast.parse(path.read_bytes()))))
    }

    assert found == MAY_START_PROGRAMS


def _starts(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(name.name.partition(".")[0] in STARTERS for name in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in STARTERS
    return isinstance(node, ast.Attribute) and node.attr in STARTING_CALLS and getattr(node.value, "id", "") == "os"


class Trap:
    """A program that leaves a mark when it is started, under the name git and any other."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "started"
        self.program = folder / "trap"
        self.program.write_text(f"#!/bin/sh\necho started >> {shlex.quote(str(self.mark))}\n", encoding="utf-8")
        self.program.chmod(0o755)

    @property
    def was_sprung(self) -> bool:
        return self.mark.exists()


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    (tmp_path / "trap").mkdir()
    return Trap(tmp_path / "trap")


def filters(root: Path, trap: Trap) -> None:
    (root / ".gitattributes").write_text("* filter=x diff=x merge=x\n", encoding="utf-8")
    for name in ("clean", "smudge", "process"):
        git(root, "config", f"filter.x.{name}", str(trap.program))
    git(root, "config", "filter.x.required", "true")
    git(root, "config", "diff.external", str(trap.program))
    git(root, "config", "diff.x.textconv", str(trap.program))


def hooks_and_monitors(root: Path, trap: Trap) -> None:
    for name in ("core.fsmonitor", "core.editor", "core.pager", "core.askPass", "gpg.program", "credential.helper"):
        git(root, "config", name, str(trap.program))
    git(root, "config", "core.hooksPath", str(trap.program.parent))
    (root / ".git" / "hooks").mkdir(exist_ok=True)
    for name in ("post-index-change", "post-checkout", "fsmonitor-watchman"):
        shutil.copy(trap.program, root / ".git" / "hooks" / name)


def aliases_and_includes(root: Path, trap: Trap) -> None:
    other = root / "other.config"
    other.write_text(f"[core]\nfsmonitor = {trap.program}\nsshCommand = {trap.program}\n", encoding="utf-8")
    git(root, "config", "include.path", "../other.config")
    git(root, "config", f"includeIf.gitdir:{root}/.path", "../other.config")
    for name in ("rev-parse", "status", "remote"):
        git(root, "config", f"alias.{name}", f"!{trap.program}")


def promisor_remotes(root: Path, trap: Trap) -> None:
    head = git(root, "rev-parse", "HEAD^{tree}")
    git(root, "config", "core.repositoryformatversion", "1")
    git(root, "config", "extensions.partialClone", "origin")
    git(root, "config", "remote.origin.promisor", "true")
    git(root, "config", "remote.origin.url", f"ext::{trap.program}")
    git(root, "config", "remote.origin.uploadpack", str(trap.program))
    git(root, "config", "core.sshCommand", str(trap.program))
    git(root, "config", "core.gitProxy", str(trap.program))
    git(root, "config", "protocol.ext.allow", "always")
    path = root / ".git" / "objects" / head[:2] / head[2:]
    path.unlink()


def a_git_file_to_a_directory_in_the_repo(root: Path, trap: Trap) -> None:
    filters(root, trap)
    (root / ".git").rename(root / "data")
    (root / ".git").write_text("gitdir: data\n", encoding="utf-8")


def a_bare_repository_as_an_ordinary_folder(root: Path, trap: Trap) -> None:
    filters(root, trap)
    for path in sorted((root / ".git").iterdir()):
        path.rename(root / path.name)
    (root / ".git").rmdir()
    with (root / "config").open("a", encoding="utf-8") as file:
        file.write(f"[core]\nworktree = {root}\nbare = false\nfsmonitor = {trap.program}\n")


ATTACKS = [
    filters,
    hooks_and_monitors,
    aliases_and_includes,
    promisor_remotes,
    a_git_file_to_a_directory_in_the_repo,
    a_bare_repository_as_an_ordinary_folder,
]


@needs_git
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_repository_with_programs_in_it_runs_none(
    tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch, attack: Callable[[Path, Trap], None]
) -> None:
    root = write_repo(tmp_path / "repo").parent
    commit_all(root)
    attack(root, trap)
    git_on_the_path(trap, monkeypatch)

    claim_of(root)
    read_inputs(read_spec(root / "pyproject.toml")[0], "portable")

    assert not trap.was_sprung


@needs_git
def test_a_submodule_with_filters_runs_none(tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    model = write_repo(tmp_path / "model").parent
    commit = commit_all(model)
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "-q", "add", str(model), "sub")
    commit_all(outer)
    filters(outer / "sub", trap)
    filters(outer, trap)
    git_on_the_path(trap, monkeypatch)

    claim = claim_of(outer / "sub")

    assert (claim.commit, trap.was_sprung) == (commit, False)


@needs_git
def test_the_plugin_builds_without_git(tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = tiny_repo(tmp_path / "repo", MODEL)
    commit_all(repo.root)
    filters(repo.root, trap)
    git_on_the_path(trap, monkeypatch)

    assert repo.encoderfiles()
    assert not trap.was_sprung


def test_the_trap_springs(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    git_on_the_path(trap, monkeypatch)

    subprocess.run(["git", "status"], check=True)

    assert trap.was_sprung


def git_on_the_path(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any program named git that is started is the trap, through an empty element of the PATH too."""
    for name in ("git", "git.exe", "ssh"):
        shutil.copy(trap.program, trap.program.parent / name)
    monkeypatch.chdir(trap.program.parent)
    monkeypatch.setenv("PATH", os.pathsep.join(["", str(trap.program.parent), os.environ["PATH"]]))
