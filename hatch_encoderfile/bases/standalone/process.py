"""Running compilers and build tools in a fixed environment, with their output in a log."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    StrPath = str | Path

SEARCH_PATH = "/usr/bin:/bin"
FIXED = {
    "LANG": "C",
    "LC_ALL": "C",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "315532800",
    "TZ": "UTC",
    "ZERO_AR_DATE": "1",
}
"""The environment of all programs, so that results do not depend on the user, the place or the time."""

_UMASK = 0o022
_LINES = 12  # of the log's end in a message


class BuildError(EncoderfileError):
    """A compiler or build tool failed."""


class Runner(NamedTuple):
    """Runs programs for one ingredient.

    Attributes:
        home: an empty folder for HOME and TMPDIR.
        log: the file to which their output is appended.
    """

    home: Path
    log: Path

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """The complete environment of a program, with the variables of `more`."""
        return FIXED | {"HOME": str(self.home), "TMPDIR": str(self.home), "PATH": SEARCH_PATH} | dict(more)

    def run(self, command: Sequence[StrPath], folder: Path, more: Mapping[str, str] | None = None) -> None:
        """Run a program in a folder.

        Raises:
            BuildError: it fails; the message has the end of its output.
        """
        with self.log.open("ab") as log:
            log.write(f"\n$ cd {folder} && {' '.join(map(str, command))}\n".encode())
            log.flush()
            try:
                code = subprocess.run(
                    list(map(str, command)),
                    cwd=folder,
                    env=self.environment(more or {}),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    umask=_UMASK,
                    check=False,
                ).returncode
            except OSError as error:
                raise BuildError(f"{command[0]}: {error.strerror or error}") from None
        if code:
            end = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:]
            said = "\n".join(f"    {line[:400]}" for line in end)
            raise BuildError(
                f"{command[0]} ended with exit code {code}; all it said is in {self.log}, the end is:\n{said}"
            )


def output(command: Sequence[StrPath]) -> str:
    """The output of a program; empty if it fails or is not installed."""
    try:
        done = subprocess.run(
            list(map(str, command)),
            env=FIXED | {"PATH": SEARCH_PATH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.decode(errors="replace")
