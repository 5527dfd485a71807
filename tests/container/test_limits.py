"""The limits of the format, each on both sides, and what is said past them, word for word."""

from __future__ import annotations

import hashlib
import mmap
import struct
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from support.manifests import with_manifest

from encoderfile_runtime.errors import EncoderfileError, FormatError, IntegrityError
from encoderfile_runtime.format import attachments, footer, layout, zstd
from encoderfile_runtime.format.container import Container, Part
from encoderfile_runtime.format.footer import Footer
from encoderfile_runtime.format.layout import Code, Placement
from encoderfile_runtime.format.manifest import (
    FORMAT_PROFILE,
    Artifact,
    Attachment,
    Base,
    Codec,
    Input,
    Manifest,
    WeightsFormat,
    is_safe_path,
    parse,
)
from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.format.wire import Field, Kind, Reader
from hatch_encoderfile.container.manifest import encode
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

D32 = bytes(range(32))
TABLE = {
    1: Field("number", Kind.UINT64),
    2: Field("fixed", Kind.FIXED64),
    3: Field("bytes", Kind.BYTES),
    4: Field("text", Kind.STRING),
    5: Field("many", Kind.UINT64, repeated=True),
    6: Field("choice", Kind.ENUM, members=frozenset({1, 2})),
}
TABLE |= {7: Field("inner", Kind.MESSAGE, message=dict(TABLE))}


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(FormatError) as caught:
        read()
    return str(caught.value)


class TestFooter:
    @pytest.mark.parametrize(
        ("place", "message"),
        [
            pytest.param(Footer(968, 1), "1000 - 12: manifest of 1 bytes at 968 goes past the footer", id="at-footer"),
            pytest.param(
                Footer(969, 1), "1000 - 20: manifest offset 969 is past the end of the file", id="past-footer"
            ),
            pytest.param(Footer(100, 869), "1000 - 12: manifest of 869 bytes at 100 goes past the footer", id="long"),
            pytest.param(Footer(968, 0), "1000 - 12: manifest of 0 bytes, expected 1 to 1048576", id="empty"),
        ],
    )
    def test_a_manifest_lies_between_the_base_and_the_footer(self, place: Footer, message: str) -> None:
        at, text = message.split(": ", 1)
        offset = 1000 - int(at.split(" - ")[1])
        assert f"f at offset {offset}: footer: {text}" == refusal(lambda: footer.parse(place.encode(), "f", 1000))

    @pytest.mark.parametrize("place", [Footer(0, 968), Footer(967, 1), Footer(0, 1)])
    def test_it_may_fill_that_room(self, place: Footer) -> None:
        assert place == footer.parse(place.encode(), "f", 1000)

    @pytest.mark.parametrize(
        ("at", "byte", "message"),
        [
            (0, 0, "f at offset 968: not an encoderfile, or its end is missing: the footer's magic is not ENCFILE"),
            (8, 2, "f at offset 976: footer: format version 2, expected 1"),
            (28, 3, "f at offset 996: footer: flags 0x3, expected 0x1"),
        ],
    )
    def test_a_field_of_another_value_is_refused(self, at: int, byte: int, message: str) -> None:
        data = bytearray(Footer(0, 1).encode())
        data[at] = byte
        assert message == refusal(lambda: footer.parse(bytes(data), "f", 1000))

    def test_fewer_bytes_are_none(self) -> None:
        message = "f: not an encoderfile: 31 bytes are too few for the 32-byte footer"
        assert message == refusal(lambda: footer.parse(bytes(31), "f", 31))


