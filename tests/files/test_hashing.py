"""Digests that are computed beside something else are those of the bytes, however they come."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.files.background import Task
from hatch_encoderfile.files.blob import CHUNK, BytesBlob, whole_file
from hatch_encoderfile.files.digests import Digests, FollowingHasher, HashBeside, Hasher, digests_of

if TYPE_CHECKING:
    from pathlib import Path


def expected(data: bytes) -> Digests:
    return Digests(hashlib.sha256(data).digest(), hashlib.sha512(data).digest())


@given(st.lists(st.binary(max_size=50), max_size=6))
def test_the_digests_of_pieces_are_those_of_the_whole(pieces: list[bytes]) -> None:
    with Hasher() as hasher:
        for piece in pieces:
            hasher.update(piece)
        assert hasher.digests() == expected(b"".join(pieces))


def test_one_digest_alone_takes_no_thread() -> None:
    with Hasher(sha512=False) as hasher:
        for _ in range(3):
            hasher.update(b"piece")

    assert hasher.digests() == Digests(hashlib.sha256(b"piece" * 3).digest())


def test_a_piece_may_change_once_the_next_one_has_been_taken() -> None:
    buffers = [bytearray(1 << 16), bytearray(1 << 16)]
    whole = b""
    with Hasher() as hasher:
        for number in range(50):
            buffer = buffers[number % 2]
            buffer[:] = bytes([number]) * len(buffer)
            whole += buffer
            hasher.update(memoryview(buffer))
        assert hasher.digests() == expected(whole)


@given(st.lists(st.binary(max_size=50), max_size=9), st.integers(1, 4))
def test_one_hash_beside_is_that_of_the_whole(pieces: list[bytes], behind: int) -> None:
    with HashBeside(behind=behind) as hasher:
        for piece in pieces:
            hasher.update(piece)
        assert hasher.digest() == hashlib.sha256(b"".join(pieces)).digest()


def test_no_more_pieces_wait_than_may() -> None:
    release, hashed = threading.Event(), []

    class Slow:
        def update(self, piece: bytes) -> None:
            release.wait(10)
            hashed.append(piece)

        def digest(self) -> bytes:
            return b"".join(hashed)

    with HashBeside(Slow, behind=2) as hasher:  # type: ignore[arg-type]  # no hash of hashlib
        hasher.update(b"\0")
        hasher.update(b"\1")
        third = Task(lambda: hasher.update(b"\2"))
        assert hashed == []
        release.set()
        third.result()

        assert hashed[:1] == [b"\0"]
        assert hasher.digest() == b"\0\1\2"


def test_a_hasher_that_is_given_up_ends_its_thread() -> None:
    with Hasher() as hasher:
        for _ in range(3):
            hasher.update(b"piece")
    assert hasher._sha512 is not None
    thread = hasher._sha512._thread

    assert thread is not None
    thread.wait()


@pytest.mark.parametrize("length", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_a_file_is_hashed_whatever_its_length(tmp_path: Path, length: int) -> None:
    data = bytes(range(256)) * (length // 256 + 1)
    path = tmp_path / "file"
    path.write_bytes(data[:length])

    assert digests_of(whole_file(path)) == digests_of(BytesBlob(data[:length])) == expected(data[:length])


@given(st.lists(st.binary(max_size=50), max_size=6))
def test_a_file_is_hashed_while_it_is_written(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("followed") / "file"
    with path.open("wb") as out, FollowingHasher(path) as hasher:
        for piece in pieces:
            out.write(piece)
            out.flush()
            hasher.more(len(piece))
        assert hasher.digests() == expected(b"".join(pieces))


def test_a_file_that_is_cut_while_it_is_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    with FollowingHasher(path) as hasher:
        hasher.more(5)

        with pytest.raises(EncoderfileError, match="ends 1 bytes early; it changed while it was read"):
            hasher.digests()


def test_a_task_gives_what_its_call_returns() -> None:
    task = Task(lambda: 1)

    assert (task.result(), task.result()) == (1, 1)


def test_a_task_raises_what_its_call_raises() -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    task = Task(fail)
    task.wait()

    with pytest.raises(KeyboardInterrupt):
        task.result()
