"""The files of a build: one name for one file, the same bytes however often they are read, and no change unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.model_repo import TOKENIZER_CONFIG, tensors, write_json, write_model, write_repo, write_safetensors

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, ModelError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.build import build
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models import InputFiles
from hatch_encoderfile.models.files import ModelPaths
from hatch_encoderfile.spec import read_spec
from hatch_encoderfile.weights import safetensors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from encoderfile_runtime.files import InputFile


@pytest.fixture
def inputs(tmp_path: Path) -> Iterator[InputFiles]:
    with InputFiles({}, None, Boundary(tmp_path)) as files:
        yield files


def build_files(root: Path, lines: str = "", **paths: str) -> Container:
    """Build the model in `root/model` from explicit paths."""
    names = {"config": "config.json", "weights": "model.safetensors", "tokenizer": "tokenizer.json"}
    chosen = {key: f"model/{name}" for key, name in names.items()} | paths
    declared = ", ".join(f'{key.replace("_", "-")} = "{path}"' for key, path in chosen.items())
    spec = root / "pyproject.toml"
    spec.write_text(
        '[project]\nname = "tiny"\nversion = "1.2.3"\n[tool.encoderfile]\nmodel-type = "sentence_embedding"\n'
        f"path = {{ {declared} }}\n{lines}\n",
        encoding="utf-8",
    )
    [read] = read_spec(spec)
    return Container(str(build(read, target="portable").path))


def test_a_second_read_gives_the_bytes_of_the_first(tmp_path: Path, inputs: InputFiles) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"first")
    first = inputs.read(path, "config.json")
    path.write_bytes(b"second")

    assert inputs.read(path, "config.json") == first == b"first"
    assert [item.length for item in inputs.complete()] == [5]


def test_two_files_with_one_name_are_refused(tmp_path: Path, inputs: InputFiles) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.json").write_bytes(b"{}")
    inputs.read(tmp_path / "a" / "x.json", "x.json")

    with pytest.raises(ModelError, match=r"a/x.json is recorded as 'x.json' already: rename one of the two"):
        inputs.read(tmp_path / "b" / "x.json", "x.json")
    with pytest.raises(ModelError, match=r"is recorded as 'x.json' already"):
        inputs.stream(tmp_path / "b" / "x.json", "x.json")


@pytest.mark.parametrize("name", ["a:b.safetensors", "../x", "/x", "a\\b", "a\nb", "\udcff", "", "a/../b"])
def test_a_name_that_cannot_be_recorded_is_told_at_once(tmp_path: Path, inputs: InputFiles, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")

    for read in (inputs.read, inputs.stream):
        with pytest.raises(ModelError, match="is not a name that every system can extract: rename the file"):
            read(path, name)


def test_a_file_that_is_read_and_streamed_is_one_input(tmp_path: Path, inputs: InputFiles) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"data")
    inputs.stream(path, "file")
    inputs.read(path, "file")

    assert [item.path for item in inputs.inputs()] == ["file"]
    assert [item.path for item in inputs.complete()] == ["file"]


def test_a_file_that_changes_between_reading_and_streaming_stops_the_build(tmp_path: Path, inputs: InputFiles) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"data")
    inputs.read(path, "file")
    path.write_bytes(b"DATA")
    inputs.stream(path, "file")

    with pytest.raises(IntegrityError, match="changed while it was read: build again"):
        inputs.complete()


def test_a_file_that_is_gone_when_it_is_streamed_is_told(tmp_path: Path, inputs: InputFiles) -> None:
    with pytest.raises(EncoderfileError, match="cannot be read"):
        inputs.stream(tmp_path / "gone", "gone")


def test_weights_that_are_replaced_after_their_header_was_read_stop_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = write_repo(tmp_path)
    weights = tmp_path / "model" / "model.safetensors"
    read = safetensors.read

    def read_and_replace(path: Path, open_: Callable[[Path], InputFile]) -> safetensors.SafetensorsFile:
        file = read(path, open_)
        replacement = tmp_path / "replacement"
        write_safetensors(replacement, {name: -array for name, array in tensors().items()})
        replacement.replace(weights)
        return file

    monkeypatch.setattr(safetensors, "read", read_and_replace)
    [declared] = read_spec(spec)

    with pytest.raises(IntegrityError, match=r"model.safetensors: changed while it was read: build again"):
        build(declared, target="portable")
    assert not (tmp_path / "dist").exists() or not list((tmp_path / "dist").iterdir())


def test_explicit_paths_with_one_base_name_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    (tmp_path / "other").mkdir()
    (tmp_path / "model" / "tokenizer.json").rename(tmp_path / "other" / "config.json")

    with pytest.raises(ModelError, match=r"is recorded as 'config.json' already: rename one of the two"):
        build_files(tmp_path, tokenizer="other/config.json")


def test_a_path_with_steps_up_is_the_path_without(tmp_path: Path) -> None:
    write_model(tmp_path / "model")

    plain = build_files(tmp_path)
    expected = [item.path for item in plain.manifest.inputs], plain.read("weights")
    stepped = build_files(
        tmp_path,
        'attachments = ["model/../model/config.json"]',
        weights="model/../model/model.safetensors",
        tokenizer="./model/x/../tokenizer.json",
        tokenizer_config="model/../model/tokenizer_config.json",
    )

    assert ([item.path for item in stepped.manifest.inputs], stepped.read("weights")) == expected


def test_weights_whose_name_cannot_be_recorded_are_told_before_anything_is_written(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").rename(tmp_path / "model" / "a:b.safetensors")

    with pytest.raises(ModelError, match=r"'a:b.safetensors' is not a name that every system can extract"):
        build_files(tmp_path, weights="model/a:b.safetensors")


def test_the_weights_can_be_attached_too(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"

    container = build_files(tmp_path, 'attachments = ["model/model.safetensors"]')

    assert container.read("attachments/model.safetensors") == weights.read_bytes()
    assert [item.path for item in container.manifest.inputs].count("model.safetensors") == 1


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/etc/passwd", "a/../../x", "a\\..\\x"])
def test_no_optional_file_is_looked_for_outside_the_directory(tmp_path: Path, name: str) -> None:
    file = tmp_path / "file"
    paths = ModelPaths(tmp_path, file, file, file, None)

    with pytest.raises(ModelError, match="is no name of a file inside the model directory"):
        paths.optional(name)


def test_a_tokenizer_config_without_a_limit_leaves_the_positions(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    for unlimited in (int(1e30), 1e30):
        write_json(tmp_path / "model" / "tokenizer_config.json", TOKENIZER_CONFIG | {"model_max_length": unlimited})

        assert build_files(tmp_path).json("model_config")["max_length"] == 24


def test_a_shard_that_is_replaced_after_its_header_was_read_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = write_repo(tmp_path)
    model = tmp_path / "model"
    (model / "model.safetensors").rename(model / "a.safetensors")
    weight_map = dict.fromkeys(tensors(), "a.safetensors")
    write_json(model / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    read, calls = safetensors.read, []

    def read_and_replace(path: Path, open_: Callable[[Path], InputFile]) -> safetensors.SafetensorsFile:
        file = read(path, open_)
        calls.append(path)
        if len(calls) == 2:  # the shards' names are known from the first look, their tensors from the second
            write_safetensors(tmp_path / "replacement", {name: -array for name, array in tensors().items()})
            (tmp_path / "replacement").replace(model / "a.safetensors")
        return file

    monkeypatch.setattr(safetensors, "read", read_and_replace)
    [declared] = read_spec(spec)

    with pytest.raises(IntegrityError, match=r"a.safetensors: changed while it was read: build again"):
        build(declared, target="portable")
