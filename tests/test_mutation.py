"""What `make mutants` changes, and which survivors it accepts."""

from __future__ import annotations

import fnmatch
from pathlib import Path

import pytest
import tomli
from mutation import constants
from mutation.results import Accepted, Mutant, read_accepted

ROOT = Path(__file__).parents[1]
GROUPS = tomli.loads((ROOT / "tests" / "mutation" / "groups.toml").read_text("utf-8"))["group"]


def test_no_pattern_or_test_of_a_group_names_nothing() -> None:
    named = [name for group in GROUPS for name in (*group["files"], *group["tests"])]

    assert [name for name in named if not any(ROOT.glob(name))] == []


def test_a_file_is_in_one_group() -> None:
    found = [path for group in GROUPS for pattern in group["files"] for path in ROOT.glob(pattern)]

    assert len(found) == len(set(found))


def test_each_accepted_survivor_has_a_reason_and_a_place() -> None:
    files = [path.relative_to(ROOT).as_posix().removeprefix("runtime/") for path in ROOT.glob("**/*_*/**/*.py")]

    for entry in read_accepted():
        assert entry.reason.endswith(".")
        assert entry.changes or entry.pattern
        assert any(fnmatch.fnmatchcase(f"{file}::", f"{entry.where.partition('::')[0]}*") for file in files)


BOUND = Mutant("pkg/a.py::f", "if a < b: -> if a <= b:", survived=True)


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        pytest.param(Accepted("", changes=(BOUND.change,)), True, id="word-for-word"),
        pytest.param(Accepted("", changes=("if a < b:",)), False, id="half-of-it"),
        pytest.param(Accepted("", pattern="if a .* -> .*"), True, id="pattern"),
        pytest.param(Accepted("", pattern="if a .* ->"), False, id="pattern-for-a-part"),
        pytest.param(Accepted("", where="pkg/a.py::*", pattern=".*"), True, id="place"),
        pytest.param(Accepted("", where="pkg/b.py::*", pattern=".*"), False, id="another-place"),
        pytest.param(Accepted(""), False, id="nothing"),
    ],
)
def test_an_entry_covers_whole_changes_in_its_place(entry: Accepted, covered: bool) -> None:
    assert covered == entry.covers(BOUND)


SOURCE = """
HEADER = struct.Struct("<I")
LARGEST = 2 << 20  # bytes
_SMALL: int = 8
NAME = "n"
FLAG = True
PAIR = (1, 2)
OTHER = LARGEST


def function() -> int:
    LOCAL = 3
    return LOCAL
"""


def test_limits_are_the_integers_that_a_module_names() -> None:
    found = [(item.name, item.value, SOURCE[item.start : item.end]) for item in constants.find(SOURCE)]

    assert found == [("LARGEST", "2 << 20", "2 << 20"), ("_SMALL", "8", "8")]
