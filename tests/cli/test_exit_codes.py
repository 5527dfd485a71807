"""Each exit code of the command line, from a command that ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.signed_files import write_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run


@pytest.fixture
def places(tmp_path: Path, built: Path, damaged: Path, make_tiny: Callable[..., Path], run: Run) -> dict[str, str]:
    """Files to stand for the capital words of a command line."""
    signed, unsigned = tmp_path / "signed.encoderfile", tmp_path / "unsigned.encoderfile"
    for copy in (signed, unsigned):
        copy.write_bytes(built.read_bytes())
    keys = {}
    for name in ("ours", "another"):
        (tmp_path / name).mkdir()
        keys[name] = write_keys(tmp_path / name)
    assert run("sign", signed, "--key", keys["ours"][0]).code == 0
    names = {"FILE": built, "DAMAGED": damaged, "SIGNED": signed, "UNSIGNED": unsigned, "GONE": tmp_path / "gone"}
    names |= {"OTHER": make_tiny(version="2")}
    names |= {"KEY": keys["ours"][1], "ANOTHER": keys["another"][1]}
    return {name: str(path) for name, path in names.items()}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("verify FILE", 0),
        ("verify --sigstore SIGNED --key KEY", 0),
        ("diff FILE FILE", 0),
        ("diff FILE OTHER", 1),
        ("inspect GONE", 1),
        ("inspect --bogus", 2),
        ("build GONE", 2),
        ("verify DAMAGED", 3),
        ("verify --sigstore UNSIGNED --key KEY", 4),
        ("verify --sigstore SIGNED --key ANOTHER", 5),
    ],
)
def test_a_command_ends_with_its_code(line: str, code: int, places: dict[str, str], run: Run) -> None:
    outcome = run(*(places.get(word, word) for word in line.split()))

    assert outcome.code == code, outcome.err
    assert "Traceback" not in outcome.err
