"""Each way in which a compressed attachment can lie, by name, and the message that refuses it."""

from __future__ import annotations

import struct
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.manifests import with_manifest

from encoderfile_runtime.errors import EncoderfileError, FormatError, IntegrityError
from encoderfile_runtime.format import zstd
from encoderfile_runtime.format.attachments import check, missing, read
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import check_structure, verify
from hatch_encoderfile.container.content import AttachedFile
from hatch_encoderfile.container.manifest_pb2 import ZSTD
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.files.zstd import decompress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAGIC = b"\x28\xb5\x2f\xfd"
ABC = bytes.fromhex("28b52ffd2003190000616263")
BLOCK = 1 << 17


def header(size: int, *, window: int | None = None, descriptor: int = 0b11000000) -> bytes:
    """A frame header of 8 bytes of content size; without a window it is a single segment."""
    descriptor |= 0 if window is not None else 0b100000
    return MAGIC + bytes([descriptor]) + (b"" if window is None else bytes([window])) + struct.pack("<Q", size)


def block(kind: int, size: int, data: bytes = b"", *, last: bool = True) -> bytes:
    return (int(last) | kind << 1 | size << 3).to_bytes(3, "little") + data


def zeros(size: int) -> bytes:
    """A frame of that many zeros, in a few bytes for each block."""
    whole, rest = divmod(size, BLOCK)
    blocks = [block(1, BLOCK, b"\0", last=False)] * whole + [block(1, rest, b"\0")]
    return header(size, window=0b01000000) + b"".join(blocks)  # a window of 256 KiB


def test_the_frames_made_here_are_good_ones() -> None:
    assert zstd.decompress(ABC, 3, "a", "b", decompress) == b"abc"
    assert zstd.decompress(zeros(300_000), 300_000, "a", "b", decompress) == bytes(300_000)
    assert zstd.decompress(header(2) + block(0, 2, b"ab"), 2, "a", "b", decompress) == b"ab"
    assert (
        zstd.decompress(MAGIC + b"\x60" + struct.pack("<H", 44) + block(1, 300, b"x"), 300, "a", "b", decompress)
        == b"x" * 300
    )


@pytest.mark.parametrize(
    ("frame", "length", "fault"),
    [
        pytest.param(
            ABC, zstd.MAX_LENGTH + 1, "is recorded to hold 268435457 bytes, expected at most 268435456", id="huge"
        ),
        pytest.param(
            ABC,
            2**64 - 1,
            "is recorded to hold 18446744073709551615 bytes, expected at most 268435456",
            id="all-of-memory",
        ),
        pytest.param(ABC, 4, "holds 3 bytes, recorded are 4", id="recorded-longer"),
        pytest.param(ABC, 2, "holds 3 bytes, recorded are 2", id="bomb-recorded-short"),
        pytest.param(
            header(2**63) + block(0, 0), 3, "holds 9223372036854775808 bytes, recorded are 3", id="bomb-header"
        ),
        pytest.param(zeros(10 * BLOCK), 3, "holds 1310720 bytes, recorded are 3", id="bomb-of-zeros"),
        pytest.param(
            header(BLOCK * 2) + block(1, BLOCK, b"\0"),
            BLOCK * 2,
            "holds 262144 bytes in 1 blocks, expected at most 131072 in each",
            id="more-than-its-blocks",
        ),
        pytest.param(b"PK\3\4" + ABC[4:], 3, "has another magic number", id="no-zstd"),
        pytest.param(b"\x50\x2a\x4d\x18\x03\0\0\0abc", 3, "has another magic number", id="skippable"),
        pytest.param(b"", 3, "has another magic number", id="empty"),
        pytest.param(MAGIC, 3, "ends inside of its headers", id="magic-alone"),
        pytest.param(ABC[:6], 3, "ends inside of its headers", id="header-alone"),
        pytest.param(ABC[:-1], 3, "ends at 12, but 11 bytes are stored", id="cut-short"),
        pytest.param(ABC + b"\0", 3, "ends at 12, but 13 bytes are stored", id="stray-byte"),
        pytest.param(ABC + ABC, 3, "ends at 12, but 24 bytes are stored", id="second-frame"),
        pytest.param(MAGIC + b"\x21\x03" + ABC[6:], 3, "needs a dictionary, or uses a reserved bit", id="dictionary"),
        pytest.param(MAGIC + b"\x28\x03" + ABC[6:], 3, "needs a dictionary, or uses a reserved bit", id="reserved-bit"),
        pytest.param(MAGIC + b"\x00\x00" + ABC[6:], 3, "does not say how many bytes it holds", id="no-length"),
        pytest.param(
            header(3, window=0xFF) + ABC[6:],
            3,
            "needs a window of 4123168604160 bytes, expected at most 8388608",
            id="window",
        ),
        pytest.param(
            header(3, window=13 << 3 | 1) + ABC[6:],
            3,
            "needs a window of 9437184 bytes, expected at most 8388608",
            id="window-of-9-MiB",
        ),
        pytest.param(
            header(9 << 20) + block(1, BLOCK, b"\0"),
            9 << 20,
            "needs a window of 9437184 bytes, expected at most 8388608",
            id="one-segment",
        ),
        pytest.param(header(3) + block(3, 3, b"abc"), 3, "ends inside of its headers", id="reserved-block"),
        pytest.param(header(3) + block(0, 3, b"abc", last=False), 3, "ends inside of its headers", id="no-last-block"),
        pytest.param(
            header(3) + block(0, 1 << 20, b"abc"),
            3,
            "ends at 1048592, but 19 bytes are stored",
            id="block-past-the-end",
        ),
        pytest.param(
            header(3) + block(0, 0, last=False) * 1000 + block(0, 3, b"abc"),
            3,
            "has more than 2 blocks for 3 bytes",
            id="empty-blocks-without-end",
        ),
    ],
)
def test_a_frame_that_lies_is_refused_before_it_is_decompressed(frame: bytes, length: int, fault: str) -> None:
    with pytest.raises(FormatError) as caught:
        zstd.decompress(frame, length, "file", "part", lambda *_: pytest.fail("decompressed"))
    assert str(caught.value) == f"file: part: its zstd frame {fault}"


