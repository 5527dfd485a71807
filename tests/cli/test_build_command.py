from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.model_repo import tensors, write_repo, write_safetensors

from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.processes import Run

NAME = "tiny-1.2.3-portable.encoderfile"
SECOND = """
[[tool.encoderfile]]
name = "{name}"
version = "2"
model-type = "sentence_embedding"
path = "model"
"""
YAML = """\
encoderfile:
  name: from-yaml
  version: 0.3.0
  path: model
  model_type: sentence_embedding
  output_path: out/from-yaml.encoderfile
"""


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0)
    os.umask(before)
    yield os.umask
    os.umask(before)


def two_models(repo: Path) -> None:
    (repo / "pyproject.toml").write_text(SECOND.format(name="one") + SECOND.format(name="two"))


def test_the_spec_of_the_current_directory_is_built_into_dist(repo: Path, run: Run) -> None:
    outcome = run("build")

    path = repo / "dist" / NAME
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    content_id = hashlib.sha256(Container(str(path)).manifest_bytes).hexdigest()
    size = f"{path.stat().st_size / 1000:.1f} kB"
    assert outcome.code == 0
    assert outcome.out.splitlines()[:4] == [
        str(path),
        f"  size        {size}",
        f"  sha256      {digest}",
        f"  content id  {content_id}",
    ]
    assert verify(Container(str(path))).uncovered == ()


def test_a_directory_or_a_spec_may_be_named(
    tmp_path: Path, repo: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("build", "repo").code == 0
    by_directory = (repo / "dist" / NAME).read_bytes()
    assert run("build", "-f", "repo/pyproject.toml").code == 0

    assert (repo / "dist" / NAME).read_bytes() == by_directory


def test_a_yaml_spec_is_built_where_it_says(repo: Path, run: Run) -> None:
    (repo / "pyproject.toml").unlink()
    (repo / "encoderfile.yml").write_text(YAML)

    outcome = run("build", "--json")

    [result] = json.loads(outcome.out)
    assert (outcome.code, result["path"]) == (0, str(repo / "out" / "from-yaml.encoderfile"))
    assert Container(result["path"]).manifest.name == "from-yaml"


def test_json_tells_all_that_is_known_of_each_file(repo: Path, run: Run) -> None:
    outcome = run("build", "--json")

    [result] = json.loads(outcome.out)
    path = repo / "dist" / NAME
    expected = {
        "path": str(path),
        "target": "portable",
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "content_id": hashlib.sha256(Container(str(path)).manifest_bytes).hexdigest(),
    }
    assert {key: result[key] for key in expected} == expected
    assert isinstance(result["notes"], list)


def test_an_output_path_is_made_with_its_parents(repo: Path, run: Run) -> None:
    assert run("build", "-o", "a/b/my model").code == 0

    assert (repo / "a" / "b" / "my model").is_file()
    assert not (repo / "dist").exists()


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_the_mode_is_0755_whatever_the_umask(repo: Path, run: Run, umask: Callable[[int], int], mask: int) -> None:
    (repo / "dist").mkdir()
    umask(mask)

    assert run("build").code == 0

    assert stat.S_IMODE((repo / "dist" / NAME).stat().st_mode) == 0o755


def test_every_model_of_a_spec_is_built(repo: Path, run: Run) -> None:
    two_models(repo)

    outcome = run("build", "--json")

    assert [result["path"] for result in json.loads(outcome.out)] == [
        str(repo / "dist" / f"{name}-2-portable.encoderfile") for name in ("one", "two")
    ]


def test_one_model_of_several_may_be_chosen(repo: Path, run: Run) -> None:
    two_models(repo)

    assert run("build", "--model", "two", "-o", "two.encoderfile").code == 0

    assert Container("two.encoderfile").manifest.name == "two"
    assert not (repo / "dist").exists()


def test_a_base_of_ones_own_is_copied_verbatim(repo: Path, run: Run) -> None:
    (repo / "base").write_bytes(b"\x7fELF and so on")

    outcome = run("build", "--target", "x86_64-unknown-linux-gnu", "--base-binary-path", "base")

    path = repo / "dist" / "tiny-1.2.3-x86_64-unknown-linux-gnu.encoderfile"
    base = Container(str(path)).manifest.base
    assert outcome.code == 0
    assert path.read_bytes().startswith(b"\x7fELF and so on")
    assert base is not None
    assert (base.flavour, base.target) == ("external", "x86_64-unknown-linux-gnu")


def test_a_portable_base_given_as_a_file_makes_the_same_executable(repo: Path, run: Run) -> None:
    run("build")
    run("extract", f"dist/{NAME}", "base", "-o", "parts")

    outcome = run("build", "--base-binary-path", "parts/base", "-o", "again")

    assert outcome.code == 0
    assert Container("again").manifest.artifacts.keys() == Container(f"dist/{NAME}").manifest.artifacts.keys()
    assert run("verify", "again").code == 0


def test_what_was_left_out_is_noted_beside_the_result(repo: Path, run: Run) -> None:
    positions = {"embeddings.position_ids": np.arange(24, dtype=np.int64)[None]}
    write_safetensors(repo / "model" / "model.safetensors", {**positions, **tensors()})
    note = "left out, as sentence_embedding does not use it: embeddings.position_ids"

    plain, as_json = run("build"), run("build", "--json")

    assert plain.code == 0
    assert f"note: {note}\n" in plain.err
    assert note not in plain.out
    assert note in json.loads(as_json.out)[0]["notes"]
    assert as_json.err == ""


def test_nothing_is_on_stderr_and_stdout_is_one_document_with_json(repo: Path, run: Run) -> None:
    outcome = run("build", "--json")

    assert outcome.err == ""
    assert outcome.out == json.dumps(json.loads(outcome.out), indent=2, ensure_ascii=False) + "\n"


def test_what_layout_mozilla_has_no_room_for_is_said(repo: Path, run: Run) -> None:
    lines = 'layout = "mozilla"\nbase-binary-path = "base"\nattachments = ["notes.txt"]\nlicense = "MIT"\n'
    write_repo(repo, f'{lines}source = "pkg:generic/tiny@1"\ncreated = 2021-08-30T00:00:00Z')
    (repo / "model" / "model.onnx").write_bytes(b"an ONNX graph")
    (repo / "base").write_bytes(b"a base")

    notes = run("build").err.splitlines()

    keys = ("attachments", "license", "source", "created")
    assert [f'note: {key}: layout "mozilla" has no room for it, so it is left out' for key in keys] == [
        line for line in notes if "left out" in line
    ]


def test_what_layout_zip_has_room_for_is_not_said_to_be_left_out(repo: Path, run: Run) -> None:
    write_repo(repo, 'license = "MIT"\nsource = "pkg:generic/tiny@1"\ncreated = 2021-08-30T00:00:00Z')

    assert "left out" not in run("build").err
