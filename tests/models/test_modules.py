"""modules.json: only the sequences of modules whose meaning the runtime computes, from folders of the model itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.model_repo import MODULES, tensors, tokenizer, write_json, write_repo, write_safetensors

from encoderfile_runtime.embd import file as embd
from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.models.tokenizer_facts import lowercases
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

TRANSFORMER, POOLING, NORMALIZE = MODULES
DENSE = {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}
DENSE_CONFIG = {"in_features": 16, "out_features": 16, "bias": False}


def build_repo(root: Path) -> Container:
    [spec] = read_spec(root / "pyproject.toml")
    return Container(str(build(spec, target="portable").path))


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        pytest.param([], "found no modules", id="none"),
        pytest.param([TRANSFORMER], "found Transformer$", id="no-pooling"),
        pytest.param([POOLING], "found Pooling$", id="no-transformer"),
        pytest.param([POOLING, TRANSFORMER], "found Pooling, Transformer$", id="pooling-first"),
        pytest.param([TRANSFORMER, NORMALIZE, POOLING], "found Transformer, Normalize, Pooling$", id="normalize-early"),
        pytest.param([TRANSFORMER, POOLING, POOLING], "found Transformer, Pooling, Pooling$", id="two-poolings"),
        pytest.param([*MODULES, NORMALIZE], "found Transformer, Pooling, Normalize, Normalize$", id="two-normalize"),
        pytest.param([TRANSFORMER, *MODULES], "found Transformer, Transformer, Pooling", id="two-transformers"),
        pytest.param([TRANSFORMER, DENSE, POOLING], "found Transformer, Dense, Pooling$", id="dense-early"),
        *(
            pytest.param(
                [TRANSFORMER | {"type": kind}, POOLING],
                r"modules.json\[0\].type: .* is not supported",
                id=f"type-{kind}",
            )
            for kind in (
                "custom_st.Transformer",
                "Transformer",
                "sentence_transformers_x.Transformer",
                "x.sentence_transformers.Transformer",
                None,
                ["Transformer"],
            )
        ),
        *(
            pytest.param(
                [TRANSFORMER, module | {"path": path}],
                r"modules.json\[1\].path: .*: expected a folder inside the model directory",
                id=f"{name}-path-{path}",
            )
            for name, module in (("pooling", POOLING), ("dense", DENSE))
            for path in ("", ".", "/", "/etc", "..", "a/../../b", "a\\b", "C:", "a\0b", 5, None, "a" * 250)
        ),
        pytest.param(
            [TRANSFORMER | {"path": "0_Transformer"}, POOLING],
            r"modules.json\[0\].path: '0_Transformer': expected the transformer at the top",
            id="transformer-in-a-folder",
        ),
    ],
)
def test_modules_that_mean_something_else_are_refused(tmp_path: Path, modules: Any, message: str) -> None:
    write_repo(tmp_path)
    write_json(tmp_path / "model" / "modules.json", modules)

    with pytest.raises(ModelError, match=message):
        build_repo(tmp_path)


def test_a_folder_may_end_in_a_slash(tmp_path: Path) -> None:
    write_repo(tmp_path)
    write_json(tmp_path / "model" / "modules.json", [TRANSFORMER, POOLING | {"path": "1_Pooling/"}])

    assert "1_Pooling/config.json" in {item.path for item in build_repo(tmp_path).manifest.inputs}


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"])
def test_the_maximum_length_is_read_from_the_old_names_too(tmp_path: Path, kind: str) -> None:
    write_repo(tmp_path)
    write_json(tmp_path / "model" / f"sentence_{kind}_config.json", {"max_seq_length": 9})

    assert build_repo(tmp_path).json("model_config")["max_length"] == 9


def test_a_wrong_maximum_length_is_told_with_the_file_that_it_is_in(tmp_path: Path) -> None:
    write_repo(tmp_path)
    write_json(tmp_path / "model" / "sentence_distilbert_config.json", {"max_seq_length": 2})

    with pytest.raises(ModelError, match=r"sentence_distilbert_config.json: max_seq_length: 2, expected 3 to 24"):
        build_repo(tmp_path)


def test_a_norms_parameter_under_both_names_is_refused(tmp_path: Path) -> None:
    write_repo(tmp_path)
    both = tensors() | {"embeddings.LayerNorm.gamma": np.ones(16, np.float32)}
    write_safetensors(tmp_path / "model" / "model.safetensors", dict(both))

    with pytest.raises(ModelError, match=r"there is another embeddings.LayerNorm.weight already: remove one"):
        build_repo(tmp_path)


def test_a_dense_layer_cannot_replace_a_tensor_of_the_model(tmp_path: Path) -> None:
    write_repo(tmp_path)
    model = tmp_path / "model"
    write_json(model / "modules.json", [TRANSFORMER, POOLING, DENSE | {"path": "embeddings"}])
    write_json(model / "embeddings" / "config.json", DENSE_CONFIG)
    arrays = {"linear.weight": np.eye(16, dtype=np.float32), "LayerNorm.weight": np.ones(16, np.float32)}
    write_safetensors(model / "embeddings" / "model.safetensors", dict(arrays))

    with pytest.raises(ModelError, match=r"LayerNorm.weight: there is another embeddings.LayerNorm.weight already"):
        build_repo(tmp_path)


LOWERCASE, NFC = {"type": "Lowercase"}, {"type": "NFC"}


@pytest.mark.parametrize(
    ("normalizer", "expected"),
    [
        (None, False),
        (NFC, False),
        (LOWERCASE, True),
        ({"type": "BertNormalizer", "lowercase": True}, True),
        ({"type": "BertNormalizer", "lowercase": False}, False),
        ({"type": "Sequence", "normalizers": [NFC, LOWERCASE]}, True),
        ({"type": "Sequence", "normalizers": [NFC, {"type": "Sequence", "normalizers": [LOWERCASE]}]}, True),
        ({"type": "Sequence", "normalizers": [NFC]}, False),
    ],
)
def test_lower_case_is_found_wherever_a_normalizer_has_it(normalizer: Any, expected: bool) -> None:
    assert lowercases(normalizer) is expected


def test_the_weights_say_lower_case_for_a_sequence_of_normalizers(tmp_path: Path) -> None:
    write_repo(tmp_path)
    normalizer = {"type": "Sequence", "normalizers": [NFC, LOWERCASE]}
    write_json(tmp_path / "model" / "tokenizer.json", tokenizer() | {"normalizer": normalizer})

    weights = embd.parse(build_repo(tmp_path).view("weights"), "weights")

    assert weights.metadata["do_lower_case"] == "true"
