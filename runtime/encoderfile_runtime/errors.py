"""The one family of errors, with the exit code each kind ends a command with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_OF_A_KIND = 20  # faults that are shown of what may be wrong with each of a million tensors
MOST_KINDS = 50
LONGEST_LINE = 2000  # characters; what was found may be as long as the file

# What differs between faults of one kind: what is quoted, and numbers.
_PARTICULAR = re.compile(r"""'[^']*'|"[^"]*"|[0-9]+""")


class EncoderfileError(Exception):
    """Something a user can act on: one line naming the place, what was expected, what was found, what to do."""

    exit_code = 1

    def diagnostics(self) -> str:
        """The text for people; one line, or one line a fault: nothing that was found ends a line of its own."""
        return shortened(printable(self))


class FaultsError(EncoderfileError):
    """Several faults of one input, reported together so that one run shows them all, or their number where they are many.

    Attributes:
        subject: what was read, usually a path.
        faults: one line each, beginning with the key path or tensor name.
    """

    def __init__(self, subject: str, faults: list[str]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(self.diagnostics())

    def diagnostics(self) -> str:
        """The subject with its one fault, or the subject and a line for each fault."""
        if len(self.faults) == 1:
            return shortened(printable(f"{self.subject}: {self.faults[0]}"))
        faults = (f"  - {printable(fault)}" for fault in some(self.faults))
        return "\n".join([f"{printable(self.subject)}: {len(self.faults)} faults", *faults])


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


def some(faults: Sequence[str]) -> Iterator[str]:
    """The faults as people can read them: the first of each kind, none too long, then how many more there are of each kind.

    What a fault says after its last colon, apart from numbers and what is quoted, is its kind.
    """
    counts: dict[str, int] = {}
    last: dict[str, str] = {}
    for fault in faults:
        kind = _PARTICULAR.sub("", fault[-LONGEST_LINE:].rpartition(": ")[2])
        if kind not in counts and len(counts) >= MOST_KINDS:
            kind = ""  # all further kinds, together
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_OF_A_KIND:
            last[kind] = shortened(fault)
            yield last[kind]
    for kind, count in counts.items():
        if count > MOST_OF_A_KIND:
            yield f"{count - MOST_OF_A_KIND} more such as: {last[kind]}"


def shortened(line: str) -> str:
    """The line, without its middle where it is too long for people."""
    if len(line) <= LONGEST_LINE:
        return line
    half = LONGEST_LINE // 2
    return f"{line[:half]} … {line[-half:]}"
