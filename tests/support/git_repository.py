"""Repositories for tests, made by git itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from hatch_encoderfile.build import build
from hatch_encoderfile.signatures.sidecars import PROVENANCE
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.build import BuildResult

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")

_IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(root: Path, *arguments: str) -> str:
    """Run git in a folder, with no configuration but the repository's; what it prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", "-C", str(root), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=inherited | _IDENTITY,
    )
    return done.stdout.strip()


def commit_all(root: Path, *options: str) -> str:
    """Commit all that is not ignored, in a repository that is made where there is none; the commit."""
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main", *options)
    git(root, "add", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return git(root, "rev-parse", "HEAD")


def build_in(root: Path, *allow_outside: Path) -> BuildResult:
    """Build the one model that a folder declares."""
    [spec] = read_spec(root / "pyproject.toml")
    output = root.parent / f"{root.name}.encoderfile"
    return build(spec, target="portable", output=output, allow_outside=allow_outside)


class Claim:
    """What the provenance of a build says of the repository, and what the build prints of it."""

    def __init__(self, result: BuildResult) -> None:
        statement = json.loads(PROVENANCE.statement(result.path).read_bytes())
        definition: dict[str, Any] = statement["predicate"]["buildDefinition"]
        self.text = PROVENANCE.statement(result.path).read_text(encoding="utf-8")
        self.internal: dict[str, Any] = definition["internalParameters"]
        self.repository: dict[str, Any] = self.internal["repository"]
        found = [item for item in definition["resolvedDependencies"] if item["name"] == "repository"]
        self.dependency: dict[str, Any] | None = found[0] if found else None
        self.notes = [note for note in result.notes if note.startswith("provenance: ")]

    @property
    def commit(self) -> str | None:
        """The commit that is claimed."""
        return self.dependency["digest"]["gitCommit"] if self.dependency else None

    @property
    def outside(self) -> list[str]:
        """The inputs that are said not to be in the commit."""
        found = self.repository.get("notInCommit", [])
        assert isinstance(found, list)
        return found


def claim_of(root: Path, *allow_outside: Path) -> Claim:
    """Build, and read what is claimed."""
    return Claim(build_in(root, *allow_outside))
