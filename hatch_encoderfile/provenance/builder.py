"""Who builds, and from which commit: what the CI platform and git say.

GitHub: https://docs.github.com/actions/reference/workflows-and-actions/variables
GitLab: https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOCAL = "local"

_GIT_SECONDS = 20
_SCP_LIKE = re.compile(r"(?:[^@/:]+@)?([^/:]+):(?!//)(.+)")
_WITH_HOST = re.compile(r"(https?|ssh|git)://(?:[^@/]*@)?([^/]+/.+)")


class Builder(NamedTuple):
    """The platform that a build runs on, and this run on it."""

    id: str
    invocation: str | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Builder:
        """GitHub Actions, GitLab CI, or `local`."""
        if environment.get("GITHUB_ACTIONS") == "true" and "GITHUB_WORKFLOW_REF" in environment:
            server = environment.get("GITHUB_SERVER_URL", "https://github.com")
            run = f"{environment.get('GITHUB_REPOSITORY', '')}/actions/runs/{environment.get('GITHUB_RUN_ID', '')}"
            attempt = environment.get("GITHUB_RUN_ATTEMPT", "1")
            return cls(f"{server}/{environment['GITHUB_WORKFLOW_REF']}", f"{server}/{run}/attempts/{attempt}")
        if environment.get("GITLAB_CI") == "true" and "CI_PROJECT_URL" in environment:
            project, runner = environment["CI_PROJECT_URL"], environment.get("CI_RUNNER_ID", "unknown")
            return cls(f"{project}/-/runners/{runner}", environment.get("CI_JOB_URL"))
        return cls(LOCAL)


class Source(NamedTuple):
    """The commit that is checked out.

    Attributes:
        uri: of the repository, without what could be a password; None where there is no remote.
        dirty: whether tracked files differ from the commit.
    """

    commit: str
    uri: str | None
    dirty: bool


def source(directory: Path, environment: Mapping[str, str]) -> Source | None:
    """The commit that a directory is from; None without git, or outside of a repository."""
    commit = _git(directory, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    uri = repository_uri(_git(directory, "remote", "get-url", "origin") or "")
    ref = next((environment[key] for key in ("GITHUB_REF",) if environment.get("GITHUB_SHA") == commit), "")
    dirty = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return Source(commit, f"{uri}@{ref}" if uri and ref else uri, dirty != "")


def repository_uri(remote: str) -> str | None:
    """A remote as an SPDX download location; None for a path on this machine."""
    found = _WITH_HOST.fullmatch(remote)
    if found:
        scheme = "" if found[1] == "git" else f"git+{found[1]}"
        return f"{scheme or 'git'}://{found[2]}"
    found = _SCP_LIKE.fullmatch(remote)
    return f"git+ssh://{found[1]}/{found[2]}" if found and len(found[1]) > 1 else None


def _git(directory: Path, *arguments: str) -> str | None:
    """What git prints; None where it cannot say. It runs no hook and writes nothing."""
    command = ("git", "-c", "core.fsmonitor=false", "-C", str(directory), *arguments)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            env=os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
