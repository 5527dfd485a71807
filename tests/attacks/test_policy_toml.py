"""TOML that makes readers fail or wait: the same reader has specs and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import EncoderfileError, SpecError
from hatch_encoderfile.spec import find_spec, read_spec
from hatch_encoderfile.standards import toml
from hatch_encoderfile.verification.policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = [
    pytest.param(
        b"[require]\nprovenance = " + b"9" * 5000, "an integer has thousands of digits (at line 2)", id="integer"
    ),
    pytest.param(b"a = 0x" + b"f" * 100_000, "a word has 100002 characters (at line 1)", id="hexadecimal"),
    pytest.param(b"a = 0b" + b"1_" * 50_000 + b"1", "a word has 100003 characters (at line 1)", id="underscores"),
    pytest.param(b"a = 1." + b"9" * 100_000, "an integer has thousands of digits", id="float"),
    pytest.param(b"a = " + b"[" * 2000 + b"]" * 2000, "nested more than 64 deep (at line 1)", id="arrays"),
    pytest.param(b"a = " + b"{b = " * 2000 + b"1" + b"}" * 2000, "nested more than 64 deep", id="inline-tables"),
    pytest.param(b'a = "]"\nb = ' + b'[ "]", ' * 100, "nested more than 64 deep (at line 2)", id="brackets-in-strings"),
    pytest.param(b"a = '''']''''\nb = " + b"[" * 100, "nested more than 64 deep (at line 2)", id="four-apostrophes"),
    pytest.param(b'a = """"]""""\nb = ' + b"[" * 100, "nested more than 64 deep (at line 2)", id="four-quotes"),
    pytest.param(b"# ]]]]\na = " + b"[" * 70 + b"# ]]]", "nested more than 64 deep (at line 2)", id="comments"),
    pytest.param(b"a." * 200_000 + b"b = 1", "a key has more than 16 parts (at line 1)", id="dotted-key"),
    pytest.param(b"'a' . " * 50_000 + b"b = 1", "a key has more than 16 parts", id="dotted-key-with-blanks"),
    pytest.param(b"[" + b"a." * 200_000 + b"b]", "a key has more than 16 parts", id="dotted-table"),
    pytest.param(b"[[a]", "not valid TOML: Expected", id="half-a-header"),
    pytest.param(b'a = "' + b'\\"' * 200_000, "not valid TOML: Unterminated string", id="string-without-end"),
    pytest.param(b'a = """' + b'\\"' * 200_000, "not valid TOML", id="long-string-without-end"),
    pytest.param(b'a = "\\Uffffffff"', "not valid TOML: Escaped character is not a Unicode scalar value", id="escape"),
    pytest.param(b"a = 2021-99-99", "not valid TOML: Expected newline", id="date"),
    pytest.param(b"a = '\xff'", "not valid UTF-8 at offset 5", id="not-utf-8"),
    pytest.param(b"\xef\xbb\xbfa = 1", "not valid TOML", id="byte-order-mark"),
    pytest.param(b"#" * (1 << 20), "is larger than 524288 bytes", id="large"),
]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        pytest.param("policy.toml", read_policy, id="policy"),
        pytest.param("pyproject.toml", read_spec, id="spec"),
        pytest.param("pyproject.toml", lambda path: find_spec(path.parent), id="finding"),
    ],
)
@pytest.mark.parametrize(("content", "fault"), HOSTILE)
def test_hostile_toml_is_one_clean_fault(
    tmp_path: Path, name: str, read: Callable[[Path], object], content: bytes, fault: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(SpecError) as raised:
        read(path)
    (found,) = raised.value.faults
    assert fault in found


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a = " + b"[" * 64 + b"]" * 64, id="deep"),
        pytest.param(b'a = "' + b"[" * 1000 + b'"\nb = """\n' + b"{" * 1000 + b'"""', id="brackets-in-strings"),
        pytest.param(b'a = \'\'\'[[\'\'\'\'\'\nb = """{""{\\"""""\n# [[[' + b"[" * 100, id="quotes"),
        pytest.param(b".".join([b"a"] * 16) + b" = 1.5", id="dotted"),
        pytest.param(b'a = ["' + b"9" * 5000 + b'"]', id="digits-in-a-string"),
        pytest.param(b"\n".join(b"[t%d]\na.b = { c = [1.5, 2.5] }" % index for index in range(500)), id="many"),
    ],
)
def test_what_lies_within_the_bounds_is_read(content: bytes) -> None:
    assert toml.parse(content)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        pytest.param("(" * 5000 + "a" + ")" * 5000, "expected at most 1024 characters, found 10001", id="deep"),
        pytest.param("(?:" * 200 + "a" + ")" * 200, "nested too deep", id="deep-and-short"),
        pytest.param("a{99999999999}", "repetition number is too large", id="repeat"),
        pytest.param("a{1000000}", "repetition number is too large", id="many"),
        pytest.param("(?:(?:a{99}){99}){99}", "states", id="repeats-in-repeats"),
        pytest.param("[[a]", "nested set", id="warning"),
        pytest.param("[a&&b]", "set intersection", id="intersection"),
        pytest.param("(a", "missing )", id="syntax"),
        pytest.param(r"(a)\1", "what stands at position 3 is no part", id="reference"),
        pytest.param("a++b", "what stands at position 1 is no part", id="possessive"),
        pytest.param("a{2}?b", "what stands at position 1 is no part", id="lazy-count"),
        pytest.param("(?m:a)", "what stands at position 0 is no part", id="flag"),
        pytest.param(r"a\Z", "what stands at position 1 is no part", id="end"),
        pytest.param(r"\w" * 500, "has more than 64 classes", id="classes"),
    ],
)
def test_an_expression_for_identities_that_would_not_end_is_a_fault(tmp_path: Path, pattern: str, fault: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(f"[[signers]]\nidentity-regex = '{pattern}'\nissuer = 'a'\n", encoding="utf-8")

    with pytest.raises(EncoderfileError, match="identity-regex") as raised:
        read_policy(path)
    assert fault in raised.value.diagnostics()
