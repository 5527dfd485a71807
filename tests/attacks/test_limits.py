"""Files that are no larger than they may be in a repository, and would take a build minutes or gigabytes."""

from __future__ import annotations

import ast
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

import hatch_encoderfile
from encoderfile_runtime.errors import EncoderfileError, FaultsError, FormatError, ModelError, SpecError
from hatch_encoderfile.bases.description import BaseDescription
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models.inputs import InputFiles
from hatch_encoderfile.models.load import load
from hatch_encoderfile.sbom import model_card
from hatch_encoderfile.spec import read_spec
from hatch_encoderfile.weights import safetensors
from hatch_encoderfile.weights.safetensors_header import parse_header


def refusal(root: Path, name: str, data: bytes) -> str:
    """Why a model with such a file is refused."""
    spec = write_repo(root)
    (root / "model" / name).write_bytes(data)
    with pytest.raises(EncoderfileError) as raised, InputFiles({}, None, Boundary(root)) as inputs:
        load(read_spec(spec)[0], inputs)
    return raised.value.diagnostics()


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        pytest.param("config.json", limits.CONFIG, id="config"),
        pytest.param("tokenizer_config.json", limits.TOKENIZER_CONFIG, id="tokenizer-config"),
        pytest.param("modules.json", limits.SENTENCE_TRANSFORMERS, id="modules"),
        pytest.param("1_Pooling/config.json", limits.SENTENCE_TRANSFORMERS, id="pooling"),
        pytest.param("sentence_bert_config.json", limits.SENTENCE_TRANSFORMERS, id="transformer"),
        pytest.param("config_sentence_transformers.json", limits.SENTENCE_TRANSFORMERS, id="prompts"),
    ],
)
def test_a_file_of_a_model_has_a_size_and_a_number_of_values(tmp_path: Path, name: str, limit: limits.Limit) -> None:
    assert f"is larger than {limit.size} bytes" in refusal(tmp_path / "size", name, b" " * (limit.size + 1))

    assert limit.values
    lists = b"[" + b"[]," * (limit.values // 2) + b"[]]"
    assert f"{name}: has more than {limit.values} values" in refusal(tmp_path / "values", name, lists)


def test_sixty_megabytes_of_lists_are_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(b"[" + b"[]," * 20_000_000 + b"[]]")
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="has more than 4194304 values"):
            limits.TOKENIZER.read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3 * limits.TOKENIZER.size


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE.txt", "NOTICE", "README.md"])
def test_a_document_has_a_size(tmp_path: Path, name: str) -> None:
    assert f"{name}: is larger than {limits.DOCUMENT.size} bytes" in refusal(
        tmp_path, name, b" " * (limits.DOCUMENT.size + 1)
    )


def test_a_file_at_its_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"[1,2]")

    assert limits.Limit(5, 2).read(path) == b"[1,2]"
    with pytest.raises(ValueError, match="is larger than 4 bytes"):
        limits.Limit(4, 2).read(path)
    with pytest.raises(ValueError, match="has more than 1 values"):
        limits.Limit(5, 1).read(path)


def test_half_a_million_tensors_are_refused_before_they_are_parsed() -> None:
    entry = '"t%d":{"dtype":"F32","shape":[],"data_offsets":[0,4]}'
    header = ("{" + ",".join(entry % index for index in range(500_000)) + "}").encode()

    with pytest.raises(FormatError, match=r"has more than 1048576 values|is larger than 33554432 bytes"):
        parse_header(header, 4, "file")


