"""The real all-MiniLM-L6-v2 becomes a file that verifies and gives sentence-transformers' embeddings."""

from __future__ import annotations

import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support import minilm
from support.processes import start

from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from encoderfile_runtime.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from encoderfile_runtime.model import Model

pytestmark = pytest.mark.slow

TOLERANCE = 1e-5
CASES = minilm.expected()
NAMES = [ascii(case["text"][:20]) for case in CASES]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return minilm.build_minilm(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="module")
def model(built: Path) -> Model:
    return load(Container(str(built)))


def test_it_verifies(built: Path) -> None:
    report = verify(Container(str(built)))

    assert report.uncovered == ()
    assert {"base", "weights", "model_config", "tokenizer"} <= {part.name for part in report.parts}


def test_the_weights_are_the_published_bytes(built: Path) -> None:
    facts = {item.path: item.sha256.hex() for item in Container(str(built)).manifest.inputs}

    assert facts["model.safetensors"] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_token_ids_are_sentence_transformers(model: Model, case: dict[str, Any]) -> None:
    assert model.tokenize([case["text"]])[0].ids == case["ids"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_embedding_is_sentence_transformers(model: Model, case: dict[str, Any]) -> None:
    [result] = model.infer([case["text"]])["results"]

    np.testing.assert_allclose(result["embedding"], case["embedding"], rtol=0, atol=TOLERANCE)


def test_a_batch_gives_the_same_embeddings(model: Model) -> None:
    embeddings = model.embed([case["text"] for case in CASES])

    np.testing.assert_allclose(embeddings, [case["embedding"] for case in CASES], rtol=0, atol=TOLERANCE)


def test_the_file_itself_gives_the_same_embeddings(built: Path) -> None:
    outcome = start([built, "infer", *(case["text"] for case in CASES)], "", ENCODERFILE_PYTHON=sys.executable)

    response = json.loads(outcome.out)
    assert (outcome.code, response["model_id"]) == (0, "minilm")
    assert outcome.err == "note: text 8: 106 tokens past the model's limit were cut off\n"
    found = [result["embedding"] for result in response["results"]]
    np.testing.assert_allclose(found, [case["embedding"] for case in CASES], rtol=0, atol=TOLERANCE)


def test_it_is_a_zip(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        assert archive.testzip() is None
