"""Layout "mozilla" against what Mozilla's CLI 0.7.0 writes, made here with the tokenizers library and nothing of ours."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING, Any

import pytest
import tokenizers
from support.model_repo import CONFIG, TOKENIZER_CONFIG, tokenizer, write_json, write_model

from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.build import BuildResult, build
from hatch_encoderfile.compare.diff import diff
from hatch_encoderfile.compare.extract import extract
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

BASE = b"\x7fELF encoderfile-runtime" + bytes(range(256))
GRAPH = b"\x08\x08\x12\x07pytorch" + bytes(1000)
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-apple-darwin")
DIRECTORY = "  path: model\n"
BY_NAME = """\
  path:
    model_config_path: model/config.json
    model_weights_path: elsewhere/graph.onnx
    tokenizer_path: model/tokenizer.json
"""
LABELS = {"id2label": {"1": "bad", "0": "good"}, "label2id": {"bad": 1, "good": 0}}


def write_spec(root: Path, path: str = DIRECTORY, lines: str = "", model_type: str = "sentence_embedding") -> Path:
    """A model in Mozilla's directory form, with its graph in another place too, and a spec in Mozilla's words."""
    write_model(root / "model", **LABELS)
    (root / "model" / "model.safetensors").unlink()
    (root / "model" / "model.onnx").write_bytes(GRAPH)
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "graph.onnx").write_bytes(GRAPH)
    (root / "encoderfile-runtime").write_bytes(BASE)
    (root / "encoderfile-runtime").chmod(0o755)
    spec = root / "encoderfile.yml"
    head = f'encoderfile:\n  name: tiny\n  version: "1.0"\n  model_type: {model_type}\n  layout: mozilla\n'
    spec.write_text(f"{head}{path}{lines}", encoding="utf-8")
    return spec


def built(spec: Path, target: str = TARGETS[0]) -> BuildResult:
    [declared] = read_spec(spec)
    return build(declared, target=target, base_binary_path=spec.parent / "encoderfile-runtime")


def theirs(model_type: int, padding: dict[str, Any], truncation: dict[str, Any]) -> bytes:
    """The file of Mozilla's CLI: base, manifest, artifacts without gaps, footer."""
    library = tokenizers.Tokenizer.from_str(json.dumps(tokenizer()))
    library.enable_padding(**padding)
    library.enable_truncation(**truncation)
    inner = library.to_str()
    config = {key: json.loads(inner)[key] for key in ("padding", "truncation")}
    model_config = {
        "model_type": "bert",
        "num_labels": None,
        "id2label": {"0": "good", "1": "bad"},
        "label2id": {"good": 0, "bad": 1},
        **dict.fromkeys(("height", "width", "image_size", "num_channels")),
    }
    artifacts = [
        (b"\xa2\x06", GRAPH),
        (b"\xc2\x07", compact(model_config)),
        (b"\x92\x08", b'{"tokenizer":%b,"config":%b}' % (inner.encode(), compact(config))),
    ]
    head = bytes([0x08, model_type]) + b"\x12\x04tiny\x1a\x031.0"
    position = length = len(head) + 55 * len(artifacts)
    manifest = head
    for tag, data in artifacts:
        numbers = b"\x09" + struct.pack("<Q", position) + b"\x11" + struct.pack("<Q", len(data))
        manifest += tag + b"\x34" + numbers + b"\x1a\x20" + hashlib.sha256(data).digest()
        position += len(data)
    footer = struct.pack("<8sIQQI", b"ENCFILE", 1, len(BASE), length, 1)
    return BASE + manifest + b"".join(data for _, data in artifacts) + footer


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def test_a_directory_gives_the_bytes_of_mozillas_cli(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)

    expected = theirs(4, {"pad_id": 0, "pad_token": "[PAD]"}, {"max_length": 512})
    assert built(spec).path.read_bytes() == expected


