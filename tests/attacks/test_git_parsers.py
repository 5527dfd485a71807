"""Objects, packs, indexes and configurations that lie about lengths, lead in circles or are damaged anywhere."""

from __future__ import annotations

import hashlib
import random
import shutil
import zlib
from io import BufferedReader, BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.git_repository import commit_all, git, needs_git

from hatch_encoderfile.provenance.git import GitError, Repository, delta, trees
from hatch_encoderfile.provenance.git.config import Config
from hatch_encoderfile.provenance.git.folder import GitFolder
from hatch_encoderfile.provenance.git.objects import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

ID = bytes(range(20))
MUTATIONS = 400


def number(value: int) -> bytes:
    """A length in a delta."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def loose(root: Path, head: bytes, data: bytes, stream: bytes | None = None) -> tuple[ObjectStore, str]:
    """A store with one object, under the name that its bytes have."""
    name = hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
    path = root / "objects" / name[:2] / name[2:]
    path.parent.mkdir(parents=True)
    path.write_bytes(zlib.compress(head + data) if stream is None else stream)
    return ObjectStore(GitFolder(root), "sha1"), name


def packed(root: Path, body: bytes, *, name: bytes = ID, offset: int = 12) -> ObjectStore:
    """A store with one pack, whose index says where the one object is."""
    folder = root / "objects" / "pack"
    folder.mkdir(parents=True)
    (folder / "p.pack").write_bytes(b"PACK\0\0\0\2\0\0\0\1" + body)
    fanout = b"".join((byte >= name[0]).to_bytes(4, "big") for byte in range(256))
    index = b"\xfftOc\0\0\0\2" + fanout + name + bytes(4) + offset.to_bytes(4, "big") + bytes(40)
    (folder / "p.idx").write_bytes(index)
    return ObjectStore(GitFolder(root), "sha1")


class TestLooseObjects:
    def test_one_is_read(self, tmp_path: Path) -> None:
        store, name = loose(tmp_path, b"tree 3\0", b"abc")

        assert (store.read(name, "tree", 3), store.size(name)) == (b"abc", 3)

    @pytest.mark.parametrize(
        "head", [b"tree 2\0", b"tree 4\0", b"tree 03\0", b"tree -3\0", b"tree 3", b"twig 3\0", b""]
    )
    def test_a_head_that_lies(self, tmp_path: Path, head: bytes) -> None:
        store, name = loose(tmp_path, head, b"abc")

        with pytest.raises(GitError):
            store.read(name, "tree", 100)

    def test_another_kind(self, tmp_path: Path) -> None:
        store, name = loose(tmp_path, b"blob 3\0", b"abc")

        with pytest.raises(GitError, match="is a blob"):
            store.read(name, "tree", 3)

    def test_bytes_of_another_name(self, tmp_path: Path) -> None:
        store, name = loose(tmp_path, b"tree 3\0", b"abc", zlib.compress(b"tree 3\0abd"))

        with pytest.raises(GitError, match="are not those of that name"):
            store.read(name, "tree", 3)

    def test_more_than_is_allowed_is_not_inflated(self, tmp_path: Path) -> None:
        store, name = loose(tmp_path, b"tree 100000000\0", b"", zlib.compress(b"tree 100000000\0" + bytes(10**8), 9))

        with pytest.raises(GitError, match="says it is 100000000 bytes long"):
            store.read(name, "tree", 1 << 20)

    def test_a_bomb_behind_a_small_length(self, tmp_path: Path) -> None:
        store, name = loose(tmp_path, b"tree 5\0", b"", zlib.compress(b"tree 5\0" + bytes(10**7), 9))

        with pytest.raises(GitError, match="says it is 5 bytes long"):
            store.read(name, "tree", 1 << 20)

    def test_empty_blocks_without_end(self, tmp_path: Path) -> None:
        begun = zlib.compressobj()
        stream = begun.compress(b"tree 90\0" + bytes(40)) + begun.flush(zlib.Z_SYNC_FLUSH)
        stream += b"\0\0\0\xff\xff" * 1_000_000
        store, name = loose(tmp_path, b"tree 90\0", b"", stream)

        with pytest.raises(GitError, match="does not end where it should"):
            store.read(name, "tree", 1 << 10)


class TestPackedObjects:
    def test_one_is_read(self, tmp_path: Path) -> None:
        name = hashlib.sha1(b"tree 3\0abc", usedforsecurity=False).digest()
        store = packed(tmp_path, bytes([2 << 4 | 3]) + zlib.compress(b"abc"), name=name)

        assert (store.read(name.hex(), "tree", 3), store.size(name.hex())) == (b"abc", 3)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "ends in the head"),
            (b"\xb3" + b"\x80" * 20, "is broken"),
            (b"\x03" + zlib.compress(b"abc"), "unknown type 0"),
            (b"\x53" + zlib.compress(b"abc"), "unknown type 5"),
            (b"\x63\x01" + zlib.compress(b"abc"), "unknown type 0"),
            (b"\x63\x00" + zlib.compress(b"abc"), "is broken"),
            (b"\x63\x7f" + zlib.compress(b"abc"), "is broken"),
            (b"\x63" + b"\xff" * 20 + zlib.compress(b"abc"), "is broken"),
            (b"\x73" + bytes(20) + zlib.compress(b"abc"), "is broken"),
            (b"\x73" + ID + zlib.compress(b"abc"), "too long or too many"),
            (b"\x24" + zlib.compress(b"abc"), "is not 4 bytes long"),
            (b"\x22" + zlib.compress(b"abc"), "is not 2 bytes long"),
            (b"\x23abc", "is no zlib stream"),
            (b"\x23" + zlib.compress(b"abc")[:5], "does not end"),
            (b"\xaf\xff\xff\xff\xff\x7f" + zlib.compress(b"abc"), "is larger than"),
            (b"\x23" + zlib.compress(b"abc"), "are not those of that name"),
        ],
    )
    def test_a_broken_one(self, tmp_path: Path, body: bytes, reason: str) -> None:
        with pytest.raises(GitError, match=reason):
            packed(tmp_path, body).read(ID.hex(), "tree", 1 << 20)

    @pytest.mark.parametrize("offset", [0, 5, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1])
    def test_an_index_that_leads_elsewhere(self, tmp_path: Path, offset: int) -> None:
        store = packed(tmp_path, b"\x23" + zlib.compress(b"abc"), offset=offset)

        with pytest.raises(GitError):
            store.read(ID.hex(), "tree", 1 << 20)

    @pytest.mark.parametrize(
        "data", [b"", b"\xfftOc\0\0\0\3" + bytes(2000), b"\xfftOc\0\0\0\2" + b"\xff" * 2000, b"\1" * 1200]
    )
    def test_an_index_that_is_none(self, tmp_path: Path, data: bytes) -> None:
        store = packed(tmp_path, b"")
        (tmp_path / "objects" / "pack" / "p.idx").write_bytes(data)

        with pytest.raises(GitError, match="is no index of a pack"):
            store.read(ID.hex(), "tree", 1 << 20)

    def test_deltas_of_a_gigabyte_in_all_are_too_much(self, tmp_path: Path) -> None:
        size = 1 << 22
        base = zlib.compress(bytes(size), 9)
        instructions = (
            number(size)
            + number(size)
            + b"".join(
                b"\xff" + start.to_bytes(4, "little") + (1 << 16).to_bytes(3, "little")
                for start in range(0, size, 1 << 16)
            )
        )
        assert delta.apply(bytes(size), instructions, size) == bytes(size)
        body = bytearray(_head(2, size) + base)
        starts = [12]
        for _ in range(200):
            starts.append(12 + len(body))
            body += _head(6, len(instructions)) + _distance(starts[-1] - starts[-2]) + zlib.compress(instructions)
        store = packed(tmp_path, bytes(body), offset=starts[-1])

        with pytest.raises(GitError, match="takes more than any honest one"):
            store.read(ID.hex(), "tree", size)


def _head(kind: int, length: int) -> bytes:
    first = kind << 4 | length & 15
    return bytes([first | 0x80]) + number(length >> 4) if length >> 4 else bytes([first])


def _distance(value: int) -> bytes:
    found = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))


class TestDeltas:
    @pytest.mark.parametrize(
        "broken",
        [
            b"",
            b"\x80" * 11,
            number(2) + number(3) + b"\3abc",  # of another base
            number(3) + number(2) + b"\3abc",  # more than it says
            number(3) + number(4) + b"\3abc",  # less
            number(3) + number(3) + b"\0",  # reserved
            number(3) + number(3) + b"\3ab",
            number(3) + number(3) + b"\x91",
            number(3) + number(3) + b"\x91\1\3",  # out of the base
            number(3) + number(1 << 16) + b"\x80",
            number(3) + number(1 << 40) + b"\x90\3",
        ],
    )
    def test_a_broken_one(self, broken: bytes) -> None:
        with pytest.raises(GitError):
            delta.apply(b"abc", broken, 1 << 20)

    @given(st.binary(max_size=40), st.binary(max_size=60))
    def test_any_bytes_make_an_object_or_are_refused(self, base: bytes, data: bytes) -> None:
        try:
            made = delta.apply(base, number(len(base)) + data, 1 << 10)
        except GitError:
            return
        assert len(made) <= 1 << 10

    @given(st.binary(max_size=60))
    def test_any_bytes_are_a_stream_or_refused(self, data: bytes) -> None:
        with pytest.raises(GitError):
            delta.Inflated(BufferedReader(BytesIO(data)), 100).exactly(101)


class TestTrees:
    @pytest.mark.parametrize(
        "broken",
        [
            b"100644 a\0" + ID[:19],
            b"100644 \0" + ID,
            b"100644 a/b\0" + ID,
            b"100644 ..\0" + ID,
            b"100644 .\0" + ID,
            b"100644 a" + ID,
            b"999999 a\0" + ID,
            b"100600 a\0" + ID,
            b" a\0" + ID,
            (b"100644 a\0" + ID) * 2,
            b"100644 a\0" + ID + b"\n",
        ],
    )
    def test_a_broken_one(self, broken: bytes) -> None:
        with pytest.raises(GitError):
            trees.parse(broken, 20)

    @given(st.binary(max_size=80))
    def test_any_bytes_are_a_tree_or_refused(self, data: bytes) -> None:
        try:
            trees.parse(data, 20)
        except GitError:
            return

    @pytest.mark.parametrize(
        "commit", [b"", b"tree \n", b"parent " + b"0" * 40, b"tree " + b"0" * 64 + b"\n", b"tree " + b"x" * 40]
    )
    def test_a_commit_without_a_tree(self, commit: bytes) -> None:
        with pytest.raises(GitError, match="names no tree"):
            trees.root(commit, 40)


class TestConfigurations:
    @pytest.mark.parametrize(
        "text",
        [
            "[",
            "[a",
            "a = b",
            "[a]\nb = \\q",
            "[a]\nb = \\\t",
            '[a]\nb = "',
            "[a]\n= b",
            '[a "b]\nc = d',
            "[a]\n\x00",
            "[a]\nb = c\n]",
            "\xff",
        ],
    )
    def test_a_broken_one(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "config").write_bytes(text.encode("latin-1"))

        with pytest.raises(GitError, match="config") as refused:
            Config.read(GitFolder(tmp_path))

        assert str(refused.value).isprintable()

    @pytest.mark.parametrize(
        "text", ["[" * 500_000, '[a "' + '\\"' * 400_000, "[a]b=" + '"' * 500_001, " ;\n" * 300_000 + "["]
    )
    def test_a_long_one_ends(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "config").write_text(text, encoding="ascii")

        with pytest.raises(GitError, match="config"):
            Config.read(GitFolder(tmp_path))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample") / "repo"
    (root / "folder").mkdir(parents=True)
    for version in range(3):
        for count in range(40):
            (root / "folder" / f"{count}.txt").write_text(f"{count}{version if count < 2 else ''}", encoding="utf-8")
        commit_all(root)
    return root


def as_it_is(_: Path) -> None:
    """Loose objects and refs."""


def gathered(root: Path) -> None:
    git(root, "gc", "-q", "--aggressive")


def gathered_by_ids(root: Path) -> None:
    git(root, "-c", "repack.useDeltaBaseOffset=false", "-c", "pack.indexVersion=1", "repack", "-adfq", "--window=50")


@needs_git
@pytest.mark.parametrize("form", [as_it_is, gathered, gathered_by_ids])
def test_damage_anywhere_is_told_or_changes_nothing(sample: Path, tmp_path: Path, form: Callable[[Path], Any]) -> None:
    root = tmp_path / "repo"
    shutil.copytree(sample, root)
    form(root)
    expected = look(root)
    assert len(expected) == 42
    seeded = random.Random(form.__name__)  # noqa: S311 - the same in every run
    skipped = ("hooks", "info", "logs", "index", "description", "COMMIT_EDITMSG")
    files = sorted(
        path
        for path in (root / ".git").rglob("*")
        if path.is_file() and not {*skipped} & {*path.relative_to(root).parts}
    )
    told = 0

    for _ in range(MUTATIONS):
        path = seeded.choice(files)
        kept = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(damaged(kept, seeded))
        try:
            # A broken configuration or ref may name another hash or commit; what is found of this commit stays.
            assert look(root)[1:] == expected[1:] or path.name in ("HEAD", "main", "packed-refs")
        except GitError as error:
            assert str(error).isprintable()  # noqa: PT017 - either outcome is right
            told += 1
        path.write_bytes(kept)

    assert told > MUTATIONS // 20
    assert look(root) == expected


def look(root: Path) -> list[str | None]:
    """The commit, and all that its tree holds."""
    found = Repository.of(root)
    assert found
    names = [found.file(["folder", f"{count}.txt"]) for count in range(40)]
    for name in names:
        assert name is None or found.pointer(name) is None
    return [found.commit, found.file(["none"]), *names]


def damaged(data: bytes, seeded: random.Random) -> bytes:
    position = seeded.randrange(len(data) + 1)
    piece = seeded.randbytes(seeded.choice([0, 1, 1, 4]))
    removed = seeded.choice([0, 1, len(piece), len(piece), 1 << 10])
    return data[:position] + piece + data[position + removed :]