@pytest.mark.parametrize(
    ("frame", "length"),
    [
        pytest.param(header(3, window=13 << 3) + block(0, 3, b"abc"), 3, id="window-of-8-MiB"),
        pytest.param(
            header(8 << 20) + block(1, BLOCK, b"\0", last=False) * 63 + block(1, BLOCK, b"\0"), 8 << 20, id="one"
        ),
        pytest.param(
            header(64) + block(0, 0, last=False) * 2 + block(1, 64, b"a"), 64, id="two-more-blocks-than-needed"
        ),
        pytest.param(header(BLOCK) + block(1, BLOCK, b"\0"), BLOCK, id="as-much-as-its-block-can-hold"),
        pytest.param(header(3, descriptor=0b11000100) + block(0, 3, b"abc") + bytes(4), 3, id="checksum"),
        pytest.param(MAGIC + b"\xa0\x03\0\0\0" + block(0, 3, b"abc"), 3, id="length-in-four-bytes"),
        pytest.param(MAGIC + b"\x60\x00\x00" + block(1, 256, b"x"), 256, id="length-in-two-bytes"),
        pytest.param(MAGIC + b"\x40\x00\x00\x00" + block(1, 256, b"x"), 256, id="length-in-two-bytes-and-a-window"),
        pytest.param(
            header(zstd.MAX_LENGTH, window=0) + block(1, BLOCK, b"\0", last=False) * 2047 + block(1, BLOCK, b"\0"),
            1 << 28,
            id="largest",
        ),
    ],
)
def test_a_frame_at_the_limits_is_one(frame: bytes, length: int) -> None:
    zstd.check_frame(frame, length, "file", "part")


