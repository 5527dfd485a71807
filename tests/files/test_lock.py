"""A lock between processes: who waits for it, and what becomes of it when its holder or its file goes away."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from hatch_encoderfile.files.lock import locked, unlink

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_excludes_and_tells_who_waits(tmp_path: Path) -> None:
    path, waits, order = tmp_path / "folder" / "lock", threading.Event(), []

    def second() -> None:
        with locked(path, waits.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with locked(path):
        thread.start()
        assert waits.wait(10)
        order.append("first")
    thread.join()

    assert ["first", "second"] == order


def test_who_waited_for_a_removed_lock_takes_the_new_one(tmp_path: Path) -> None:
    path, waits, held = tmp_path / "lock", threading.Event(), []

    def second() -> None:
        with locked(path, waits.set):
            held.append(path.is_file())

    thread = threading.Thread(target=second)
    with locked(path):
        thread.start()
        assert waits.wait(10)
        unlink(path)
    thread.join()

    assert [True] == held


def test_a_lock_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = f"from hatch_encoderfile.files.lock import locked; from pathlib import Path\nwith locked(Path({str(path)!r})): print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        waits = []
        threading.Timer(0.2, holder.kill).start()

        with locked(path, lambda: waits.append(path)):
            pass

    assert waits == [path]


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path / "lock"):
        raise KeyError

    with locked(tmp_path / "lock", pytest.fail):
        pass


def test_a_file_system_without_locks_is_an_error_and_no_weaker_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(OSError, match=r"not implemented|lock"), locked(tmp_path / "lock"):
        pytest.fail("held")