def test_an_index_has_a_number_of_values(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    write_json(path, {"weight_map": {str(index): "a.safetensors" for index in range(300_000)}})

    with pytest.raises(FormatError, match="has more than 262144 values"):
        safetensors.read(path)


def test_a_shard_of_a_name_that_no_file_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    write_json(path, {"weight_map": {"a": "a" * 300 + ".safetensors"}})

    with pytest.raises(ModelError, match=r"expected the name of a \.safetensors file in the same directory"):
        safetensors.read(path)


def test_twenty_of_many_tensors_are_named_and_their_number(tmp_path: Path) -> None:
    spec = write_repo(tmp_path)
    more = {f"layer.{index}.x": np.zeros(1, np.float32) for index in range(3000)}
    write_safetensors(tmp_path / "model" / "model.safetensors", dict(tensors()) | more)

    with pytest.raises(ModelError) as raised, InputFiles({}, None, Boundary(tmp_path)) as inputs:
        load(read_spec(spec)[0], inputs)
    first, *lines = raised.value.diagnostics().splitlines()
    assert first.endswith("3000 faults")
    assert len(lines) == 21
    assert lines[-1].startswith("  - 2980 more such as: model.safetensors: layer.")


def test_a_million_labels_are_refused(tmp_path: Path) -> None:
    labels = {str(index): "a" for index in range(70_000)}

    assert "id2label: 70000 labels, expected at most 65536" in refusal_of_labels(tmp_path / "few", labels)
    assert "is larger than" in refusal_of_labels(tmp_path / "many", {str(index): "a" for index in range(1_000_000)})


def refusal_of_labels(root: Path, labels: dict[str, str]) -> str:
    spec = write_repo(root, model_type="sequence_classification")
    write_json(root / "model" / "config.json", CONFIG | {"id2label": labels})
    with pytest.raises(EncoderfileError) as raised, InputFiles({}, None, Boundary(root)) as inputs:
        load(read_spec(spec)[0], inputs)
    return raised.value.diagnostics()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param(f'source = "https://a/{"b" * 240_000}"', "source: expected at most 2048 characters", id="source"),
        pytest.param(f'name = "{"b" * 240_000}"', "name: expected at most 2048 characters", id="name"),
        pytest.param(f'version = "{"1" * 240_000}"', "version: expected at most 2048 characters", id="version"),
        pytest.param(f'license = "{"MIT OR " * 1000}MIT"', "license: expected at most 1024 characters", id="license"),
        pytest.param(f'output-path = "{"a/" * 3000}b"', "output-path: expected at most 2048 characters", id="path"),
        pytest.param(
            f'base-binary-path = "{"é" * 200}/b"',
            "base-binary-path: expected names of at most 255 bytes",
            id="name-of-a-file",
        ),
        pytest.param(
            f'[tool.encoderfile.files]\n"{"a" * 300}" = "sha256:{"0" * 64}"',
            f"files.{'a' * 79}…: expected names of at most 255 bytes, found one of 300",
            id="name-of-a-pin",
        ),
        pytest.param(
            f"attachments = [{','.join(map(repr, map(str, range(5000))))}]",
            "attachments: expected at most 4096 members, found 5000",
            id="attachments",
        ),
        pytest.param(
            "[tool.encoderfile.files]\n" + "\n".join(f'{index} = "sha256:{"0" * 64}"' for index in range(5000)),
            "files: expected at most 4096 members, found 5000",
            id="pins",
        ),
        pytest.param(
            "\n".join(f"key{index} = 1" for index in range(5000)), "expected at most 4096 members", id="unknown-keys"
        ),
    ],
)
def test_what_a_spec_declares_has_a_length(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(SpecError) as raised:
        read_spec(write_repo(tmp_path, line))

    shown = raised.value.diagnostics()
    assert f"tool.encoderfile.{fault}" in shown or f"tool.encoderfile: {fault}" in shown
    assert len(shown) < 10_000


def test_thousands_of_unknown_keys_are_not_all_compared_with_the_known(tmp_path: Path) -> None:
    spec = write_repo(tmp_path, "\n".join(f"sourc{index} = 1" for index in range(4000)))

    with pytest.raises(SpecError) as raised:
        read_spec(spec)
    assert sum("did you mean" in fault for fault in raised.value.faults) == 20


@pytest.mark.parametrize(
    ("front", "note"),
    [
        pytest.param('license: "\\Uffffffff"', "front matter is not YAML", id="no-character"),
        pytest.param("license: [" * 3000, "front matter is not YAML", id="deep"),
        pytest.param("- a\n" * 30_000, "front matter of more than 20000 values", id="lines"),
        pytest.param("#" * 300_000, "front matter of more than 262144 characters", id="long"),
    ],
)
def test_front_matter_that_is_no_card_is_a_note(front: str, note: str) -> None:
    assert note in (model_card.read(f"---\n{front}\n---\n".encode()).note or "")


def test_a_description_of_a_base_has_a_size() -> None:
    with pytest.raises(FaultsError, match=f"is larger than {limits.BASE_DESCRIPTION.size} bytes"):
        BaseDescription.parse(b" " * (limits.BASE_DESCRIPTION.size + 1))


def test_a_key_of_any_name_is_shown_short() -> None:
    long = json.dumps({"x" * 100_000: 1}).encode()

    with pytest.raises(FormatError) as raised:
        parse_header(long, 0, "file")
    assert len(raised.value.diagnostics()) < 3000


def _constants(path: Path) -> list[str]:
    """Names that a module gives to caps of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    targets: list[Any] = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if name.lstrip("_").startswith(("LARGEST", "MAX_SIZE", "MAX_BYTES"))]


def test_the_build_side_has_no_caps_of_files_but_in_the_table() -> None:
    root = Path(hatch_encoderfile.__file__).parent
    found = {str(path.relative_to(root)): _constants(path) for path in sorted(root.rglob("*.py"))}

    assert {path: names for path, names in found.items() if names} == {
        str(Path("schema") / "kinds.py"): ["LARGEST_INTEGER"]
    }
