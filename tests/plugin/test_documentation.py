"""docs/reference/hatch.md says what the code does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from hatch_encoderfile.plugin.options import OPTIONS, read_options
from hatch_encoderfile.schema.reader import Style

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "hatch.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", list(OPTIONS.keys(Style.TOML)))
def test_each_option_has_a_row(option: str) -> None:
    assert 1 == len(re.findall(rf"^\| `{option}` \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_examples_are_valid(example: str) -> None:
    tomllib.loads(example)


def test_defaults_are_those_of_the_table() -> None:
    options = read_options({}, "hooks.encoderfile", Path("pyproject.toml"))

    assert ("script", "skip") == (options.place, options.editable)
    assert {None} == {options.package, options.models, options.target, options.tag}
