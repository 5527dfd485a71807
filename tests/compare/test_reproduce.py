"""Build a file again and say what differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.bills import LINES, build_tiny
from support.model_repo import tensors, write_safetensors
from support.processes import Outcome

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, ModelError, UsageError
from hatch_encoderfile.cli.app import run as run_command
from hatch_encoderfile.compare.reproduce import Reproduction, reproduce
from hatch_encoderfile.signatures.sidecars import PROVENANCE
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "encoder.layer.1.output.dense.weight"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return build_tiny(tmp_path).path


def again(file: Path, root: Path, provenance: Path | None = None) -> Reproduction:
    return reproduce(file, read_spec(root / "pyproject.toml"), provenance=provenance)


def change_tensor(root: Path) -> None:
    arrays: dict[str, Any] = dict(tensors())
    arrays[NAME] = arrays[NAME] + np.float32(1)
    write_safetensors(root / "model" / "model.safetensors", arrays)


def test_the_same_inputs_are_equal(file: Path, tmp_path: Path) -> None:
    result = again(file, tmp_path, PROVENANCE.statement(file))

    assert (result.equal, result.differences, result.remarks) == (True, (), ())


def test_nothing_is_left_beside_the_file(file: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))

    again(file, tmp_path)

    assert sorted(tmp_path.rglob("*")) == before


def test_a_changed_tensor_is_named(file: Path, tmp_path: Path) -> None:
    change_tensor(tmp_path)

    result = again(file, tmp_path)

    assert not result.equal
    tensors_that_differ = [item.what for item in result.differences if item.what.startswith("tensor ")]
    assert tensors_that_differ == [f"tensor {NAME}"]


def test_the_provenance_names_the_input_and_the_key_that_differ(file: Path, tmp_path: Path) -> None:
    change_tensor(tmp_path)
    spec = tmp_path / "pyproject.toml"
    spec.write_text(spec.read_text().replace('"Apache-2.0"', '"MIT"'))

    remarks = again(file, tmp_path, PROVENANCE.statement(file)).remarks

    assert [remark.partition(":")[0] for remark in remarks] == ["spec license", "input input/model.safetensors"]


def test_a_damaged_file_differs_or_is_refused(file: Path, tmp_path: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)

    with pytest.raises(IntegrityError):
        again(file, tmp_path)


def test_provenance_of_another_file_is_refused(file: Path, tmp_path: Path) -> None:
    other = build_tiny(tmp_path / "other", LINES.replace("Apache-2.0", "MIT"))

    with pytest.raises(IntegrityError, match="is about another file"):
        again(file, tmp_path, PROVENANCE.statement(other.path))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "slsa.json"),
        (b"[]", "expected a JSON object, found a list"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"_type":"https://in-toto.io/Statement/v0.1"}', "is no in-toto Statement"),
    ],
    ids=["empty", "list", "deep", "old"],
)
def test_provenance_that_is_none_is_refused(file: Path, tmp_path: Path, data: bytes, message: str) -> None:
    PROVENANCE.statement(file).write_bytes(data)

    with pytest.raises(IntegrityError, match=message):
        again(file, tmp_path, PROVENANCE.statement(file))


def test_provenance_of_another_build_type_is_remarked(file: Path, tmp_path: Path) -> None:
    path = PROVENANCE.statement(file)
    statement = json.loads(path.read_bytes())
    statement["predicate"] = {"buildDefinition": {"buildType": "urn:other", "externalParameters": []}}
    path.write_text(json.dumps(statement))

    [remark] = again(file, tmp_path, path).remarks

    assert remark.startswith("provenance: buildType 'urn:other'")


@pytest.mark.parametrize(
    ("index", "change", "remark"),
    [
        pytest.param(0, {"digest": {"sha256": "0" * 64}}, f"base sha256: '{'0' * 64}' in the provenance", id="base"),
        pytest.param(1, {"uri": "pkg:pypi/hatch-encoderfile@9"}, "built by: 'pkg:pypi/hatch-encoderfile@9'", id="tool"),
    ],
)
def test_the_provenance_names_another_base_or_version(
    file: Path, tmp_path: Path, index: int, change: dict[str, Any], remark: str
) -> None:
    path = PROVENANCE.statement(file)
    statement = json.loads(path.read_bytes())
    statement["predicate"]["buildDefinition"]["resolvedDependencies"][index].update(change)
    path.write_text(json.dumps(statement))

    [found] = again(file, tmp_path, path).remarks

    assert found.startswith(remark)


def test_provenance_that_is_not_there_is_an_error(file: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderfileError, match="cannot be read"):
        again(file, tmp_path, tmp_path / "gone.slsa.json")


def test_a_spec_without_the_files_model_is_refused(file: Path, tmp_path: Path) -> None:
    spec = tmp_path / "pyproject.toml"
    spec.write_text(spec.read_text().replace('name = "tiny"', 'name = "other"'))

    with pytest.raises(UsageError, match="declares no model 'tiny', only other"):
        again(file, tmp_path)


def test_inputs_that_are_gone_are_an_error(file: Path, tmp_path: Path) -> None:
    (tmp_path / "model" / "config.json").unlink()

    with pytest.raises(ModelError, match=r"config\.json: not there"):
        again(file, tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `encoderfile reproduce ARGUMENT…`."""

    def command(*arguments: object) -> Outcome:
        capsys.readouterr()
        try:
            code = run_command(["reproduce", *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        return Outcome(code, *capsys.readouterr())

    return command


def test_the_command_says_equal(file: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    outcome = run(file, "--spec", tmp_path)

    assert (outcome.code, outcome.out.startswith("equal: sha256 ")) == (0, True)


def test_the_command_says_what_differs_and_fails(file: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    change_tensor(tmp_path)

    outcome = run(file, "--spec", tmp_path / "pyproject.toml", "--provenance", PROVENANCE.statement(file))

    assert outcome.code == 1
    assert f"tensor {NAME}" in outcome.out
    assert "input input/model.safetensors" in outcome.err


def test_the_command_speaks_json(file: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    change_tensor(tmp_path)

    outcome = run(file, "--spec", tmp_path, "--json")

    found = json.loads(outcome.out)
    assert (outcome.code, found["equal"]) == (1, False)
    assert f"tensor {NAME}" in [item["what"] for item in found["differences"]]
