from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hatch_encoderfile.spec import Fixed, Layout, ModelFiles, ModelSpec, ModelType, TokenizerOverrides

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[str], list[ModelSpec]]

LEAST = "encoderfile:\n  name: minilm\n  path: model\n  model_type: embedding\n"


def test_least_spec_has_mozillas_default_version(read_yaml: Read, tmp_path: Path) -> None:
    expected = ModelSpec(
        origin=tmp_path / "encoderfile.yml",
        root=tmp_path,
        name="minilm",
        version="0.2.0",
        model_type=ModelType.EMBEDDING,
        files=ModelFiles(directory=tmp_path / "model"),
    )

    assert [expected] == read_yaml(LEAST)


def test_every_key_of_mozillas_arrives(read_yaml: Read, tmp_path: Path) -> None:
    text = """
encoderfile:
  name: minilm
  version: "1.0"
  model_type: token_classification
  path:
    model_config_path: config.json
    model_weights_path: model.onnx
    tokenizer_path: /t/tokenizer.json
    tokenizer_config_path: tokenizer_config.json
    preprocessor_config_path: null
  output_path: out
  cache_dir: cache
  base_binary_path: base
  transform: null
  lua_libs: ~
  validate_transform: true
  target: aarch64-apple-darwin
  tokenizer: {pad_strategy: {fixed: 8}, truncation_side: right, truncation_strategy: longest_first, max_length: 0x10, stride: 2}
"""
    expected = ModelSpec(
        origin=tmp_path / "encoderfile.yml",
        root=tmp_path,
        name="minilm",
        version="1.0",
        model_type=ModelType.TOKEN_CLASSIFICATION,
        files=ModelFiles(
            config=tmp_path / "config.json",
            weights=tmp_path / "model.onnx",
            tokenizer=Path("/t/tokenizer.json"),
            tokenizer_config=tmp_path / "tokenizer_config.json",
        ),
        output_path=tmp_path / "out",
        cache_dir=tmp_path / "cache",
        base_binary_path=tmp_path / "base",
        targets=("aarch64-apple-darwin",),
        tokenizer=TokenizerOverrides(
            pad_strategy=Fixed(8),
            truncation_side="right",
            truncation_strategy="longest_first",
            max_length=16,
            stride=2,
        ),
    )

    assert [expected] == read_yaml(text)


def test_our_keys_work_in_yaml(read_yaml: Read) -> None:
    (spec,) = read_yaml(
        f"{LEAST}  created: 2021-08-30T00:00:00Z\n  license: MIT\n  layout: mozilla\n  targets: [portable]\n"
    )

    assert (
        spec.created,
        spec.license,
        spec.layout,
        spec.targets,
    ) == ("2021-08-30T00:00:00Z", "MIT", Layout.MOZILLA, ("portable",))


@pytest.mark.parametrize(
    ("written", "expected"),
    [("batch_longest", "batch_longest"), ("null", None), ("{fixed: 3}", Fixed(3)), ("", None)],
)
def test_pad_strategy_in_its_forms(read_yaml: Read, written: str, expected: object) -> None:
    (spec,) = read_yaml(f"{LEAST}  tokenizer:\n    pad_strategy: {written}\n")

    assert expected == spec.tokenizer.pad_strategy


@pytest.mark.parametrize("word", ["no", "on", "12:30:45", "2021-08-30", "1_000", "0o", "0b1"])
def test_words_that_only_old_yaml_gives_a_type_are_strings(read_yaml: Read, word: str) -> None:
    (spec,) = read_yaml(LEAST.replace("path: model", f"path: {word}"))

    assert word == (spec.files.directory or Path()).name


def test_aliases_stand_for_what_they_name(read_yaml: Read, tmp_path: Path) -> None:
    (spec,) = read_yaml(f"{LEAST}  output_path: &out there\n  cache_dir: *out\n")

    assert (tmp_path / "there", tmp_path / "there") == (spec.output_path, spec.cache_dir)


def test_byte_order_mark_and_str_tag_are_fine(read_yaml: Read) -> None:
    assert read_yaml(f"\ufeff{LEAST}  version: !!str 1.0\n")[0].version == "1.0"
