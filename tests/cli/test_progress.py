"""Progress shows on a terminal, on standard error, once the work takes longer than a blink."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from hatch_encoderfile.cli import output

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from support.processes import Run

NO_TIME, AN_AGE = -1.0, 1e9


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, blink: float) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(output, "_BLINK", blink)


def test_slow_work_shows_on_a_terminal(repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch, NO_TIME)

    outcome = run("build", "--json")

    assert outcome.code == 0
    assert "building tiny" in outcome.err
    assert json.loads(outcome.out)[0]["target"] == "portable"


def test_quick_work_does_not(repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch, AN_AGE)

    assert "building tiny" not in run("build").err


def test_nothing_shows_where_there_is_no_terminal(repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_BLINK", NO_TIME)

    assert "building tiny" not in run("build").err


def test_the_bar_is_gone_before_an_error_is_shown(repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch, NO_TIME)
    (repo / "model" / "tokenizer.json").unlink()

    outcome = run("build")

    assert outcome.code == 1
    assert outcome.err.endswith("tokenizer.json: not there\n")


def test_verify_shows_progress_too(built: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch, NO_TIME)

    outcome = run("verify", built)

    assert outcome.code == 0
    assert "verifying" in outcome.err
    assert "verifying" not in outcome.out
