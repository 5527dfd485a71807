"""The one family of errors, with the exit code each kind ends a command with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .escaping import printable

if TYPE_CHECKING:
    from collections.abc import Callable


class EncoderfileError(Exception):
    """Something a user can act on: one line naming the place, what was expected, what was found, what to do."""

    exit_code = 1

    def diagnostics(self) -> str:
        """The text for people; one line, or one line a fault: nothing that was found ends a line of its own."""
        return printable(self)


class FaultsError(EncoderfileError):
    """Several faults of one input, reported together so that one run shows them all.

    Attributes:
        subject: what was read, usually a path.
        faults: one line each, beginning with the key path or tensor name.
    """

    def __init__(self, subject: str, faults: list[str]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(self._text(str))

    def diagnostics(self) -> str:
        """The subject with its one fault, or the subject and a line for each fault."""
        return self._text(printable)

    def _text(self, escape: Callable[[str], str]) -> str:
        subject, faults = escape(self.subject), [*map(escape, self.faults)]
        if len(faults) == 1:
            return f"{subject}: {faults[0]}"
        return "\n".join([f"{subject}: {len(faults)} faults", *(f"  - {fault}" for fault in faults)])


class UsageError(EncoderfileError):
    """A command that cannot be carried out as it was given."""

    exit_code = 2


class SpecError(FaultsError):
    """A declared spec that is not valid."""

    exit_code = 2


class ModelError(FaultsError):
    """A model directory that cannot become an encoderfile."""


class IntegrityError(EncoderfileError):
    """Bytes that are not what they should be: a broken container, a digest that differs."""

    exit_code = 3


class FormatError(IntegrityError):
    """A file that breaks the rules of its format.

    Attributes:
        path: the file.
        offset: where in the file, in bytes from its start; None where no one place is at fault.
    """

    def __init__(self, path: str, message: str, offset: int | None = None) -> None:
        self.path = path
        self.offset = offset
        at = "" if offset is None else f" at offset {offset}"
        super().__init__(f"{path}{at}: {message}")
