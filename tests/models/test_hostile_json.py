"""JSON that no tool writes: each value of each file as another, and texts that two readers take for different things."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import CONFIG, MODULES, POOLING, TOKENIZER_CONFIG, tokenizer, write_json, write_repo
from support.task_repos import write_task_repo

from encoderfile_runtime.errors import EncoderfileError, ModelError
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models import InputFiles, ModelArtifacts, load
from hatch_encoderfile.models.families import read_config
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUES: list[Any] = [[], {}, "x", 5, None, True, [[]], -1]
SENTENCES = {"max_seq_length": 20, "do_lower_case": False}
TOKENS = {
    "additional_special_tokens": ["[MASK]"],
    "added_tokens_decoder": {"0": {"content": "[PAD]", "special": True, "normalized": False}},
    "model_input_names": ["input_ids", "attention_mask"],
    "strip_accents": None,
    "cls_token": {"content": "[CLS]"},
}
ARGUMENTS = {
    "transformer_task": "feature-extraction",
    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
    "processing_kwargs": {"text": {"padding": True}},
    "processor_kwargs": {"model_max_length": 20},
    "model_args": {"torch_dtype": "float32"},
}
PROMPTS = {"prompts": {"query": "one "}, "default_prompt_name": "query"}


def load_model(spec_file: Path) -> ModelArtifacts:
    """The front end's result, without writing a file."""
    [spec] = read_spec(spec_file)
    with InputFiles(spec.pins, spec.source, Boundary(spec.root)) as inputs:
        artifacts = load(spec, inputs)
        inputs.complete()
        return artifacts


