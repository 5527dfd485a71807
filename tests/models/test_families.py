"""config.json of each family as `EncoderConfig`: spellings, defaults, what is refused and what is noted."""

from __future__ import annotations

from typing import Any

import pytest

from encoderfile_runtime.architectures import ARCHITECTURES, EncoderConfig
from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.models.families import FAMILIES, Reading, read_config
from hatch_encoderfile.models.tensors import is_optional

SIZES: dict[str, Any] = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 24,
}
NOMIC_PUBLISHED: dict[str, Any] = {
    "vocab_size": 40,
    "n_embd": 16,
    "n_layer": 4,
    "n_head": 2,
    "n_inner": 24,
    "n_positions": 24,
    "layer_norm_epsilon": 1e-12,
    "activation_function": "swiglu",
    "rotary_emb_base": 1000,
    "rotary_emb_fraction": 1.0,
    "type_vocab_size": 2,
    "qkv_proj_bias": False,
    "mlp_fc1_bias": False,
    "mlp_fc2_bias": False,
}
DEBERTA: dict[str, Any] = {
    "relative_attention": True,
    "pos_att_type": "c2p|p2c",
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
}


def reading(family: str, /, **config: Any) -> Reading:
    return read_config({"model_type": family} | config, ModelType.SENTENCE_EMBEDDING)


def reading_for(model_type: ModelType, family: str, /, **config: Any) -> Reading:
    return read_config({"model_type": family} | config, model_type)


def read(family: str, /, **config: Any) -> EncoderConfig:
    return reading(family, **config).encoder("")


def test_the_front_end_reads_what_the_runtime_runs() -> None:
    assert set(FAMILIES) == set(ARCHITECTURES)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"deberta-v2"}))
def test_an_empty_config_is_the_reference_s_default(family: str) -> None:
    config = read(family)
    assert config.hidden_size % config.num_attention_heads == 0
    assert reading(family).notes == []


def test_debertas_defaults_are_refused_each_by_name() -> None:
    faults = reading("deberta-v2").faults
    assert [fault.partition(":")[0] for fault in faults] == [
        "relative_attention",
        "share_att_key",
        "pos_att_type",
        "norm_rel_ebd",
    ]
    assert faults[0] == "relative_attention: absent, which is False, is not supported, expected True"


def test_nomics_published_spelling_is_read() -> None:
    modern = SIZES | {"rope_parameters": {"rope_theta": 1000}, "hidden_act": "silu"}
    assert read("nomic_bert", **NOMIC_PUBLISHED) == read("nomic_bert", **modern)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_size", 32),
        ("intermediate_size", 32),
        ("max_position_embeddings", 2048),
        ("layer_norm_eps", 1e-5),
        ("rope_theta", 5.0),
        ("rope_parameters", {"rope_theta": 5.0}),
        ("hidden_act", "gelu"),
    ],
)
def test_nomics_two_spellings_in_one_file_have_to_agree(key: str, value: Any) -> None:
    [fault] = reading("nomic_bert", **NOMIC_PUBLISHED | {key: value}).faults
    assert fault.startswith(f"{key}: {value!r}")


def test_nomics_published_code_has_its_own_defaults() -> None:
    faults = reading("nomic_bert", n_embd=16, rotary_emb_fraction=1).faults
    assert [fault.partition(":")[0] for fault in faults] == [
        "mlp_fc1_bias",
        "mlp_fc2_bias",
        "qkv_proj_bias",
        "activation_function",
    ]


def test_distilberts_own_spelling_is_read() -> None:
    own = {"vocab_size": 40, "dim": 16, "n_layers": 4, "n_heads": 2, "hidden_dim": 24, "activation": "relu"}
    config = read("distilbert", max_position_embeddings=24, **own)
    assert (config.hidden_size, config.num_hidden_layers, config.intermediate_size) == (16, 4, 24)
    assert (config.hidden_act, config.type_vocab_size, config.layer_norm_eps) == ("relu", 0, 1e-12)


