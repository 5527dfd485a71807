from __future__ import annotations

import pytest

from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile import spec


def test_numbers_are_those_of_mozillas_manifest() -> None:
    numbers = {kind.label: int(kind) for kind in ModelType}

    assert numbers == {
        "embedding": 1,
        "sequence_classification": 2,
        "token_classification": 3,
        "sentence_embedding": 4,
        "image_classification": 21,
    }


@pytest.mark.parametrize("kind", ModelType)
def test_label_names_its_kind(kind: ModelType) -> None:
    assert ModelType.from_label(kind.label) is kind


def test_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^'EMBEDDING' is not a model type, expected one of embedding, "):
        ModelType.from_label("EMBEDDING")


def test_spec_hands_on_the_runtimes_enum() -> None:
    assert spec.ModelType is ModelType
