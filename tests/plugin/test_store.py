"""Finished builds: made once, never taken half-made, safe against others that build, change or stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import MODEL, HatchRepo, edit_json, sha256, tiny_repo

from encoderfile_runtime.errors import IntegrityError
from hatch_encoderfile.build import build
from hatch_encoderfile.plugin import store
from hatch_encoderfile.plugin.store import BuildStore, StoredBuild
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

BUILD = """\
import sys
from pathlib import Path
from hatch_encoderfile.build import build
from hatch_encoderfile.plugin import store
from hatch_encoderfile.spec import read_spec
root = Path(sys.argv[1])
{before}
built = store.BuildStore(root / "builds").build(read_spec(root / "pyproject.toml")[0], "portable", lambda: print("built", flush=True))
print(built.sha256)
"""
DIE_BEFORE_THE_END = """\
import os, signal
store._describe = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
MEET = """\
build = store.build
def slow(*args, **options):
    import time
    (root / "started").touch()
    time.sleep(0.3)
    return build(*args, **options)
store.build = slow
"""


@pytest.fixture
def repo(tmp_path: Path) -> HatchRepo:
    return tiny_repo(tmp_path / "repo", MODEL)


class Counted:
    """A store and how many builds it made."""

    def __init__(self, repo: HatchRepo) -> None:
        self.repo = repo
        self.made = 0
        self.directory = repo.root / "builds"
        self.store = BuildStore(self.directory)

    def build(self) -> StoredBuild:
        """Build as the repo stands now."""
        return self.store.build(read_spec(self.repo.root / "pyproject.toml")[0], "portable", self._count)

    def entries(self) -> list[Path]:
        """All that is kept."""
        return sorted(self.directory.glob("*/*/*"))

    def _count(self) -> None:
        self.made += 1


@pytest.fixture
def counted(repo: HatchRepo) -> Counted:
    return Counted(repo)


def start(repo: HatchRepo, before: str = "") -> subprocess.Popen[str]:
    script = BUILD.format(before=before)
    return subprocess.Popen([sys.executable, "-c", script, str(repo.root)], stdout=subprocess.PIPE, text=True)


def test_the_same_build_is_made_once(counted: Counted) -> None:
    assert counted.build() == counted.build()
    assert 1 == counted.made


def test_the_result_is_the_file_that_a_build_writes(counted: Counted, tmp_path: Path) -> None:
    spec = read_spec(counted.repo.root / "pyproject.toml")[0]
    direct = build(spec, target="portable", output=tmp_path / "direct")

    built = counted.build()

    assert direct.sha256 == built.sha256 == sha256(built.path)
    assert "tiny-1.2.3-portable.encoderfile" == built.path.name


def test_a_changed_input_is_built_anew(counted: Counted) -> None:
    first = counted.build()
    edit_json(counted.repo.root / "model" / "config.json", layer_norm_eps=1e-6)

    assert first.sha256 != counted.build().sha256
    assert 2 == counted.made


def test_the_way_back_finds_the_earlier_result(counted: Counted) -> None:
    first = counted.build()
    edit_json(counted.repo.root / "model" / "config.json", layer_norm_eps=1e-6)
    counted.build()
    edit_json(counted.repo.root / "model" / "config.json", layer_norm_eps=1e-12)

    assert first == counted.build()
    assert 2 == counted.made


def test_the_results_used_last_are_kept(counted: Counted) -> None:
    folders = []
    for index, eps in enumerate((1e-5, 1e-6, 1e-7)):
        edit_json(counted.repo.root / "model" / "config.json", layer_norm_eps=eps)
        folders.append(counted.build().path.parent)
        os.utime(folders[-1], (index, index))

    assert sorted(folders[1:]) == counted.entries()


@pytest.mark.parametrize("kind", ["executable", "manifest", "record"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_result_is_made_again(counted: Counted, kind: str, damage: str) -> None:
    built = counted.build()
    path = {"executable": built.path, "manifest": built.manifest, "record": built.path.parent / "build.json"}[kind]
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-2])

    assert built == counted.build()
    assert 2 == counted.made
    assert built.sha256 == sha256(built.path)


def test_a_failed_build_leaves_nothing(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, output: Path, **__: object) -> None:
        output.write_bytes(b"half")
        raise OSError

    monkeypatch.setattr(store, "build", fail)

    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        counted.build()

    assert [] == counted.entries()


def test_an_input_that_changes_during_the_build_stops_it(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    def change_then_build(*args: object, **options: object) -> object:
        edit_json(counted.repo.root / "model" / "config.json", layer_norm_eps=1e-6)
        return build(*args, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(store, "build", change_then_build)

    with pytest.raises(IntegrityError, match="a file of tiny changed while it was built"):
        counted.build()

    assert [] == counted.entries()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
def test_what_a_killed_build_leaves_is_cleared_away(counted: Counted) -> None:
    process = start(counted.repo, DIE_BEFORE_THE_END)
    assert "built\n" == process.communicate()[0]
    assert -signal.SIGKILL == process.returncode
    (left,) = counted.entries()
    assert left.name.endswith(".partial")

    built = counted.build()

    assert 1 == counted.made
    assert [built.path.parent] == counted.entries()


def test_two_processes_make_one_build(repo: HatchRepo) -> None:
    processes = [start(repo, MEET), start(repo, MEET)]

    outputs = [process.communicate()[0].split() for process in processes]

    assert [0, 0] == [process.returncode for process in processes]
    assert 1 == sum(output.count("built") for output in outputs)
    assert outputs[0][-1] == outputs[1][-1]


def test_clean_removes_all_results(counted: Counted) -> None:
    counted.build()

    counted.store.clean()
    counted.store.clean()

    assert not counted.directory.exists()


def test_a_build_after_clean_is_made_anew(counted: Counted) -> None:
    counted.build()
    counted.store.clean()

    assert counted.build().path.is_file()
    assert 2 == counted.made
