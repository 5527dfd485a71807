"""The SLSA statement beside a file: what was declared, what was read, who built it, and nothing of this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support.bills import COMMIT, LINES, build_tiny
from support.model_repo import write_repo

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.provenance.builder import Builder, Source, repository_uri, source
from hatch_encoderfile.provenance.declared import declared
from hatch_encoderfile.provenance.statement import BUILD_TYPE, now
from hatch_encoderfile.signatures import intoto
from hatch_encoderfile.signatures.sidecars import PROVENANCE, SBOM
from hatch_encoderfile.spec import ModelSpec, read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.build import BuildResult

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/repo",
    "GITHUB_WORKFLOW_REF": "someone/repo/.github/workflows/release.yml@refs/tags/v1",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_REF": "refs/tags/v1",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_URL": "https://gitlab.com/someone/repo",
    "CI_RUNNER_ID": "12",
    "CI_JOB_URL": "https://gitlab.com/someone/repo/-/jobs/99",
}


@pytest.fixture(autouse=True)
def _no_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)


def statement(result: BuildResult) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(PROVENANCE.statement(result.path).read_bytes())
    return data


def dependencies(result: BuildResult) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in statement(result)["predicate"]["buildDefinition"]["resolvedDependencies"]}


def test_it_is_a_statement_about_the_file(tmp_path: Path) -> None:
    result = build_tiny(tmp_path)

    parsed = intoto.parse(PROVENANCE.statement(result.path).read_bytes())

    assert (parsed.predicate_type, parsed.subjects) == ("https://slsa.dev/provenance/v1", (result.sha256,))
    assert parsed.predicate["buildDefinition"]["buildType"] == BUILD_TYPE
    assert hashlib.sha256(result.path.read_bytes()).hexdigest() == result.sha256


def test_the_parameters_are_the_spec_as_it_was_declared(tmp_path: Path) -> None:
    result = build_tiny(tmp_path, LINES + "[tool.encoderfile.tokenizer]\npad-strategy = {fixed = 9}\nmax-length = 9")

    assert statement(result)["predicate"]["buildDefinition"]["externalParameters"] == {
        "target": "portable",
        "spec": {
            "name": "tiny",
            "version": "1.2.3",
            "model-type": "sentence_embedding",
            "path": "model",
            "created": "2021-08-30T00:00:00Z",
            "source": f"pkg:huggingface/someone/tiny@{COMMIT}",
            "license": "Apache-2.0",
            "targets": ["portable"],
            "layout": "zip",
            "tokenizer": {"pad-strategy": {"fixed": 9}, "max-length": 9},
        },
    }


def test_every_input_and_the_base_are_resolved_dependencies(tmp_path: Path) -> None:
    result = build_tiny(tmp_path)
    manifest = Container(str(result.path)).manifest
    assert manifest.base

    found = dependencies(result)

    expected = {f"input/{item.path}": item.sha256.hex() for item in manifest.inputs} | {
        "base": manifest.base.sha256.hex()
    }
    assert {name: found[name]["digest"]["sha256"] for name in expected} == expected
    assert found["hatch-encoderfile"]["uri"] == f"pkg:pypi/hatch-encoderfile@{__version__}"


def test_no_path_of_this_machine_is_in_it(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "notes.txt").write_text("x")
    result = build_tiny(tmp_path / "repo", LINES + f'attachments = ["{(elsewhere / "notes.txt").as_posix()}"]')

    text = PROVENANCE.statement(result.path).read_text(encoding="utf-8")

    assert str(tmp_path) not in text
    assert statement(result)["predicate"]["buildDefinition"]["externalParameters"]["spec"]["attachments"] == [
        "notes.txt"
    ]


def test_the_sbom_beside_the_file_is_a_byproduct(tmp_path: Path) -> None:
    result = build_tiny(tmp_path)
    bill = SBOM.statement(result.path)

    assert statement(result)["predicate"]["runDetails"]["byproducts"] == [
        {"name": bill.name, "digest": {"sha256": hashlib.sha256(bill.read_bytes()).hexdigest()}}
    ]


def test_only_the_provenance_differs_between_two_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    first = build_tiny(tmp_path / "a")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    for name, value in GITHUB.items():
        monkeypatch.setenv(name, value)
    second = build_tiny(tmp_path / "b")

    same = {
        path.name: path.read_bytes() == path_b.read_bytes()
        for path, path_b in zip((first.path, *first.sidecars), (second.path, *second.sidecars), strict=True)
    }

    name = first.path.name
    assert same == {name: True, f"{name}.cdx.json": True, f"{name}.slsa.json": False}


def test_the_same_moment_gives_the_same_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1630281600")

    statements = {PROVENANCE.statement(build_tiny(tmp_path / name).path).read_bytes() for name in "ab"}

    assert len(statements) == 1


def test_layout_mozilla_has_provenance_too(tmp_path: Path) -> None:
    spec = write_repo(tmp_path, 'layout = "mozilla"\nbase-binary-path = "base.bin"')
    (tmp_path / "base.bin").write_bytes(b"base")
    (tmp_path / "model" / "model.onnx").write_bytes(b"onnx")
    [declaration] = read_spec(spec)

    result = build(declaration, target="x86_64-unknown-linux-gnu")

    assert result.sidecars == (PROVENANCE.statement(result.path),)
    assert dependencies(result)["base"]["digest"] == {"sha256": hashlib.sha256(b"base").hexdigest()}


@pytest.mark.parametrize(("sbom", "provenance"), [(False, True), (True, False), (False, False)])
def test_sidecars_can_be_left_out(tmp_path: Path, sbom: bool, provenance: bool) -> None:
    [spec] = read_spec(write_repo(tmp_path))

    result = build(spec, target="portable", sbom=sbom, provenance=provenance)

    expected = [SBOM.statement(result.path)] * sbom + [PROVENANCE.statement(result.path)] * provenance
    assert list(result.sidecars) == expected
    assert sorted(result.path.parent.iterdir()) == sorted([result.path, *expected])


class TestTime:
    def test_source_date_epoch_is_the_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1630281600")

        assert now() == "2021-08-30T00:00:00Z"

    @pytest.mark.parametrize("value", ["yesterday", "1e3", "9" * 30])
    def test_another_source_date_epoch_stops_the_build_before_it_begins(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", value)

        with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH: expected seconds since 1970"):
            build_tiny(tmp_path)

        assert not (tmp_path / "dist").exists()


class TestBuilder:
    def test_github_actions(self) -> None:
        assert Builder.of(GITHUB) == Builder(
            "https://github.com/someone/repo/.github/workflows/release.yml@refs/tags/v1",
            "https://github.com/someone/repo/actions/runs/77/attempts/2",
        )

    def test_gitlab(self) -> None:
        assert Builder.of(GITLAB) == Builder(
            "https://gitlab.com/someone/repo/-/runners/12", "https://gitlab.com/someone/repo/-/jobs/99"
        )

    def test_everywhere_else_is_local(self) -> None:
        assert Builder.of({"CI": "true"}) == Builder("local", None)


class TestSource:
    @pytest.fixture
    def repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        self.git(tmp_path, "init", "-q")
        (tmp_path / "a.txt").write_text("a")
        self.git(tmp_path, "add", "a.txt")
        self.git(tmp_path, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "first")
        return tmp_path

    def git(self, root: Path, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def test_a_clean_commit_without_remote(self, repository: Path) -> None:
        assert source(repository, {}) == Source(self.git(repository, "rev-parse", "HEAD"), None, dirty=False)

    def test_a_changed_file_makes_it_dirty_and_another_file_does_not(self, repository: Path) -> None:
        (repository / "new.txt").write_text("b")
        clean = source(repository, {})
        (repository / "a.txt").write_text("b")
        changed = source(repository, {})

        assert clean
        assert changed
        assert (clean.dirty, changed.dirty) == (False, True)

    def test_a_remotes_password_is_left_out_and_the_ref_is_the_platforms(self, repository: Path) -> None:
        self.git(repository, "remote", "add", "origin", "https://user:token@example.org/a/b.git")
        head = self.git(repository, "rev-parse", "HEAD")

        found = source(repository, {"GITHUB_SHA": head, "GITHUB_REF": "refs/tags/v1"})
        other = source(repository, {"GITHUB_SHA": "0" * 40, "GITHUB_REF": "refs/tags/v1"})

        assert found
        assert other
        assert found.uri == "git+https://example.org/a/b.git@refs/tags/v1"
        assert other.uri == "git+https://example.org/a/b.git"

    def test_the_commit_is_a_resolved_dependency(self, repository: Path) -> None:
        result = build_tiny(repository / "sub")

        assert dependencies(result)["repository"] == {
            "name": "repository",
            "digest": {"gitCommit": self.git(repository, "rev-parse", "HEAD")},
        }

    def test_without_a_repository_there_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

        assert source(tmp_path, {}) is None

    def test_without_git_there_is_none(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")

        assert source(repository, {}) is None

    @pytest.mark.parametrize(
        ("remote", "expected"),
        [
            ("https://github.com/a/b.git", "git+https://github.com/a/b.git"),
            ("https://user:token@github.com/a/b", "git+https://github.com/a/b"),
            ("ssh://git@github.com/a/b", "git+ssh://github.com/a/b"),
            ("git@github.com:a/b.git", "git+ssh://github.com/a/b.git"),
            ("git://example.org/a", "git://example.org/a"),
            ("/home/someone/a", None),
            ("../a", None),
            ("file:///home/someone/a", None),
            (r"C:\Users\someone\a", None),
            ("", None),
        ],
    )
    def test_a_remote_becomes_an_address_or_nothing(self, remote: str, expected: str | None) -> None:
        assert repository_uri(remote) == expected


def test_every_field_of_a_spec_is_stated_or_of_this_machine(tmp_path: Path) -> None:
    known = {key.replace("-", "_") for key in declared(_full(tmp_path))}
    of_this_machine = {"cache_dir", "origin", "output_path", "root"}
    stated_as = {"path": "files", "files": "pins"}

    assert {stated_as.get(key, key) for key in known} == {
        field.name for field in dataclasses.fields(ModelSpec)
    } - of_this_machine


def _full(root: Path) -> ModelSpec:
    lines = (
        LINES
        + 'attachments = ["a.txt"]\nattachment-codec = "zstd"\nbase-binary-path = "b"\n[tool.encoderfile.tokenizer]\nstride = 0\n'
    )
    [spec] = read_spec(write_repo(root, f'{lines}[tool.encoderfile.files]\n"config.json" = "sha256:{"0" * 64}"'))
    return spec
