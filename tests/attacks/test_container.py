"""Each way in which a container can lie, by name, and the message that refuses it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from support.manifests import with_manifest

from encoderfile_runtime.errors import FormatError, IntegrityError
from encoderfile_runtime.format import footer, layout
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import parse
from encoderfile_runtime.format.verify import check_structure, verify
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def change(path: Path, offset: int, data: bytes) -> None:
    """Overwrite bytes; a negative offset counts from the end."""
    content = bytearray(path.read_bytes())
    start = offset % len(content)
    content[start : start + len(data)] = data
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("offset", "data", "message"),
    [
        pytest.param(-32, b"X", "magic is not ENCFILE", id="magic"),
        pytest.param(-24, b"\2", "format version 2, expected 1", id="version"),
        pytest.param(-4, b"\0", "flags 0x0, expected 0x1", id="flags-cleared"),
        pytest.param(-4, b"\3", "flags 0x3, expected 0x1", id="flags-unknown"),
        pytest.param(-20, struct.pack("<Q", 2**64 - 1), "manifest offset .* past the end", id="offset-huge"),
        pytest.param(-12, struct.pack("<Q", 2**64 - 1), "goes past the footer", id="length-huge"),
        pytest.param(-20, struct.pack("<QQ", 2**64 - 1, 1), "past the end", id="offset-plus-length-wraps"),
        pytest.param(-12, struct.pack("<Q", 0), "manifest of 0 bytes", id="no-manifest"),
    ],
)
def test_a_broken_footer_is_refused(tiny: Path, offset: int, data: bytes, message: str) -> None:
    change(tiny, offset, data)

    with pytest.raises(FormatError, match=message):
        Container(str(tiny))


def test_a_manifest_cut_short_to_look_like_mozillas_is_refused(tiny: Path) -> None:
    data, place = tiny.read_bytes(), Container(str(tiny)).footer
    messages = set()
    for length in range(1, place.manifest_length):
        cut = data[place.manifest_offset :][:length]
        tiny.write_bytes(data[:-64] + layout.comment(cut, footer.Footer(place.manifest_offset, length)))
        with pytest.raises(FormatError) as caught:
            check_structure(Container(str(tiny)))
        messages.add(str(caught.value).split(": ", 1)[1])

    assert "manifest: incomplete: the file ends as one with a format_profile does" in messages


def test_a_manifest_that_changes_between_parsing_and_hashing_is_refused(tiny: Path) -> None:
    container = Container(str(tiny))
    at = tiny.read_bytes().index(b"Apache-2.0", container.footer.manifest_offset)
    change(tiny, at, b"Apache-1.1")

    with pytest.raises(IntegrityError, match="manifest: sha256 differs"):
        verify(container)


def test_a_manifest_too_large_to_be_one_is_not_read(tiny: Path) -> None:
    with tiny.open("r+b") as file:
        file.truncate(footer.MAX_MANIFEST + 4096)
        file.seek(0, 2)
        file.write(footer.Footer(0, footer.MAX_MANIFEST + 1).encode())

    with pytest.raises(FormatError, match=f"expected 1 to {footer.MAX_MANIFEST}"):
        Container(str(tiny))


def test_a_manifest_of_the_largest_size_is_read() -> None:
    assert footer.MAX_MANIFEST == 1 << 20
    place = footer.Footer(7, footer.MAX_MANIFEST)
    assert footer.parse(place.encode(), "limit", footer.MAX_MANIFEST + 7 + footer.SIZE) == place
    with pytest.raises(FormatError, match="goes past the footer"):
        footer.parse(place.encode(), "limit", footer.MAX_MANIFEST + 6 + footer.SIZE)
    with pytest.raises(FormatError, match="expected 1 to"):
        footer.parse(footer.Footer(7, (1 << 20) + 1).encode(), "limit", 1 << 22)


def test_a_file_truncated_at_any_boundary_is_refused(tiny: Path) -> None:
    data = tiny.read_bytes()
    container = Container(str(tiny))
    boundaries = {0, 1, 31, 32, container.footer.manifest_offset, container.end_of_manifest, container.end_of_content}
    for part in (*container.artifacts, *container.attachments):
        boundaries |= {part.offset, part.end}
    for boundary in sorted(boundaries):
        for cut in {max(0, boundary - 1), boundary, min(len(data) - 1, boundary + 1)}:
            tiny.write_bytes(data[:cut])
            with pytest.raises(FormatError, match="not an encoderfile"):
                Container(str(tiny))


def test_a_file_truncated_at_any_boundary_is_refused_even_with_its_footer(tiny: Path) -> None:
    data = tiny.read_bytes()
    container = Container(str(tiny))
    for part in (*container.artifacts, *container.attachments):
        for cut in (part.offset, part.end):
            tiny.write_bytes(data[:cut] + data[-32:])
            with pytest.raises(FormatError):
                check_structure(Container(str(tiny)))


@pytest.mark.parametrize(
    "position", ["front", "after the base", "before the directory", "before the comment", "before the footer", "end"]
)
def test_a_stray_byte_is_refused(tiny: Path, position: str) -> None:
    data = tiny.read_bytes()
    container = Container(str(tiny))
    at = {
        "front": 0,
        "after the base": container.footer.manifest_offset,
        "before the directory": max(part.end for part in (*container.artifacts, *container.attachments)),
        "before the footer": len(data) - 32,
        "before the comment": len(data) - 64,
        "end": len(data),
    }[position]
    tiny.write_bytes(data[:at] + b"\0" + data[at:])

    with pytest.raises(FormatError):
        check_structure(Container(str(tiny)))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(lambda m: setattr(m.weights, "offset", 2**64 - 1), "past the end", id="offset-overflow"),
        pytest.param(lambda m: setattr(m.weights, "length", 2**64 - 1), "overlaps|past the end", id="length-overflow"),
        pytest.param(lambda m: setattr(m.tokenizer, "length", 2**62), "overlaps|past the end", id="length-past-end"),
        pytest.param(lambda m: setattr(m.weights, "offset", 1), "inside the base or the manifest", id="into-manifest"),
        pytest.param(
            lambda m: setattr(m.tokenizer, "offset", m.weights.offset), "overlaps", id="two-artifacts-in-one-place"
        ),
        pytest.param(lambda m: setattr(m.base, "length", 5), "but the manifest starts at", id="base-length"),
        pytest.param(lambda m: m.ClearField("base"), "base is missing", id="no-base"),
        pytest.param(lambda m: setattr(m.base, "sha256", b"short"), "sha256 has 5 bytes", id="short-digest"),
        pytest.param(lambda m: m.weights.ClearField("sha256"), "weights: sha256 has 0 bytes", id="no-digest"),
        pytest.param(lambda m: m.ClearField("format_profile"), "but no format_profile", id="no-profile"),
        pytest.param(lambda m: setattr(m, "format_profile", "other/1"), "format_profile 'other/1'", id="profile"),
        pytest.param(
            lambda m: setattr(m.attachments[0], "name", "../../x"), "not a safe relative", id="path-traversal"
        ),
        pytest.param(lambda m: setattr(m.attachments[0], "name", "/etc/x"), "not a safe relative", id="absolute-path"),
        pytest.param(lambda m: setattr(m.attachments[0], "name", "a\\b"), "not a safe relative", id="backslash"),
        pytest.param(lambda m: setattr(m.attachments[0], "name", "zzzz"), "not sorted", id="attachments-unsorted"),
        pytest.param(
            lambda m: setattr(m.attachments[1], "name", "config.json"), "not sorted and unique", id="same-name-twice"
        ),
        pytest.param(lambda m: setattr(m.inputs[0], "path", "z"), "inputs are not sorted", id="inputs-unsorted"),
        pytest.param(
            lambda m: setattr(m.attachments[0], "raw_length", 9), "its raw length or digest differs", id="raw-length"
        ),
    ],
)
def test_a_manifest_that_lies_is_refused(tiny: Path, edit: Callable[[Any], None], message: str) -> None:
    with_manifest(tiny, edit)

    with pytest.raises(FormatError, match=message):
        Container(str(tiny))


class TestManifestEncoding:
    """The encoding has one form; every other is refused before it means anything."""

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            pytest.param(
                b"\x08\x01\x08\x01",
                "attack at offset 1002: manifest: field 1 stands twice: the encoding is not canonical",
                id="field-twice",
            ),
            pytest.param(
                b"\x12\x01a\x08\x01",
                "attack at offset 1003: manifest: field 1 follows field 2: the encoding is not canonical",
                id="fields-out-of-order",
            ),
            pytest.param(
                b"\x08\x81\x00",
                "attack at offset 1001: manifest: a varint is longer than it needs to be: the encoding is not canonical",
                id="long-varint",
            ),
            pytest.param(
                b"\x88\x00\x01",
                "attack at offset 1000: manifest: a varint is longer than it needs to be: the encoding is not canonical",
                id="long-tag",
            ),
            pytest.param(
                b"\x08\x00",
                "attack at offset 1001: manifest: field model_type holds its default: the encoding is not canonical",
                id="default-written",
            ),
            pytest.param(
                b"\x12\x00\x08\x01",
                "attack at offset 1002: manifest: field name holds its default: the encoding is not canonical",
                id="empty-string-written",
            ),
            pytest.param(
                b"\x08\x16",
                "attack at offset 1001: manifest: field model_type: unknown value 22, known are 1, 2, 3, 4, 21",
                id="unknown-model-type",
            ),
            pytest.param(
                b"\x08\x01\xc8\x3e\x09",
                "attack at offset 1004: manifest: field weights_format: unknown value 9, known are 0, 1, 2, 3",
                id="unknown-weights-format",
            ),
            pytest.param(
                b"\x08\x01\x12\x05ab",
                "attack at offset 1004: manifest: a value of 5 bytes goes past the end of its message",
                id="string-past-the-end",
            ),
            pytest.param(
                b"\x08\x01\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                "attack at offset 1013: manifest: a value of 18446744073709551615 bytes goes past the end of its message",
                id="huge-length",
            ),
            pytest.param(
                b"\x08" + b"\xff" * 10,
                "attack at offset 1001: manifest: a varint does not fit 64 bits",
                id="varint-of-70-bits",
            ),
            pytest.param(
                b"\x08\x01\x12\x02\xff\xfe", "attack at offset 1004: manifest: field name is not UTF-8", id="not-utf-8"
            ),
            pytest.param(
                b"\x08",
                "attack at offset 1001: manifest: a varint goes past the end of its message",
                id="value-missing",
            ),
            pytest.param(
                b"\x08\x01" + b"\xda\x3e\x00" * 5000,
                "attack at offset 13290: manifest: field attachments stands more than 4096 times",
                id="amplification",
            ),
            pytest.param(
                b"\x08\x01\x2b\x2c",
                "attack at offset 1003: manifest: wire type 3 has no place in a manifest",
                id="group",
            ),
            pytest.param(
                b"\x0a\x01\x01",
                "attack at offset 1000: manifest: field model_type: expected wire type 0, found 2",
                id="wrong-wire-type",
            ),
            pytest.param(
                b"\x00\x01",
                "attack at offset 1000: manifest: field 0 follows field 0: the encoding is not canonical",
                id="field-zero",
            ),
            pytest.param(b"\x12\x01a", "attack at offset 1000: manifest: model_type is missing", id="no-model-type"),
        ],
    )
    def test_is_refused(self, data: bytes, message: str) -> None:
        with pytest.raises(FormatError) as caught:
            parse(data, "attack", 1000)

        assert str(caught.value) == message

    def test_an_unknown_field_in_our_profile_is_refused(self, tiny: Path) -> None:
        data = Container(str(tiny)).manifest_bytes + b"\xfa\x7f\x01x"

        with pytest.raises(FormatError, match="unknown field 2047"):
            parse(data, "attack")

    def test_the_most_attachments_that_there_can_be_are_read(self) -> None:
        with pytest.raises(FormatError, match="but no format_profile"):
            parse(b"\x08\x01" + b"\xda\x3e\x00" * 4096, "attack")
        with pytest.raises(FormatError, match="more than 4096 times"):
            parse(b"\x08\x01" + b"\xda\x3e\x00" * 4097, "attack")

    def test_an_unknown_field_in_mozillas_files_is_skipped(self) -> None:
        assert parse(b"\x08\x01\xfa\x7f\x01x", "theirs").name == ""


@pytest.mark.parametrize(
    ("where", "message"),
    [
        pytest.param("base", "base: sha256 differs", id="base"),
        pytest.param("weights", "weights: sha256 differs", id="artifact"),
        pytest.param("attachments/config.json", "attachments/config.json: sha256 differs", id="attachment"),
    ],
)
def test_a_changed_byte_in_a_hashed_part_is_refused(tiny: Path, where: str, message: str) -> None:
    container = Container(str(tiny))
    offsets = {part.name: part.offset for part in (*container.artifacts, *container.attachments)} | {"base": 10}
    change(tiny, offsets[where], b"\xff")

    with pytest.raises(IntegrityError, match=message):
        verify(Container(str(tiny)))


def test_padding_that_is_not_zero_is_refused(tiny: Path) -> None:
    change(tiny, Container(str(tiny)).artifacts[0].offset - 1, b"\1")

    with pytest.raises(FormatError, match="the padding before weights is not zero"):
        check_structure(Container(str(tiny)))


def test_a_zip_directory_that_names_another_range_is_refused(tiny: Path) -> None:
    data = tiny.read_bytes()
    at = data.rindex(b"artifacts/tokenizer.json") - 4
    change(tiny, at, struct.pack("<I", 0))

    with pytest.raises(FormatError, match="the zip directory disagrees with the manifest"):
        check_structure(Container(str(tiny)))


def test_a_local_header_that_names_another_length_is_refused(tiny: Path) -> None:
    at = tiny.read_bytes().index(b"artifacts/tokenizer.json", Container(str(tiny)).end_of_manifest) - 12
    change(tiny, at, b"\1")

    with pytest.raises(FormatError, match="the zip header of tokenizer disagrees with the manifest"):
        check_structure(Container(str(tiny)))


def test_a_wrong_crc_in_both_zip_headers_is_refused(tiny: Path) -> None:
    data = tiny.read_bytes()
    local = data.index(b"artifacts/tokenizer.json", Container(str(tiny)).end_of_manifest)
    change(tiny, local - 16, b"\0\0\0\0")
    change(tiny, data.rindex(b"artifacts/tokenizer.json") - 30, b"\0\0\0\0")
    container = Container(str(tiny))
    check_structure(container)

    with pytest.raises(FormatError, match="the zip header of tokenizer disagrees"):
        verify(container)


def test_bytes_between_artifacts_are_refused(tiny: Path) -> None:
    def move(message: Any) -> None:
        message.attachments[1].artifact.offset += 64

    data = tiny.read_bytes()
    end = max(part.end for part in Container(str(tiny)).attachments)
    tiny.write_bytes(data[:end] + bytes(64) + data[end:])
    with_manifest(tiny, move)

    with pytest.raises(FormatError, match=r"64 bytes that nothing accounts for stand before attachments/größe\.txt"):
        check_structure(Container(str(tiny)))


def test_bytes_after_the_end_record_are_refused(tiny: Path) -> None:
    data = tiny.read_bytes()
    tiny.write_bytes(data + b"junk" + data[-32:])

    with pytest.raises(FormatError, match="36 bytes that nothing accounts for"):
        check_structure(Container(str(tiny)))


@pytest.mark.parametrize(
    ("base", "message"),
    [
        pytest.param(b"", "too short", id="empty"),
        pytest.param(bytes(100), "ends with a zip directory", id="no-zip"),
    ],
)
def test_a_portable_base_that_is_no_zip_is_refused(base: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        layout.read_code(memoryview(base), "portable", "attack")


def test_a_base_whose_code_would_hide_an_artifact_is_refused(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "base.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("artifacts/tokenizer.json", "{}")

    with pytest.raises(FormatError, match="would hide an artifact"):
        layout.read_code(memoryview(path.read_bytes()), "portable", "attack")


@pytest.mark.parametrize("field", [0, 4, 8, 10, 12, 16, 20])
def test_a_broken_end_record_in_the_base_is_refused(field: int) -> None:
    from hatch_encoderfile.bases import portable

    data = bytearray(portable.build())
    data[len(data) - 22 + field] ^= 1

    with pytest.raises(FormatError, match="base: "):
        layout.read_code(memoryview(data), "portable", "attack")


def test_mozillas_files_open_and_what_they_leave_open_is_said(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(layout=Layout.MOZILLA)
    start = Container(str(path)).footer.manifest_offset

    report = verify(Container(str(path)))

    assert [part.name for part in report.parts] == ["weights", "model_config", "tokenizer"]
    assert [(item.what, item.offset) for item in report.uncovered] == [
        ("base", 0),
        ("manifest", start),
        ("footer", path.stat().st_size - 32),
    ]


def test_gaps_in_mozillas_files_are_said(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(layout=Layout.MOZILLA)
    data = path.read_bytes()
    path.write_bytes(data[:-32] + b"gap" + data[-32:])

    assert ("gap", len(data) - 32, 3) in verify(Container(str(path))).uncovered
