"""`encoderfile build` for a target whose base is fetched, cached, or cannot be had."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from support.base_server import Server, serving, whole
from support.made_bases import ARM, X86, base, entry, published
from support.model_repo import write_repo

from encoderfile_runtime import __version__
from encoderfile_runtime.format.container import Container
from hatch_encoderfile import targets
from hatch_encoderfile.bases.cache import Cache
from hatch_encoderfile.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.processes import Run


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A server that has the published base of one target."""
    monkeypatch.delenv("ENCODERFILE_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    with serving() as server:
        published(monkeypatch, entry(base(), server.put("/base", whole(base()))))
        yield server


def test_a_base_is_fetched_for_the_first_build_only(repo: Path, run: Run, server: Server, tmp_path: Path) -> None:
    assert 0 == run("build", "--target", X86).code
    assert 0 == run("build", "--target", X86, "--no-download").code

    [cached] = Cache(tmp_path / "home" / "encoderfile")
    assert (1, base()) == (len(server.requests), cached.path.read_bytes())
    found = Container(str(next((repo / "dist").glob("*.encoderfile")))).manifest.base
    assert found is not None
    assert (hashlib.sha256(base()).digest(), "static", X86, __version__) == (
        found.sha256,
        found.flavour,
        found.target,
        found.runtime_version,
    )


def test_host_is_this_machine(repo: Path, run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "host", lambda: Target("x86_64", "linux", "gnu"))

    assert 0 == run("build", "--target", "host").code

    [made] = (repo / "dist").glob("*.encoderfile")
    assert made.name.endswith(f"-{X86}.encoderfile")


def test_the_cache_can_be_another(repo: Path, run: Run, server: Server, tmp_path: Path) -> None:
    assert 0 == run("build", "--target", X86, "--cache-dir", tmp_path / "other").code

    assert 1 == len(list(Cache(tmp_path / "other")))
    assert not (tmp_path / "home").exists()


def test_no_download_says_what_to_do(repo: Path, run: Run, server: Server) -> None:
    outcome = run("build", "--target", X86, "--no-download")

    assert (2, []) == (outcome.code, server.requests)
    assert f"run `encoderfile base fetch --target {X86}`, or give --base-binary-path" in outcome.err
    assert not (repo / "dist").exists()


def test_a_target_without_a_base_says_what_to_do(repo: Path, run: Run, server: Server) -> None:
    outcome = run("build", "--target", ARM)

    assert 2 == outcome.code
    assert f"build it with `encoderfile base build --target {ARM}`; or give --base-binary-path" in outcome.err


def test_a_base_that_is_given_needs_no_cache(repo: Path, run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "base").write_bytes(base(ARM))

    assert 0 == run("build", "--target", ARM, "--base-binary-path", tmp_path / "base").code
    assert [] == server.requests


def test_no_base_of_ours_is_fetched_or_advised_for_the_layout_of_mozilla(repo: Path, run: Run, server: Server) -> None:
    write_repo(repo, 'layout = "mozilla"')

    for target in (X86, ARM):
        outcome = run("build", "--target", target)

        message = 'error: layout "mozilla" needs one of Mozilla\'s base binaries: give --base-binary-path\n'
        assert (2, message, []) == (outcome.code, outcome.err, server.requests)


def test_fetching_shows_on_a_terminal(repo: Path, run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("hatch_encoderfile.cli.output._BLINK", -1.0)

    assert f"fetching the base for {X86}" in run("build", "--target", X86).err
