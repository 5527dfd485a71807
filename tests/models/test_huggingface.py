"""What the front end refuses, each fault by name, and what it makes of a good directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.model_repo import (
    CONFIG,
    MODULES,
    POOLING,
    TOKENIZER_CONFIG,
    VOCABULARY,
    tensors,
    tokenizer,
    write_json,
    write_repo,
    write_safetensors,
)

from encoderfile_runtime.embd import file as embd
from encoderfile_runtime.errors import EncoderfileError, ModelError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.loading import load
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Change = Callable[[Path], None]


def build_repo(root: Path, lines: str = "", model_type: str = "sentence_embedding") -> Container:
    """Build the repo at `root`, which `write_repo` made."""
    spec = root / "pyproject.toml"
    if not spec.exists():
        write_repo(root, lines, model_type)
    [declared] = read_spec(spec)
    return Container(str(build(declared, target="portable").path))


def with_config(**changes: Any) -> Change:
    return lambda model: write_json(model / "config.json", CONFIG | changes)


def with_tensors(edit: Callable[[dict[str, NDArray[Any]]], object]) -> Change:
    def change(model: Path) -> None:
        arrays: dict[str, NDArray[Any]] = dict(tensors())
        edit(arrays)
        write_safetensors(model / "model.safetensors", arrays)

    return change


def with_json(name: str, value: Any) -> Change:
    return lambda model: write_json(model / name, value)


def with_tokenizer(**changes: Any) -> Change:
    return with_json("tokenizer.json", tokenizer() | changes)


DENSE = {
    "in_features": 16,
    "out_features": 4,
    "bias": True,
    "activation_function": "torch.nn.modules.activation.Tanh",
}


def with_dense(changes: dict[str, Any], weights: str | None = None) -> Change:
    def change(model: Path) -> None:
        module = {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}
        write_json(model / "modules.json", [*MODULES[:2], module, MODULES[2]])
        write_json(model / "2_Dense" / "config.json", DENSE | changes)
        if weights:
            random = np.random.default_rng(1)
            arrays = {"linear.weight": random.normal(size=(4, 16)), "linear.bias": random.normal(size=4)}
            write_safetensors(model / "2_Dense" / weights, {k: v.astype(np.float32) for k, v in arrays.items()})

    return change


def lowercase_of_a_cased_model(model: Path) -> None:
    write_json(model / "tokenizer.json", tokenizer() | {"normalizer": None})
    write_json(model / "tokenizer_config.json", {"model_max_length": 24})
    write_json(model / "sentence_bert_config.json", {"do_lower_case": True})


QUERY = "encoder.layer.0.attention.self.query.weight"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            with_config(model_type="t5"), "model_type: 't5' is not supported, expected one of albert", id="architecture"
        ),
        pytest.param(with_config(hidden_act="prelu"), "hidden_act: 'prelu' is not supported", id="activation"),
        pytest.param(
            with_config(position_embedding_type="relative_key"),
            "position_embedding_type: 'relative_key'",
            id="positions",
        ),
        pytest.param(with_config(is_decoder=True), "is_decoder: True is not supported", id="decoder"),
        pytest.param(
            with_config(auto_map={"AutoModel": "modeling.OwnModel"}),
            "auto_map.AutoModel: 'modeling.OwnModel' is code of the checkpoint's own",
            id="remote-code",
        ),
        pytest.param(
            with_config(quantization_config={"bits": 4}), "quantization_config: quantized weights", id="quantized"
        ),
        pytest.param(with_config(num_attention_heads=3), "hidden_size: 16 does not divide into 3 heads", id="heads"),
        pytest.param(with_config(hidden_size="16"), "hidden_size: expected an integer from 1", id="config-type"),
        pytest.param(with_json("config.json", []), "config.json: expected a JSON object", id="config-no-object"),
        pytest.param(
            lambda m: (m / "config.json").write_text("{"), "config.json: is not UTF-8 JSON", id="config-not-json"
        ),
        pytest.param(lambda m: (m / "config.json").unlink(), "config.json: not there", id="config-missing"),
        pytest.param(lambda m: (m / "tokenizer.json").unlink(), "tokenizer.json: not there", id="tokenizer-missing"),
        pytest.param(
            lambda m: (m / "model.safetensors").unlink(), "model.safetensors or .*: not there", id="weights-missing"
        ),
        pytest.param(
            lambda m: (m / "model.safetensors").rename(m / "pytorch_model.bin"),
            "pytorch_model.bin: is a pickle, which can run any code",
            id="pickle",
        ),
        pytest.param(with_tensors(lambda t: t.pop(QUERY)), f"{QUERY}: missing, expected shape", id="tensor-missing"),
        pytest.param(
            with_tensors(lambda t: t.update(extra=np.zeros(3, np.float32))),
            "extra: the architecture has no such tensor",
            id="tensor-extra",
        ),
        pytest.param(
            with_tensors(lambda t: t.update({QUERY: np.zeros((16, 8), np.float32)})),
            rf"{QUERY}: shape \[16, 8\], expected \[16, 16\]",
            id="tensor-shape",
        ),
        pytest.param(
            with_tensors(lambda t: t.update({QUERY: np.zeros((16, 16))})), f"{QUERY}: dtype F64", id="tensor-dtype"
        ),
        pytest.param(
            with_tensors(lambda t: t.update({QUERY: np.full((16, 16), np.nan, np.float32)})),
            "the model gives NaN or infinity",
            id="nan-weights",
        ),
        pytest.param(with_config(vocab_size=9), "has ids up to .*, but config.json's vocab_size", id="vocabulary-size"),
        pytest.param(
            with_json("sentence_bert_config.json", {"max_seq_length": 2}),
            "max_seq_length: 2, expected 3 to 24",
            id="max-length",
        ),
        pytest.param(
            lowercase_of_a_cased_model,
            "sentence_bert_config.json: do_lower_case: True, but tokenizer.json, which is what runs, says False",
            id="lower-case",
        ),
        pytest.param(
            with_json("1_Pooling/config.json", {"embedding_dimension": 16, "pooling_mode": "median"}),
            "1_Pooling/config.json: pooling_mode: 'median' is not supported",
            id="pooling-mode",
        ),
        pytest.param(
            with_json("1_Pooling/config.json", POOLING | {"pooling_mode_cls_token": True}),
            "expected one pooling mode, found",
            id="two-pooling-modes",
        ),
        pytest.param(
            with_json("1_Pooling/config.json", POOLING | {"word_embedding_dimension": 9}),
            "word_embedding_dimension: 9, but config.json's hidden_size is 16",
            id="pooling-dimension",
        ),
        pytest.param(
            with_json("modules.json", [*MODULES, {"type": "sentence_transformers.models.CNN", "path": "3_CNN"}]),
            r"modules.json\[3\].type: 'sentence_transformers.models.CNN' is not supported",
            id="module",
        ),
        pytest.param(
            with_json("modules.json", [*MODULES, {"type": "sentence_transformers.models.Dense", "path": "3_Dense"}]),
            "modules.json: expected .*, found Transformer, Pooling, Normalize, Dense",
            id="dense-after-normalize",
        ),
        pytest.param(
            with_dense({"activation_function": "torch.nn.modules.activation.Mystery"}),
            "2_Dense/config.json: expected in_features, out_features, bias, and a known activation",
            id="dense-activation",
        ),
        pytest.param(with_dense({"in_features": 9}), "in_features is 9, but 16 features come in", id="dense-features"),
        pytest.param(
            with_dense({"use_residual": True}, "model.safetensors"),
            "2_Dense.residual.weight: missing, expected shape",
            id="dense-residual",
        ),
        pytest.param(
            with_dense({"module_output_name": "scores"}, "model.safetensors"),
            "2_Dense/config.json: module_output_name: 'scores' is not supported",
            id="dense-output",
        ),
        pytest.param(with_dense({}), "2_Dense/model.safetensors: not there", id="dense-weights-missing"),
        pytest.param(
            with_dense({}, "pytorch_model.bin"),
            "2_Dense/pytorch_model.bin: is a pickle, which can run any code",
            id="dense-pickle",
        ),
        pytest.param(
            with_json("modules.json", [MODULES[0], MODULES[1] | {"path": "../../etc"}]),
            r"modules.json\[1\].path: '../../etc': expected a folder inside the model directory",
            id="module-path",
        ),
        pytest.param(with_json("modules.json", {}), "modules.json: expected a list of modules", id="modules-type"),
        pytest.param(
            with_json("config_sentence_transformers.json", {"default_prompt_name": "query"}),
            "default_prompt_name: 'query' is not among the prompts: none",
            id="default-prompt",
        ),
        pytest.param(
            with_json("config_sentence_transformers.json", {"prompts": {"query": 1}}),
            "prompts: expected names with their texts",
            id="prompt-type",
        ),
        pytest.param(
            with_json("1_Pooling/config.json", POOLING | {"include_prompt": "no"}),
            "include_prompt: 'no', expected true or false",
            id="prompt-not-pooled",
        ),
        pytest.param(
            with_tokenizer(model={"type": "Unheard", "vocab": {"[PAD]": 0}}),
            "tokenizer.json: .*Unheard",
            id="tokenizer-model",
        ),
        pytest.param(
            with_tokenizer(normalizer={"type": "Unheard"}), "tokenizer.json: .*Unheard", id="tokenizer-normalizer"
        ),
        pytest.param(
            with_json("tokenizer_config.json", TOKENIZER_CONFIG | {"pad_token": "<pad>"}),
            "pad_token '<pad>' is not in the vocabulary",
            id="pad-token",
        ),
        pytest.param(
            with_json("tokenizer_config.json", TOKENIZER_CONFIG | {"truncation_side": "middle"}),
            "truncation_side 'middle', expected one of left, right",
            id="truncation-side",
        ),
    ],
)
def test_a_directory_that_makes_no_model_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    write_repo(tmp_path)
    change(tmp_path / "model")

    with pytest.raises(EncoderfileError, match=message):
        build_repo(tmp_path)

    assert not (tmp_path / "dist").exists()


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    write_repo(tmp_path)
    with_tensors(lambda t: (t.pop(QUERY), t.update(extra=np.zeros(1, np.float32))))(tmp_path / "model")
    write_json(tmp_path / "model" / "sentence_bert_config.json", {"max_seq_length": 0})
    write_json(tmp_path / "model" / "tokenizer_config.json", {"pad_token": "<pad>"})

    with pytest.raises(ModelError) as caught:
        build_repo(tmp_path)

    assert len(caught.value.faults) == 4


@pytest.mark.parametrize(
    ("classes", "expected"), [(2, None), (3, "classifier.weight: shape .*3, 16.*expected .*2, 16")]
)
def test_labels_are_checked_against_the_head(tmp_path: Path, classes: int, expected: str | None) -> None:
    write_repo(tmp_path, model_type="token_classification")
    with_config(id2label={"0": "good", "1": "bad"}, label2id={"bad": 1, "good": 0})(tmp_path / "model")
    head = {"classifier.weight": np.zeros((classes, 16), np.float32), "classifier.bias": np.zeros(classes, np.float32)}
    write_safetensors(tmp_path / "model" / "model.safetensors", tensors("bert.") | head)

    if expected:
        with pytest.raises(ModelError, match=expected):
            build_repo(tmp_path)
    else:
        config = build_repo(tmp_path).json("model_config")
        assert config["id2label"] == {"0": "good", "1": "bad"}
        assert config["encoder"]["prefix"] == "bert."


def test_the_model_config_has_mozillas_keys_in_its_order_and_then_ours(tmp_path: Path) -> None:
    config = build_repo(tmp_path).json("model_config")

    assert list(config) == [
        *("model_type", "num_labels", "id2label", "label2id", "height", "width", "image_size", "num_channels"),
        *("encoder", "max_length", "pooling", "normalize"),
    ]
    assert (config["max_length"], config["pooling"], config["normalize"]) == (24, "mean", True)


def test_the_tokenizer_artifact_is_what_mozillas_runtime_reads(tmp_path: Path) -> None:
    artifact = build_repo(tmp_path).json("tokenizer")

    assert list(artifact) == ["tokenizer", "config"]
    assert artifact["config"] == {
        "padding": {
            "strategy": "BatchLongest",
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "truncation": {"direction": "Right", "max_length": 24, "strategy": "LongestFirst", "stride": 0},
    }
    assert artifact["tokenizer"]["truncation"] == artifact["config"]["truncation"]
    assert artifact["tokenizer"]["padding"] == artifact["config"]["padding"]


def test_the_tokenizer_artifact_has_the_bytes_that_the_tokenizers_library_writes(tmp_path: Path) -> None:
    import tokenizers

    text = build_repo(tmp_path).read("tokenizer").decode()
    ours = text[len('{"tokenizer":') : text.rindex(',"config"')]

    assert tokenizers.Tokenizer.from_str(ours).to_str() == ours


def test_the_specs_overrides_reach_the_tokenizer(tmp_path: Path) -> None:
    lines = (
        '[tool.encoderfile.tokenizer]\nmax-length = 9\ntruncation-side = "left"\nstride = 2\npad-strategy = {fixed = 9}'
    )

    config = build_repo(tmp_path, lines).json("tokenizer")["config"]

    assert config["truncation"] == {"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 2}
    assert config["padding"]["strategy"] == {"Fixed": 9}


def test_the_weights_are_the_sources_bytes_in_the_architectures_order(tmp_path: Path) -> None:
    weights = embd.parse(build_repo(tmp_path).view("weights"), "weights")
    expected = tensors()

    assert {name: weights.tensor(name).tobytes() for name in weights.entries} == {
        name: array.tobytes() for name, array in expected.items()
    }
    names = list(weights.entries)
    at = names.index(QUERY)
    assert [name.split(".")[-2] for name in names[at : at + 3]] == ["query", "key", "value"]


def test_the_weights_carry_metadata_and_vocabulary(tmp_path: Path) -> None:
    write_repo(tmp_path, "created = 2021-08-30T00:00:00Z")

    weights = embd.parse(build_repo(tmp_path).view("weights"), "weights")

    assert weights.vocabulary == VOCABULARY
    assert weights.metadata["created_at"] == "2021-08-30T00:00:00Z"
    assert weights.metadata["pooling_mode"] == "mean"
    weights.verify_checksums()


def test_shards_make_the_same_weights_as_one_file(tmp_path: Path) -> None:
    whole = build_repo(tmp_path / "whole")
    write_repo(tmp_path / "sharded")
    model = tmp_path / "sharded" / "model"
    arrays = dict(tensors())
    names = list(arrays)
    shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for shard, held in shards.items():
        write_safetensors(model / shard, {name: arrays[name] for name in held})
    weight_map = {name: shard for shard, held in shards.items() for name in held}
    write_json(model / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    (model / "model.safetensors").unlink()

    sharded = build_repo(tmp_path / "sharded")

    assert sharded.read("weights") == whole.read("weights")
    assert {"a.safetensors", "b.safetensors", "model.safetensors.index.json"} <= {
        item.path for item in sharded.manifest.inputs
    }


def test_the_old_names_of_a_norms_parameters_are_read(tmp_path: Path) -> None:
    new = build_repo(tmp_path / "new")
    write_repo(tmp_path / "old")
    arrays = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): array
        for name, array in tensors().items()
    }
    write_safetensors(tmp_path / "old" / "model" / "model.safetensors", arrays)

    assert build_repo(tmp_path / "old").read("weights") == new.read("weights")


def test_half_precision_weights_stay_as_they_came(tmp_path: Path) -> None:
    write_repo(tmp_path)
    arrays = {name: array.astype(np.float16) for name, array in tensors().items()}
    write_safetensors(tmp_path / "model" / "model.safetensors", arrays)

    weights = embd.parse(build_repo(tmp_path).view("weights"), "weights")

    assert {entry.dtype.name for entry in weights.entries.values()} == {"FLOAT16"}


def test_half_precision_weights_are_widened_when_the_model_runs(tmp_path: Path) -> None:
    halves = {name: array.astype(np.float16) for name, array in tensors().items()}
    vectors = []
    for name, arrays in (("half", halves), ("single", {key: half.astype(np.float32) for key, half in halves.items()})):
        write_repo(tmp_path / name)
        write_safetensors(tmp_path / name / "model" / "model.safetensors", dict(arrays))
        vectors.append(load(build_repo(tmp_path / name)).encode(["one text"]))
    half, single = vectors
    assert np.array_equal(half, single)


def test_the_keys_of_sentence_transformers_6_are_read(tmp_path: Path) -> None:
    write_repo(tmp_path)
    model = tmp_path / "model"
    types = ("base.modules.transformer.Transformer", "sentence_transformer.modules.pooling.Pooling")
    paths = ("", "1_Pooling")
    modules = [{"path": path, "type": f"sentence_transformers.{kind}"} for path, kind in zip(paths, types, strict=True)]
    write_json(model / "modules.json", modules)
    write_json(
        model / "1_Pooling/config.json", {"embedding_dimension": 16, "pooling_mode": "cls", "include_prompt": True}
    )

    config = build_repo(tmp_path).json("model_config")

    assert (config["pooling"], config["normalize"]) == ("cls", False)


def test_a_dense_layer_travels_with_the_model_and_is_applied(tmp_path: Path) -> None:
    write_repo(tmp_path)
    with_dense({}, "model.safetensors")(tmp_path / "model")

    container = build_repo(tmp_path)

    weights = embd.parse(container.view("weights"), "weights")
    weight, bias = (weights.float32(f"2_Dense.linear.{part}") for part in ("weight", "bias"))
    model = load(container)
    [states] = model.encoder.forward([model.tokenizer.encode("one text").ids])
    expected = np.tanh(weight @ states.mean(axis=0) + bias)
    np.testing.assert_allclose(model.encode(["one text"])[0], expected / np.linalg.norm(expected), atol=1e-6)
    assert container.json("model_config")["dense"] == [
        {"module": "2_Dense", "in_features": 16, "out_features": 4, "bias": True, "activation": "tanh"}
    ]
    assert "2_Dense/model.safetensors" in {item.path for item in container.manifest.inputs}


def test_prompts_travel_with_the_model(tmp_path: Path) -> None:
    write_repo(tmp_path)
    prompts = {"query": "one ", "document": ""}
    name = "config_sentence_transformers.json"
    write_json(tmp_path / "model" / name, {"prompts": prompts, "default_prompt_name": "query"})

    model = load(build_repo(tmp_path))

    assert model.config["prompts"] == prompts
    expected = model.encode(["one text"], prompt="")
    assert np.array_equal(model.encode(["text"]), expected)
    assert np.array_equal(model.encode(["text"], prompt="query"), expected)
    assert not np.allclose(model.encode(["text"], prompt="document"), expected)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, {}),
        ({"problem_type": "regression"}, {"problem_type": "regression"}),
        (
            {"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}},
            {"score_activation": "identity"},
        ),
        ({"sbert_ce_default_activation_function": "torch.nn.Sigmoid"}, {"score_activation": "sigmoid"}),
        ({"problem_type": "riddle"}, "problem_type: 'riddle', expected one of regression"),
        (
            {"sentence_transformers": {"activation_fn": "x.Tanh"}},
            "activation_fn: 'x.Tanh' is not supported, expected torch.nn's",
        ),
    ],
)
def test_how_logits_become_scores_travels_with_a_classifier(
    tmp_path: Path, config: dict[str, Any], expected: dict[str, str] | str
) -> None:
    write_repo(tmp_path, model_type="sequence_classification")
    with_config(id2label={"0": "good"}, **config)(tmp_path / "model")
    head = {"bert.pooler.dense": (16, 16), "classifier": (1, 16)}
    arrays = {f"{name}.weight": np.zeros(shape, np.float32) for name, shape in head.items()}
    biases = {f"{name}.bias": np.zeros(shape[0], np.float32) for name, shape in head.items()}
    write_safetensors(tmp_path / "model" / "model.safetensors", {**tensors("bert."), **arrays, **biases})

    if isinstance(expected, str):
        with pytest.raises(ModelError, match=expected):
            build_repo(tmp_path)
    else:
        found = build_repo(tmp_path).json("model_config")
        assert {key: found[key] for key in ("problem_type", "score_activation") if key in found} == expected


def test_tensors_of_other_tasks_are_left_out_and_said(tmp_path: Path) -> None:
    write_repo(tmp_path)
    buffers = {"embeddings.position_ids": np.arange(24, dtype=np.int64)[None]}
    write_safetensors(tmp_path / "model" / "model.safetensors", {**buffers, **tensors()})
    [spec] = read_spec(tmp_path / "pyproject.toml")

    result = build(spec, target="portable")

    assert "left out, as sentence_embedding does not use it: embeddings.position_ids" in result.notes


def test_a_key_that_the_family_does_not_read_is_noted(tmp_path: Path) -> None:
    write_repo(tmp_path)
    with_config(rope_theta=5.0, colour="red")(tmp_path / "model")
    [spec] = read_spec(tmp_path / "pyproject.toml")
    assert build(spec, target="portable").notes[0] == "config.json: no settings of bert, not used: rope_theta, colour"


class TestPins:
    def digest(self, path: Path) -> str:
        import hashlib

        return hashlib.sha256(path.read_bytes()).hexdigest()

    def test_files_as_pinned_are_built_and_recorded(self, tmp_path: Path) -> None:
        spec = write_repo(tmp_path)
        names = ("config.json", "model.safetensors", "1_Pooling/config.json")
        digests = {name: self.digest(tmp_path / "model" / name) for name in names}
        lines = [f'{json.dumps(name)} = "sha256:{digest}"' for name, digest in digests.items()]
        spec.write_text("\n".join([spec.read_text(), "[tool.encoderfile.files]", *lines]))

        inputs = {item.path: item.sha256.hex() for item in build_repo(tmp_path).manifest.inputs}

        assert {name: inputs[name] for name in names} == digests

    @pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.txt"])
    def test_a_file_that_differs_stops_the_build_and_names_both_digests(self, tmp_path: Path, name: str) -> None:
        spec = write_repo(tmp_path)
        (tmp_path / "model" / "vocab.txt").write_text("[PAD]\n")
        spec.write_text(f'{spec.read_text()}\n[tool.encoderfile.files]\n"{name}" = "sha256:{"0" * 64}"\n')
        found = self.digest(tmp_path / "model" / name)

        with pytest.raises(
            EncoderfileError, match=f"{name}: sha256 differs from its pin: pinned {'0' * 64}, found {found}"
        ):
            build_repo(tmp_path)

        assert not (tmp_path / "dist").exists()

    def test_a_pinned_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        spec = write_repo(tmp_path)
        spec.write_text(f'{spec.read_text()}\n[tool.encoderfile.files]\n"gone.txt" = "sha256:{"0" * 64}"\n')

        with pytest.raises(ModelError, match=r"files.gone.txt: pinned, but not there"):
            build_repo(tmp_path)


class TestAttachments:
    def test_documents_travel_as_they_came(self, tmp_path: Path) -> None:
        write_repo(tmp_path)
        (tmp_path / "model" / "README.md").write_text("# card\n")

        container = build_repo(tmp_path)

        names = [item.name for item in container.manifest.attachments]
        assert names == ["README.md", "config.json", "sbom.cdx.json", "tokenizer.json"]
        assert container.read("attachments/README.md") == b"# card\n"
        assert container.read("attachments/config.json") == (tmp_path / "model" / "config.json").read_bytes()

    def test_listed_files_travel_too(self, tmp_path: Path) -> None:
        write_repo(tmp_path, 'attachments = ["notes/data.csv"]')
        (tmp_path / "notes").mkdir()
        (tmp_path / "notes" / "data.csv").write_text("a,b\n")

        container = build_repo(tmp_path)

        assert container.read("attachments/data.csv") == b"a,b\n"
        assert "attachments/data.csv" in {item.path for item in container.manifest.inputs}

    @pytest.mark.parametrize(
        ("listed", "message"),
        [("gone.txt", "gone.txt: not there"), ("other/config.json", "config.json is attached already")],
    )
    def test_a_listed_file_that_cannot_be_attached_is_refused(self, tmp_path: Path, listed: str, message: str) -> None:
        write_repo(tmp_path, f'attachments = ["{listed}"]')
        write_json(tmp_path / "other" / "config.json", {})

        with pytest.raises(ModelError, match=message):
            build_repo(tmp_path)
