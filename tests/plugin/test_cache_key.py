"""The digest of a build's inputs: it changes with everything that decides the result, and with nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hatch_repo import MODEL, HatchRepo, edit_json, tiny_repo

from encoderfile_runtime.errors import IntegrityError, ModelError
from hatch_encoderfile.cache import input_paths, read_inputs
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = 'base-binary-path = "base"\n'


def key(repo: HatchRepo, target: str = "portable") -> str:
    return read_inputs(read_spec(repo.root / "pyproject.toml")[0], target).key


@pytest.fixture
def repo(tmp_path: Path) -> HatchRepo:
    made = tiny_repo(tmp_path / "repo", MODEL + BASE)
    (made.root / "base").write_bytes(b"a base")
    return made


def pooling(repo: HatchRepo) -> None:
    edit_json(repo.root / "model" / "1_Pooling" / "config.json", comment="x")


def weights(repo: HatchRepo) -> None:
    path = repo.root / "model" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def optional_file(repo: HatchRepo) -> None:
    (repo.root / "model" / "README.md").write_text("# Tiny", encoding="utf-8")


def base(repo: HatchRepo) -> None:
    (repo.root / "base").write_bytes(b"another")


def spec(repo: HatchRepo) -> None:
    repo.declare(f'{MODEL}{BASE}license = "MIT"\n')


def nested_spec(repo: HatchRepo) -> None:
    repo.declare(f"{MODEL}{BASE}tokenizer = {{ pad-strategy = {{ fixed = 8 }} }}\n")


def attachment(repo: HatchRepo) -> None:
    (repo.root / "notes.txt").write_text("notes", encoding="utf-8")
    repo.declare(f'{MODEL}{BASE}attachments = ["notes.txt"]\n')


def pin(repo: HatchRepo) -> None:
    (repo.root / "model" / "extra.txt").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    repo.declare(f'{MODEL}{BASE}files = {{ "extra.txt" = "sha256:{empty}" }}\n')


@pytest.mark.parametrize("change", [pooling, weights, optional_file, base, spec, nested_spec, attachment, pin])
def test_what_decides_the_result_changes_the_key(repo: HatchRepo, change: Callable[[HatchRepo], None]) -> None:
    before = key(repo)
    change(repo)

    assert before != key(repo)


def test_each_target_has_its_own_key(repo: HatchRepo) -> None:
    assert key(repo) != key(repo, "aarch64-apple-darwin")


def test_the_date_that_provenance_may_use_changes_the_key(repo: HatchRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(repo)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")

    assert before != key(repo)


def test_times_and_files_that_no_build_reads_do_not_change_the_key(repo: HatchRepo) -> None:
    before = key(repo)
    for path in (repo.root / "model").iterdir():
        os.utime(path, (0, 0))
    (repo.root / "model" / "pytorch_model.bin").write_bytes(b"unused")
    (repo.root / "model" / ".git").mkdir()

    assert before == key(repo)


def test_the_place_of_the_repo_does_not_change_the_key(tmp_path: Path) -> None:
    assert key(tiny_repo(tmp_path / "a", MODEL)) == key(tiny_repo(tmp_path / "b" / "c", MODEL))


def test_a_pin_is_checked_before_a_result_is_used_again(repo: HatchRepo) -> None:
    repo.declare(f'{MODEL}{BASE}files = {{ "config.json" = "sha256:{"0" * 64}" }}\n')

    with pytest.raises(IntegrityError, match="differs from its pin"):
        key(repo)


def test_a_missing_file_is_found_before_a_result_is_used_again(repo: HatchRepo) -> None:
    (repo.root / "model" / "tokenizer.json").unlink()

    with pytest.raises(ModelError, match=r"tokenizer\.json: not there"):
        key(repo)


def test_input_paths_are_those_that_the_build_records(repo: HatchRepo) -> None:
    attachment(repo)
    declared = read_spec(repo.root / "pyproject.toml")[0]

    paths = input_paths(declared)

    assert {item.path for item in read_inputs(declared, "portable").files} == set(paths)
    assert repo.root / "model" / "1_Pooling" / "config.json" == paths["1_Pooling/config.json"]
    assert repo.root / "notes.txt" == paths["attachments/notes.txt"]
