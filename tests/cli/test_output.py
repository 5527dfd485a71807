"""Tables and lines for people."""

from __future__ import annotations

import sys

import pytest

from hatch_encoderfile.cli import output


def test_columns_are_aligned() -> None:
    table = output.table("name", "size", right=("size",))
    table.add_row("weights", 7)
    table.add_row("größe", 12_000)

    assert str(table) == "name      size\nweights      7\ngröße    12000"


def test_wide_and_combining_letters_take_the_room_that_a_terminal_gives_them() -> None:
    table = output.table("a", "b")
    table.add_row("漢字", 1)
    table.add_row("e\u0301", 2)

    assert str(table) == "a     b\n漢字  1\ne\u0301     2"


def test_a_table_without_rows_has_its_header() -> None:
    assert str(output.table("a", "b")) == "a  b"


def test_facts_that_are_not_known_are_left_out() -> None:
    assert str(output.facts({"name": "x", "licence": None, "size": 0, "source": "y"})) == "name    x\nsource  y"


def test_no_facts_are_nothing() -> None:
    assert not str(output.facts({}))


def test_nothing_in_a_table_or_a_line_controls_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    table = output.table("a")
    table.add_row("\x1b[31m\n\r")
    output.show_table(table)
    output.show("one\ntwo\x1b[2J")

    assert capsys.readouterr().out == "a           \n\\x1b[31m\\n\\r\none\\ntwo\\x1b[2J\n"


@pytest.mark.parametrize(("variable", "is_bold"), [("UNRELATED", True), ("NO_COLOR", False)])
def test_titles_stand_out_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str, is_bold: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    output.show("Parts", output.BOLD)

    assert capsys.readouterr().out == ("\x1b[1mParts\x1b[0m\n" if is_bold else "Parts\n")
