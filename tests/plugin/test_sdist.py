"""What the hook says when an sdist lacks something that the build needs. It never changes the sdist."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import MODEL, HatchRepo, sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRepo = Callable[..., HatchRepo]

HOOK = "[tool.hatch.build.hooks.encoderfile]\n"
WITHOUT_MODEL = '[tool.hatch.build.targets.sdist]\nexclude = ["/model"]\n'


@pytest.fixture
def messages(capfd: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    def lines() -> list[str]:
        return capfd.readouterr().err.splitlines()

    return lines


def test_a_complete_sdist_needs_no_word(make_repo: MakeRepo, messages: Callable[[], list[str]]) -> None:
    repo = make_repo(MODEL, HOOK)

    with tarfile.open(repo.sdist()) as archive:
        names = archive.getnames()

    assert "tiny-1.2.3/model/model.safetensors" in names
    assert not any("encoderfile" in name for name in names)
    assert [] == messages()


def test_an_sdist_never_holds_finished_builds(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)
    before = sha256(repo.sdist())
    repo.wheel()
    repo.encoderfiles()

    assert before == sha256(repo.sdist())


def test_files_that_are_neither_inside_nor_pinned_are_named(
    make_repo: MakeRepo, messages: Callable[[], list[str]]
) -> None:
    repo = make_repo(MODEL, HOOK, WITHOUT_MODEL)

    repo.sdist()

    (line,) = messages()
    assert line.startswith("sdist: tiny: neither inside nor pinned: model/1_Pooling/config.json, model/config.json, ")
    assert "tool.hatch.build.targets.sdist.artifacts" in line


def test_files_that_version_control_ignores_are_named(make_repo: MakeRepo, messages: Callable[[], list[str]]) -> None:
    repo = make_repo(MODEL, HOOK)
    (repo.root / ".gitignore").write_text("*.safetensors\n", encoding="utf-8")

    repo.sdist()

    (line,) = messages()
    assert line.startswith("sdist: tiny: neither inside nor pinned: model/model.safetensors; ")


def test_pinned_files_may_be_left_out(make_repo: MakeRepo, messages: Callable[[], list[str]]) -> None:
    repo = make_repo()
    files = (path for path in (repo.root / "model").rglob("*") if path.is_file())
    pins = "".join(
        f'"{path.relative_to(repo.root / "model").as_posix()}" = "sha256:{sha256(path)}"\n' for path in files
    )
    repo.declare(f"{MODEL}[tool.encoderfile.files]\n{pins}", HOOK, WITHOUT_MODEL)

    repo.sdist()

    (line,) = messages()
    assert line.startswith("sdist: tiny: not inside, but pinned: ")
    assert line.endswith("whoever builds from the sdist has to bring them")


def test_an_attachment_outside_the_repo_is_named(
    make_repo: MakeRepo, messages: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(f'{MODEL}attachments = ["../notes.txt"]\n', HOOK)
    monkeypatch.setenv("ENCODERFILE_ALLOW_OUTSIDE", str(repo.root.parent))
    (repo.root.parent / "notes.txt").write_text("notes", encoding="utf-8")

    repo.sdist()

    (line,) = messages()
    assert (
        "sdist: tiny: neither inside nor pinned: ../notes.txt; move it into the repo, or pin it in tool.encoderfile.files"
        == line
    )


def test_a_base_of_ones_own_is_needed_too(make_repo: MakeRepo, messages: Callable[[], list[str]]) -> None:
    repo = make_repo(f'{MODEL}base-binary-path = "../base"\n', HOOK)
    (repo.root.parent / "base").write_bytes(b"")

    repo.sdist()

    (line,) = messages()
    assert "sdist: tiny: not inside: ../base; move it into the repo" == line


def test_files_inside_and_outside_of_the_repo_get_the_advice_that_helps_each(
    make_repo: MakeRepo, messages: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(f'{MODEL}attachments = ["../notes.txt"]\n', HOOK, WITHOUT_MODEL)
    monkeypatch.setenv("ENCODERFILE_ALLOW_OUTSIDE", str(repo.root.parent))
    (repo.root.parent / "notes.txt").write_text("notes", encoding="utf-8")

    repo.sdist()

    inside, outside = messages()
    assert "model/config.json" in inside
    assert "list it in tool.hatch.build.targets.sdist.artifacts" in inside
    assert "../notes.txt" not in inside
    assert "artifacts" not in outside


def test_a_model_that_is_not_there_does_not_stop_an_sdist(
    make_repo: MakeRepo, messages: Callable[[], list[str]]
) -> None:
    repo = make_repo(MODEL.replace("model/", "").replace('"model"', '"elsewhere"'), HOOK)

    assert repo.sdist().is_file()

    (line,) = messages()
    assert line.startswith("sdist: tiny: cannot tell whether it holds all that a build needs: ")


def test_a_bad_spec_stops_an_sdist(make_repo: MakeRepo, messages: Callable[[], list[str]]) -> None:
    with pytest.raises(SystemExit):
        make_repo(MODEL.replace("path", "paths"), HOOK).sdist()

    assert "tool.encoderfile.paths: unknown key; did you mean 'path'?" in "\n".join(messages())
