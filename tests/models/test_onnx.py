"""Layout "mozilla": what its CLI would embed, for its own base binaries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.model_repo import TOKENIZER_CONFIG, write_json, write_repo

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

YAML = """\
encoderfile:
  name: tiny
  path: model
  model_type: sentence_embedding
  base_binary_path: base
  layout: mozilla
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    write_repo(tmp_path)
    (tmp_path / "model" / "model.onnx").write_bytes(b"an ONNX graph")
    (tmp_path / "base").write_bytes(b"\x7fELF encoderfile-runtime")
    path = tmp_path / "encoderfile.yml"
    path.write_text(YAML)
    return path


def build_spec(path: Path) -> Container:
    [declared] = read_spec(path)
    return Container(str(build(declared, target="portable").path))


def test_the_graph_is_carried_verbatim_after_base_and_manifest(spec: Path) -> None:
    container = build_spec(spec)

    assert container.read("weights") == b"an ONNX graph"
    assert not container.ours
    assert [part.offset for part in container.artifacts] == sorted(part.offset for part in container.artifacts)
    assert container.artifacts[0].offset == container.end_of_manifest
    assert container.artifacts[-1].end == container.end_of_content


def test_the_model_config_has_mozillas_eight_keys_and_no_more(spec: Path) -> None:
    assert list(build_spec(spec).json("model_config")) == [
        *("model_type", "num_labels", "id2label", "label2id", "height", "width", "image_size", "num_channels")
    ]


def test_the_maximum_length_is_the_tokenizers_as_in_mozillas_cli(spec: Path) -> None:
    truncation = build_spec(spec).json("tokenizer")["config"]["truncation"]

    assert truncation["max_length"] == TOKENIZER_CONFIG["model_max_length"]


def test_verify_says_what_the_layout_leaves_uncovered(spec: Path) -> None:
    assert [item.what for item in verify(build_spec(spec)).uncovered] == ["base", "manifest", "footer"]


def test_the_build_is_deterministic(spec: Path) -> None:
    first = build_spec(spec).read("tokenizer")

    assert build_spec(spec).read("tokenizer") == first


def test_without_one_of_mozillas_bases_it_is_refused(spec: Path) -> None:
    spec.write_text(YAML.replace("  base_binary_path: base\n", ""))

    with pytest.raises(UsageError, match="needs one of Mozilla's base binaries"):
        build_spec(spec)


def test_without_a_maximum_length_it_is_refused(spec: Path) -> None:
    config = {key: value for key, value in TOKENIZER_CONFIG.items() if key != "model_max_length"}
    write_json(spec.parent / "model" / "tokenizer_config.json", config)

    with pytest.raises(EncoderfileError, match="model_max_length: missing"):
        build_spec(spec)


def test_onnx_weights_in_our_layout_are_refused_with_the_way_out(spec: Path) -> None:
    spec.write_text(YAML.replace("  layout: mozilla\n", ""))
    (spec.parent / "model" / "model.safetensors").unlink()

    with pytest.raises(EncoderfileError, match=r'model.onnx: the numpy runtime does not run ONNX.*layout = "mozilla"'):
        build_spec(spec)


def test_labels_come_in_the_order_of_their_numbers(spec: Path) -> None:
    spec.write_text(YAML.replace("sentence_embedding", "sequence_classification"))
    config = json.loads((spec.parent / "model" / "config.json").read_text())
    labels = {"2": "c", "0": "a", "1": "b"}
    write_json(
        spec.parent / "model" / "config.json", config | {"id2label": labels, "label2id": {"c": 2, "b": 1, "a": 0}}
    )

    text = build_spec(spec).read("model_config").decode()

    assert '"num_labels":null,"id2label":{"0":"a","1":"b","2":"c"},"label2id":{"a":0,"b":1,"c":2}' in text