def test_two_names_of_a_setting_that_disagree_are_refused() -> None:
    [fault] = reading("distilbert", n_heads=2, num_attention_heads=4).faults
    assert fault == "num_attention_heads: 4, but n_heads, which is the same setting, is 2"
    assert read("distilbert", num_attention_heads=4).num_attention_heads == 4
    [fault] = reading("modernbert", local_attention=8, sliding_window=8).faults
    assert fault == "sliding_window: 8, but local_attention, which is twice that, is 8"
    [fault] = reading("gte", rope_theta=5.0, rope_parameters={"rope_theta": 6.0}).faults
    assert fault == "rope_theta: 5.0, but the rotary parameters say 6.0: remove one"
    [fault] = reading(
        "modernbert", global_rope_theta=5.0, rope_parameters={"full_attention": {"rope_theta": 6.0}}
    ).faults
    assert fault == "global_rope_theta: 5.0, but the rotary parameters say 6.0: remove one"


@pytest.mark.parametrize(
    ("family", "key", "value"),
    [
        ("bert", "rope_factor", 2.0),
        ("bert", "global_attn_every_n_layers", 2),
        ("bert", "classifier_pooling", "mean"),
        ("distilbert", "layer_norm_eps", 0.5),
        ("distilbert", "hidden_act", "relu"),
        ("distilbert", "intermediate_size", 8),
        ("distilbert", "local_attention", 8),
        ("gte", "rope_factor", 2.0),
        ("gte", "n_head", 4),
        ("gte", "local_attention", 8),
        ("modernbert", "rope_factor", 2.0),
        ("modernbert", "layer_norm_eps", 0.5),
        ("modernbert", "layer_norm_epsilon", 0.5),
        ("modernbert", "rope_theta", 5.0),
        ("nomic_bert", "n_head", 4),
        ("nomic_bert", "layer_norm_epsilon", 0.5),
        ("nomic_bert", "rope_factor", 2.0),
    ],
)
def test_what_the_family_does_not_read_is_noted_and_not_used(family: str, key: str, value: Any) -> None:
    found = reading(family, **{key: value})
    assert found.notes == [f"config.json: no settings of {family}, not used: {key}"]
    assert found.encoder("") == read(family)


def test_an_unknown_key_inside_a_table_is_noted_with_its_path() -> None:
    found = reading("gte", rope_parameters={"rope_type": "linear", "factor": 2.0, "colour": "red"}, shape="round")
    assert found.notes == ["config.json: no settings of gte, not used: rope_parameters.colour, shape"]


def test_modernberts_layers_without_window_are_found_in_both_spellings() -> None:
    old = read("modernbert", global_rope_theta=5.0, local_rope_theta=3.0, global_attn_every_n_layers=2, **SIZES)
    ropes = {"full_attention": {"rope_theta": 5.0}, "sliding_attention": {"rope_theta": 3.0}}
    kinds = ["full_attention", "sliding_attention"] * 2
    assert old == read("modernbert", rope_parameters=ropes, layer_types=kinds, **SIZES)
    assert (old.local_attention, old.global_attn_every_n_layers) == (128, 2)
    assert read("modernbert", sliding_window=5).local_attention == 10


def test_layers_without_a_pattern_are_refused() -> None:
    kinds = ["full_attention", "full_attention", "sliding_attention", "full_attention"]
    [fault] = reading("modernbert", layer_types=kinds, **SIZES).faults
    assert fault.startswith("layer_types: ['full_attention', 'full_attention', ")


def test_new_s_scaling_is_fixed_ntk() -> None:
    config = read("new", rope_theta=20.0, rope_scaling={"type": "ntk", "factor": 8.0}, **SIZES)
    assert (config.rope_theta, config.rope_scaling) == (20.0, {"rope_type": "ntk", "factor": 8.0})