class TestWire:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            pytest.param(b"", {}, id="empty"),
            pytest.param(b"\x08\x7f", {"number": 127}, id="one-byte"),
            pytest.param(b"\x08\x80\x01", {"number": 128}, id="two-bytes"),
            pytest.param(b"\x08" + b"\xff" * 9 + b"\x01", {"number": 2**64 - 1}, id="largest"),
            pytest.param(b"\x11" + b"\xff" * 8, {"fixed": 2**64 - 1}, id="fixed"),
            pytest.param(b"\x11\x01" + bytes(7), {"fixed": 1}, id="little-endian"),
            pytest.param(b"\x1a\x01\x00", {"bytes": b"\0"}, id="bytes"),
            pytest.param(b"\x22\x02\xc3\xa9", {"text": "é"}, id="text"),
            pytest.param(b"\x28\x00\x28\x01", {"many": [0, 1]}, id="repeated"),
            pytest.param(b"\x3a\x02\x08\x01", {"inner": {"number": 1}}, id="inner"),
        ],
    )
    def test_canonical_messages_are_read(self, data: bytes, expected: dict[str, Any]) -> None:
        assert expected == Reader(data, "f").message(TABLE)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            pytest.param(
                b"\x08" + b"\xff" * 9 + b"\x02", "f at offset 8: m: a varint does not fit 64 bits", id="large"
            ),
            pytest.param(
                b"\x08" + b"\x80" * 10 + b"\x01", "f at offset 8: m: a varint does not fit 64 bits", id="long"
            ),
            pytest.param(
                b"\x08" + b"\x80" * 9 + b"\x02", "f at offset 8: m: a varint does not fit 64 bits", id="2-to-the-64"
            ),
            pytest.param(
                b"\x11" + bytes(7), "f at offset 8: m: a value of 8 bytes goes past the end of its message", id="fixed"
            ),
            pytest.param(b"\x30\x03", "f at offset 8: m: field choice: unknown value 3, known are 1, 2", id="enum"),
            pytest.param(
                b"\x3a\x02\x08\x00",
                "f at offset 10: m: field number holds its default: the encoding is not canonical",
                id="default-in-an-inner-message",
            ),
            pytest.param(
                b"\x3a\x03\x22\x02a",
                "f at offset 11: m: a value of 2 bytes goes past the end of its message",
                id="past-an-inner-message",
            ),
            pytest.param(
                b"\x10\x01", "f at offset 7: m: field fixed: expected wire type 1, found 0", id="wire-type-of-fixed"
            ),
            pytest.param(
                b"\x20\x01", "f at offset 7: m: field text: expected wire type 2, found 0", id="wire-type-of-text"
            ),
            pytest.param(b"\x4c", "f at offset 8: m: wire type 4 has no place in a m", id="unknown-field-of-no-type"),
            pytest.param(b"\x22\x03a\xffb", "f at offset 10: m: field text is not UTF-8", id="not-utf-8"),
        ],
    )
    def test_others_are_refused(self, data: bytes, message: str) -> None:
        assert message == refusal(lambda: Reader(data, "f", 7, "m").message(TABLE))

    def test_a_field_may_stand_4096_times(self) -> None:
        most = b"\x28\x01" * 4096
        assert len(Reader(most, "f").message(TABLE)["many"]) == 4096
        message = "f at offset 8192: manifest: field many stands more than 4096 times"
        assert message == refusal(lambda: Reader(most + b"\x28\x01", "f").message(TABLE))

    def test_a_part_of_the_buffer_is_read(self) -> None:
        assert Reader(b"\xff\x08\x01\xff", "f").message(TABLE, 1, 3) == {"number": 1}

    def test_unknown_fields_are_skipped_and_told(self) -> None:
        reader = Reader(b"\x08\x01\x42\x01x\x49" + bytes(8) + b"\x50\x01", "f")
        assert reader.message(TABLE) == {"number": 1}
        assert reader.unknown == [8, 9, 10]

    def test_an_unknown_field_stands_once(self) -> None:
        message = "f at offset 2: manifest: field 10 stands twice: the encoding is not canonical"
        assert message == refusal(lambda: Reader(b"\x50\x01\x50\x01", "f").message(TABLE))

    def test_what_can_be_decoded_is_decoded_where_faults_are_noted(self) -> None:
        faults: list[str] = []
        data = b"\x22\x02a\xff\x08\x00\x30\x03\x08\x01\x2b"

        values = Reader(data, "f", 100, "m", faults).message(TABLE)

        assert values == {"text": "a\\xff", "number": 1, "choice": 3}
        assert faults == [
            "f at offset 103: m: field text is not UTF-8",
            "f at offset 104: m: field 1 follows field 4: the encoding is not canonical",
            "f at offset 105: m: field number holds its default: the encoding is not canonical",
            "f at offset 107: m: field choice: unknown value 3, known are 1, 2",
            "f at offset 108: m: field 1 follows field 6: the encoding is not canonical",
            "f at offset 110: m: field many: expected wire type 0, found 3",
        ]


