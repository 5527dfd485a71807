"""`inspect`, `verify`, `version` and help."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime import __version__
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run


def test_inspect_json_accounts_for_the_file_part_by_part(built: Path, parts: list[str], run: Run) -> None:
    outcome = run("inspect", built, "--json")

    facts = json.loads(outcome.out)
    data = built.read_bytes()
    assert (outcome.code, outcome.err) == (0, "")
    assert [part["name"] for part in facts["parts"]] == parts
    for part in facts["parts"]:
        found = data[part["offset"] : part["offset"] + part["length"]]
        assert part["sha256"] == hashlib.sha256(found).hexdigest()
        assert part["share"] == round(part["length"] / len(data), 6)
    assert facts["content_id"] == facts["parts"][1]["sha256"]
    assert (facts["size"], facts["name"], facts["version"]) == (len(data), "tiny", "1.2.3")
    assert (facts["base"]["flavour"], facts["base"]["runtime_version"]) == ("portable", __version__)
    assert facts["base"]["sha256"] == facts["parts"][0]["sha256"]


def test_inspect_json_has_the_tensor_table_with_offsets_into_the_file(built: Path, run: Run) -> None:
    facts = json.loads(run("inspect", "--json", built).out)

    tensors = {item["name"]: item for item in facts["tensors"]}
    words = tensors["embeddings.word_embeddings.weight"]
    assert (words["dtype"], words["shape"], words["length"]) == ("float32", [53, 16], 53 * 16 * 4)
    assert sum(item["length"] for item in facts["tensors"]) == 4 * facts["parameters"]
    weights = next(part for part in facts["parts"] if part["name"] == "weights")
    assert all(weights["offset"] < item["offset"] < weights["offset"] + weights["length"] for item in tensors.values())


def test_inspect_json_has_the_inputs_with_their_digests(built: Path, run: Run) -> None:
    facts = json.loads(run("inspect", "--json", built).out)

    model = built.parent.parent / "model"
    assert {item["path"]: (item["sha256"], item["length"]) for item in facts["inputs"]} == {
        path.relative_to(model).as_posix(): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in model.rglob("*")
        if path.is_file()
    }


def test_inspect_json_is_the_same_each_time(built: Path, run: Run) -> None:
    assert run("inspect", built, "--json") == run("inspect", built, "--json")


def test_inspect_shows_the_same_facts_to_people(built: Path, run: Run) -> None:
    facts = json.loads(run("inspect", "--json", built).out)

    outcome = run("inspect", built)

    assert (outcome.code, outcome.err) == (0, "")
    rows = [line.split() for line in outcome.out.splitlines()]
    assert ["name", "tiny", "1.2.3"] in rows
    assert ["content", "id", facts["content_id"]] in rows
    for part in facts["parts"]:
        assert [
            part["name"],
            str(part["offset"]),
            str(part["length"]),
            f"{part['share']:.2%}",
            part["sha256"],
            part["evidence"],
        ] in rows
    for item in facts["inputs"]:
        assert [item["path"], str(item["length"]), item["sha256"]] in rows
    for tensor in facts["tensors"]:
        assert tensor["name"] in {row[0] for row in rows if row}


def test_verify_says_that_every_byte_is_accounted_for(built: Path, run: Run) -> None:
    outcome = run("verify", built)

    assert (outcome.code, outcome.err) == (0, "")
    assert "every byte is accounted for" in outcome.out
    assert hashlib.sha256(Container(str(built)).manifest_bytes).hexdigest() in outcome.out


def test_verify_json(built: Path, parts: list[str], run: Run) -> None:
    report = json.loads(run("verify", built, "--json").out)

    assert report["verified"] is True
    assert report["uncovered"] == []
    assert [part["name"] for part in report["parts"]] == [name for name in parts if name != "manifest"]


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_damaged_file_does_not_verify(damaged: Path, run: Run, as_json: tuple[str, ...]) -> None:
    outcome = run("verify", damaged, *as_json)

    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith(f"error: {damaged}: tokenizer: sha256 differs: recorded ")
    assert outcome.err.count("\n") == 1


def test_a_file_of_mozillas_layout_verifies_and_the_rest_is_listed(make_tiny: Callable[..., Path], run: Run) -> None:
    path = make_tiny(layout=Layout.MOZILLA)

    outcome = run("verify", path)

    assert outcome.code == 0
    assert "every byte" not in outcome.out
    assert [line.split(": ")[1].split(",")[0] for line in outcome.out.splitlines() if "not covered" in line] == [
        "base",
        "manifest",
        "footer",
    ]


@pytest.mark.parametrize("command", ["inspect", "verify", "extract"])
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("gone", 1, "gone: No such file or directory"),
        (".", 1, "is not a regular file, but a directory"),
        ("notes.txt", 3, "not an encoderfile, or its end is missing"),
        ("empty", 3, "not an encoderfile: 0 bytes are too few"),
    ],
)
def test_what_is_no_encoderfile_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, command: str, name: str, code: int, message: str
) -> None:
    (tmp_path / "notes.txt").write_text("Just some notes, longer than a footer is.\n")
    (tmp_path / "empty").touch()
    monkeypatch.chdir(tmp_path)

    outcome = run(command, name)

    assert (outcome.code, outcome.out) == (code, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "notes.txt"]


def test_version(run: Run) -> None:
    assert run("version") == (0, f"encoderfile {__version__}\n", "")
    assert json.loads(run("version", "--json").out) == {"version": __version__}


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_the_commands(run: Run, flag: str) -> None:
    outcome = run(flag)

    assert (outcome.code, outcome.err) == (0, "")
    for command in ("build", "inspect", "verify", "extract", "diff", "weights", "version"):
        assert f" {command} " in outcome.out


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ("build", "encoderfile build models/minilm -o minilm.encoderfile"),
        ("inspect", "encoderfile inspect minilm.encoderfile --json | jq .content_id"),
        ("verify", "encoderfile verify minilm.encoderfile"),
        ("extract", "encoderfile extract minilm.encoderfile weights attachments/config.json -o parts"),
        ("diff", "encoderfile diff old.encoderfile new.encoderfile"),
        ("weights inspect", "encoderfile weights inspect model.safetensors"),
        ("weights convert", "encoderfile weights convert model.safetensors model.embd"),
    ],
)
def test_help_of_a_command_has_examples(run: Run, command: str, example: str) -> None:
    outcome = run(*command.split(), "--help")

    assert (outcome.code, outcome.err) == (0, "")
    assert example in outcome.out
