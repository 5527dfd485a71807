"""What became of each mutant, and which survivors are accepted."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterator

_SURVIVED = (0, 5, 33)  # mutmut's exit codes: tests passed, pytest found no test, no test reaches the function


class Mutant(NamedTuple):
    """One change of the code.

    Attributes:
        where: `path::function`, `path::Class.method` or `path::CONSTANT`, the path as it is imported.
        change: The changed lines before and after, joined by ` -> `.
        survived: Whether every test still passed.
    """

    where: str
    change: str
    survived: bool


class Accepted(NamedTuple):
    """An entry of accepted.toml: survivors that no test needs to notice.

    Attributes:
        reason: Why the program does the same, or why what differs does not matter.
        where: A pattern for `Mutant.where`.
        changes: Changes word for word.
        pattern: A regular expression for the whole of a change, where one reason covers a kind.
    """

    reason: str
    where: str = "*"
    changes: tuple[str, ...] = ()
    pattern: str | None = None

    def covers(self, mutant: Mutant) -> bool:
        """Whether the entry speaks of a survivor."""
        if not fnmatch.fnmatchcase(mutant.where, self.where):
            return False
        return mutant.change in self.changes or bool(self.pattern and re.fullmatch(self.pattern, mutant.change))


def read_accepted() -> list[Accepted]:
    """Read accepted.toml."""
    text = Path(__file__).with_name("accepted.toml").read_text("utf-8")
    return [Accepted(**entry | {"changes": tuple(entry.get("changes", ()))}) for entry in tomli.loads(text)["accepted"]]


def read(folder: Path) -> Iterator[Mutant]:
    """Read mutmut's results from the folder that it ran in; a mutant that was not tried is an error."""
    for path in sorted(folder.joinpath("mutants").rglob("*.meta")):
        file = path.relative_to(folder / "mutants").as_posix().removesuffix(".meta")
        for name, code in json.loads(path.read_text("utf-8"))["exit_code_by_key"].items():
            if code in {None, 2}:
                raise SystemExit(f"{name}: mutmut did not try it")
            function = (
                name.rpartition(".")[2]
                .partition("__mutmut_")[0]
                .removeprefix("x_")
                .removeprefix("xǁ")
                .replace("ǁ", ".")
            )
            survived = code in _SURVIVED
            yield Mutant(f"{file}::{function}", _change(folder, file, name) if survived else "", survived)


def _change(folder: Path, file: str, name: str) -> str:
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # an extra, which the tests of this module do without

    here = Path.cwd()
    os.chdir(folder)
    try:
        lines = get_diff_for_mutant(name, path=file).splitlines()[2:]
    finally:
        os.chdir(here)
    before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return f"{before} -> {after}"
