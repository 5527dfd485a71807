"""What `encoderfile build` does not do, and how it says so."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import write_repo

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.processes import Run

SECOND = """
[[tool.encoderfile]]
name = "{name}"
version = "2"
model-type = "sentence_embedding"
path = "model"
"""


def two_models(repo: Path) -> None:
    (repo / "pyproject.toml").write_text(SECOND.format(name="one") + SECOND.format(name="two"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nothing-here"], "error: nothing-here: no spec here; looked for", id="no-directory"),
        pytest.param(["-f", "gone.toml"], "error: gone.toml: cannot be read: No such file or directory", id="no-file"),
        pytest.param(["-f", "model/config.json"], "expected a pyproject.toml, an encoderfile.yml", id="no-spec-file"),
        pytest.param([".", "-f", "pyproject.toml"], "a directory and --file were both given", id="both"),
        pytest.param(["--model", "two"], "pyproject.toml: declares no model 'two', only tiny", id="model"),
        pytest.param(["--target", "portabel"], "found 'portabel'; did you mean 'portable'?", id="target-typo"),
        pytest.param(["--target", "../../x", "--base-binary-path", "model/config.json"], "--target: expected one of",
                     id="target-that-leaves-dist"),
        pytest.param(["--target", "x86_64-apple-darwin"], "no base is published", id="target-no-base"),
        pytest.param(["--target", "portable", "--target", "portable"], "two builds would write this file", id="twice"),
        pytest.param(["-o", "model/config.json"], "model/config.json: is neither an encoderfile nor", id="over-an-input"),
        pytest.param(["-o", "pyproject.toml"], "pyproject.toml: is neither an encoderfile nor", id="over-the-spec"),
        pytest.param(["-o", "model"], "error: model: is a directory, expected the path of a file", id="directory"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_carried_out_is_refused(
    repo: Path, run: Run, arguments: list[str], message: str
) -> None:
    before = sorted(path for path in repo.rglob("*"))

    outcome = run("build", *arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert sorted(path for path in repo.rglob("*")) == before


AN_INPUT = b'{"bomFormat": "CycloneDX"}'  # which would be replaced if it were none


@pytest.mark.parametrize("suffix", [".cdx.json", ".slsa.json"])
def test_a_sidecar_does_not_overwrite_an_input(repo: Path, run: Run, suffix: str) -> None:
    name = f"a{suffix}"
    write_repo(repo, f'attachments = ["{name}"]')
    (repo / name).write_bytes(AN_INPUT)
    option = {".cdx.json": "--no-sbom", ".slsa.json": "--no-provenance"}[suffix]

    outcome = run("build", "-o", "a")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"error: {name}: is an input of this build: choose another output\n"
    assert not (repo / "a").exists()
    assert run("build", "-o", "a", option).code == 0
    assert (repo / name).read_bytes() == AN_INPUT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("name", ["a", "a.cdx.json", "a.slsa.json"])
def test_a_pipe_is_not_replaced_by_an_output(repo: Path, run: Run, name: str) -> None:
    os.mkfifo(repo / name)
    before = sorted(repo.rglob("*"))

    outcome = run("build", "-o", "a")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"error: {name}: is not a regular file, so it is not replaced: choose another output\n"
    assert sorted(repo.rglob("*")) == before


@pytest.mark.parametrize("arguments", [["build", "--bogus"], ["bogus"], ["build", "a", "b"], ["verify"]])
def test_a_command_line_that_does_not_parse_is_a_usage_error(repo: Path, run: Run, arguments: list[str]) -> None:
    outcome = run(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert ": try encoderfile " in outcome.err
    assert outcome.err.endswith(" --help\n")
    assert outcome.err.count("\n") == 1


def test_one_output_path_cannot_take_two_models(repo: Path, run: Run) -> None:
    two_models(repo)

    outcome = run("build", "-o", "x")

    assert (outcome.code, outcome.out) == (2, "")
    assert "--output-path names one file, but 2 would be built: choose with --model and --target" in outcome.err
    assert not (repo / "x").exists()


def test_models_that_declare_one_output_path_do_not_overwrite_each_other(repo: Path, run: Run) -> None:
    same = 'output-path = "same"\n'
    (repo / "pyproject.toml").write_text(SECOND.format(name="one") + same + SECOND.format(name="two") + same)

    outcome = run("build")

    assert outcome.code == 2
    assert f"{repo / 'same'}: two builds would write this file" in outcome.err
    assert not (repo / "same").exists()


def test_all_faults_of_a_spec_come_at_once_each_with_its_key(repo: Path, run: Run) -> None:
    (repo / "pyproject.toml").write_text('[tool.encoderfile]\nname = "x"\nversion = 1\nmodel-typ = "embedding"\n')

    outcome = run("build")

    assert (outcome.code, outcome.out) == (2, "")
    lines = outcome.err.splitlines()
    assert lines[0] == "error: pyproject.toml: 4 faults"
    assert sorted(line.split(":")[0] for line in lines[1:]) == [
        f"  - tool.encoderfile.{key}" for key in ("model-typ", "model-type", "path", "version")
    ]
    assert "did you mean 'model-type'?" in outcome.err


def test_a_file_that_differs_from_its_pin_is_an_integrity_error_that_names_both_digests(repo: Path, run: Run) -> None:
    write_repo(repo, f'[tool.encoderfile.files]\n"config.json" = "sha256:{"ab" * 32}"')
    found = hashlib.sha256((repo / "model" / "config.json").read_bytes()).hexdigest()

    outcome = run("build")

    assert (outcome.code, outcome.out) == (3, "")
    assert f"config.json: sha256 differs from its pin: pinned {'ab' * 32}, found {found}" in outcome.err
    assert not (repo / "dist").exists()


def test_a_model_that_cannot_be_built_is_a_failure(repo: Path, run: Run) -> None:
    (repo / "model" / "tokenizer.json").unlink()

    outcome = run("build")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"error: {repo / 'model'}: tokenizer.json: not there\n"


def test_a_base_that_is_not_there_is_a_failure(repo: Path, run: Run) -> None:
    outcome = run("build", "--base-binary-path", "gone")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "error: gone: the base binary is not there: check base-binary-path\n"


def test_a_base_that_is_a_directory_is_said_to_be_one(repo: Path, run: Run) -> None:
    outcome = run("build", "--base-binary-path", "model")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "error: model: is not a regular file, but a directory: check base-binary-path\n"


def test_an_output_path_that_ends_in_a_slash_is_no_file(repo: Path, run: Run) -> None:
    outcome = run("build", "-o", "dist/")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "error: --output-path: dist/ names a directory, expected the path of a file\n"
    assert not (repo / "dist").exists()


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 30])
def test_a_date_that_is_no_number_of_seconds_since_1970_is_refused(
    repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)

    outcome = run("build")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"error: SOURCE_DATE_EPOCH: expected seconds since 1970, found {value!r}\n"
    assert not (repo / "dist").exists()


def test_an_attachment_that_is_a_directory_is_said_to_be_one(repo: Path, run: Run) -> None:
    write_repo(repo, 'attachments = ["model"]')

    outcome = run("build")

    assert (outcome.code, outcome.out) == (1, "")
    assert f"attachments: {repo / 'model'}: is a directory, expected a file" in outcome.err


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_this_user_may_not_read_comes_with_what_to_do(
    repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refusing(plain: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
            if Path(path).name == name:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return plain(path, *arguments, **options)

        return refuse

    monkeypatch.setattr(type(repo), "open", refusing(type(repo).open))
    monkeypatch.setattr(os, "open", refusing(os.open))

    outcome = run("build")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"error: {repo / 'model' / name}: cannot be read: Permission denied: let this user read it\n"
