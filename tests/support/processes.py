"""Processes of their own, whose surroundings a test decides."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHECKOUT = Path(__file__).parents[2]
PYTHONPATH = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "runtime")])
_BUILD = """
import os, sys
umask, cwd, root = sys.argv[1:]
os.umask(int(umask, 8))
os.chdir(cwd)
sys.argv = ["encoderfile", "build", root, "--json"]
from hatch_encoderfile.cli import main
main()
"""


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def start(command: Sequence[object], path: object, **more: str) -> Outcome:
    """Run a command with nothing but PATH and what is given in its environment."""
    environment = {"PATH": str(path), "PYTHONWARNINGS": "error", **more}
    directory = environment.pop("cwd", None)
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        check=False,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


Run = Callable[..., Outcome]
"""A command as a function of its arguments."""


class Surroundings(NamedTuple):
    """What a build must not depend on."""

    environment: Mapping[str, str] = {}
    umask: int = 0o022
    directory: Path = Path("/")
    python: Path = Path(sys.executable)


def build_in(surroundings: Surroundings, root: Path) -> Path:
    """Build the repo at `root` in another process; the path of the file."""
    inherited = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": PYTHONPATH}
    command = [str(surroundings.python), "-c", _BUILD, oct(surroundings.umask), str(surroundings.directory), str(root)]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        env={**inherited, **surroundings.environment},
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    [result] = json.loads(done.stdout)
    path = Path(result["path"])
    assert result["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    return path
