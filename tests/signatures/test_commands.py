"""`encoderfile sign` and `encoderfile verify --sigstore` as scripts see them: output and exit codes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from support.signed_files import IDENTITY, instance, signed, unsigned, write_keys

from hatch_encoderfile.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `encoderfile ARGUMENT…`; its exit code."""

    def command(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["encoderfile", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return code

    return command


def _who() -> list[str]:
    return ["--identity", IDENTITY, "--issuer", instance().issuer]


def test_a_file_is_signed_and_verified(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    file = unsigned(tmp_path)
    config, root = tmp_path / "config.json", tmp_path / "root.json"
    config.write_text(json.dumps(instance().trust_config()))
    root.write_text(json.dumps(instance().trusted_root()))

    assert run("sign", file, "--trust-config", config, "--identity-token", instance().token()) == 0
    printed = capsys.readouterr()
    assert f"{file}.slsa.sigstore.json" in printed.out
    assert f"encoderfile verify --sigstore {file} {' '.join(_who())}" in printed.err
    assert run("verify", "--sigstore", file, *_who(), "--trusted-root", root, "--require-sbom") == 0
    assert f"{file}: verified" in capsys.readouterr().out
    assert run("verify", "--sigstore", file, *_who(), "--trust-config", config, "--json") == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True


def test_signing_with_a_key_reports_json(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)

    assert run("sign", file, "--key", private, "--oms", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["bundles"]) == 4
    assert run("verify", "--sigstore", file, "--key", public) == 0


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda it: None, 0, id="verified"),
        pytest.param(lambda it: it.trusted_root.write_text("{}"), 2, id="usage"),
        pytest.param(lambda it: it.file.write_bytes(b"x" + it.file.read_bytes()[1:]), 3, id="integrity"),
        pytest.param(lambda it: it.bundle.unlink(), 4, id="missing"),
        pytest.param(lambda it: it.bundle.write_text("{}"), 5, id="refused"),
        pytest.param(lambda it: (it.bundle.unlink(), it.bundle.symlink_to(it.bundle)), 5, id="unreadable"),
    ],
)
def test_exit_codes(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str], spoil: Callable[[object], object], code: int
) -> None:
    it = signed(tmp_path)
    spoil(it)

    assert code == run("verify", "--sigstore", it.file, *_who(), "--trusted-root", it.trusted_root, "--json")
    report = json.loads(capsys.readouterr().out)
    assert (code == 0, code) == (report["verified"], report.get("exit_code", 0))


@pytest.mark.parametrize("name", ["", "a" * 300, "/"])
def test_a_name_that_no_file_can_have_is_refused_in_json(
    run: Run, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run("verify", "--sigstore", name, *_who(), "--json") == 5
    assert json.loads(capsys.readouterr().out)["verified"] is False


def test_a_bundle_left_from_an_earlier_signing_is_warned_of(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    file = unsigned(tmp_path)
    private, _ = write_keys(tmp_path)
    run("sign", file, "--key", private)
    file.with_name(f"{file.name}.slsa.json").unlink()

    assert run("sign", file, "--key", private) == 0
    assert f"{file}.slsa.sigstore.json is from an earlier signing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["verify", "--identity", "a"], id="identity-without-sigstore"),
        pytest.param(["verify", "--any-file"], id="any-file-without-sigstore"),
        pytest.param(["verify", "--sigstore"], id="nobody-expected"),
        pytest.param(["sign", "--key", "k", "--staging"], id="key-and-staging"),
        pytest.param(["sign", "--trust-config", "t", "--staging"], id="two-instances"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(tmp_path: Path, run: Run, arguments: list[str]) -> None:
    command, *options = arguments

    assert run(command, unsigned(tmp_path), *options) == 2
