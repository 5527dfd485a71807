"""Verification reads the file once, and says where it is not what it should be."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from support.manifests import with_manifest

from encoderfile_runtime.errors import FormatError, IntegrityError
from encoderfile_runtime.format.container import Container, Part
from encoderfile_runtime.format.verify import (
    Report,
    Uncovered,
    _first_difference,
    as_text,
    check_structure,
    uncovered,
    verify,
)
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refusal(check: Callable[[], object]) -> str:
    with pytest.raises((FormatError, IntegrityError)) as caught:
        check()
    return str(caught.value)


def test_one_read_serves_the_parts_and_the_whole(tiny: Path) -> None:
    container, whole, read = Container(str(tiny)), hashlib.sha256(), list[int]()

    report = verify(container, read.append, whole)

    base, place = container.manifest.base, container.footer
    assert base is not None
    parts = (Part("base", 0, base.length, base.sha256), *container.artifacts, *container.attachments)
    assert Report(str(tiny), hashlib.sha256(container.manifest_bytes).hexdigest(), parts, ()) == report
    assert whole.digest() == hashlib.sha256(tiny.read_bytes()).digest()
    assert sum(read) == sum(part.length for part in parts) + place.manifest_length + 32


def test_a_file_of_mozillas_is_read_once_too(make_tiny: Callable[..., Path]) -> None:
    path, whole = make_tiny(layout=Layout.MOZILLA), hashlib.sha256()
    path.write_bytes(path.read_bytes()[:-32] + b"gap" + path.read_bytes()[-32:])

    verify(Container(str(path)), None, whole)

    assert whole.digest() == hashlib.sha256(path.read_bytes()).digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda data: data + b"\0", "the file changed while it was read", id="longer"),
        pytest.param(lambda data: data[:-1], "the file changed while it was read", id="shorter"),
        pytest.param(lambda data: data[:4000], "the file changed while it was read", id="cut-in-the-base"),
    ],
)
def test_a_file_that_is_replaced_while_it_is_read_is_refused(
    tiny: Path, change: Callable[[bytes], bytes], message: str
) -> None:
    container, other = Container(str(tiny)), tiny.with_name("other")
    other.write_bytes(change(tiny.read_bytes()))
    other.replace(tiny)

    assert refusal(lambda: verify(container, None, hashlib.sha256())).endswith(message)


def test_a_file_that_is_cut_between_its_parts_while_it_is_read_is_refused(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = Container(str(tiny))
    end = container.artifacts[0].offset - 10  # inside the padding before the first part
    read = container.file.read

    def cut(start: int, length: int) -> bytes:
        return read(start, min(length, end - start)) if start < end else b""

    monkeypatch.setattr(type(container.file), "read", lambda _, start, length: cut(start, length))

    message = f"{tiny}: the space between parts: the file ended while it was read"
    assert message == refusal(lambda: verify(container, None, hashlib.sha256()))


def test_what_lies_between_the_parts_is_read_piece_by_piece(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("encoderfile_runtime.format.verify._CHUNK", 16)
    whole = hashlib.sha256()

    verify(Container(str(tiny)), None, whole)

    assert whole.digest() == hashlib.sha256(tiny.read_bytes()).digest()


def test_bytes_between_the_parts_that_change_while_they_are_read_are_refused(tiny: Path) -> None:
    container, other = Container(str(tiny)), tiny.with_name("other")
    data = bytearray(tiny.read_bytes())
    data[container.artifacts[0].offset - 1] = 1
    other.write_bytes(data)
    other.replace(tiny)

    assert f"{tiny}: the file changed while it was read" == refusal(lambda: verify(container, None, hashlib.sha256()))


def test_a_digest_that_differs_is_told_with_the_one_that_was_found(tiny: Path) -> None:
    container = Container(str(tiny))
    weights = container.artifacts[0]
    data = bytearray(tiny.read_bytes())
    data[weights.offset : weights.end] = b"WEIGHTS"
    tiny.write_bytes(data)

    found = hashlib.sha256(b"WEIGHTS").hexdigest()
    message = f"{tiny}: weights: sha256 differs: recorded {weights.sha256.hex()}, found {found}"
    assert message == refusal(lambda: verify(Container(str(tiny))))


@pytest.mark.parametrize("before", [1, 2, 60])
def test_a_fault_between_the_parts_is_told_by_its_first_byte(tiny: Path, before: int) -> None:
    at = Container(str(tiny)).artifacts[0].offset - before
    data = bytearray(tiny.read_bytes())
    data[at] = 1
    tiny.write_bytes(data)

    message = f"{tiny} at offset {at}: the padding before weights is not zero"
    assert message == refusal(lambda: check_structure(Container(str(tiny))))


def test_a_part_before_its_place_is_told_by_where_it_stands(tiny: Path) -> None:
    expected = Container(str(tiny)).artifacts[0].offset
    with_manifest(tiny, lambda message: setattr(message.weights, "offset", message.weights.offset - 64))
    container = Container(str(tiny))

    message = f"{tiny} at offset {expected - 64}: weights: expected at offset {expected}"
    assert message == refusal(lambda: check_structure(container))


def test_bytes_before_a_part_are_told_by_where_it_should_stand(tiny: Path) -> None:
    container = Container(str(tiny))
    data, last = tiny.read_bytes(), container.attachments[-1]
    tiny.write_bytes(data[: last.end] + bytes(64) + data[last.end :])

    def move(message: Any) -> None:
        message.attachments[1].artifact.offset += 64

    with_manifest(tiny, move)

    message = f"64 bytes that nothing accounts for stand before {last.name}"
    assert f"{tiny} at offset {last.offset}: {message}" == refusal(lambda: check_structure(Container(str(tiny))))


def test_what_mozillas_files_leave_open_is_each_range(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(layout=Layout.MOZILLA)
    sound = Container(str(path))
    place = sound.footer
    assert uncovered(sound) == [
        Uncovered("base", 0, place.manifest_offset),
        Uncovered("manifest", place.manifest_offset, place.manifest_length),
        Uncovered("footer", sound.size - 32, 32),
    ]


def test_gaps_and_parts_without_a_digest_are_left_open_too() -> None:
    parts = [Part("b", 130, 10, b""), Part("a", 100, 20, bytes(32)), Part("c", 140, 5, b"")]
    theirs = SimpleNamespace(
        ours=False,
        footer=SimpleNamespace(manifest_offset=7, manifest_length=90),
        end_of_manifest=97,
        artifacts=parts[:1],
        attachments=parts[1:],
        end_of_content=150,
    )

    assert [tuple(item) for item in uncovered(theirs)] == [  # type: ignore[arg-type]  # as much of a container as is looked at
        ("base", 0, 7),
        ("manifest", 7, 90),
        ("gap", 97, 3),
        ("gap", 120, 10),
        ("b", 130, 10),
        ("c", 140, 5),
        ("gap", 145, 5),
        ("footer", 150, 32),
    ]


@pytest.mark.parametrize(
    ("found", "expected", "at"), [(b"abc", b"abd", 2), (b"ab", b"abc", 2), (b"abc", b"ab", 2), (b"xbc", b"abc", 0)]
)
def test_the_first_difference_is_a_byte_or_where_one_ends(found: bytes, expected: bytes, at: int) -> None:
    assert at == _first_difference(memoryview(found), expected)


def test_the_report_has_each_fact() -> None:
    digest = bytes(range(32))
    report = Report(
        "f",
        "c0ffee",
        (Part("a", 0, 2, digest), Part("b", 2, 3, digest)),
        (Uncovered("gap", 5, 4),),
        ("attachments/x.zst",),
    )

    assert report.as_json() == {
        "file": "f",
        "verified": True,
        "content_id": "c0ffee",
        "parts": [
            {"name": "a", "offset": 0, "length": 2, "sha256": digest.hex()},
            {"name": "b", "offset": 2, "length": 3, "sha256": digest.hex()},
        ],
        "uncovered": [{"what": "gap", "offset": 5, "length": 4}],
        "unread": ["attachments/x.zst"],
    }
    lines = as_text(report).splitlines()
    assert lines[:2] == [
        "f: 2 parts, 5 bytes hashed as recorded",
        "  not covered by any digest: gap, 4 bytes at offset 5",
    ]
    assert lines[2].startswith("  hashed as it is stored, not decompressed: attachments/x.zst; ")
    assert lines[3:] == ["content id c0ffee"]
    assert as_text(report._replace(uncovered=(), unread=())).splitlines() == [
        "f: 2 parts, 5 bytes hashed as recorded",
        "every byte is accounted for",
        "content id c0ffee",
    ]
