"""What signing and verifying signatures can end with, each with the exit code that scripts see."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError, FaultsError, UsageError
from encoderfile_runtime.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 300


class MissingSignatureError(EncoderfileError):
    """A signature that was asked for is not there."""

    exit_code = 4


class RefusedError(FaultsError):
    """A signature that does not hold, or a policy that is not met."""

    exit_code = 5


class SigningError(EncoderfileError):
    """A signature that could not be made; no bundle was written."""


@contextmanager
def refusing(subject: str, hint: str = "") -> Iterator[None]:
    """Whatever goes wrong in the block is a refusal: a check that could not be finished has not succeeded.

    Errors of our own stay what they are.
    """
    try:
        yield
    except (EncoderfileError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a Rust extension is no Exception
        raise RefusedError(subject, [one_line(error) + hint]) from error


@contextmanager
def signing() -> Iterator[None]:
    """Whatever a service or a library says while it signs becomes one line."""
    try:
        yield
    except EncoderfileError:
        raise
    except Exception as error:
        raise SigningError(f"signing failed: {one_line(error)}") from error


@contextmanager
def sigstore_extra() -> Iterator[None]:
    """Imports in the block need the extra; who has not installed it is told how."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"signatures need the extra `sigstore` ({error}): pip install 'hatch-encoderfile[sigstore]'"
        ) from None


def one_line(error: BaseException) -> str:
    """An error of a library as one short line that cannot control a terminal."""
    text = " ".join(str(error).split()) or type(error).__name__
    return printable(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