def ours(**changes: Any) -> Manifest:
    """A manifest of our profile."""
    manifest = Manifest(
        ModelType.EMBEDDING,
        "n",
        "1",
        {"weights": Artifact(0, 1, D32)},
        FORMAT_PROFILE,
        base=Base(D32, 1, "f", "t", "v"),
    )
    return manifest._replace(**changes)


def stored(name: str, codec: Codec = Codec.NONE, **changes: Any) -> Attachment:
    return Attachment(name, "m", Artifact(0, 1, D32), codec, 1, D32)._replace(**changes)


class TestManifest:
    @pytest.mark.parametrize(
        ("manifest", "fault"),
        [
            pytest.param(ours(base=None), "base is missing", id="no-base"),
            pytest.param(
                ours(format_profile="hatch-encoderfile/2"),
                "format_profile 'hatch-encoderfile/2' is not known; a newer version of the reader may know it",
                id="profile",
            ),
            pytest.param(ours(base=Base(D32[:-1], 1)), "base: sha256 has 31 bytes, expected 32", id="base-digest"),
            pytest.param(
                ours(artifacts={"tokenizer": Artifact(0, 1, D32 + b"x")}),
                "tokenizer: sha256 has 33 bytes, expected 32",
                id="artifact-digest",
            ),
            pytest.param(ours(inputs=(Input("a", b"x", 1),)), "input 'a': sha256 has 1 bytes, expected 32", id="input"),
            pytest.param(
                ours(inputs=(Input("libzstd", b"", 0, "pkg:generic/zstdx@1"),)),
                "input 'libzstd': sha256 has 0 bytes, expected 32",
                id="another-library",
            ),
            pytest.param(
                ours(attachments=(stored("a", Codec.ZSTD, artifact=Artifact(0, 1, b"x")),)),
                "attachment 'a': sha256 has 1 bytes, expected 32",
                id="attachment-digest",
            ),
            pytest.param(
                ours(attachments=(stored("a", Codec.ZSTD, raw_sha256=b"x"),)),
                "attachment 'a' (raw): sha256 has 1 bytes, expected 32",
                id="raw-digest",
            ),
            pytest.param(
                ours(attachments=(stored("a", raw_length=2),)),
                "attachment 'a': stored as it is, but its raw length or digest differs",
                id="raw-length",
            ),
            pytest.param(
                ours(attachments=(stored("a", raw_sha256=bytes(32)),)),
                "attachment 'a': stored as it is, but its raw length or digest differs",
                id="raw-digest-of-what-is-stored",
            ),
            pytest.param(
                ours(attachments=(stored("b"), stored("a"))),
                "attachments are not sorted and unique by name",
                id="attachments-unsorted",
            ),
            pytest.param(
                ours(inputs=(Input("a", D32, 1), Input("a", D32, 1))),
                "inputs are not sorted and unique by name",
                id="input-twice",
            ),
            pytest.param(
                ours(inputs=(Input("../a", D32, 1),)), "inputs: '../a' is not a safe relative path", id="input-path"
            ),
            pytest.param(
                ours(attachments=(stored("a", Codec.ZSTD), stored("a.zst"))),
                "attachments: two are stored under the same name",
                id="two-in-one-place",
            ),
        ],
    )
    def test_a_fault_is_refused_or_noted(self, manifest: Manifest, fault: str) -> None:
        data, faults = encode(manifest), list[str]()

        assert f"f at offset 9: manifest: {fault}" == refusal(lambda: parse(data, "f", 9))
        found = parse(data, "f", 9, faults)

        assert found == manifest
        assert faults == [f"f: manifest: {fault}"]

    def test_an_unknown_field_is_refused_or_noted(self) -> None:
        data, faults = encode(ours()) + b"\xfa\x7f\x01x", list[str]()

        assert refusal(lambda: parse(data, "f")) == "f at offset 0: manifest: unknown field 2047"
        assert ours() == parse(data, "f", 0, faults)
        assert faults == ["f: manifest: unknown field 2047"]

    @pytest.mark.parametrize("digest", [b"", D32])
    def test_mozillas_artifacts_may_have_no_digest(self, digest: bytes) -> None:
        theirs = Manifest(ModelType.EMBEDDING, "n", "1", {"weights": Artifact(0, 1, digest)})
        found = parse(encode(theirs), "f")
        assert theirs == found
        assert found.model_type is ModelType.EMBEDDING

    def test_but_none_of_another_length(self) -> None:
        theirs = Manifest(ModelType.EMBEDDING, "n", "1", {"weights": Artifact(0, 1, b"short")})
        message = "f at offset 0: manifest: weights: sha256 has 5 bytes, expected 32"
        assert message == refusal(lambda: parse(encode(theirs), "f"))

    def test_nor_fields_of_ours(self) -> None:
        theirs = Manifest(ModelType.EMBEDDING, "n", "1", {}, source="s")
        message = "f at offset 0: manifest: has fields from 1000 on, but no format_profile"
        assert message == refusal(lambda: parse(encode(theirs), "f"))

    def test_a_library_that_decides_bytes_is_an_input_without_a_digest(self) -> None:
        manifest = ours(inputs=(Input("libzstd", b"", 0, "pkg:generic/zstd@1.5.7"),))
        assert manifest == parse(encode(manifest), "f")

    def test_numbers_that_are_no_members_are_shown_by_their_number(self) -> None:
        faults: list[str] = []
        found = parse(b"\x08\x16\xc8\x3e\x09", "f", 0, faults)

        kind = found.model_type
        assert (kind.label, kind.value, int(kind), found.weights_format) == ("unknown_22", 22, 22, 0)
        assert [fault.split(": ")[2:] for fault in faults[:2]] == [
            ["field model_type", "unknown value 22, known are 1, 2, 3, 4, 21"],
            ["field weights_format", "unknown value 9, known are 0, 1, 2, 3"],
        ]

    def test_a_manifest_without_a_kind_is_noted_as_it_is(self) -> None:
        faults: list[str] = []
        found = parse(b"\x12\x01a", "f", 0, faults)
        assert (found.name, found.model_type.label, faults) == ("a", "unknown_0", [])

    @pytest.mark.parametrize(
        "name",
        ["a", "X", "a/b", "größe.txt", "x" * 255, "é" * 127, ".a", "a.", "..a", "a b"],
    )
    def test_a_path_below_the_folder_is_safe(self, name: str) -> None:
        assert is_safe_path(name)

    @pytest.mark.parametrize(
        "name",
        [
            *("", ".", "..", "/", "/a", "../a", "a/../b", "a/..", "a//b", "./a", "a/", "a/./b", "x" * 256, "é" * 128),
            *(f"a{mark}b" for mark in '\\:*?"<>|\n\0\x7f'),
        ],
    )
    def test_every_other_is_not(self, name: str) -> None:
        assert not is_safe_path(name)

    def test_a_kind_has_a_name_and_only_these_have_one(self) -> None:
        assert ModelType.from_label("sentence_embedding") is ModelType.SENTENCE_EMBEDDING
        with pytest.raises(ValueError, match="'x' is not a model type, expected one of embedding, sequence_class"):
            ModelType.from_label("x")