def test_a_fault_names_the_key_as_the_file_has_it() -> None:
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("modernbert", {"hidden_activation": "round"}, "hidden_activation: 'round' is not supported"),
        ("distilbert", {"dim": 0}, "dim: expected an integer from 1"),
        ("nomic_bert", NOMIC_PUBLISHED | {"n_inner": 0}, "n_inner: expected an integer from 1"),
        ("gte", {"rope_parameters": {"type": "linear", "factor": 0}}, "rope_parameters.factor: expected a number from"),
        (
            "modernbert",
            {"rope_parameters": {"sliding_attention": {"rope_type": "linear", "factor": "2"}}},
            "rope_parameters.sliding_attention.factor: expected a number from",
        ),
        ("modernbert", {"local_rope_theta": 0}, "local_rope_theta: expected a number from"),
    ]
    for family, config, fault in cases:
        with pytest.raises(ModelError) as caught:
            read(family, **config)
        assert caught.value.faults[0].startswith(fault)


@pytest.mark.parametrize(
    ("family", "config", "fault"),
    [
        ("new", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "rope_scaling.type: 'dynamic' is not supported"),
        ("new", {"rope_scaling": {"type": "ntk", "factor": 0.5}}, "rope_scaling.factor: expected a number from 1 to"),
        ("new", {"hidden_size": 6}, "gives 2 heads no even number of features"),
        ("roberta", {"max_position_embeddings": 2}, "max_position_embeddings: 2 leaves no position for a token"),
        ("bert", {"type_vocab_size": 0}, "type_vocab_size: 0 is not supported, expected at least 1"),
        ("bert", {"hidden_size": None}, "hidden_size: null, expected a value or no such key"),
        ("gte", {"rope_parameters": {"rope_type": "yarn", "type": "linear"}}, "rope_parameters.type: 'linear', but"),
        ("gte", {"rope_parameters": {"rope_type": "linear"}}, "rope_parameters.factor: missing, linear needs it"),
        (
            "gte",
            {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "beta_fast": 4}},
            "rope_parameters.beta_fast: has no effect beside the other settings",
        ),
        ("gte", {"partial_rotary_factor": 0.5}, "partial_rotary_factor: 0.5 is not supported, expected 1.0"),
        (
            "gte",
            {"rope_parameters": {"rope_theta": 5.0}, "original_max_position_embeddings": 8},
            "original_max_position_embeddings: has no effect beside the other settings",
        ),
        ("gte", {"head_dim": 4}, "head_dim: 4 is not supported, expected hidden_size over num_attention_heads"),
        ("modernbert", {"rope_parameters": {"rope_type": "linear"}}, "rope_parameters.rope_type: has no effect"),
        ("bert", {"quantization_config": {"bits": 8}}, "quantization_config: quantized weights are not supported"),
        (
            "bert",
            {"auto_map": {"AutoModel": "jinaai/jina-bert-v2--modeling_bert.JinaBertModel"}},
            "auto_map.AutoModel: 'jinaai/jina-bert-v2--modeling_bert.JinaBertModel' is code of the checkpoint's own",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(family: str, config: dict[str, Any], fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        read(family, **(SIZES | config))


@pytest.mark.parametrize(
    ("family", "key", "value"),
    [
        ("albert", "num_hidden_groups", 2),
        ("bert", "is_decoder", True),
        ("bert", "position_embedding_type", "relative_key"),
        ("bert", "pruned_heads", {"0": [1]}),
        ("deberta-v2", "conv_kernel_size", 3),
        ("deberta-v2", "share_att_key", False),
        ("deberta-v2", "pos_att_type", ["c2p"]),
        ("deberta-v2", "norm_rel_ebd", "none"),
        ("deberta-v2", "attention_head_size", 4),
        ("modernbert", "norm_bias", True),
        ("mpnet", "relative_attention_num_buckets", 64),
        ("new", "pack_qkv", False),
        ("roberta", "is_decoder", True),
        ("roberta", "pad_token_id", 0),
    ],
)
def test_a_variant_without_code_is_named(family: str, key: str, value: Any) -> None:
    config = (DEBERTA if family == "deberta-v2" else {}) | {key: value}
    [fault] = reading(family, **config).faults
    assert fault.startswith(f"{key}: {value!r} is not supported, expected ")


@pytest.mark.parametrize("family", ["albert", "deberta-v2", "distilbert", "gte", "modernbert", "mpnet", "nomic_bert"])
def test_a_decoder_is_no_setting_of_families_that_have_none(family: str) -> None:
    found = reading(family, is_decoder=True, **(DEBERTA if family == "deberta-v2" else {}))
    assert (found.faults, found.notes) == ([], [])


def test_debertas_spelling_of_two_in_one_is_read() -> None:
    assert reading("deberta-v2", **DEBERTA).faults == []


@pytest.mark.parametrize(
    ("model_type", "head", "fine"),
    [
        (ModelType.SEQUENCE_CLASSIFICATION, "BertForSequenceClassification", True),
        (ModelType.SEQUENCE_CLASSIFICATION, "BertForTokenClassification", False),
        (ModelType.SEQUENCE_CLASSIFICATION, "BertForQuestionAnswering", False),
        (ModelType.SEQUENCE_CLASSIFICATION, "BertModel", True),  # the tensors of the head decide
        (ModelType.TOKEN_CLASSIFICATION, "BertForTokenClassification", True),
        (ModelType.TOKEN_CLASSIFICATION, "BertForSequenceClassification", False),
        (ModelType.SENTENCE_EMBEDDING, "BertForQuestionAnswering", True),
    ],
)
def test_a_classifier_needs_its_own_head(model_type: ModelType, head: str, fine: bool) -> None:
    faults = reading_for(model_type, "bert", architectures=[head]).faults
    assert len(faults) == (not fine)
    assert all(fault.startswith(f"architectures: ['{head}'] has no head for {model_type.label}") for fault in faults)


def test_settings_of_heads_do_not_matter_to_embeddings() -> None:
    for key, value in (("classifier_bias", True), ("classifier_activation", "relu")):
        for model_type in (ModelType.EMBEDDING, ModelType.SENTENCE_EMBEDDING):
            assert reading_for(model_type, "modernbert", **{key: value}).faults == []
        [fault] = reading_for(ModelType.TOKEN_CLASSIFICATION, "modernbert", **{key: value}).faults
        assert fault.startswith(f"{key}: {value!r} is not supported")


@pytest.mark.parametrize(
    ("family", "config", "name"),
    [
        ("new", {}, "Alibaba-NLP/new-impl--modeling.NewModel"),
        ("gte", {}, "modeling_hf_alibaba_nlp_gte.GteModel"),
        ("nomic_bert", NOMIC_PUBLISHED, "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"),
    ],
)
def test_the_published_code_of_a_family_is_named_in_a_note(family: str, config: dict[str, Any], name: str) -> None:
    found = reading(family, auto_map={"AutoModel": name}, **config)
    assert found.faults == []
    assert found.notes == [
        f"config.json: auto_map.AutoModel: the code of {name} is not run, the same model is built in"
    ]


@pytest.mark.parametrize(
    "family", ["albert", "bert", "deberta-v2", "distilbert", "electra", "modernbert", "mpnet", "roberta"]
)
def test_heads_of_other_tasks_are_left_out_of_embeddings(family: str) -> None:
    config = read(family, **(DEBERTA if family == "deberta-v2" else {}))
    # of question answering; of multiple choice; of nothing known
    names = ("qa_outputs.weight", "classifier.bias", "adapter.weight")
    assert [is_optional(name, ModelType.SENTENCE_EMBEDDING, config) for name in names] == [True, True, False]