def swapped(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """The value with each value in it changed to each of `VALUES`; of long containers the first and the last member only."""
    yield from ((f"{at} = {json.dumps(other)}", other) for other in VALUES)
    if isinstance(value, dict | list):
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        for key in keys if len(keys) < 16 else (keys[0], keys[-1]):
            for name, changed in swapped(value[key], f"{at}.{key}"):
                whole = copy.copy(value)
                whole[key] = changed
                yield name, whole


def swap_each_value(spec: Path, path: Path, content: Any) -> None:
    """Load the model with each change of the file; anything but a result or an error of ours is told with the change."""
    for where, changed in swapped(content):
        write_json(path, changed)
        try:
            load_model(spec)
        except EncoderfileError:
            continue
        except Exception as error:
            raise AssertionError(f"{path.name}{where}: {error!r}") from error


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", CONFIG | {"num_labels": 2}),
        ("tokenizer.json", tokenizer()),
        ("tokenizer_config.json", TOKENIZER_CONFIG | {"padding_side": "right", "stride": 0, "pad_to_multiple_of": 8}),
        ("modules.json", MODULES),
        ("1_Pooling/config.json", POOLING | {"pooling_mode": ["mean"]}),
        ("tokenizer_config.json", TOKENS),
        ("special_tokens_map.json", {"pad_token": {"content": "[PAD]"}, "additional_special_tokens": ["[MASK]"]}),
        ("added_tokens.json", {"[PAD]": 0}),
        ("sentence_bert_config.json", SENTENCES),
        ("sentence_bert_config.json", ARGUMENTS),
        ("config_sentence_transformers.json", PROMPTS),
        (
            "config_sentence_transformers.json",
            {"model_type": "SentenceTransformer", "similarity_fn_name": "dot", "truncate_dim": 4},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_value_in_place_of_another_is_refused_or_read(tmp_path: Path, name: str, content: Any) -> None:
    spec = write_repo(tmp_path)
    write_json(tmp_path / "model" / name, content)
    load_model(spec)

    swap_each_value(spec, tmp_path / "model" / name, content)


def test_any_value_in_a_classifiers_config_is_refused_or_read(tmp_path: Path) -> None:
    spec = write_task_repo(tmp_path, "sequence_classification")
    path = tmp_path / "model" / "config.json"
    more = {
        "num_labels": 3,
        "problem_type": "regression",
        "sentence_transformers": {"activation_fn": "torch.nn.Sigmoid"},
    }
    content = json.loads(path.read_text()) | more
    write_json(path, content)
    load_model(spec)

    swap_each_value(spec, path, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [("config.json", CONFIG), ("tokenizer.json", tokenizer()), ("tokenizer_config.json", TOKENIZER_CONFIG)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_value_beside_an_onnx_graph_is_refused_or_read(tmp_path: Path, name: str, content: Any) -> None:
    spec = write_repo(tmp_path, 'layout = "mozilla"\nbase-binary-path = "base"')
    (tmp_path / "model" / "model.onnx").write_bytes(b"an ONNX graph")
    load_model(spec)

    swap_each_value(spec, tmp_path / "model" / name, content)


@pytest.mark.parametrize("model_type", ["sentence_embedding", "embedding", "token_classification"])
def test_cutting_the_second_text_is_refused_where_there_is_none(tmp_path: Path, model_type: str) -> None:
    lines = '[tool.encoderfile.tokenizer]\ntruncation-strategy = "only_second"'
    spec = write_task_repo(tmp_path, model_type, lines)

    with pytest.raises(ModelError, match="only_second cuts pairs, but this model takes single texts"):
        load_model(spec)


def test_cutting_the_second_text_is_for_classifiers_of_pairs(tmp_path: Path) -> None:
    lines = '[tool.encoderfile.tokenizer]\ntruncation-strategy = "only_second"'

    load_model(write_task_repo(tmp_path, "sequence_classification", lines))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param(
            "tokenizer_config.json", {"pad_token": ["x"]}, r"pad_token: expected a text, found \['x'\]", id="pad-token"
        ),
        pytest.param(
            "tokenizer.json",
            tokenizer() | {"added_tokens": [{"id": 0, "content": ["x"]}]},
            r"tokenizer.json: added_tokens\[0\].content: expected a text",
            id="added-token",
        ),
        pytest.param(
            "tokenizer.json",
            tokenizer() | {"added_tokens": "x"},
            "tokenizer.json: added_tokens: expected a list, found 'x'",
            id="added-tokens",
        ),
        pytest.param(
            "tokenizer_config.json",
            TOKENIZER_CONFIG | {"padding_side": ["left"]},
            r"padding_side \['left'\], expected one of left, right",
            id="padding-side",
        ),
        pytest.param("tokenizer.json", tokenizer() | {"model": None}, "tokenizer.json: model: ", id="model-null"),
        pytest.param("tokenizer.json", tokenizer() | {"model": []}, "tokenizer.json: model: ", id="model-list"),
        pytest.param("tokenizer.json", tokenizer() | {"model": "x"}, "tokenizer.json: model: ", id="model-text"),
        pytest.param(
            "1_Pooling/config.json",
            POOLING | {"pooling_mode": [["mean"]]},
            r"1_Pooling/config.json: pooling_mode: \['mean'\] is not supported",
            id="pooling-list",
        ),
        pytest.param(
            "1_Pooling/config.json",
            POOLING | {"pooling_mode": {}},
            "1_Pooling/config.json: pooling_mode: {} is not supported",
            id="pooling-object",
        ),
        pytest.param(
            "config_sentence_transformers.json",
            PROMPTS | {"default_prompt_name": ["a"]},
            r"default_prompt_name: \['a'\] is not among the prompts",
            id="default-prompt",
        ),
        pytest.param(
            "tokenizer_config.json",
            TOKENIZER_CONFIG | {"pad_to_multiple_of": 0},
            "pad_to_multiple_of 0, expected a number from 1",
            id="pad-to-multiple-of-zero",
        ),
        pytest.param(
            "tokenizer_config.json",
            TOKENIZER_CONFIG | {"truncation_strategy": "only_second"},
            "only_second cuts pairs, but this model takes single texts",
            id="only-second",
        ),
        *(
            pytest.param(
                "tokenizer_config.json",
                TOKENIZER_CONFIG | {"model_max_length": length},
                f"tokenizer_config.json: model_max_length: {length!r}, expected a number from 3",
                id=f"max-length-{length}",
            )
            for length in (2, 0, -1, True, "512")
        ),
    ],
)
def test_a_value_of_another_type_is_a_fault_with_its_key(tmp_path: Path, name: str, content: Any, message: str) -> None:
    spec = write_repo(tmp_path)
    write_json(tmp_path / "model" / name, content)

    with pytest.raises(ModelError, match=message):
        load_model(spec)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "modules.json"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b'{"a": 1, "a": 2}', "the key 'a' comes twice", id="duplicate-key"),
        pytest.param(b'[{"a": 1, "a": 2}]', "the key 'a' comes twice", id="duplicate-key-in-list"),
        pytest.param(b'{"a": NaN}', "NaN is not JSON", id="nan"),
        pytest.param(b'{"a": -Infinity}', "-Infinity is not JSON", id="infinity"),
        pytest.param(b'{"a": 1e999}', "number 1e999 is out of range", id="number-out-of-range"),
        pytest.param(b'{"a": "\\ud800"}', "surrogates not allowed", id="lone-surrogate"),
        pytest.param(b'{"a": "\xff"}', "is not UTF-8 JSON", id="not-utf-8"),
        pytest.param(b"\xef\xbb\xbf{}", "is not UTF-8 JSON", id="byte-order-mark"),
        pytest.param(b'{}, "a": {}', "is not UTF-8 JSON: Extra data", id="second-value"),
        pytest.param(b"{}}", "is not UTF-8 JSON", id="text-after"),
        pytest.param(b"", "is not UTF-8 JSON", id="empty"),
        pytest.param(b"[" * 10_000, "is not UTF-8 JSON", id="too-deep-to-read"),
        pytest.param(b"[" * 65 + b"]" * 65, "is nested more than 64 deep", id="deep"),
    ],
)
def test_json_that_readers_differ_on_is_refused(tmp_path: Path, name: str, text: bytes, message: str) -> None:
    spec = write_repo(tmp_path)
    (tmp_path / "model" / name).write_bytes(text)

    with pytest.raises(ModelError, match=f"{name}: .*{message}"):
        load_model(spec)


