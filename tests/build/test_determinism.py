"""The same declaration gives the same bytes, whatever surrounds the build."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import tensors, write_json, write_repo, write_safetensors
from support.processes import CHECKOUT, Surroundings, build_in

from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = """
created = 2021-08-30T00:00:00Z
license = "Apache-2.0"
source = "pkg:huggingface/someone/tiny@0123456789abcdef"
attachments = ["notes/b.csv", "notes/a.txt"]
"""


def write_full_repo(root: Path) -> Path:
    """A repo that uses what a spec can say, with shards and attachments."""
    spec = write_repo(root, LINES)
    arrays = list(tensors().items())
    shards = {"two.safetensors": dict(arrays[::2]), "one.safetensors": dict(arrays[1::2])}
    for name, held in shards.items():
        write_safetensors(root / "model" / name, dict(held))
    (root / "model" / "model.safetensors").unlink()
    weight_map = {name: shard for shard, held in shards.items() for name in held}
    write_json(root / "model" / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    (root / "notes").mkdir(exist_ok=True)
    for name in ("a.txt", "b.csv"):
        (root / "notes" / name).write_text(name)
    for name in ("README.md", "LICENSE"):
        (root / "model" / name).write_text(name)
    return spec


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def built_here(root: Path) -> str:
    [spec] = read_spec(root / "pyproject.toml")
    return digest(build(spec, target="portable").path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("expected")
    write_full_repo(root)
    return built_here(root)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "another place, größer" / "repo"
    root.mkdir(parents=True)
    write_full_repo(root)
    return root


def test_the_path_does_not_matter(expected: str, repo: Path) -> None:
    assert built_here(repo) == expected


def test_the_path_may_be_a_symlink(expected: str, repo: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo)

    assert built_here(tmp_path / "link") == expected


def test_a_relative_path_does_not_matter(expected: str, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo / "model")

    assert built_here(Path("..")) == expected


def test_building_again_over_the_old_file_does_not_matter(expected: str, repo: Path) -> None:
    assert [built_here(repo), built_here(repo)] == [expected, expected]


def test_files_that_came_in_another_order_at_other_times_do_not_matter(expected: str, repo: Path) -> None:
    copy = repo.with_name("copy")
    for number, path in enumerate(sorted(repo.rglob("*"), reverse=True)):
        target = copy / path.relative_to(repo)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            target.chmod(0o444 if number % 2 else 0o755)
            os.utime(target, (number * 10**7, number * 10**7))

    assert built_here(copy) == expected


def test_the_order_of_directories_does_not_matter(expected: str, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listdir, scandir, iterdir = os.listdir, os.scandir, Path.iterdir

    class Backwards:
        def __init__(self, path: Any = ".") -> None:
            with scandir(path) as entries:
                self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))

        def __enter__(self) -> Iterator[Any]:
            return self.entries

        def __exit__(self, *_: object) -> None: ...

        def __iter__(self) -> Iterator[Any]:
            return self.entries

        def __next__(self) -> Any:
            return next(self.entries)

        def close(self) -> None: ...

    monkeypatch.setattr(os, "listdir", lambda path=".": sorted(listdir(path), reverse=True))
    monkeypatch.setattr(os, "scandir", Backwards)
    monkeypatch.setattr(Path, "iterdir", lambda self: iter(sorted(iterdir(self), reverse=True)))

    assert built_here(repo) == expected


@pytest.mark.parametrize("stray", ["notes.txt", "model/.DS_Store", "model/vocab.txt", "dist/other", ".git/config"])
def test_files_that_the_spec_does_not_reach_do_not_matter(expected: str, repo: Path, stray: str) -> None:
    (repo / stray).parent.mkdir(exist_ok=True)
    (repo / stray).write_text("stray")

    assert built_here(repo) == expected


def test_spelling_the_spec_otherwise_does_not_matter(expected: str, repo: Path) -> None:
    spec = repo / "pyproject.toml"
    spec.write_text("# a comment\n" + spec.read_text().replace('path = "model"', 'path = "./notes/../model/"'))

    assert built_here(repo) == expected


@pytest.mark.parametrize("date", ["0", "315532800", "1700000000", "4102444800"])
def test_source_date_epoch_does_not_matter(
    expected: str, repo: Path, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", date)

    assert built_here(repo) == expected


def test_other_content_gives_other_bytes(expected: str, repo: Path) -> None:
    (repo / "notes" / "a.txt").write_text("A.txt")

    assert built_here(repo) != expected


SURROUNDINGS = {
    "plain": Surroundings(),
    "all at once": Surroundings(
        environment={
            "HOME": "/nonexistent",
            "LANG": "tr_TR.UTF-8",
            "LC_ALL": "C",
            "OMP_NUM_THREADS": "2",
            "OPENBLAS_CORETYPE": "Nehalem",
            "PYTHONHASHSEED": "12345",
            "PYTHONOPTIMIZE": "2",
            "PYTHONUTF8": "0",
            "SOURCE_DATE_EPOCH": "1700000000",
            "TMPDIR": "/var/tmp",  # noqa: S108 - nothing is written there
            "TZ": "Pacific/Kiritimati",
            "USER": "somebody",
        },
        umask=0o077,
        directory=Path("/usr"),
    ),
    "hash seed 0": Surroundings({"PYTHONHASHSEED": "0"}),
    "a time zone west": Surroundings({"TZ": "Pacific/Pago_Pago", "PYTHONHASHSEED": "1"}, umask=0o000),
    "latin-1": Surroundings({"LC_ALL": "de_DE.ISO-8859-1", "PYTHONIOENCODING": "latin-1", "PYTHONHASHSEED": "2"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_surroundings_do_not_matter(expected: str, repo: Path, name: str) -> None:
    surroundings = SURROUNDINGS[name]
    path = build_in(surroundings, repo)

    assert digest(path) == expected
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.slow
def test_a_copy_of_the_checkout_builds_the_same(expected: str, repo: Path, tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("hatch_encoderfile", "runtime"):
        shutil.copytree(CHECKOUT / name, tmp_path / "checkout" / name, ignore=ignored)
    (tmp_path / "checkout" / "runtime" / "encoderfile_runtime" / "stray.pyc").write_bytes(b"stray")
    packages = os.pathsep.join([str(tmp_path / "checkout"), str(tmp_path / "checkout" / "runtime")])

    assert digest(build_in(Surroundings({"PYTHONPATH": packages}), repo)) == expected
