from __future__ import annotations

import threading
from typing import TYPE_CHECKING

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