def faults(**config: Any) -> list[str]:
    return read_config(config, ModelType.SENTENCE_EMBEDDING).faults


@pytest.mark.parametrize("model_type", ["modernbert", "gte", "nomic_bert"])
@pytest.mark.parametrize("key", ["rope_parameters", "rope_scaling"])
@pytest.mark.parametrize("value", ["x", [1], 3, False, ""])
def test_rope_parameters_that_are_no_object_are_refused(model_type: str, key: str, value: Any) -> None:
    assert faults(model_type=model_type, **{key: value}) == [f"{key}: expected an object, found {value!r}"]


@pytest.mark.parametrize("kind", ["full_attention", "sliding_attention"])
def test_rope_parameters_of_a_kind_of_layer_that_are_no_object_are_refused(kind: str) -> None:
    [fault] = faults(model_type="modernbert", rope_parameters={kind: 5})
    assert fault == f"rope_parameters.{kind}: expected an object, found 5"


@pytest.mark.parametrize("value", [5, "x", {"full_attention": 1}, True, [], [5], [["full_attention"]], [None]])
def test_layer_types_that_are_no_list_of_kinds_are_refused(value: Any) -> None:
    [fault] = faults(model_type="modernbert", layer_types=value)
    assert fault.startswith(
        f"layer_types: {value!r} is not supported, expected full_attention for the first of 22 layers"
    )


def test_an_activation_that_is_no_text_is_refused() -> None:
    found = faults(model_type="nomic_bert", n_embd=16, activation_function=["x"])
    assert "activation_function: ['x'] is not supported, expected one of geglu, glu, swiglu" in found


@pytest.mark.parametrize("value", [[1, "c2p"], [["p2c"], "c2p"], ["c2p", "c2p"], 5, {}])
def test_attention_types_that_are_no_texts_are_refused(value: Any) -> None:
    found = faults(model_type="deberta-v2", pos_att_type=value)
    assert f"pos_att_type: {value!r} is not supported, expected ['c2p', 'p2c']" in found


@pytest.mark.parametrize("value", ["x", True, [], {}, None, 1.5])
@pytest.mark.parametrize("key", ["max_relative_positions", "position_buckets", "attention_head_size"])
def test_distances_that_are_no_numbers_are_refused(key: str, value: Any) -> None:
    assert any(fault.startswith(f"{key}: ") for fault in faults(model_type="deberta-v2", **{key: value}))


@pytest.mark.parametrize("value", ["x", True, [], {}, None, 1.5])
def test_windows_that_are_no_numbers_are_refused(value: Any) -> None:
    for key in ("sliding_window", "local_attention", "global_attn_every_n_layers"):
        with pytest.raises(ModelError, match=f"{key}: "):
            read_config({"model_type": "modernbert", key: value}, ModelType.SENTENCE_EMBEDDING).encoder("")


@pytest.mark.parametrize("value", [[1], ["x", {}], "BertModel", {"a": 1}])
def test_architectures_that_are_no_names_are_refused(value: Any) -> None:
    [fault] = faults(model_type="bert", architectures=value)
    assert fault == f"architectures: expected a list of class names, found {value!r}"


@pytest.mark.parametrize("value", ["x", [], 5])
def test_a_map_of_code_that_is_no_object_is_refused(value: Any) -> None:
    assert faults(model_type="bert", auto_map=value) == [f"auto_map: expected an object, found {value!r}"]