def test_what_tokenizer_config_says_and_the_spec_in_place_of_it(tmp_path: Path) -> None:
    overrides = "  tokenizer: {pad_strategy: {fixed: 8}, truncation_side: left, max_length: 16, stride: 2}\n"
    spec = write_spec(tmp_path, lines=overrides, model_type="token_classification")
    said = {"padding_side": "left", "pad_to_multiple_of": 4, "pad_token_type_id": 1, "pad_token": "[UNK]"}
    write_json(tmp_path / "model" / "tokenizer_config.json", TOKENIZER_CONFIG | said)

    padding = {"pad_id": 1, "pad_token": "[UNK]", "pad_type_id": 1, "direction": "left", "pad_to_multiple_of": 4}
    expected = theirs(3, padding | {"length": 8}, {"max_length": 16, "stride": 2, "direction": "left"})
    assert built(spec).path.read_bytes() == expected


def test_files_by_name_have_no_tokenizer_config_unless_it_is_named(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, BY_NAME)
    write_json(tmp_path / "model" / "tokenizer_config.json", TOKENIZER_CONFIG | {"model_max_length": 7})

    result = built(spec)

    assert result.path.read_bytes() == theirs(4, {}, {"max_length": 512})
    assert "no tokenizer_config.json: padding and truncation are those of tokenizer.json" in result.notes[1]


def test_files_by_name_with_their_tokenizer_config(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, f"{BY_NAME}    tokenizer_config_path: model/tokenizer_config.json\n")
    write_json(tmp_path / "model" / "tokenizer_config.json", TOKENIZER_CONFIG | {"model_max_length": 7})

    assert built(spec).path.read_bytes() == theirs(4, {}, {"max_length": 7})


def test_without_tokenizer_config_tokenizer_json_says_it_and_the_spec_in_place_of_it(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, BY_NAME, "  tokenizer: {stride: 3, pad_strategy: batch_longest}\n")
    padding = {"strategy": {"Fixed": 9}, "direction": "Left", "pad_id": 1, "pad_type_id": 0, "pad_token": "[UNK]"}
    truncation = {"max_length": 20, "strategy": "OnlyFirst", "stride": 0}
    write_json(tmp_path / "model" / "tokenizer.json", tokenizer() | {"padding": padding, "truncation": truncation})

    expected = theirs(
        4,
        {"direction": "left", "pad_id": 1, "pad_token": "[UNK]"},
        {"max_length": 20, "strategy": "only_first", "stride": 3},
    )
    assert built(spec).path.read_bytes() == expected


def test_several_targets_give_several_files(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)

    results = [built(spec, target) for target in TARGETS]

    assert [result.path.name for result in results] == [f"tiny-1.0-{target}.encoderfile" for target in TARGETS]
    assert results[0].sha256 == results[1].sha256


def test_inspect_verify_extract_and_diff_work_on_it(tmp_path: Path) -> None:
    path = built(write_spec(tmp_path / "one")).path
    other = built(write_spec(tmp_path / "other", lines="  tokenizer: {stride: 3}\n")).path
    container = Container(str(path))

    facts = report.describe(container)
    assert (facts["base"], facts["weights_format"], facts["format_profile"]) == (None, None, None)
    assert facts["encoderfile_config"]["model_type"] == "sentence_embedding"
    assert [item.what for item in verify(container).uncovered] == ["base", "manifest", "footer"]
    written = [item.relative_to(tmp_path / "parts").as_posix() for item in extract(container, None, tmp_path / "parts")]
    assert written == [
        "base",
        "manifest.binpb",
        *(f"artifacts/{name}" for name in ("weights.onnx", "model_config.json", "tokenizer.json")),
    ]
    assert (tmp_path / "parts" / "base").read_bytes() == BASE
    assert (tmp_path / "parts" / "artifacts" / "weights.onnx").read_bytes() == GRAPH
    assert [item.what for item in diff(container, Container(str(other)))] == ["part tokenizer"]


