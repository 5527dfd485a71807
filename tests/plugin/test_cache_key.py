"""The digest of a build's inputs: it changes with everything that decides the result, and with nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import MODEL, HatchRepo, edit_json, tiny_repo

from encoderfile_runtime.errors import IntegrityError, ModelError
from hatch_encoderfile.plugin.build_key import input_paths, read_inputs
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


def commit(repo: HatchRepo, *options: str) -> None:
    if not (repo.root / ".git").exists():
        git(repo, "init", "--quiet")
        git(repo, "add", ".")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    git(repo, *identity, "commit", "--quiet", "--message", "x", *options)


def git(repo: HatchRepo, *arguments: str) -> None:
    subprocess.run(["git", "-C", repo.root, *arguments], check=True, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull})


def commit_nothing(repo: HatchRepo) -> None:
    commit(repo, "--allow-empty")


def set_remote(repo: HatchRepo) -> None:
    git(repo, "remote", "add", "origin", "https://example.org/tiny")


def edit_the_declaring_file(repo: HatchRepo) -> None:
    path = repo.root / "pyproject.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n# other\n", encoding="utf-8")


@pytest.mark.parametrize("change", [commit_nothing, set_remote, edit_the_declaring_file])
def test_the_source_that_provenance_names_changes_the_key(repo: HatchRepo, change: Callable[[HatchRepo], None]) -> None:
    (repo.root / "notes.txt").write_text("notes", encoding="utf-8")
    commit(repo)
    before = key(repo)
    change(repo)

    assert before != key(repo)


@pytest.mark.parametrize("name", ["GITHUB_WORKFLOW_REF", "GITHUB_RUN_ID"])
def test_the_builder_that_provenance_names_changes_the_key(
    repo: HatchRepo, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("GITHUB_WORKFLOW_REF", "GITHUB_RUN_ID"):
        monkeypatch.setenv(variable, "a")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    before = key(repo)
    monkeypatch.setenv(name, "b")

    assert before != key(repo)


def test_a_commit_between_two_builds_is_the_one_that_provenance_names(repo: HatchRepo) -> None:
    repo.declare(MODEL)
    (repo.root / ".gitignore").write_text("dist\n", encoding="utf-8")
    commit(repo)
    (first,) = repo.encoderfiles()
    executable, provenance = first.read_bytes(), commit_in_provenance(first)
    commit_nothing(repo)

    (second,) = repo.encoderfiles()

    head = (repo.root / ".git" / "refs" / "heads").glob("*")
    assert [commit_in_provenance(second)] == [path.read_text(encoding="ascii").strip() for path in head]
    assert provenance != commit_in_provenance(second)
    assert executable == second.read_bytes()


def commit_in_provenance(path: Path) -> str:
    statement = json.loads(path.with_name(f"{path.name}.slsa.json").read_bytes())
    dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    (found,) = (item["digest"]["gitCommit"] for item in dependencies if item["name"] == "repository")
    assert isinstance(found, str)
    return found


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
