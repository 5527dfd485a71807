"""Input with a few things in it changed: bytes of any kind, and JSON whose values move, repeat or become something else."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

# What parsers stumble over: ends of ranges, text that is no character, markup of each of the formats.
PIECES = (
    *(value.to_bytes(size, "little") for size in (1, 2, 4, 8) for value in (0, 1, 127, (1 << 8 * size) - 1)),
    *(
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\r\n",
        b"\n",
        b"\\",
        b'"',
        b"'",
        b'"""',
        b"{",
        b"}",
        b"[",
        b"]",
        b"[[",
        b",",
        b":",
        b"=",
    ),
    *(
        b"-1",
        b"1e999",
        b"NaN",
        b"null",
        b"true",
        b"99999999999999999999",
        b"0x1f",
        b"1979-05-27T07:32:00Z",
        b".5",
        b"-0",
    ),
    *(
        b'"\\ud800"',
        b'"\\Uffffffff"',
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"&a ",
        b"*a",
        b"<<: ",
        b"!!int ",
        b"---\n",
    ),
    *(b"(a|a)*", b"{2}", b"\\p{L}", b"[^", b"(?=", b"../", b"/", b"%2F", b"#", b"@", b"\0", b" ", b"\t"),
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        3,
        64,
        2**31,
        2**53,
        2**64,
        10**30,
        0.5,
        1e308,
        "",
        "a",
        "\0",
        "é",
        "a" * 300,
        "-1",
        "../x",
    ),
    *(
        [],
        [[]],
        {},
        {"": {}},
        [None],
        ["a", "a"],
        "\u2028",
        "[PAD]",
        "gelu",
        "(a|a)*b",
        "bert",
        "\\p{L}+",
        [0, 0],
        {"type": "Sequence"},
    ),
)
MOST_CHANGES = 4
LONGEST_REPEAT = 200


def mutant(data: bytes, random: Random) -> bytes:
    """The bytes with one to four changes."""
    for _ in range(random.randint(1, MOST_CHANGES)):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((0, 1, 1, 2, 4, 8, random.randrange(1, 64))))
        data = data[:start] + random.choice(_CHANGES)(data, start, end, random) + data[end:]
    return data


def _flipped(data: bytes, start: int, end: int, random: Random) -> bytes:
    return bytes(byte ^ (1 << random.randrange(8)) for byte in data[start:end])


def _other(data: bytes, start: int, end: int, random: Random) -> bytes:
    return random.randbytes(end - start)


def _piece(_data: bytes, _start: int, _end: int, random: Random) -> bytes:
    return random.choice(PIECES)


def _from_elsewhere(data: bytes, start: int, end: int, random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[place : place + random.randrange(1, 32)] + data[start:end]


def _repeated(data: bytes, start: int, end: int, random: Random) -> bytes:
    return data[start:end] * random.choice((0, 2, 3, random.randrange(LONGEST_REPEAT)))


def _cut(_data: bytes, _start: int, _end: int, _random: Random) -> bytes:
    return b""


_CHANGES: tuple[Callable[[bytes, int, int, Random], bytes], ...] = (
    _flipped,
    _other,
    _piece,
    _piece,
    _from_elsewhere,
    _repeated,
    _cut,
)


def json_mutant(data: bytes, random: Random) -> bytes:
    """A JSON document with one to four values changed; now and then its bytes."""
    if random.random() < 0.2:
        return mutant(data, random)
    document = copy.deepcopy(json.loads(data))
    for _ in range(random.randint(1, MOST_CHANGES)):
        places = list(_places(document))
        if not places:
            break
        parent, key = random.choice(places)
        _change(parent, key, places, random)
    return json.dumps(document, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(child, (dict, list)):
            yield from _places(child)


def _change(parent: Any, key: Any, places: Sequence[tuple[Any, Any]], random: Random) -> None:
    kind = random.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1:
        other, name = random.choice(places)
        parent[key] = (
            copy.deepcopy(other[name]) if name in (other if isinstance(other, dict) else range(len(other))) else None
        )
    elif kind == 2 and isinstance(parent, dict):
        parent[str(random.choice(VALUES))] = parent.pop(key)
    elif kind == 3 and isinstance(parent, list):
        parent.extend([parent[key]] * random.randrange(LONGEST_REPEAT))
    elif kind == 4:
        for _ in range(random.choice((1, 2, 20, 100))):
            parent[key] = [parent[key]] if random.random() < 0.5 else {"a": parent[key]}
    else:
        parent[key] = copy.deepcopy(random.choice(VALUES))