@pytest.mark.parametrize(
    ("frame", "length", "fault"),
    [
        pytest.param(
            header(64) + block(0, 0, last=False) * 3 + block(1, 64, b"a"),
            64,
            "has more than 3 blocks for 64 bytes",
            id="blocks",
        ),
        pytest.param(
            header(BLOCK + 1) + block(1, BLOCK, b"\0"),
            BLOCK + 1,
            "holds 131073 bytes in 1 blocks, expected at most 131072 in each",
            id="block",
        ),
        pytest.param(
            header(3, window=13 << 3 | 1) + block(0, 3, b"abc"),
            3,
            "needs a window of 9437184 bytes, expected at most 8388608",
            id="window",
        ),
    ],
)
def test_a_frame_past_a_limit_is_none(frame: bytes, length: int, fault: str) -> None:
    with pytest.raises(FormatError) as caught:
        zstd.check_frame(frame, length, "file", "part")
    assert str(caught.value) == f"file: part: its zstd frame {fault}"


def test_what_decompresses_is_told_apart_by_what_it_gives() -> None:
    for run, fault in (
        (lambda *_: b"ab", "gives 2 bytes, recorded are 3"),
        (lambda *_: 1 / 0, "is broken: division by zero"),
    ):
        with pytest.raises(FormatError) as caught:
            zstd.decompress(ABC, 3, "file", "part", run)  # type: ignore[arg-type]  # lambdas of other types
        assert str(caught.value) == f"file: part: its zstd frame {fault}"


def test_the_bases_own_comes_before_the_standard_librarys(monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[Any] = []

    class Decompressor:
        def __init__(self, *, options: dict[str, int]) -> None:
            self.options = options

        def decompress(self, frame: bytes, length: int) -> bytes:
            options.append((self.options, frame, length))
            return b"abc"

    library = SimpleNamespace(
        DecompressionParameter=SimpleNamespace(window_log_max="log"), ZstdDecompressor=Decompressor
    )
    for name in ("_encoderfile_base", "compression", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert zstd.decompressor() is None
    assert missing() == zstd.MISSING
    with pytest.raises(EncoderfileError) as caught:
        zstd.decompress(ABC, 3, "file", "part")
    assert str(caught.value) == f"file: part: {zstd.MISSING}"

    monkeypatch.setitem(sys.modules, "compression", SimpleNamespace(zstd=library))
    monkeypatch.setitem(sys.modules, "compression.zstd", library)
    assert zstd.decompress(ABC, 3, "file", "part") == b"abc"
    assert options == [({"log": 23}, ABC, 3)]
    assert missing() == ""

    monkeypatch.setitem(sys.modules, "_encoderfile_base", SimpleNamespace(zstd_decompress=lambda *_: b"own"))
    assert zstd.decompress(ABC, 3, "file", "part") == b"own"


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(header(3) + block(0, 2, b"ab"), id="fewer-bytes-than-it-says"),
        pytest.param(header(3) + block(0, 4, b"abcd"), id="more-bytes-than-it-says"),
        pytest.param(header(3) + block(2, 3, b"\xff\xff\xff"), id="damaged-block"),
        pytest.param(header(3, descriptor=0b11000100) + block(0, 3, b"abc") + b"\0\0\0\0", id="wrong-checksum"),
    ],
)
def test_a_frame_that_is_broken_inside_is_refused(frame: bytes) -> None:
    zstd.check_frame(frame, 3, "file", "part")

    with pytest.raises(FormatError, match=r"file: part: its zstd frame (is broken|gives 2 bytes, recorded are 3)"):
        zstd.decompress(frame, 3, "file", "part", decompress)


@given(st.binary(max_size=40), st.integers(0, 50))
def test_any_bytes_are_a_frame_or_refused(data: bytes, length: int) -> None:
    for frame in (data, MAGIC + data, ABC[:6] + data):
        try:
            found = zstd.decompress(frame, length, "file", "part", decompress)
        except FormatError:
            continue
        assert len(found) == length


@pytest.fixture
def packed(make_tiny: Callable[..., Path]) -> Path:
    """A tiny encoderfile with a compressed attachment."""
    stored = AttachedFile(name="a.txt", media_type="text/plain", data=BytesBlob(b"abc"), stored=BytesBlob(ABC))
    plain = AttachedFile(name="b.txt", media_type="text/plain", data=BytesBlob(ABC))
    return make_tiny(attachments=(stored, plain))


def library_in(message: Any) -> Any:
    [found] = [item for item in message.inputs if item.path == "libzstd"]
    return found


def contents(container: Container) -> list[bytes]:
    return [read(container, item, decompress) for item in container.manifest.attachments]