class TestBounds:
    def test_a_part_that_is_not_there_is_named(self, tiny: Path) -> None:
        with pytest.raises(EncoderfileError) as caught:
            Container(str(tiny)).read("transform")
        assert str(caught.value) == f"{tiny}: has no transform"

    def test_a_part_that_is_no_json_is_named(self, tiny: Path) -> None:
        container = Container(str(tiny))
        assert refusal(lambda: container.json("weights")).startswith(f"{tiny}: weights is not JSON: ")
        assert container.json("model_config") == {"model_type": "none"}

    def test_a_tokenizer_is_in_an_object(self, make_tiny: Callable[..., Path]) -> None:
        from hatch_encoderfile.files.blob import BytesBlob

        def container(tokenizer: bytes) -> Container:
            config = BytesBlob(b"[]")
            parts = {"weights": BytesBlob(b"w"), "model_config": config, "tokenizer": BytesBlob(tokenizer)}
            return Container(str(make_tiny(artifacts=parts)))

        assert container(b'{"tokenizer":{"a":1}}').tokenizer_definition() == {"a": 1}
        for text in (b"{}", b'{"tokenizer":1}'):
            other = container(text)
            message = f"{other.path}: tokenizer: expected an object with a tokenizer.json as its 'tokenizer'"
            assert message == refusal(other.tokenizer_definition)
        made = container(b"{}")
        assert f"{made.path}: model_config: expected a JSON object" == refusal(lambda: made.json("model_config"))

    def test_a_file_shorter_than_a_footer_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "short"
        path.write_bytes(bytes(31))
        message = f"{path}: not an encoderfile: 31 bytes are too few for the 32-byte footer"
        assert message == refusal(lambda: Container(str(path)))

    def test_a_fault_of_the_manifest_is_refused_or_noted(self, tiny: Path) -> None:
        with_manifest(tiny, lambda message: setattr(message.base, "sha256", b"short"))
        start, _ = footer.parse(tiny.read_bytes()[-32:], "f", tiny.stat().st_size)
        message = "manifest: base: sha256 has 5 bytes, expected 32"

        assert f"{tiny} at offset {start}: {message}" == refusal(lambda: Container(str(tiny)))
        assert Container(str(tiny), to_look_at=True).faults[0] == f"{tiny}: {message}"

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(EncoderfileError) as caught:
            Container(str(tmp_path / "none"))
        assert str(caught.value) == f"{tmp_path / 'none'}: No such file or directory"


