"""`hatch build -t encoderfile`, run in this process."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import HOOK, MODEL, TWO_MODELS, HatchRepo, sha256

from hatch_encoderfile.build import build
from hatch_encoderfile.plugin import store

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRepo = Callable[..., HatchRepo]

NAME = "tiny-1.2.3-portable.encoderfile"
WINDOWS = "x86_64-pc-windows-msvc"
BASE = 'base-binary-path = "base"\n'


def with_base(repo: HatchRepo) -> HatchRepo:
    (repo.root / "base").write_bytes(b"a base")
    return repo


def names(repo: HatchRepo) -> list[str]:
    return sorted(path.name for path in repo.dist.iterdir() if not path.name.startswith("."))


def executables(repo: HatchRepo) -> list[str]:
    return [name for name in names(repo) if name.endswith(".encoderfile")]


def test_the_executable_is_put_into_dist(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL)

    (path,) = repo.encoderfiles()

    assert repo.dist / NAME == path
    assert 0o755 == stat.S_IMODE(path.stat().st_mode)


def test_targets_come_from_the_spec(make_repo: MakeRepo) -> None:
    repo = with_base(make_repo(f'{MODEL}{BASE}targets = ["portable", "{WINDOWS}"]\n'))

    repo.encoderfiles()

    assert [NAME, f"tiny-1.2.3-{WINDOWS}.encoderfile"] == executables(repo)


def test_the_versions_of_the_target_table_come_before_the_spec(make_repo: MakeRepo) -> None:
    repo = with_base(make_repo(MODEL + BASE, f'[tool.hatch.build.targets.encoderfile]\nversions = ["{WINDOWS}"]\n'))

    repo.encoderfiles()

    assert [f"tiny-1.2.3-{WINDOWS}.encoderfile"] == executables(repo)


def test_versions_on_the_command_line_come_before_both(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, f'[tool.hatch.build.targets.encoderfile]\nversions = ["{WINDOWS}"]\n')

    repo.encoderfiles("portable")

    assert [NAME] == executables(repo)


def test_each_model_is_built_for_its_own_targets(make_repo: MakeRepo) -> None:
    first, second = TWO_MODELS.split("\n[[")
    repo = with_base(make_repo(f'{first}\n{BASE}targets = ["{WINDOWS}"]\n[[{second}'))

    repo.encoderfiles()

    assert [f"queries-1.2.3-{WINDOWS}.encoderfile", "words-1.2.3-portable.encoderfile"] == executables(repo)


def test_several_models_are_all_shown(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    repo = make_repo(TWO_MODELS)

    (last,) = repo.encoderfiles()

    assert "words-1.2.3-portable.encoderfile" == last.name
    assert os.path.join("dist", "queries-1.2.3-portable.encoderfile") in capfd.readouterr().err.splitlines()  # noqa: PTH118 - as printed


def test_output_path_gives_the_name(make_repo: MakeRepo) -> None:
    repo = make_repo(f'{MODEL}output-path = "elsewhere/embed"\n')

    assert [repo.dist / "embed"] == repo.encoderfiles()


def test_two_models_may_not_have_one_name(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    repo = make_repo(TWO_MODELS.replace("path =", 'output-path = "embed"\npath ='))

    with pytest.raises(SystemExit):
        repo.encoderfiles()

    assert "queries and words would both be written to embed: rename one" in capfd.readouterr().err


@pytest.mark.parametrize("by", ["command line", "target table"])
def test_an_unknown_target_is_one_clean_line(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], by: str) -> None:
    table = '[tool.hatch.build.targets.encoderfile]\nversions = ["portabel"]\n'
    repo = make_repo(MODEL, table if by == "target table" else "")

    with pytest.raises(SystemExit) as ended:
        repo.encoderfiles(*(["portabel"] if by == "command line" else []))

    (line,) = capfd.readouterr().err.splitlines()
    assert "portabel: unknown target, expected one of portable" in line
    assert line.endswith("did you mean 'portable'?")
    assert 2 == ended.value.code


def test_versions_that_are_no_array_are_one_clean_line(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        make_repo(MODEL, '[tool.hatch.build.targets.encoderfile]\nversions = "portable"\n').encoderfiles()

    (line,) = capfd.readouterr().err.splitlines()
    assert "tool.hatch.build.targets.encoderfile.versions: expected an array of targets, found 'portable'" == line
    assert 2 == ended.value.code


def test_a_folder_that_cannot_be_made_is_one_clean_line(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    repo = make_repo(MODEL)
    repo.dist.write_bytes(b"")

    with pytest.raises(SystemExit) as ended:
        repo.encoderfiles()

    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(str(repo.dist))
    assert 1 == ended.value.code


def test_a_target_without_a_base_is_one_clean_line(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        make_repo(MODEL).encoderfiles("aarch64-apple-darwin")

    (line,) = capfd.readouterr().err.splitlines()
    assert "aarch64-apple-darwin" in line


def test_the_hook_does_nothing_for_this_target(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, "[tool.hatch.build.hooks.encoderfile]\n")

    assert [repo.dist / NAME] == repo.encoderfiles()


def test_wheel_and_builder_share_one_build(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    repo = make_repo(MODEL, HOOK)

    wheel, (path,) = repo.wheel(), repo.encoderfiles()

    assert sha256(path) == sha256(wheel.member("/scripts/tiny"))
    assert 1 == capfd.readouterr().err.count("Building tiny for portable")


def test_a_file_in_dist_that_was_changed_is_built_again(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL)
    (path,) = repo.encoderfiles()
    expected = sha256(path)
    with path.open("r+b") as file:
        file.write(b"changed")

    assert expected == sha256(repo.encoderfiles()[0])


def test_the_same_build_twice_leaves_what_the_first_did(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL)
    repo.encoderfiles()
    before = sorted(repo.dist.iterdir())
    repo.encoderfiles()

    assert before == sorted(repo.dist.iterdir())
    assert [] == [path.name for path in before if path.name.startswith(".")]


def test_files_are_copied_where_they_cannot_be_linked(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", link)
    repo = make_repo(MODEL)

    (path,) = repo.encoderfiles()

    assert sha256(repo.stored[0]) == sha256(path)
    assert 0o755 == stat.S_IMODE(path.stat().st_mode)


def test_clean_removes_what_the_builder_made_and_nothing_else(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)
    repo.encoderfiles()
    repo.wheel()
    for name in ("tiny-1.0.0-portable.encoderfile", f"{NAME}.cdx.json", f"{NAME}.sigstore.json", "notes.txt"):
        (repo.dist / name).write_text("", encoding="utf-8")
    (repo.dist / f"tiny-1.2.3-{WINDOWS}.encoderfile").write_text("", encoding="utf-8")

    assert [] == repo.encoderfiles(clean_only=True)

    assert ["notes.txt", "tiny-1.2.3-py3-none-any.whl", f"tiny-1.2.3-{WINDOWS}.encoderfile"] == names(repo)
    assert [] == repo.stored


def test_clean_knows_the_name_that_output_path_gives(make_repo: MakeRepo) -> None:
    repo = make_repo(f'{MODEL}output-path = "embed"\n')
    repo.encoderfiles()

    repo.encoderfiles(clean_only=True)

    assert [] == list(repo.dist.iterdir())


def test_clean_in_a_repo_that_was_never_built(make_repo: MakeRepo) -> None:
    assert [] == make_repo(MODEL).encoderfiles(clean_only=True)


def test_a_build_after_clean_starts_from_nothing(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    repo = make_repo(MODEL)
    repo.encoderfiles()
    repo.encoderfiles(clean=True)

    assert 2 == capfd.readouterr().err.count("Building tiny for portable")


def test_notes_of_the_build_are_shown_each_time(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        store, "build", lambda *args, **options: build(*args, **options)._replace(notes=("left out: x",))
    )
    repo = make_repo(MODEL)
    repo.encoderfiles()
    repo.encoderfiles()

    assert 2 == capfd.readouterr().err.count("tiny: left out: x")
