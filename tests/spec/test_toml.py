from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.spec import (
    Fixed,
    Layout,
    ModelFiles,
    ModelSpec,
    ModelType,
    TokenizerOverrides,
    find_spec,
    read_spec,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[str], list[ModelSpec]]

PROJECT = '[project]\nname = "minilm"\nversion = "1.0.0"\n'
LEAST = '[tool.encoderfile]\nmodel-type = "embedding"\npath = "model"\n'


def test_least_spec_takes_name_and_version_of_the_project(read_toml: Read, tmp_path: Path) -> None:
    expected = ModelSpec(
        origin=tmp_path / "pyproject.toml",
        root=tmp_path,
        name="minilm",
        version="1.0.0",
        model_type=ModelType.EMBEDDING,
        files=ModelFiles(directory=tmp_path / "model"),
        created=None,
        source=None,
        license=None,
        targets=("portable",),
        layout=Layout.ZIP,
        base_binary_path=None,
        output_path=None,
        cache_dir=None,
        tokenizer=TokenizerOverrides(),
        attachments=(),
        pins={},
    )

    assert [expected] == read_toml(PROJECT + LEAST)


def test_every_key_arrives(read_toml: Read, tmp_path: Path) -> None:
    digest = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    text = f"""
        [tool.encoderfile]
        name = "mini"
        version = "1!2.0+cpu"
        model-type = "sentence_embedding"
        path = "model"
        created = 2021-08-30T02:00:00+02:00
        source = "pkg:huggingface/sentence-transformers/all-MiniLM-L6-v2@c9745ed1"
        license = "(MIT OR Apache-2.0) AND LicenseRef-x"
        targets = ["x86_64-apple-darwin"]
        layout = "mozilla"
        base-binary-path = "/opt/base"
        output-path = "../out.encoderfile"
        cache-dir = "cache"
        attachments = ["NOTICE", "docs/card.md"]
        validate-transform = false
        tokenizer = {{ pad-strategy = {{ fixed = 128 }}, truncation-side = "left", truncation-strategy = "only_first", max-length = 256, stride = 0 }}
        [tool.encoderfile.files]
        "1_Pooling/config.json" = "sha256:{"0" * 64}"
        "model.safetensors" = "sha256:{digest.upper()}"
    """
    expected = ModelSpec(
        origin=tmp_path / "pyproject.toml",
        root=tmp_path,
        name="mini",
        version="1!2.0+cpu",
        model_type=ModelType.SENTENCE_EMBEDDING,
        files=ModelFiles(directory=tmp_path / "model"),
        created="2021-08-30T00:00:00Z",
        source="pkg:huggingface/sentence-transformers/all-MiniLM-L6-v2@c9745ed1",
        license="(MIT OR Apache-2.0) AND LicenseRef-x",
        targets=("x86_64-apple-darwin",),
        layout=Layout.MOZILLA,
        base_binary_path=Path("/opt/base"),
        output_path=tmp_path / "../out.encoderfile",
        cache_dir=tmp_path / "cache",
        tokenizer=TokenizerOverrides(
            pad_strategy=Fixed(128),
            truncation_side="left",
            truncation_strategy="only_first",
            max_length=256,
            stride=0,
        ),
        attachments=(tmp_path / "NOTICE", tmp_path / "docs/card.md"),
        pins={"1_Pooling/config.json": "0" * 64, "model.safetensors": digest},
    )

    assert [expected] == read_toml(text)


def test_files_are_taken_one_by_one(read_toml: Read, tmp_path: Path) -> None:
    text = PROJECT + LEAST.replace(
        '"model"',
        '{ config = "c.json", weights = "w", tokenizer = "/t.json", tokenizer-config = "tc.json" }',
    )
    expected = ModelFiles(
        config=tmp_path / "c.json",
        weights=tmp_path / "w",
        tokenizer=Path("/t.json"),
        tokenizer_config=tmp_path / "tc.json",
    )

    assert expected == read_toml(text)[0].files


def test_array_of_tables_declares_several_models_in_order(read_toml: Read) -> None:
    table = '[[tool.encoderfile]]\nmodel-type = "embedding"\npath = "m"\n'
    specs = read_toml(PROJECT + table + 'name = "b"\nversion = "2"\n' + table + 'name = "a"\n')

    assert [(spec.name, spec.version) for spec in specs] == [("b", "2"), ("a", "1.0.0")]


def test_paths_start_from_the_declaring_file_not_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "pyproject.toml").write_text(PROJECT + LEAST)
    monkeypatch.chdir(tmp_path)
    (spec,) = read_spec(Path("repo/pyproject.toml"))

    assert (tmp_path / "repo", tmp_path / "repo" / "model") == (spec.root, spec.files.directory)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2021-08-30T00:00:00Z", "2021-08-30T00:00:00Z"),
        ("2021-08-30 00:00:00.000Z", "2021-08-30T00:00:00Z"),
        ("1970-01-01T00:00:00-00:01", "1970-01-01T00:01:00Z"),
        ('"2021-08-30T00:00:00.000Z"', "2021-08-30T00:00:00Z"),
        ('"2024-02-29t23:30:00-01:00"', "2024-03-01T00:30:00Z"),
    ],
)
def test_created_is_kept_in_utc(read_toml: Read, written: str, expected: str) -> None:
    assert expected == read_toml(f"{PROJECT}{LEAST}created = {written}")[0].created


@pytest.mark.parametrize(
    "source",
    [
        "pkg:huggingface/sentence-transformers/all-MiniLM-L6-v2@c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        "https://huggingface.co/a/b/tree/main",
        "git+ssh://example.org:22/a.git@v1",
        "urn:uuid:0",
    ],
)
def test_source_is_a_package_url_or_a_uri(read_toml: Read, source: str) -> None:
    assert source == read_toml(f'{PROJECT}{LEAST}source = "{source}"')[0].source


@pytest.mark.parametrize("present", [["pyproject.toml"], ["pyproject.toml", "encoderfile.yml"]])
def test_pyproject_with_our_table_comes_first(tmp_path: Path, present: list[str]) -> None:
    for name in present:
        (tmp_path / name).write_text(PROJECT + LEAST)

    assert tmp_path / "pyproject.toml" == find_spec(tmp_path)


@pytest.mark.parametrize("name", ["encoderfile.yml", "encoderfile.yaml"])
def test_yaml_is_found_beside_a_pyproject_without_our_table(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / name).touch()

    assert tmp_path / name == find_spec(tmp_path)


def test_directory_without_a_spec_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        find_spec(tmp_path)

    assert (
        f"{tmp_path}: no spec here; looked for [tool.encoderfile] in pyproject.toml, "
        "encoderfile.yml and encoderfile.yaml" == str(raised.value)
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing.toml", f"cannot be read: {os.strerror(2)}"),
        ("missing.yml", f"cannot be read: {os.strerror(2)}"),
        ("setup.cfg", "expected a pyproject.toml, an encoderfile.yml or an encoderfile.yaml"),
    ],
)
def test_file_that_is_no_spec_is_a_usage_error(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_spec(tmp_path / name)

    assert f"{tmp_path / name}: {expected}" == str(raised.value)