def parts(*lengths: int) -> list[Part]:
    return [Part(name, 0, length, D32) for name, length in zip(("tokenizer", "transform"), lengths, strict=False)]


class TestPlacement:
    """`tokenizer` has a header of 30 and a name of 24 bytes, and a record of 46 and 24."""

    @pytest.mark.parametrize(("length", "is_zip"), [((1 << 32) - 136, True), ((1 << 32) - 135, False)])
    def test_a_zip_ends_before_what_32_bits_can_say(self, length: int, is_zip: bool) -> None:
        placed = layout.place(1, parts(length), WeightsFormat.EMBD, Code())
        assert placed == Placement([parts(length)[0]._replace(offset=64)], 64 + length, is_zip)

    def test_the_directory_counts_with_each_of_its_records(self) -> None:
        for length in range((1 << 32) - 400, (1 << 32) - 100):
            placed = layout.place(1, parts(length, 1), WeightsFormat.EMBD, Code())
            _, second = placed.parts
            zipped = 64 + length + 30 + 25 + 1 + 70 + 71  # what fits at least, before the padding
            assert not placed.is_zip or zipped <= second.end + 70 + 71 < (1 << 32) - 1

    @pytest.mark.parametrize("is_zip", [True, False])
    def test_each_byte_between_the_parts_has_a_fault_of_its_own(self, is_zip: bool) -> None:
        placement = Placement([Part("tokenizer", 64, 1, D32)], 65, is_zip)
        found = layout.segments(ours(), 1, placement, Code(3, b"code"), {"tokenizer": 7}, end_comment=b"end")

        assert [(item.fault, item.offset, len(item.data)) for item in found] == [
            *([("the zip header of tokenizer disagrees with the manifest", 1, 60)] if is_zip else []),
            ("the padding before tokenizer is not zero", 61 if is_zip else 1, 3 if is_zip else 63),
            *([] if is_zip else [("the copy of the code differs from the base", 65, 4)]),
            ("the zip directory disagrees with the manifest", 65 if is_zip else 69, 70 if is_zip else 0),
            ("the zip end record disagrees with the manifest", 135 if is_zip else 69, 25),
        ]

    @pytest.mark.parametrize(("records", "is_zip"), [(0xFFFF - 2, True), (0xFFFF - 1, False)])
    def test_a_zip_has_fewer_entries_than_16_bits_can_say(self, records: int, is_zip: bool) -> None:
        assert layout.place(1, parts(1), WeightsFormat.EMBD, Code(records=records)).is_zip == is_zip

    @pytest.mark.parametrize(
        ("start", "offset"), [(10, 64), (9, 128), (8, 128), (5, 128), (4, 64), (3, 64), (11, 128), (0, 64)]
    )
    def test_padding_has_room_for_its_field_or_is_none(self, start: int, offset: int) -> None:
        [placed] = layout.place(start, parts(1), WeightsFormat.EMBD, Code()).parts
        assert placed.offset == offset

    def test_the_weights_are_on_a_page(self) -> None:
        weights = Part("weights", 0, 1, D32)
        [first, second] = layout.place(0, [weights, *parts(1)], WeightsFormat.EMBD, Code()).parts
        assert (first.offset, second.offset) == (4096, 4160)

    @pytest.mark.parametrize(
        ("end", "hides"),
        [
            (b"PK\5\6" + bytes(18), False),
            (b"PK\5\6" + bytes(18) + b"PK\5\6", True),
            (bytes(22), True),
            (b"\0PK\5\6", True),
        ],
    )
    def test_an_end_record_is_the_last_one(self, end: bytes, hides: bool) -> None:
        assert hides == layout.hides_end_record(end)


