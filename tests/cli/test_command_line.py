"""A function's signature is its command line."""

from __future__ import annotations

import enum
import re
from pathlib import Path
from typing import Annotated, Any

import pytest

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.cli.command import Argument, Command, Group, Option

HELP = "encoderfile x --help"
Given = dict[str, Any]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def take(
    first: Annotated[Path, Argument(help="The first.")],
    rest: Annotated[list[str] | None, Argument(help="The rest.")] = None,
    *,
    name: Annotated[str | None, Option(help="A name.", envvar="TEST_NAME")] = None,
    some_paths: Annotated[list[Path] | None, Option("-p", "--path", help="Paths.")] = None,
    color: Annotated[Color | None, Option(help="A color.", group="Looks")] = None,
    loud: Annotated[bool, Option(help="Whether it is loud.")] = True,
    as_json: Annotated[bool, Option("--json", help="JSON.")] = False,
    upper: Annotated[str, Option(help="Upper case.", parser=str.upper, metavar="TEXT")] = "A",
) -> None:
    """Take what is given.

    More of it.
    """
    given.update(locals())


given: Given = {}
DEFAULTS: Given = {
    "rest": [],
    "name": None,
    "some_paths": None,
    "color": None,
    "loud": True,
    "as_json": False,
    "upper": "A",
}


def run(*arguments: str) -> Given:
    given.clear()
    Command(take, "examples:\n  x y\n").run("encoderfile x", arguments)
    return dict(given)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["a"], {}),
        (["a", "b", "c"], {"rest": ["b", "c"]}),
        (["a", "b", "--json", "c"], {"rest": ["b", "c"], "as_json": True}),
        (["--json", "a", "--name", "n", "b"], {"rest": ["b"], "as_json": True, "name": "n"}),
        (["a", "--name="], {"name": ""}),
        (["a", "-p", "x", "--path=y", "-pz"], {"some_paths": [Path("x"), Path("y"), Path("z")]}),
        (["a", "--color", "blue"], {"color": Color.BLUE}),
        (["a", "--no-loud"], {"loud": False}),
        (["a", "--upper", "b"], {"upper": "B"}),
        (["--", "a", "--json"], {"rest": ["--json"]}),
    ],
)
def test_arguments_become_values(arguments: list[str], expected: Given) -> None:
    assert run(*arguments) == DEFAULTS | {"first": Path("a")} | expected


def test_the_environment_gives_what_the_command_line_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_NAME", "from there")

    assert run("a")["name"] == "from there"
    assert run("a", "--name", "from here")["name"] == "from here"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: FIRST"),
        (["a", "--bogus"], "no option --bogus"),
        (["a", "--jso"], "no option --jso; did you mean 'json'?"),
        (["a", "--name"], "argument --name: expected one argument"),
        (["a", "--color", "green"], "argument --color: expected one of red, blue, found 'green'"),
    ],
)
def test_what_does_not_fit_is_a_usage_error_that_names_the_help(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=f"{re.escape(message)}: try {HELP}"):
        run(*arguments)


def test_help_comes_from_the_signature(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")

    with pytest.raises(SystemExit) as end:
        run("--help")

    out = capsys.readouterr().out
    assert end.value.code == 0
    assert given == {}
    for text in (
        "Take what is given.\n\nMore of it.",
        "The first.",
        "--path",
        "--no-loud",
        "Looks:",
        "TEXT",
        "  x y\n",
    ):
        assert text in out


class TestGroup:
    @pytest.fixture
    def group(self) -> Group:
        group = Group("Do things.", {"never": self._refuse})
        group.command(name="take")(take)
        return group

    def _refuse(self) -> Command:
        raise AssertionError("this command was not asked for")

    def test_only_the_command_that_is_named_is_made(self, group: Group) -> None:
        group.run("encoderfile", ["take", "a"])

        assert given["first"] == Path("a")

    def test_another_word_is_a_usage_error(self, group: Group) -> None:
        with pytest.raises(UsageError, match=r"no command 'tak'; did you mean 'take'\?: try encoderfile --help"):
            group.run("encoderfile", ["tak"])

    @pytest.mark.parametrize(("arguments", "code"), [([], 2), (["-h"], 0), (["--help"], 0)])
    def test_help_lists_the_commands(self, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
        group = Group("Do things.")
        group.command(name="take")(take)

        with pytest.raises(SystemExit) as end:
            group.run("encoderfile", arguments)

        assert end.value.code == code
        assert "  take  Take what is given.\n" in re.sub(" {2,}", "  ", capsys.readouterr().out)
