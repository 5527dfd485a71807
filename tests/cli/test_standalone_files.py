"""Files on a standalone base under the commands that look at them: what is in the base, and its licence texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import made_bases
from support.made_bases import X86
from support.model_repo import write_repo

from encoderfile_runtime.start.main import main as run_file
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from support.processes import Run


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    [spec] = read_spec(write_repo(tmp_path / "repo", 'base-binary-path = "base"\n'))
    (tmp_path / "repo" / "base").write_bytes(made_bases.base())
    monkeypatch.chdir(tmp_path)
    return build(spec, target=X86).path


def test_inspect_shows_what_the_base_runs_on_and_what_is_in_it(file: Path, run: Run) -> None:
    out = run("inspect", file).out

    assert "base          static, target x86_64-unknown-linux-gnu, runtime" in out
    assert "runs on       Linux 3.2" in out
    assert "zlib     1.3.1    Zlib     licenses/zlib.txt" in out


def test_the_file_shows_it_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_file(str(file), ["inspect"]) == 0

    assert "in the base\n  zlib 1.3.1 Zlib\n" in capsys.readouterr().out


def test_extract_writes_the_licence_texts_with_everything_else(file: Path, run: Run) -> None:
    run("extract", file, "-o", "parts")

    assert Path("parts/licenses/zlib.txt").read_bytes() == b"the terms"
    assert Path("parts/base.json").read_bytes() == made_bases.description().dump()
    assert Path("parts/base").read_bytes() == made_bases.base()


def test_a_licence_text_is_extracted_by_its_name(file: Path, run: Run) -> None:
    assert run("extract", file, "licenses/zlib.txt", "-o", "parts").out == "parts/licenses/zlib.txt\n"


def test_the_names_of_licence_texts_are_offered(file: Path, run: Run) -> None:
    outcome = run("extract", file, "licenses/openssl.txt")

    assert (outcome.code, "base.json, licenses/zlib.txt" in outcome.err) == (2, True)


def test_a_text_of_a_damaged_base_is_not_written(file: Path, run: Run) -> None:
    file.write_bytes(file.read_bytes().replace(b"the terms", b"no terms!"))

    outcome = run("extract", file, "licenses/zlib.txt", "-o", "parts")

    assert (outcome.code, outcome.out) == (3, "")
    assert "base archive: sha256 differs" in outcome.err
    assert not Path("parts").exists()
    assert run("extract", file, "weights", "-o", "parts").code == 0