def code_record(
    name: bytes, offset: int, *, magic: int = 0x02014B50, extra: bytes = b"", comment: bytes = b""
) -> bytes:
    fields = (magic, 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), len(extra), len(comment), 0, 0, 0, offset)
    return struct.pack("<IHHHHHHIIIHHHHHII", *fields) + name + extra + comment


def code_base(
    directory: bytes, *, start: int = 9, count: int = 1, here: int | None = None, size: int = -1
) -> memoryview:
    """A portable base whose entries begin after three bytes, and its zip directory at `start`."""
    size = len(directory) if size < 0 else size
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count if here is None else here, count, size, start, 0)
    return memoryview(b"#!\n" + bytes(start - 3) + directory + end if start else directory + end)


class TestCodeOfABase:
    def test_it_is_from_the_first_header_to_the_directory(self) -> None:
        directory = code_record(b"b.py", 5, extra=b"12345", comment=b"note") + code_record(b"a.py", 3)
        base = code_base(directory, count=2)

        assert layout.read_code(base, "portable", "f") == Code(3, bytes(6), directory, 2)
        assert layout.read_code(base, "static", "f") == Code()

    def test_a_directory_has_16_mib_at_most(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert layout._MAX_DIRECTORY == 1 << 24
        base = code_base(code_record(b"a", 3))

        monkeypatch.setattr(layout, "_MAX_DIRECTORY", 47)
        assert layout.read_code(base, "portable", "f").records == 1
        monkeypatch.setattr(layout, "_MAX_DIRECTORY", 46)
        message = "f at offset 9: base: a zip directory of 47 bytes, expected at most 46"
        assert message == refusal(lambda: layout.read_code(base, "portable", "f"))

    def test_an_entry_may_have_no_name(self) -> None:
        directory = code_record(b"", 3)
        assert layout.read_code(code_base(directory), "portable", "f") == Code(3, bytes(6), directory, 1)

    @pytest.mark.parametrize(
        ("base", "message"),
        [
            pytest.param(memoryview(bytes(21)), "f: base: too short for a portable base", id="short"),
            pytest.param(
                memoryview(bytes(22)),
                "f at offset 0: base: a portable base ends with a zip directory and its end record",
                id="zeros",
            ),
            pytest.param(
                code_base(code_record(b"a", 3), count=1, here=2),
                "f at offset 56: base: a portable base ends with a zip directory and its end record",
                id="two-counts",
            ),
            pytest.param(
                code_base(b"", start=0, count=0),
                "f at offset 0: base: the zip directory has 0 entries, expected 0",
                id="no-entries",
            ),
            pytest.param(
                code_base(code_record(b"a", 3), count=2),
                "f at offset 9: base: the zip directory has 1 entries, expected 2",
                id="fewer-entries",
            ),
            pytest.param(
                code_base(code_record(b"a", 3) + bytes(45)),
                "f at offset 56: base: the zip directory ends inside a record",
                id="half-a-record",
            ),
            pytest.param(
                code_base(code_record(b"a", 3) + code_record(b"b", 3, magic=1)),
                "f at offset 56: base: a broken record in the zip directory",
                id="no-record",
            ),
            pytest.param(
                code_base(code_record(b"a", 9)),
                "f at offset 9: base: a broken record in the zip directory",
                id="a-header-in-the-directory",
            ),
            pytest.param(
                code_base(code_record(b"a", 3) + code_record(b"attachments/x", 3)),
                "f at offset 56: base: b'attachments/x' would hide an artifact",
                id="an-attachment",
            ),
        ],
    )
    def test_another_end_is_refused(self, base: memoryview, message: str) -> None:
        assert message == refusal(lambda: layout.read_code(base, "portable", "f"))


class TestEndRecord:
    def test_its_comment_has_the_digest_of_the_manifest(self, tiny: Path) -> None:
        container = Container(str(tiny))
        assert container.manifest_digest == hashlib.sha256(container.manifest_bytes).digest()
        assert not container.lacks_digest

    def test_older_files_have_none(self, tiny: Path) -> None:
        data = tiny.read_bytes()
        tiny.write_bytes(data[:-66] + b"\x20\0" + data[-32:])
        container = Container(str(tiny))
        assert container.manifest_digest == b""
        assert container.lacks_digest

    @pytest.mark.parametrize("end", [b"PK\5\7" + bytes(16) + b"\x40\0", b"PK\5\6" + bytes(16) + b"\x41\0"])
    def test_another_record_is_none(self, tiny: Path, end: bytes) -> None:
        data = tiny.read_bytes()
        tiny.write_bytes(data[:-86] + end + data[-64:])
        container = Container(str(tiny))
        assert container.manifest_digest == b""
        assert not container.lacks_digest

    def test_mozillas_files_have_no_such_record(self, make_tiny: Callable[..., Path]) -> None:
        container = Container(str(make_tiny(layout=Layout.MOZILLA)))
        assert container.manifest_digest == b""
        assert not container.lacks_digest

    @pytest.mark.parametrize("has_digest", [True, False])
    def test_a_manifest_cut_short_to_look_like_mozillas_is_refused(self, tiny: Path, has_digest: bool) -> None:
        data, start = tiny.read_bytes(), Container(str(tiny)).footer.manifest_offset
        cut = Footer(start, 2)
        end = layout.comment(data[start : start + 2], cut) if has_digest else cut.encode()
        tiny.write_bytes(data[:-66] + len(end).to_bytes(2, "little") + end)

        message = f"{tiny} at offset {start}: manifest: incomplete: the file ends as one with a format_profile does"
        assert message == refusal(lambda: Container(str(tiny)))

    def test_the_smallest_file_is_a_kind_and_a_footer(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"\x08\x01" + Footer(0, 2).encode())
        container = Container(str(path))
        assert (container.manifest_digest, container.lacks_digest, container.ours) == (b"", False, False)

    @pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system does not take this advice")
    def test_pages_are_given_back_by_advice(self, tiny: Path) -> None:
        advice: list[int] = []
        container = Container(str(tiny))
        container._map = SimpleNamespace(madvise=advice.append)  # type: ignore[assignment]  # no map

        container.drop_pages()

        assert advice == [mmap.MADV_DONTNEED]


class TestBoundsOfParts:
    @pytest.mark.parametrize(
        ("edit", "offset", "message"),
        [
            pytest.param(
                lambda m, _: setattr(m.weights, "offset", 1),
                lambda c: c.footer.manifest_offset + 1,
                "weights: starts inside the base or the manifest",
                id="inside-the-manifest",
            ),
            pytest.param(
                lambda m, _: setattr(m.tokenizer, "offset", m.weights.offset + m.weights.length - 1),
                lambda c: c.artifacts[0].end - 1,
                "tokenizer: overlaps weights, which ends at {weights}",
                id="overlap-of-a-byte",
            ),
            pytest.param(
                lambda m, _: setattr(m.base, "length", m.base.length - 1),
                lambda c: c.footer.manifest_offset,
                "manifest: base has {base} bytes, but the manifest starts at {start}",
                id="base-a-byte-short",
            ),
            pytest.param(
                lambda m, c: setattr(m.weights, "offset", c.end_of_content - c.footer.manifest_offset - 6),
                lambda c: c.end_of_content - 6,
                "weights: 7 bytes go past the end of the content at {content}",
                id="a-byte-past-the-end",
            ),
        ],
    )
    def test_a_part_lies_in_its_place(self, tiny: Path, edit: Any, offset: Any, message: str) -> None:
        before = Container(str(tiny))
        with_manifest(tiny, lambda manifest: edit(manifest, before))
        after = Container(str(tiny), to_look_at=True)

        start, content = after.footer.manifest_offset, after.end_of_content
        text = message.format(weights=before.artifacts[0].end, base=start - 1, start=start, content=content)
        # The edit may have made the manifest shorter or longer, and moved what lies behind it in the file but not in the table.
        assert after.faults == [f"{tiny} at offset {offset(after if 'manifest' not in message else before)}: {text}"]

    def test_compressed_attachments_of_a_gibibyte_are_looked_at(
        self, tiny: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[tuple[Any, ...]] = []
        container = Container(str(tiny))
        items = tuple(stored(name, Codec.ZSTD, raw_length=1 << 28) for name in "abcd")
        container.manifest = container.manifest._replace(attachments=(*items, stored("e", raw_length=1 << 30)))
        monkeypatch.setattr(container, "view", lambda name: name)
        monkeypatch.setattr(zstd, "check_frame", lambda *arguments: seen.append(arguments))

        attachments.check(container)

        assert seen == [(item.part, 1 << 28, str(tiny), item.part) for item in items]

    def test_a_compressed_attachment_is_decompressed_by_its_name(
        self, tiny: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        container = Container(str(tiny))
        monkeypatch.setattr(container, "read", lambda name: name.encode())

        message = f"{tiny}: attachments/a.zst: its zstd frame has another magic number"
        assert message == refusal(lambda: attachments.read(container, stored("a", Codec.ZSTD)))

    def test_compressed_attachments_hold_a_gibibyte_at_most(self, tiny: Path) -> None:
        assert attachments.MAX_TOTAL == 1 << 30
        container = Container(str(tiny))
        item = stored("a", Codec.ZSTD, raw_length=(1 << 30) + 1)
        container.manifest = container.manifest._replace(attachments=(item,))

        message = "compressed attachments are recorded to hold 1073741825 bytes, expected at most 1073741824"
        assert f"{tiny}: {message}" == refusal(lambda: attachments.check(container))

    def test_an_attachment_of_another_digest_is_refused(self, tiny: Path) -> None:
        container = Container(str(tiny))
        item = container.manifest.attachments[0]
        found = hashlib.sha256(b"{}").hexdigest()

        assert attachments.read(container, item) == b"{}"
        with pytest.raises(IntegrityError) as caught:
            attachments.read(container, item._replace(raw_sha256=D32))
        assert str(caught.value) == f"{tiny}: config.json: sha256 differs: recorded {D32.hex()}, found {found}"
