"""The bill of materials in the file and the one beside it: valid, complete, and the same everywhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli
from support.bills import (
    COMMIT,
    GOLDEN,
    LINES,
    build_tiny,
    checked,
    component,
    golden_bill,
    hashes,
    outer_of,
    pretty,
    properties,
)
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile.build import build
from hatch_encoderfile.sbom import base as sbom_base
from hatch_encoderfile.sbom.document import inner_sbom
from hatch_encoderfile.spec import read_spec


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("repo")).path


@pytest.fixture(scope="module")
def inner(file: Path) -> dict[str, Any]:
    return checked(inner_sbom(Container(str(file))))


def test_the_bill_is_the_golden_one(tmp_path: Path) -> None:
    bill = golden_bill(tmp_path)

    assert GOLDEN.read_text(encoding="utf-8") == pretty(bill)
    checked(bill)


def test_the_file_verifies_and_carries_the_bill(file: Path) -> None:
    container = Container(str(file))

    assert verify(container).uncovered == ()
    assert "sbom.cdx.json" in {item.name for item in container.manifest.attachments}


def test_another_folder_gives_the_same_file_and_bill(file: Path, tmp_path: Path) -> None:
    again = build_tiny(tmp_path / "else" / "where").path

    assert again.read_bytes() == file.read_bytes()


def test_the_serial_number_follows_from_the_content(file: Path, tmp_path: Path) -> None:
    other = build_tiny(tmp_path, LINES.replace("Apache-2.0", "MIT")).path

    serials = {json.loads(inner_sbom(Container(str(path))))["serialNumber"] for path in (file, other)}

    assert len(serials) == 2


def test_the_bill_is_canonical_json(file: Path) -> None:
    data = inner_sbom(Container(str(file)))
    same = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert data == same


def test_the_model_comes_first_and_the_root_is_an_application(inner: dict[str, Any]) -> None:
    assert inner["metadata"]["component"]["type"] == "application"
    assert inner["components"][0]["type"] == "machine-learning-model"


def test_the_model_has_its_purl_with_revision_and_its_references(inner: dict[str, Any]) -> None:
    model = component(inner, "model")

    assert model["purl"] == f"pkg:huggingface/someone/tiny@{COMMIT}"
    assert (model["group"], model["name"], model["version"]) == ("someone", "tiny", COMMIT)
    assert {item["type"]: item["url"] for item in model["externalReferences"]} == {
        "model-card": f"https://huggingface.co/someone/tiny/blob/{COMMIT}/README.md",
        "vcs": "https://huggingface.co/someone/tiny",
    }


def test_the_model_card_says_what_was_computed_and_what_was_declared(inner: dict[str, Any]) -> None:
    card = component(inner, "model")["modelCard"]

    assert card["modelParameters"] == {
        "task": "sentence-similarity",
        "architectureFamily": "bert",
        "modelArchitecture": "BertModel",
        "inputs": [{"format": "string"}],
        "outputs": [{"format": "float32[16]"}],
        "datasets": [
            {"type": "dataset", "name": "snli", "contents": {"url": "https://huggingface.co/datasets/snli"}},
            {
                "type": "dataset",
                "name": "someone/else",
                "contents": {"url": "https://huggingface.co/datasets/someone/else"},
            },
        ],
    }
    metrics = card["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics == [{"type": "cosine_spearman", "value": "0.80", "slice": "STS, test"}]
    assert properties(card) == {
        "encoderfile:evidence": "computed",
        "encoderfile:declared": "datasets,modelArchitecture,performanceMetrics",
    }


def test_parameters_are_counted_from_the_tensors(file: Path, inner: dict[str, Any]) -> None:
    from encoderfile_runtime.format import describe as report

    facts = report.describe(Container(str(file)))

    counted = properties(component(inner, "model"))
    assert counted["encoderfile:parameters"] == str(facts["parameters"])
    assert counted["encoderfile:tensors"] == str(len(facts["tensors"]))
    assert counted["encoderfile:dtypes"] == "float32"


def test_a_declared_licence_is_concluded_and_comes_before_the_cards(inner: dict[str, Any]) -> None:
    assert component(inner, "model")["licenses"] == [{"expression": "Apache-2.0", "acknowledgement": "concluded"}]


def test_the_cards_licence_is_declared(tmp_path: Path) -> None:
    document = outer_of(build_tiny(tmp_path, ""))

    assert component(document, "model")["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]


def test_each_artifact_has_the_digest_of_its_bytes_that_the_manifest_has(file: Path, inner: dict[str, Any]) -> None:
    container = Container(str(file))
    for part in container.artifacts:
        data = container.read(part.name)

        assert hashes(component(inner, f"artifact:{part.name}")) == {"SHA-256": hashlib.sha256(data).hexdigest()}


def test_the_base_has_both_digests_of_its_bytes(file: Path, inner: dict[str, Any]) -> None:
    base = file.read_bytes()[: Container(str(file)).footer.manifest_offset]

    assert hashes(component(inner, "base")) == {
        "SHA-256": hashlib.sha256(base).hexdigest(),
        "SHA-512": hashlib.sha512(base).hexdigest(),
    }


def test_each_input_of_the_manifest_is_a_component(file: Path, inner: dict[str, Any]) -> None:
    inputs = {f"input:{item.path}": item.sha256.hex() for item in Container(str(file)).manifest.inputs}
    found = {item["bom-ref"]: hashes(item)["SHA-256"] for item in inner["components"] if item["bom-ref"] in inputs}

    assert found == inputs


def test_an_input_has_both_digests_also_of_its_place(file: Path, inner: dict[str, Any]) -> None:
    for name in ("model.safetensors", "config.json"):
        data = (file.parents[1] / "model" / name).read_bytes()
        found = component(inner, f"input:{name}")
        expected = {"SHA-256": hashlib.sha256(data).hexdigest(), "SHA-512": hashlib.sha512(data).hexdigest()}

        assert hashes(found) == expected
        assert [hashes(item) for item in found["externalReferences"]] == [expected]


def test_an_input_has_a_purl_a_place_and_its_attachment(inner: dict[str, Any]) -> None:
    pooling, card = component(inner, "input:1_Pooling/config.json"), component(inner, "input:README.md")

    assert pooling["purl"] == f"pkg:huggingface/someone/tiny@{COMMIT}#1_Pooling/config.json"
    [place] = pooling["externalReferences"]
    assert place["url"] == f"https://huggingface.co/someone/tiny/resolve/{COMMIT}/1_Pooling/config.json"
    assert properties(card)["encoderfile:attachment"] == "README.md"


def test_what_the_base_needs_is_named_and_not_said_to_be_in_the_file(inner: dict[str, Any]) -> None:
    numpy = component(inner, "numpy")

    assert "version" not in numpy
    assert properties(numpy) == {
        "encoderfile:bundled": "false",
        "encoderfile:evidence": "declared",
        "encoderfile:requirement": ">=1.24",
    }


def test_the_requirements_are_those_of_the_project() -> None:
    project = tomli.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert f"numpy{sbom_base.NUMPY[2]}" in project["dependencies"]
    assert sbom_base.PYTHON[2] == project["requires-python"]


def test_what_a_foreign_base_is_made_of_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "base.bin").write_bytes(b"\x7fELF and so on")

    document = outer_of(build_tiny(tmp_path, 'base-binary-path = "base.bin"'))

    assert "runtime" not in {item["bom-ref"] for item in document["components"]}
    assert {"aggregate": "unknown", "dependencies": ["base"]} in document["compositions"]


def test_there_is_no_time_but_the_declared_one(inner: dict[str, Any], tmp_path: Path) -> None:
    assert inner["metadata"]["timestamp"] == "2021-08-30T00:00:00Z"
    assert "timestamp" not in outer_of(build_tiny(tmp_path, ""))["metadata"]


@pytest.mark.parametrize(
    ("source", "purl", "references"),
    [
        ("pkg:huggingface/bert-base@ABC", "pkg:huggingface/bert-base@abc", {"model-card", "vcs"}),
        ("pkg:pypi/thing@1.0+local", "pkg:pypi/thing@1.0%2Blocal", set()),
        ("https://example.org/m?x=1", None, {"source-distribution"}),
        ("pkg:huggingface/a/b@c?repository_url=hf.example.org", None, set()),
    ],
)
def test_a_source_becomes_purl_or_reference(
    tmp_path: Path, source: str, purl: str | None, references: set[str]
) -> None:
    model = component(outer_of(build_tiny(tmp_path, f'source = "{source}"')), "model")

    assert model.get("purl", source if "?repo" in source else None) == (purl or (source if "?repo" in source else None))
    assert {item["type"] for item in model.get("externalReferences", [])} == references


def test_attachments_from_elsewhere_have_no_purl(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")

    document = outer_of(build_tiny(tmp_path, LINES + 'attachments = ["notes.txt"]'))

    assert "purl" not in component(document, "input:attachments/notes.txt")


def test_an_attachment_by_the_bills_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sbom.cdx.json").write_text("{}")

    with pytest.raises(ModelError, match=r"sbom\.cdx\.json is attached already"):
        build_tiny(tmp_path, 'attachments = ["sbom.cdx.json"]')


@pytest.mark.parametrize(
    ("model_type", "task", "output"),
    [
        ("embedding", "feature-extraction", "float32[tokens, 16]"),
        ("sequence_classification", "text-classification", "float32[2]"),
        ("token_classification", "token-classification", "float32[tokens, 2]"),
    ],
)
def test_the_task_gives_the_outputs_shape(tmp_path: Path, model_type: str, task: str, output: str) -> None:
    spec = write_repo(tmp_path, "", model_type)
    labels = {"id2label": {"0": "good", "1": "bad"}, "label2id": {"bad": 1, "good": 0}}
    write_json(tmp_path / "model" / "config.json", CONFIG | (labels if "classification" in model_type else {}))
    head = {"classifier.weight": np.zeros((2, 16), np.float32), "classifier.bias": np.zeros(2, np.float32)}
    if model_type == "sequence_classification":
        head |= {
            "bert.pooler.dense.weight": np.zeros((16, 16), np.float32),
            "bert.pooler.dense.bias": np.zeros(16, np.float32),
        }
    arrays = tensors("bert.") | head if "classification" in model_type else dict(tensors())
    write_safetensors(tmp_path / "model" / "model.safetensors", arrays)
    [declared] = read_spec(spec)

    parameters = component(outer_of(build(declared, target="portable")), "model")["modelCard"]["modelParameters"]

    assert (parameters["task"], parameters["outputs"]) == (task, [{"format": output}])
