"""How commands and outputs are found in a page and compared."""

from __future__ import annotations

import pytest
from support.documentation import Command, blocks, commands, differs, plain_words

PAGE = """
<!-- exit: 3 -->
<!-- output varies: a reason,
on two lines -->
```console
$ one \\
    two
out
put
$ three
```

```sh
four
```
"""


def test_blocks_have_their_marks_and_commands_their_output() -> None:
    first, second = blocks(PAGE)

    assert (first.line, second.line) == (5, 13)
    assert first.marks == {"exit": "3", "output varies": "a reason,\non two lines"}
    assert list(commands(first)) == [Command("one     two", "out\nput"), Command("three", None)]
    assert (second.marks, list(commands(second))) == ({}, [Command("four", None)])


@pytest.mark.parametrize("text", ["output\n$ command\n", "command without a sign\n"])
def test_a_console_begins_with_a_command(text: str) -> None:
    [block] = blocks(f"```console\n{text}```\n")

    with pytest.raises(ValueError, match="line 1: a console block begins with"):
        list(commands(block))


@pytest.mark.parametrize(
    ("expected", "found"),
    [("a b", "a b"), ("a  \n", "a"), ("x … z", "x y\ny z"), ("0.12345", "0.12355"), ("v (1, 2)", "v (1, 2)")],
)
def test_output_is_the_same(expected: str, found: str) -> None:
    assert differs(expected, found) is None


@pytest.mark.parametrize(
    ("expected", "found"),
    [("a b", "a c"), ("a", "a\nb"), ("0.12345", "0.12395"), ("0.5", "-0.5"), ("0.5", "5"), ("x …", "y"), ("a.", "ab")],
)
def test_output_differs(expected: str, found: str) -> None:
    assert differs(expected, found) is not None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("encoderfile verify FILE  # a comment", ["encoderfile", "verify", "FILE"]),
        ("./f infer 'two words'", ["./f", "infer", "two words"]),
        ("a | b", None),
        ("A=1 b", None),
        ("a $(b)", None),
    ],
)
def test_a_shell_is_used_where_it_is_needed(command: str, words: list[str] | None) -> None:
    assert plain_words(command) == words
