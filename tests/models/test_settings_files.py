"""The JSON files beside config.json: what states otherwise stops the build by name, and nothing is dropped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import MODULES, POOLING, TOKENIZER_CONFIG, tokenizer, write_json, write_repo
from support.settings_cases import MODEL_FILE, write_case

from encoderfile_runtime.errors import ModelError
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models import InputFiles, ModelArtifacts, load
from hatch_encoderfile.models.torch_activations import NAMES
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = "[tool.encoderfile.tokenizer]\n"
SPECIAL = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}


def load_model(spec_file: Path) -> ModelArtifacts:
    """The front end's result, without writing a file."""
    [spec] = read_spec(spec_file)
    with InputFiles(spec.pins, spec.source, Boundary(spec.root)) as inputs:
        artifacts = load(spec, inputs)
        inputs.complete()
        return artifacts


def repo(root: Path, name: str, content: Any, lines: str = "") -> Path:
    spec = write_repo(root, lines)
    write_json(root / "model" / name, content)
    return spec


@pytest.mark.parametrize(
    ("setting", "content", "message"),
    [
        ("do_lower_case", {"do_lower_case": False}, "do_lower_case: False, but tokenizer.json, .* says True"),
        ("strip_accents", {"strip_accents": False}, "strip_accents: False, but tokenizer.json, .* says True"),
        ("tokenize_chinese_chars", {"tokenize_chinese_chars": False}, "tokenize_chinese_chars: False, .* says True"),
        ("keep_accents", {"keep_accents": True}, "keep_accents: True, .* says False"),
        ("cls_token", {"cls_token": "<s>"}, "cls_token: '<s>', .* says None"),
        ("post_processor", {"cls_token": "[MASK]"}, r"cls_token: '\[MASK\]', .* says \['\[CLS\]', '\[SEP\]'\]"),
        ("unk_token", {"unk_token": {"content": "[MASK]"}}, r"unk_token: '\[MASK\]', .* says '\[UNK\]'"),
        ("additional_special_tokens", {"additional_special_tokens": ["<x>"]}, "additional_special_tokens: '<x>'"),
        (
            "added_tokens_decoder",
            {"added_tokens_decoder": {"0": SPECIAL | {"content": "[PAD]", "lstrip": True}}},
            "added_tokens_decoder.0: .*'lstrip': True.* says .*'lstrip': False",
        ),
        (
            "added_tokens_decoder",
            {"added_tokens_decoder": {"99": SPECIAL | {"content": "<x>"}}},
            "added_tokens_decoder.99: .*<x>.* says None",
        ),
    ],
)
def test_what_states_otherwise_than_tokenizer_json_stops_the_build_or_the_spec_settles_it(
    tmp_path: Path, setting: str, content: dict[str, Any], message: str
) -> None:
    config = TOKENIZER_CONFIG | content
    with pytest.raises(ModelError, match=f'(?s){message}.*put "{setting}" into the spec'):
        load_model(repo(tmp_path / "stops", "tokenizer_config.json", config))

    settled = f'{SETTINGS}ignored-settings = ["{setting}"]'
    notes = load_model(repo(tmp_path / "settled", "tokenizer_config.json", config, settled)).notes
    assert any("ignored as the spec says; tokenizer.json" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tokenizer_config.json", {"split_special_tokens": True}, "split_special_tokens: True is not supported"),
        ("tokenizer_config.json", {"do_basic_tokenize": False}, "do_basic_tokenize: False is not supported"),
        ("tokenizer_config.json", {"never_split": ["one"]}, "never_split: .* is not supported"),
        ("tokenizer_config.json", {"model_input_names": "input_ids"}, "model_input_names: expected a list"),
        ("tokenizer_config.json", {"do_lower_case": "yes"}, "do_lower_case: 'yes', expected true, false or null"),
        (
            "tokenizer_config.json",
            {"model_max_length": 9, "max_length": 8},
            "model_max_length: 9, .*: max_length: 8: they diff",
        ),
        ("special_tokens_map.json", {"sep_token": "</s>"}, "special_tokens_map.json: sep_token: '</s>'"),
        ("added_tokens.json", {"<x>": 50}, "added_tokens.json: <x>: 50, but tokenizer.json, .* says None"),
        (
            "sentence_bert_config.json",
            {"transformer_task": "fill-mask"},
            "transformer_task: 'fill-mask', expected 'feature",
        ),
        ("sentence_bert_config.json", {"query_length": 9}, "query_length: 9 is not supported"),
        ("sentence_bert_config.json", {"query_expansion": {"length": 9}}, "query_expansion: .* is not supported"),
        (
            "sentence_bert_config.json",
            {"module_output_name": "scores"},
            "module_output_name: 'scores' is not supported",
        ),
        (
            "sentence_bert_config.json",
            {"modality_config": {"text": {"method": "get_text_features", "method_output_name": None}}},
            "modality_config.text.method: 'get_text_features'",
        ),
        (
            "sentence_bert_config.json",
            {"processing_kwargs": {"text": {"add_special_tokens": False}}},
            "processing_kwargs.text.add_special_tokens: False is not supported",
        ),
        (
            "sentence_bert_config.json",
            {"tokenizer_args": {"do_lower_case": False}},
            "tokenizer_args.do_lower_case: False, but",
        ),
        (
            "sentence_bert_config.json",
            {"processor_kwargs": {"padding_side": "left"}},
            "processor_kwargs.padding_side: 'left'",
        ),
        (
            "sentence_bert_config.json",
            {"config_args": {"hidden_act": "relu"}},
            "config_args.hidden_act: 'relu', but config.json",
        ),
        (
            "sentence_bert_config.json",
            {"model_args": {"add_pooling_layer": True}},
            "model_args.add_pooling_layer: True",
        ),
        (
            MODEL_FILE,
            {"model_type": "SparseEncoder"},
            "model_type: 'SparseEncoder' is not supported for sentence_embedding",
        ),
        (MODEL_FILE, {"model_type": "MultiVectorEncoder"}, "model_type: 'MultiVectorEncoder' is not supported"),
        (MODEL_FILE, {"similarity_fn_name": "maxsim"}, "similarity_fn_name: 'maxsim' is not supported"),
        (MODEL_FILE, {"truncate_dim": 0}, "truncate_dim: 0, expected a number from 1"),
        ("1_Pooling/config.json", POOLING | {"embedding_dimension": 9}, "word_embedding_dimension: 16, but .* is 9"),
        (
            "modules.json",
            [MODULES[0] | {"kwargs": ["task"]}, MODULES[1]],
            r"modules.json\[0\].kwargs: \['task'\] is not supp",
        ),
    ],
)
def test_what_could_change_results_is_refused_by_name(tmp_path: Path, name: str, content: Any, message: str) -> None:
    base = TOKENIZER_CONFIG if name == "tokenizer_config.json" else {}
    with pytest.raises(ModelError, match=message):
        load_model(repo(tmp_path, name, base | content if base else content))


