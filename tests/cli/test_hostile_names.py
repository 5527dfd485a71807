"""Names in files are for reading: none of them controls the terminal or is taken for markup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.model_repo import tensors, write_repo, write_safetensors

from encoderfile_runtime.start import main as runtime
from hatch_encoderfile.container.content import AttachedFile
from hatch_encoderfile.files.blob import BytesBlob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\b"
BIDI = "\u202egnp.exe"
MARKUP = "[red]not red[/red] [link=https://example.com]x[/link] [/]"


def is_harmless(text: str) -> bool:
    return all(character.isprintable() for line in text.split("\n") for character in line)


@pytest.fixture(params=[ESCAPE, BIDI, MARKUP], ids=["escape", "bidi", "markup"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hostile(make_tiny: Callable[..., Path], name: str) -> Path:
    return make_tiny(name=name, version=name, license=name, source=name)


def test_inspect_shows_them_as_they_are(hostile: Path, name: str, run: Run) -> None:
    outcome = run("inspect", hostile)

    assert (outcome.code, outcome.err) == (0, "")
    assert is_harmless(outcome.out)
    if name == MARKUP:
        assert f"{MARKUP} {MARKUP}" in outcome.out


def test_inspect_json_keeps_them(hostile: Path, name: str, run: Run) -> None:
    facts = json.loads(run("inspect", "--json", hostile).out)

    assert (facts["name"], facts["license"]) == (name, name)


def test_diff_shows_them_as_they_are(tiny: Path, hostile: Path, name: str, run: Run) -> None:
    outcome = run("diff", tiny, hostile)

    assert outcome.code == 1
    assert is_harmless(outcome.out)
    if name == MARKUP:
        assert f"name\n  - test-model\n  + {MARKUP}\n" in outcome.out


@pytest.mark.parametrize("arguments", [["inspect"], ["--version"], ["verify"]])
def test_the_executable_shows_them_as_they_are(
    hostile: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runtime.main(str(hostile), arguments) == 0

    assert is_harmless(capsys.readouterr().out)


def test_tensor_names_in_notes_and_tables_are_shown_as_they_are(tmp_path: Path, name: str, run: Run) -> None:
    write_safetensors(tmp_path / "x.safetensors", {name: np.zeros(1, np.float32)})

    outcome = run("weights", "inspect", tmp_path / "x.safetensors")

    assert outcome.code == 0
    assert is_harmless(outcome.out + outcome.err)
    if name == MARKUP:
        assert MARKUP in outcome.out


def test_tensor_names_in_faults_are_shown_as_they_are(tmp_path: Path, name: str, run: Run) -> None:
    spec = write_repo(tmp_path)
    write_safetensors(tmp_path / "model" / "model.safetensors", {**tensors(), name: np.zeros(1, np.float32)})

    outcome = run("build", "-f", spec)

    assert (outcome.code, outcome.out) == (1, "")
    assert is_harmless(outcome.err)
    if name == MARKUP:
        assert MARKUP in outcome.err


@pytest.mark.parametrize("command", [["inspect"], ["verify"], ["extract"], ["build", "-f"], ["weights", "inspect"]])
def test_paths_in_errors_are_shown_as_they_are(tmp_path: Path, name: str, run: Run, command: list[str]) -> None:
    outcome = run(*command, tmp_path / name.replace("/", "-"))

    assert outcome.code in (1, 2)
    assert is_harmless(outcome.err)
    if name == MARKUP:
        assert MARKUP.replace("/", "-") in outcome.err


def test_metadata_of_weights_cannot_pass_for_what_we_say_of_them(tmp_path: Path, run: Run) -> None:
    lie = {
        "__metadata__": {"format": "pt", "checked": "every byte"},
        "a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
    }
    header = json.dumps(lie).encode()
    (tmp_path / "x.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0")

    lines = run("weights", "inspect", tmp_path / "x.safetensors").out.split("\n")

    rows = [line.split() for line in lines]
    assert rows[0] == ["format", "safetensors"]
    assert rows.index(["Metadata"]) < rows.index(["format", "pt"]) < rows.index(["checked", "every", "byte"])


@pytest.mark.parametrize("name", ["../up", "/root", "a\x1b[31m", "a\nb", "C:x", "a//b"])
def test_an_attachment_cannot_leave_its_folder_or_control_the_terminal(
    make_tiny: Callable[..., Path], tmp_path: Path, run: Run, name: str
) -> None:
    path = make_tiny(attachments=(AttachedFile(name=name, media_type="", data=BytesBlob(b"x")),))

    outcome = run("extract", path, "-o", tmp_path / "parts")

    assert outcome.code == 3
    assert "is not a safe relative path" in outcome.err
    assert is_harmless(outcome.err + outcome.out)
    written = {item.name for item in tmp_path.rglob("*") if item.is_file() and item != path}
    assert written == {"base", "manifest.binpb", "weights.onnx", "model_config.json", "tokenizer.json"}


def test_json_for_a_standard_output_that_is_not_utf_8_is_ascii(
    hostile: Path, name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", out)

    run("inspect", "--json", hostile)

    out.flush()
    assert json.loads(out.buffer.getvalue().decode("ascii"))["name"] == name
