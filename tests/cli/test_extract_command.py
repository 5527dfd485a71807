from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.format.container import Container

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Run


@pytest.fixture
def files(parts: list[str]) -> list[str]:
    """The files that all parts are extracted to."""
    attachments = [name for name in parts if name.startswith("attachments/")]
    return sorted(
        [
            "base",
            "manifest.binpb",
            *(f"artifacts/{name}" for name in ("weights.embd", "model_config.json", "tokenizer.json")),
            *attachments,
        ]
    )


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def found(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_everything_goes_into_a_folder_of_the_files_name(
    built: Path, files: list[str], run: Run, tmp_path: Path
) -> None:
    outcome = run("extract", built)

    folder = tmp_path / "here" / built.name.removesuffix(".encoderfile")
    assert (outcome.code, outcome.err) == (0, "")
    assert found(folder) == files
    assert sorted(outcome.out.splitlines()) == [f"{folder.name}/{name}" for name in files]


def test_parts_have_their_recorded_bytes(built: Path, run: Run, tmp_path: Path) -> None:
    run("extract", built, "-o", "parts")

    parts = tmp_path / "here" / "parts"
    container = Container(str(built))
    assert (parts / "artifacts/weights.embd").read_bytes() == container.read("weights")
    assert (parts / "manifest.binpb").read_bytes() == container.manifest_bytes
    assert built.read_bytes().startswith((parts / "base").read_bytes() + container.manifest_bytes)
    original = built.parent.parent / "model" / "config.json"
    assert (parts / "attachments/config.json").read_bytes() == original.read_bytes()


def test_named_parts_alone_are_extracted(built: Path, run: Run, tmp_path: Path) -> None:
    outcome = run("extract", built, "weights", "attachments/config.json", "-o", "a/b")

    assert outcome.out.split() == ["a/b/artifacts/weights.embd", "a/b/attachments/config.json"]
    assert found(tmp_path / "here" / "a") == ["b/artifacts/weights.embd", "b/attachments/config.json"]


def test_what_is_extracted_is_not_executable(built: Path, run: Run, tmp_path: Path) -> None:
    run("extract", built, "-o", "parts")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "here").rglob("*") if path.is_file()}
    assert modes == {0o644}


def test_an_unknown_name_is_refused_with_the_known_ones(
    built: Path, parts: list[str], run: Run, tmp_path: Path
) -> None:
    outcome = run("extract", built, "weights", "wieghts")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"error: {built}: has no part 'wieghts', only {', '.join(parts)}\n"
    assert found(tmp_path / "here") == []


def test_a_damaged_part_is_not_written(damaged: Path, run: Run, tmp_path: Path) -> None:
    outcome = run("extract", damaged, "tokenizer", "-o", "parts")

    assert (outcome.code, outcome.out) == (3, "")
    assert "tokenizer: sha256 differs: recorded" in outcome.err
    assert not (tmp_path / "here" / "parts").exists()


def test_an_output_that_is_a_file_is_a_line(built: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "here" / "parts").write_text("a file")

    outcome = run("extract", built, "weights", "-o", "parts")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error: parts")
    assert (tmp_path / "here" / "parts").read_text() == "a file"


@pytest.mark.parametrize(("name", "folder"), [("model.encoderfile", "model"), ("model", "model.parts")])
def test_the_folder_is_never_the_file_itself(built: Path, run: Run, name: str, folder: str) -> None:
    shutil.copy(built, name)

    outcome = run("extract", name, "manifest")

    assert (outcome.code, outcome.out) == (0, f"{folder}/manifest.binpb\n")


def test_json_lists_what_was_written(built: Path, run: Run, tmp_path: Path) -> None:
    outcome = run("extract", built, "weights", "tokenizer", "-o", tmp_path / "out", "--json")

    written = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert sorted(item["path"] for item in written) == [
        str(tmp_path / "out" / name) for name in found(tmp_path / "out")
    ]
    assert len(written) == 2