def test_a_direction_of_truncation_that_two_files_state_differently_stops_the_build(tmp_path: Path) -> None:
    truncation = {"direction": "Left", "max_length": 24, "strategy": "LongestFirst", "stride": 0}
    definition = tokenizer() | {"truncation": truncation}
    spec = repo(tmp_path, "tokenizer.json", definition)
    load_model(spec)
    write_json(tmp_path / "model" / "tokenizer_config.json", TOKENIZER_CONFIG | {"truncation_side": "right"})

    with pytest.raises(ModelError, match=r"truncation_side: 'right', but tokenizer.json: truncation.direction: 'Left'"):
        load_model(spec)


def test_a_post_processor_that_is_missing_stops_the_build_where_special_tokens_are_stated(tmp_path: Path) -> None:
    spec = repo(tmp_path, "tokenizer.json", tokenizer() | {"post_processor": None})
    load_model(spec)
    write_json(
        tmp_path / "model" / "tokenizer_config.json", TOKENIZER_CONFIG | {"cls_token": "[CLS]", "sep_token": "[SEP]"}
    )

    with pytest.raises(ModelError, match=r"cls_token and sep_token: .* says 'no post_processor that adds them'"):
        load_model(spec)


def test_a_token_that_is_to_be_added_and_is_not_stops_the_build(tmp_path: Path) -> None:
    config = TOKENIZER_CONFIG | {"add_eos_token": True, "add_bos_token": False}
    load_model(repo(tmp_path / "added", "tokenizer_config.json", config))
    spec = repo(tmp_path / "plain", "tokenizer_config.json", config)
    write_json(tmp_path / "plain" / "model" / "tokenizer.json", tokenizer() | {"post_processor": None})

    with pytest.raises(ModelError, match=r"add_eos_token: True, but tokenizer.json, .* says False"):
        load_model(spec)


