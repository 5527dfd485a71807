"""Whatever a user can act on ends in one clean line, with the traceback only for those who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import HOOK, MODEL, TWO_MODELS, HatchRepo

from hatch_encoderfile.plugin import store

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRepo = Callable[..., HatchRepo]

PIN = f'[tool.encoderfile.files]\n"config.json" = "sha256:{"0" * 64}"\n'
SCRIPT = '[project.scripts]\ntiny = "tiny:main"\n'
TARGETS = 'targets = ["aarch64-apple-darwin", "x86_64-apple-darwin"]\n'


@pytest.mark.parametrize(
    ("tables", "code", "message"),
    [
        pytest.param((MODEL, f'{HOOK}plcae = "data"\n'), 2, "plcae: unknown key; did you mean 'place'?", id="option"),
        pytest.param((MODEL, f"{HOOK}place = 1\n"), 2, "place: expected one of 'script', ", id="option's type"),
        pytest.param((MODEL, f'{HOOK}package = "x"\n'), 2, 'only with place = "package"', id="option without sense"),
        pytest.param(
            (MODEL, f'{HOOK}place = "package"\neditable = "build"\n'),
            2,
            "has the package in the source tree",
            id="editable",
        ),
        pytest.param((MODEL, f'{HOOK}tag = "any"\n'), 2, "expected a wheel tag such as", id="tag"),
        pytest.param((TWO_MODELS, f'{HOOK}models = ["word"]\n'), 2, "declares no model 'word', only", id="model"),
        pytest.param((MODEL.replace("sentence_", "s_"), HOOK), 2, "model-type: expected one of", id="spec"),
        pytest.param(("", HOOK), 2, "tool.encoderfile: required, but missing", id="no spec"),
        pytest.param((MODEL.replace('"model"', '"nowhere"'), HOOK), 1, "the model directory is not there", id="files"),
        pytest.param((MODEL + PIN, HOOK), 3, "sha256 differs from its pin", id="pin"),
        pytest.param((MODEL, SCRIPT, HOOK), 2, "tiny is a script of [project] and the model's name", id="script"),
        pytest.param((MODEL + TARGETS, HOOK), 2, "a wheel is for one target, but the models declare", id="targets"),
    ],
)
def test_a_fault_is_one_clean_line(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], tables: tuple[str, ...], code: int, message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        make_repo(*tables).wheel()

    (line,) = capfd.readouterr().err.splitlines()
    assert message in line
    assert code == ended.value.code


@pytest.mark.parametrize("value", ["portabel", "TRUE"])
def test_an_unknown_target_in_the_environment(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ENCODERFILE_TARGET", value)

    with pytest.raises(SystemExit):
        make_repo(MODEL, HOOK).wheel()

    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"ENCODERFILE_TARGET: unknown target {value!r}, expected one of portable, ")


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("[tool.hatch.build.hooks.encoderfile]\n", "tool.hatch.build.hooks.encoderfile.place"),
        (HOOK, "tool.hatch.build.targets.wheel.hooks.encoderfile.place"),
    ],
)
def test_the_message_names_the_table_that_holds_the_option(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], table: str, path: str
) -> None:
    with pytest.raises(SystemExit):
        make_repo(MODEL, f'{table}place = "x"\n').wheel()

    assert f"pyproject.toml: {path}: expected" in capfd.readouterr().err


def test_options_that_hatch_itself_reads_are_no_fault(make_repo: MakeRepo) -> None:
    repo = make_repo(
        MODEL, f"{HOOK}enable-by-default = true\nrequire-runtime-dependencies = false\ndependencies = []\n"
    )

    assert repo.wheel().path.is_file()


def test_an_error_of_the_system_is_one_clean_line(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "model.encoderfile")

    monkeypatch.setattr(store, "build", full)

    with pytest.raises(SystemExit):
        make_repo(MODEL, HOOK).wheel()

    assert "model.encoderfile: No space left on device" == capfd.readouterr().err.splitlines()[-1]


def test_the_traceback_is_there_for_those_who_ask(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATCH_VERBOSE", "1")

    with pytest.raises(SystemExit):
        make_repo(MODEL + PIN, HOOK).wheel()

    shown = capfd.readouterr().err
    assert "Traceback (most recent call last):" in shown
    assert "sha256 differs from its pin" in shown.splitlines()[-1]
