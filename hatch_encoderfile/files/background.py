"""A call in a thread of its own; importing `concurrent.futures` for that takes longer than some of the calls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Task(Generic[T]):
    """A call that begins at once in a daemon thread.

    It is cut off if the program ends before it does, so it must not leave anything half done.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._value: T | None = None
        self._error: BaseException | None = None
        # A daemon: after an error elsewhere, the program ends without waiting for gigabytes to be hashed.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as error:  # noqa: BLE001 - raised again in `result`
            self._error = error

    def wait(self) -> None:
        """Wait until the call is over."""
        self._thread.join()

    def result(self) -> T:
        """Wait for the call, and return or raise what it returned or raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # None only where T is None