def test_a_setting_that_settles_nothing_is_a_fault_of_the_spec(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer.ignored-settings: 'do_lower_case' is no setting that states"):
        load_model(write_repo(tmp_path, f'{SETTINGS}ignored-settings = ["do_lower_case"]'))


@pytest.mark.parametrize("task", ["sentence_embedding", "embedding"])
@pytest.mark.parametrize("kind", ["SpladePooling", "MLMTransformer", "MultiVectorMask", "Router", "WordWeights"])
def test_modules_of_another_kind_of_model_never_pass_for_a_plain_encoder(tmp_path: Path, task: str, kind: str) -> None:
    spec = write_repo(tmp_path, model_type=task)
    module = {"type": f"sentence_transformers.models.{kind}", "path": "1_X"}
    write_json(tmp_path / "model" / "modules.json", [MODULES[0], module])

    with pytest.raises(ModelError, match=rf"modules.json\[1\].type: .*{kind}' is not supported"):
        load_model(spec)


def test_keys_and_files_that_nothing_reads_are_noted(tmp_path: Path) -> None:
    spec = repo(tmp_path, "tokenizer_config.json", TOKENIZER_CONFIG | {"colour": "red"})
    write_json(tmp_path / "model" / "generation_config.json", {})
    write_json(tmp_path / "model" / "onnx" / "config.json", {})

    notes = load_model(spec).notes

    assert "tokenizer_config.json: colour: no setting that is known, not used" in notes
    assert "not read: generation_config.json, onnx/config.json" in notes


def test_pooling_without_modules_is_said(tmp_path: Path) -> None:
    spec = write_repo(tmp_path)
    (tmp_path / "model" / "modules.json").unlink()

    assert any("1_Pooling/config.json: not used" in note for note in load_model(spec).notes)


def test_a_maximum_length_above_the_positions_is_cut_and_said(tmp_path: Path) -> None:
    notes = load_model(repo(tmp_path, "sentence_bert_config.json", {"max_seq_length": 99})).notes

    assert any(
        "max_seq_length: 99 is more than the 24 positions of the model: texts are cut to 24" in note for note in notes
    )


@pytest.mark.parametrize("path", ["Tanh", "os.system", "torch.nn.PReLUX", "torch.nn.modules.activation.RReLU", 5])
def test_an_activation_of_scores_that_is_not_torchs_own_is_refused(tmp_path: Path, path: Any) -> None:
    spec = write_repo(tmp_path, model_type="sequence_classification")
    write_case(tmp_path / "model", "score Tanh")
    write_json(tmp_path / "model" / MODEL_FILE, {"activation_fn": path})

    with pytest.raises(ModelError, match=f"activation_fn: {path!r} is not supported"):
        load_model(spec)


def test_an_older_files_activation_gives_way_to_that_of_version_6_and_is_said(tmp_path: Path) -> None:
    spec = write_repo(tmp_path, model_type="sequence_classification")
    write_case(tmp_path / "model", "score Tanh")
    config = (tmp_path / "model" / "config.json").read_text()
    old = '{"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity", '
    (tmp_path / "model" / "config.json").write_text(old + config[1:])

    assert any(
        "identity, not used: config_sentence_transformers.json says tanh" in note for note in load_model(spec).notes
    )


def test_every_activation_has_code() -> None:
    from encoderfile_runtime.tasks.scores import SCORE_ACTIVATIONS

    assert set(NAMES.values()) <= set(SCORE_ACTIVATIONS)
