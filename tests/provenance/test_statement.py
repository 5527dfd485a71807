"""The SLSA statement beside a file: what was declared, what was read, who built it, and nothing of this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.bills import COMMIT, LINES, build_tiny
from support.model_repo import write_repo

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.provenance.declared import declared
from hatch_encoderfile.provenance.statement import now
from hatch_encoderfile.schema.kinds import NotYet
from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.signatures import intoto, slsa
from hatch_encoderfile.signatures.sidecars import PROVENANCE, SBOM
from hatch_encoderfile.signatures.slsa import BUILD_TYPE
from hatch_encoderfile.spec import ModelFiles, ModelSpec, read_spec
from hatch_encoderfile.spec.fields import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.build import BuildResult

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "77"}


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


def test_no_path_of_this_machine_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("ENCODERFILE_ALLOW_OUTSIDE", str(elsewhere))
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


@pytest.mark.parametrize(
    ("path", "stated"),
    [
        ("model", "model"),
        ("./x/..//model", "model"),
        ("../{folder}/model", "model"),
        ("../../..//{above}/x", "x"),
        ("/etc/x", "x"),
        ("..", ".."),
        ("../../..", ".."),
    ],
)
def test_a_declared_path_says_nothing_of_what_is_above_the_spec(tmp_path: Path, path: str, stated: str) -> None:
    root = tmp_path / "repo"
    written = path.format(folder=root.name, above=tmp_path.name)
    [spec] = read_spec(write_repo(root))

    found = declared(dataclasses.replace(spec, files=ModelFiles(directory=root / written)))["path"]

    assert found == stated


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


def test_a_verifier_knows_every_key_that_provenance_may_declare() -> None:
    """A key that is new in the spec has to be told to those who refuse what they do not know."""
    # Where things are written and kept, and a key of Mozilla's that changes nothing that is made.
    not_declared = {"output-path", "cache-dir", "validate-transform"}
    not_yet = {name for name, field in MODEL.keys(Style.TOML).items() if isinstance(field.kind, NotYet)}

    assert MODEL.keys(Style.TOML).keys() - not_declared - not_yet == {*slsa.SPEC}
