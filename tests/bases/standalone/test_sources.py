from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.standalone import locators, sources
from hatch_encoderfile.bases.standalone.pins import Source
from hatch_encoderfile.bases.standalone.sources import obtain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[[dict[str, bytes | str]], list[str]]

_DATA = b"an archive"
_SOURCE = Source(
    name="thing",
    version="1.0",
    license="MIT",
    licenses=("LICENSE",),
    purl="pkg:generic/thing@1.0",
    file="thing-1.0.tar.gz",
    root="thing-1.0",
    size=len(_DATA),
    sha256=hashlib.sha256(_DATA).hexdigest(),
    locators=("debian:pool/main/t/thing.tar.gz", "https://example.org/thing.tar.gz"),
)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Make locators give bytes, or fail with a message; what was asked for is listed."""

    def serve(answers: dict[str, bytes | str]) -> list[str]:
        asked = []

        def fetch(locator: str, _: Source, path: Path) -> None:
            asked.append(locator)
            answer = answers[locator]
            if isinstance(answer, str):
                raise EncoderfileError(answer)
            path.write_bytes(answer)

        monkeypatch.setattr(sources, "fetch", fetch)
        return asked

    return serve


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_first_locator_that_has_it_is_enough(tmp_path: Path, serve: Serve) -> None:
    asked = serve({_SOURCE.locators[0]: _DATA})
    path = obtain(_SOURCE, tmp_path)
    assert tmp_path / _SOURCE.sha256 / "thing-1.0.tar.gz" == path
    assert path.read_bytes() == _DATA
    assert asked == [_SOURCE.locators[0]]


def test_the_next_locator_is_asked_when_one_fails(tmp_path: Path, serve: Serve) -> None:
    asked = serve({_SOURCE.locators[0]: "apt-get is not installed", _SOURCE.locators[1]: _DATA})
    assert obtain(_SOURCE, tmp_path).read_bytes() == _DATA
    assert list(_SOURCE.locators) == asked


def test_what_is_in_the_cache_is_not_asked_for_again(tmp_path: Path, serve: Serve) -> None:
    asked = serve(dict.fromkeys(_SOURCE.locators, _DATA))
    reported: list[str] = []
    obtain(_SOURCE, tmp_path, reported.append)
    obtain(_SOURCE, tmp_path, reported.append)
    assert len(asked) == 1
    assert reported == [f"thing 1.0: {_SOURCE.locators[0]}"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(_DATA[:-1], "has 9 bytes, expected 10", id="truncated"),
        pytest.param(_DATA + b"x", "has 11 bytes, expected 10", id="longer"),
        pytest.param(b"An archive", "has sha256 ", id="other bytes"),
        pytest.param(b"", "has 0 bytes, expected 10", id="empty"),
    ],
)
def test_bytes_without_the_digest_never_get_the_name(tmp_path: Path, serve: Serve, data: bytes, fault: str) -> None:
    serve(dict.fromkeys(_SOURCE.locators, data))
    with pytest.raises(EncoderfileError) as caught:
        obtain(_SOURCE, tmp_path)
    assert caught.value.diagnostics().count(fault) == 2
    assert _files(tmp_path) == []


def test_a_broken_file_in_the_cache_is_replaced(tmp_path: Path, serve: Serve) -> None:
    serve(dict.fromkeys(_SOURCE.locators, _DATA))
    path = obtain(_SOURCE, tmp_path)
    path.write_bytes(_DATA[:4])
    assert obtain(_SOURCE, tmp_path).read_bytes() == _DATA


def test_the_error_names_all_that_was_tried_and_what_to_do(tmp_path: Path, serve: Serve) -> None:
    serve({_SOURCE.locators[0]: "apt-get is not installed", _SOURCE.locators[1]: "the server answered 404"})
    with pytest.raises(EncoderfileError) as caught:
        obtain(_SOURCE, tmp_path)
    path = tmp_path / _SOURCE.sha256 / "thing-1.0.tar.gz"
    assert caught.value.diagnostics() == (
        f"thing-1.0.tar.gz: thing 1.0 is not to be had; put the file with sha256 {_SOURCE.sha256} at {path} by hand, "
        "or try again; tried: "
        "debian:pool/main/t/thing.tar.gz: apt-get is not installed; "
        "https://example.org/thing.tar.gz: the server answered 404"
    )


class _Programs:
    """Stands for apt and pip: what they were asked, and what they give."""

    def __init__(self, data: bytes) -> None:
        self.commands: list[list[str]] = []
        self._data = data

    def run(self, command: list[str], folder: Path | None = None, environment: dict[str, str] | None = None) -> str:
        self.commands.append(command)
        if command[0] == "apt-get":
            return "http://one.example/debian/\nhttp://one.example/debian/\nhttp://two.example/debian/\n"
        if command[1] == "download-file" and "one.example" in command[2]:
            raise EncoderfileError("apt-helper: 404")
        if folder is not None and environment is not None:
            (folder / "found").mkdir()
            (folder / "found/thing-1.0.tar.gz").write_bytes(self._data)
        return ""


def test_each_of_apts_repositories_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = _Programs(_DATA)
    monkeypatch.setattr(locators, "_run", programs.run)
    locators.fetch("debian:pool/main/t/thing+ds.tar.gz", _SOURCE, tmp_path / "x")
    urls = [f"http://{host}.example/debian/pool/main/t/thing%2bds.tar.gz" for host in ("one", "two")]
    assert urls == [command[2] for command in programs.commands[1:]]
    assert {f"SHA256:{_SOURCE.sha256}"} == {command[4] for command in programs.commands[1:]}


def test_pip_gets_the_digest_and_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = _Programs(_DATA)
    monkeypatch.setattr(locators, "_run", programs.run)
    locators.fetch("pypi:thing==1.0", _SOURCE, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == _DATA
    options = {"--require-hashes", "--no-deps", "--no-build-isolation", "--no-binary"}
    assert options <= set(programs.commands[0])


def test_a_program_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locators, "_APT_HELPER", str(tmp_path / "apt-helper"))
    monkeypatch.setattr(locators, "_repositories", lambda: ["http://one.example/debian"])
    with pytest.raises(EncoderfileError, match="apt-helper is not installed"):
        locators.fetch("debian:pool/main/t/thing.tar.gz", _SOURCE, tmp_path / "x")