def test_weights_that_a_graph_has_outside_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    (tmp_path / "model" / "model.onnx_data").write_bytes(b"weights")

    assert "model.onnx_data is not carried: a graph that has its weights there cannot be run" in built(spec).notes


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"model_type": None}, "model_type: missing"),
        ({"num_labels": -1}, "num_labels: -1, expected a number from 0"),
        ({"height": 1 << 32}, "height: 4294967296, expected a number from 0 to 4294967295"),
        ({"width": True}, "width: True, expected a number"),
        ({"id2label": ["a"]}, "id2label: expected an object with numbers as keys and texts as values"),
        ({"id2label": {"x": "a"}}, "id2label: expected numbers as keys and texts as values"),
        ({"id2label": {"01": "a"}}, "id2label: expected numbers as keys and texts as values"),
        ({"id2label": {"9" * 5000: "a"}}, "id2label: expected numbers as keys and texts as values"),
        ({"id2label": {"0": 1}}, "id2label: expected numbers as keys and texts as values"),
        ({"label2id": {"a": "0"}}, "label2id: expected texts as keys and numbers as values"),
        ({"label2id": {"a": True}}, "label2id: expected texts as keys and numbers as values"),
    ],
)
def test_a_config_that_their_runtime_cannot_read_is_refused(tmp_path: Path, config: dict[str, Any], fault: str) -> None:
    spec = write_spec(tmp_path)
    write_json(tmp_path / "model" / "config.json", CONFIG | config)

    with pytest.raises(EncoderfileError, match=rf"config\.json: {fault}"):
        built(spec)


@pytest.mark.parametrize("name", ["model.safetensors", "model.embd", "model.pte"])
def test_weights_that_are_no_graph_are_refused(tmp_path: Path, name: str) -> None:
    spec = write_spec(tmp_path, BY_NAME.replace("graph.onnx", name))
    (tmp_path / "elsewhere" / name).write_bytes(b"other weights")

    with pytest.raises(EncoderfileError, match=rf"{name}: is no ONNX graph, and Mozilla's bases run nothing else"):
        built(spec)


def test_a_directory_without_tokenizer_config_is_refused_as_by_their_cli(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    (tmp_path / "model" / "tokenizer_config.json").unlink()

    with pytest.raises(EncoderfileError, match=r"tokenizer_config\.json: not there: add it, or name each file"):
        built(spec)


@pytest.mark.parametrize("key", ["padding", "truncation"])
def test_a_tokenizer_that_says_something_else_is_refused(tmp_path: Path, key: str) -> None:
    spec = write_spec(tmp_path, BY_NAME)
    write_json(tmp_path / "model" / "tokenizer.json", tokenizer() | {key: {"other": 1}})

    with pytest.raises(EncoderfileError, match=rf"tokenizer\.json: {key}: expected an object of"):
        built(spec)


def test_a_maximum_length_that_means_none_is_refused(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    config = json.dumps(TOKENIZER_CONFIG).replace("512", str(int(1e30)))
    (tmp_path / "model" / "tokenizer_config.json").write_text(config, encoding="utf-8")

    with pytest.raises(EncoderfileError, match="model_max_length: missing, or no limit: set it, or the spec's"):
        built(spec)


def test_a_graph_by_name_in_our_layout_is_refused_with_the_way_out(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, BY_NAME)
    spec.write_text(spec.read_text(encoding="utf-8").replace("  layout: mozilla\n", ""), encoding="utf-8")

    with pytest.raises(EncoderfileError, match=r'graph.onnx: the numpy runtime does not run ONNX.*layout = "mozilla"'):
        built(spec)


def test_a_graph_in_a_directory_of_another_name_is_missed_by_name(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    (tmp_path / "model" / "model.onnx").rename(tmp_path / "model" / "graph.onnx")

    with pytest.raises(EncoderfileError, match=r"model: model\.onnx: not there"):
        built(spec)
