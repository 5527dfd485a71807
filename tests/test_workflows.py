"""The workflows and the action: no finding of zizmor, rights apart from each other, and what signs is pinned by digest."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / ".github" / "requirements-sign.txt"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[a-z0-9.-]+==[^ ;\n]+(?: ; [^\n\\]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")


def zizmor() -> str | None:
    """The program beside this Python, or on the path."""
    return shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")


@pytest.mark.skipif(zizmor() is None, reason="zizmor is not installed")
def test_zizmor_finds_nothing() -> None:
    program = zizmor()
    assert program is not None

    done = subprocess.run(
        [program, "--offline", "--no-progress", "--strict-collection", ".github", "action.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def both_sign_and_write(jobs: dict[str, dict[str, Any]]) -> list[str]:
    """The names of the jobs that may get an identity and change the repository."""
    rights = {name: job["permissions"] for name, job in jobs.items()}
    return [name for name, item in rights.items() if "id-token" in item and item.get("contents") == "write"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_no_job_may_both_sign_and_write(workflow: Path) -> None:
    assert both_sign_and_write(yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]) == []


def test_no_job_of_the_documented_workflow_may_both_sign_and_write() -> None:
    page = (ROOT / "docs" / "how-to" / "release.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    documented = yaml.safe_load(example)["jobs"]

    phases = [step["with"]["phase"] for job in documented.values() for step in job["steps"] if "phase" in step["with"]]
    assert (["build", "reproduce", "sign", "attach"], []) == (phases, both_sign_and_write(documented))


def test_what_signs_is_installed_by_digest_from_no_named_index() -> None:
    text = re.sub("^#.*\n", "", REQUIREMENTS.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert PINNED.sub("", text) == ""
    assert "\nsigstore==" in text
    for path in (ROOT / "action.yml", ROOT / ".github" / "workflows" / "release.yml"):
        assert "--require-hashes" in path.read_text(encoding="utf-8")
