from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from support.model_repo import VOCABULARY, tensors, write_safetensors

from encoderfile_runtime.format.container import Container

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A safetensors file in the current directory."""
    monkeypatch.chdir(tmp_path)
    write_safetensors(tmp_path / "model.safetensors", dict(tensors()))
    return tmp_path / "model.safetensors"


def digests(run: Run, path: str) -> dict[str, str]:
    report = json.loads(run("weights", "inspect", path, "--full", "--json").out)
    return {item["name"]: item["sha256"] for item in report["tensors"]}


def test_inspect_json_has_every_tensor(source: Path, run: Run) -> None:
    outcome = run("weights", "inspect", "model.safetensors", "--json")

    report = json.loads(outcome.out)
    arrays = tensors()
    assert (outcome.code, outcome.err) == (0, "")
    assert (report["format"], report["checked"]) == ("safetensors", False)
    assert {item["name"]: tuple(item["shape"]) for item in report["tensors"]} == {
        name: array.shape for name, array in arrays.items()
    }
    assert report["parameters"] == sum(array.size for array in arrays.values())


def test_full_reads_every_byte(source: Path, run: Run) -> None:
    assert digests(run, "model.safetensors") == {
        name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in tensors().items()
    }


def test_people_see_a_table(source: Path, run: Run) -> None:
    outcome = run("weights", "inspect", "model.safetensors")

    rows = [line.split() for line in outcome.out.splitlines()]
    assert outcome.code == 0
    assert rows[0] == ["format", "safetensors"]
    assert ["parameters", "5,744"] in rows
    assert any(row[:3] == ["embeddings.word_embeddings.weight", "f32", "53×16"] for row in rows)


@pytest.mark.parametrize("target", ["x.embd", "x.safetensors"])
def test_convert_keeps_every_tensor(source: Path, run: Run, target: str) -> None:
    outcome = run("weights", "convert", "model.safetensors", target)

    assert (outcome.code, outcome.out) == (0, f"{target}\n")
    assert digests(run, target) == digests(run, "model.safetensors")


def test_what_a_format_cannot_hold_is_noted_beside_the_result(source: Path, run: Run) -> None:
    outcome = run("weights", "convert", "model.safetensors", "x.embd")

    assert outcome.err.startswith("note: the metadata lacks ")
    assert outcome.out == "x.embd\n"


def test_json_has_the_path_and_the_notes(source: Path, run: Run) -> None:
    notes = [line.removeprefix("note: ") for line in run("weights", "convert", source, "a.bin").err.splitlines()]

    outcome = run("weights", "convert", source, "b.bin", "--json")

    assert notes
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == {"path": "b.bin", "notes": notes}


def test_the_format_may_be_given_whatever_the_suffix(source: Path, run: Run) -> None:
    assert run("weights", "convert", "model.safetensors", "x.dat", "--format", "embd").code == 0

    assert json.loads(run("weights", "inspect", "x.dat", "--json").out)["format"] == "embd"


def test_the_weights_of_an_encoderfile_are_a_weights_file(built: Path, source: Path, run: Run) -> None:
    run("extract", built, "weights", "-o", "parts")

    report = json.loads(run("weights", "inspect", "parts/artifacts/weights.embd", "--full", "--json").out)

    assert (report["format"], report["checked"], report["vocabulary_size"]) == ("embd", True, len(VOCABULARY))
    assert {item["name"]: item["sha256"] for item in report["tensors"]} == digests(run, "model.safetensors")
    facts = json.loads(run("inspect", built, "--json").out)
    start = next(part.offset for part in Container(str(built)).artifacts if part.name == "weights")
    assert [item["offset"] - start for item in facts["tensors"]] == [item["offset"] for item in report["tensors"]]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["inspect", "gone"], 1, "gone: no such file"),
        (["inspect", "notes.txt"], 2, "notes.txt: is neither safetensors nor EMBD nor a sequential file"),
        (["inspect", "cut.safetensors"], 3, "cut.safetensors"),
        (["convert", "gone", "x.embd"], 1, "gone: no such file"),
        (["convert", "model.safetensors", "x.foo"], 2, "x.foo: give the format, or one of the suffixes"),
        (["convert", "model.safetensors", "model.safetensors"], 2, "source and target are the same file"),
        (["convert", "model.safetensors", "notes.txt/x.embd"], 1, "notes.txt"),
        (["convert", "cut.safetensors", "x.embd"], 3, "cut.safetensors"),
    ],
)
def test_what_cannot_be_done_is_a_line_and_changes_nothing(
    source: Path, run: Run, arguments: list[str], code: int, message: str
) -> None:
    (source.parent / "notes.txt").write_text("Just some notes.\n")
    (source.parent / "cut.safetensors").write_bytes(source.read_bytes()[:-1])
    before = {path.name: path.read_bytes() for path in source.parent.iterdir()}

    outcome = run("weights", *arguments)

    assert (outcome.code, outcome.out) == (code, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert {path.name: path.read_bytes() for path in source.parent.iterdir()} == before
