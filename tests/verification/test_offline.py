"""Checking a signature needs neither network nor home directory, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import IDENTITY, instance, signed

from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EVENTS: list[tuple[str, tuple[Any, ...]]] = []
_RECORDING = [False]


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _RECORDING[0]:
        _EVENTS.append((event, arguments))


@cache
def _install() -> None:
    sys.addaudithook(_hook)  # for good: none can be taken out


@pytest.fixture
def events() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """Everything that this process asks the system for, as far as Python audits it."""
    _install()
    _EVENTS.clear()
    _RECORDING[0] = True
    yield _EVENTS
    _RECORDING[0] = False


def test_verifying_opens_no_socket_and_writes_nothing(
    tmp_path: Path, events: list[tuple[str, tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    it = signed(tmp_path / "files")
    events.clear()

    verify(str(it.file), it.demand())

    sockets = [event for event, _ in events if event.startswith("socket.")]
    written = [arguments for event, arguments in events if event == "open" and _writes(arguments)]
    changed = [event for event, _ in events if event in {"os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink"}]
    assert ([], [], [], []) == (sockets, written, changed, list(home.iterdir()))
    assert any(event == "open" for event, _ in events)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return any(letter in (mode or "") for letter in "wxa+") or bool(flags & 0b11)


WITHOUT_NETWORK = """
import socket, sys

def refuse(*_, **__):
    raise OSError("the network was asked for")

for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.create_connection = refuse
from hatch_encoderfile.cli import main
sys.argv = ["encoderfile", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    ("pinned", "code", "message"),
    [
        pytest.param(False, 0, "verified", id="trusted-root"),
        pytest.param(True, 5, "not enough sources of verified time", id="pinned-root"),
    ],
)
def test_a_process_without_network_or_home_verifies(tmp_path: Path, pinned: bool, code: int, message: str) -> None:
    """The home is below a file, so that nobody can make it, not even root."""
    it = signed(tmp_path / "files")
    home = it.file / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    root = () if pinned else ("--trusted-root", str(it.trusted_root))
    who = ("--identity", IDENTITY, "--issuer", instance().issuer)
    before = sorted(tmp_path.rglob("*"))

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, "verify", "--sigstore", str(it.file), *who, *root],
        env=environment | {"HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert code == done.returncode
    assert message in done.stdout + done.stderr
    assert "was asked for" not in done.stderr
    assert before == sorted(tmp_path.rglob("*"))
