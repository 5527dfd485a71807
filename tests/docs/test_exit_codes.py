"""docs/reference/exit-codes.md has the codes of the errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from encoderfile_runtime.errors import EncoderfileError, FormatError, IntegrityError, ModelError, SpecError, UsageError
from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
ROWS = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*?) \|", PAGE, re.MULTILINE)}


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (EncoderfileError, "failed"),
        (ModelError, "failed"),
        (UsageError, "usage"),
        (SpecError, "usage"),
        (IntegrityError, "integrity"),
        (FormatError, "integrity"),
        (MissingSignatureError, "a signature that was asked for is missing"),
        (RefusedError, "a signature or a policy refused"),
    ],
)
def test_each_kind_of_error_has_a_row(error: type[EncoderfileError], meaning: str) -> None:
    assert ROWS[error.exit_code].startswith(meaning)


def test_there_are_no_others() -> None:
    assert [*ROWS] == [0, 1, 2, 3, 4, 5, 127, 130]