def test_the_file_made_here_verifies(packed: Path) -> None:
    container = Container(str(packed))

    assert verify(container, decompress=decompress).unread == ()
    assert contents(container) == [b"abc", ABC]


@pytest.mark.parametrize(
    ("edit", "error", "message"),
    [
        pytest.param(
            lambda m: setattr(m.attachments[0], "raw_length", 2**64 - 1),
            FormatError,
            r"a\.txt\.zst: its zstd frame is recorded to hold 18446744073709551615 bytes",
            id="raw-length-huge",
        ),
        pytest.param(
            lambda m: setattr(m.attachments[0], "raw_length", 4),
            FormatError,
            r"a\.txt\.zst: its zstd frame holds 3 bytes, recorded are 4",
            id="raw-length",
        ),
        pytest.param(
            lambda m: setattr(m.attachments[0], "raw_sha256", bytes(32)),
            IntegrityError,
            r"a\.txt: sha256 differs: recorded 0{64}",
            id="raw-digest",
        ),
        pytest.param(
            lambda m: setattr(m.attachments[0], "raw_sha256", b"short"),
            FormatError,
            r"attachment 'a\.txt' \(raw\): sha256 has 5 bytes",
            id="raw-digest-short",
        ),
        pytest.param(
            lambda m: setattr(library_in(m), "uri", ""),
            FormatError,
            r"input 'libzstd': sha256 has 0 bytes, expected 32",
            id="library-without-uri",
        ),
        pytest.param(
            lambda m: setattr(library_in(m), "length", 1),
            FormatError,
            r"input 'libzstd': sha256 has 0 bytes, expected 32",
            id="library-with-length",
        ),
        pytest.param(
            lambda m: setattr(library_in(m), "path", "file-without-digest"),
            FormatError,
            r"input 'file-without-digest': sha256 has 0 bytes, expected 32",
            id="file-without-digest",
        ),
    ],
)
def test_a_manifest_that_lies_about_a_compressed_attachment_is_refused(
    packed: Path, edit: Callable[[Any], None], error: type[Exception], message: str
) -> None:
    with_manifest(packed, edit)

    with pytest.raises(error, match=message):
        contents(Container(str(packed)))


def test_many_small_bombs_are_refused_before_the_first(
    make_tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zstd, "decompressor", lambda: pytest.fail("decompressed"))
    bomb = BytesBlob(zeros(zstd.MAX_LENGTH))
    names = [f"{index}.txt" for index in range(5)]
    files = tuple(AttachedFile(name=name, media_type="text/plain", data=BytesBlob(b""), stored=bomb) for name in names)
    path = make_tiny(attachments=files)

    def claim(message: Any) -> None:
        for item in message.attachments:
            item.raw_length = zstd.MAX_LENGTH

    with_manifest(path, claim)

    with pytest.raises(
        FormatError, match="attachments are recorded to hold 1342177280 bytes, expected at most 1073741824"
    ):
        check(Container(str(path)))


def test_two_attachments_that_would_be_stored_under_one_name_are_refused(make_tiny: Callable[..., Path]) -> None:
    stored = AttachedFile(name="a", media_type="text/plain", data=BytesBlob(b"abc"), stored=BytesBlob(ABC))
    plain = AttachedFile(name="a.zst", media_type="text/plain", data=BytesBlob(b""))
    path = make_tiny(attachments=(stored, plain))

    with pytest.raises(FormatError, match="two are stored under the same name"):
        Container(str(path))


def test_a_codec_that_is_only_claimed_is_refused(tiny: Path) -> None:
    with_manifest(tiny, lambda m: setattr(m.attachments[0], "codec", ZSTD))

    with pytest.raises(FormatError, match="its zstd frame has another magic number"):
        check(Container(str(tiny)))


def test_bytes_behind_the_frame_are_refused_without_decompressing(make_tiny: Callable[..., Path]) -> None:
    stored = BytesBlob(ABC + b"hidden")
    path = make_tiny(
        attachments=(AttachedFile(name="a", media_type="text/plain", data=BytesBlob(b"abc"), stored=stored),)
    )

    with pytest.raises(FormatError, match="ends at 12, but 18 bytes are stored"):
        check_structure(Container(str(path)))
