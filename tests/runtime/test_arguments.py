"""Options read without argparse mean what they mean to argparse, and what is left to it is help and mistakes."""

from __future__ import annotations

import contextlib
import importlib
import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from encoderfile_runtime.cli import usage
from encoderfile_runtime.cli.arguments import Arguments
from encoderfile_runtime.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = st.sampled_from([
    "-f", "--format", "json", "csv", "-o", "out", "-", "--", "-i", "--input", "--input=lines", "-f=json", "--format=", "-fjson",
    "--top", "-k", "3", "0", "-1", "x", "", "a text", "--json", "--json=1", "--on-error", "skip", "--truncate", "end",
    "--truncate=middle", "-h", "--help", "--bogus", "-x", "- dash", "--batch-size", "größe",
])  # fmt: skip


def command(name: str) -> tuple[Any, Arguments]:
    module = importlib.import_module(f"encoderfile_runtime.commands.{name}")
    accepted = Arguments()
    module.add_arguments(accepted)
    return module, accepted


def with_argparse(name: str, words: Sequence[str]) -> dict[str, Any] | None:
    """What argparse makes of it; None for help and mistakes."""
    module, accepted = command(name)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            return vars(usage.parse("file", module, words, accepted.flags))
        except SystemExit:
            return None


@given(st.sampled_from([*COMMANDS]), st.lists(WORDS, max_size=5))
def test_what_is_read_is_what_argparse_reads(name: str, words: list[str]) -> None:
    assume(words.count("--") < 2)  # the second is a text, but not to argparse before Python 3.13
    found = command(name)[1].parse(words)

    if found is not None:
        assert vars(found) == with_argparse(name, words)


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("infer", ["a", "-", "--format", "csv", "-o", "x.csv"], {"texts": ["a", "-"], "format": "csv", "output": "x.csv"}),
        ("infer", ["--input=-", "--threads=2"], {"texts": [], "input": "-", "threads": 2, "batch_size": 256}),
        ("infer", ["--", "--json", "--"], {"texts": ["--json", "--"]}),
        ("search", ["--json", "query", "-k", "3", "file"], {"query": "query", "files": ["file"], "top": 3, "json": True}),
        ("similarity", ["a", "", "--truncate", "end"], {"a": "a", "b": "", "truncate": "end", "json": False}),
    ],
)  # fmt: skip
def test_common_command_lines_are_read(name: str, words: list[str], expected: dict[str, Any]) -> None:
    found = command(name)[1].parse(words)

    assert isinstance(found, SimpleNamespace)
    assert vars(found) | expected == vars(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("infer", ["--help"]),
        ("infer", ["--bogus"]),
        ("infer", ["--format"]),
        ("infer", ["--format", "pdf"]),
        ("infer", ["--format", "--output", "x"]),
        ("infer", ["--threads", "0"]),
        ("infer", ["--threads", "many"]),
        ("verify", ["--json=yes"]),
        ("verify", ["more"]),
        ("search", []),
        ("similarity", ["one"]),
        ("similarity", ["one", "two", "three"]),
    ],
)
def test_help_and_mistakes_are_left_to_argparse(name: str, words: list[str]) -> None:
    assert command(name)[1].parse(words) is None
