"""`./FILE verify` on files that are whole and files that are not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.format.container import Container
from encoderfile_runtime.start import main as cli
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def verify(path: Path, capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    code = cli.main(str(path), ["verify", *arguments])
    return (code, *capsys.readouterr())


def test_a_whole_file_verifies(tiny: Path, capsys: Capture) -> None:
    code, out, err = verify(tiny, capsys)

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"{tiny}: 6 parts, ")
    assert lines[1] == "every byte is accounted for"
    assert lines[2].startswith("content id ")


def test_json_names_the_parts_with_their_digests(tiny: Path, capsys: Capture) -> None:
    code, out, err = verify(tiny, capsys, "--json")

    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["file"], report["verified"], report["uncovered"]) == (str(tiny), True, [])
    container = Container(str(tiny))
    assert [(part["name"], part["sha256"]) for part in report["parts"][1:]] == [
        (part.name, part.sha256.hex()) for part in (*container.artifacts, *container.attachments)
    ]


@pytest.mark.parametrize("part", ["base", "weights", "model_config", "tokenizer", "attachments/config.json"])
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_changed_byte_of_a_part_is_named(tiny: Path, capsys: Capture, part: str, as_json: tuple[str, ...]) -> None:
    container = Container(str(tiny))
    places = {item.name: item.offset for item in (*container.artifacts, *container.attachments)}
    data = bytearray(tiny.read_bytes())
    data[places.get(part, 5)] ^= 1
    tiny.write_bytes(data)

    code, out, err = verify(tiny, capsys, *as_json)

    assert (code, out) == (3, "")
    assert err.startswith(f"error: {tiny}: {part}: sha256 differs: recorded ")
    assert err.count("\n") == 1


def test_no_byte_of_the_file_can_change_unseen(tiny: Path, capsys: Capture) -> None:
    """A changed manifest may be one of another content, which then has another content id."""
    whole = tiny.read_bytes()
    start, length = Container(str(tiny)).footer
    content_id = verify(tiny, capsys)[1].splitlines()[2]
    places = {*range(0, start, 9001), *range(start, len(whole), 97), *range(len(whole) - 3000, len(whole), 31)}

    for place in sorted(places):
        data = bytearray(whole)
        data[place] ^= 0x20
        tiny.write_bytes(data)

        code, out, err = verify(tiny, capsys)

        if code == 0 and start <= place < start + length:
            assert out.splitlines()[2] != content_id, place
        else:
            assert (code, out, err.count("\n")) == (3, "", 1), place


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: b"\0" + data])
def test_a_byte_more_or_less_is_seen(tiny: Path, capsys: Capture, change: Callable[[bytes], bytes]) -> None:
    tiny.write_bytes(change(tiny.read_bytes()))

    assert verify(tiny, capsys)[0] == 3


def test_files_of_mozillas_layout_verify_as_far_as_they_go(make_tiny: Callable[..., Path], capsys: Capture) -> None:
    path = make_tiny(layout=Layout.MOZILLA)
    container = Container(str(path))
    start, length = container.footer

    code, out, err = verify(path, capsys)

    assert (code, err) == (0, "")
    assert out.splitlines()[1:4] == [
        f"  not covered by any digest: base, {start} bytes at offset 0",
        f"  not covered by any digest: manifest, {length} bytes at offset {start}",
        f"  not covered by any digest: footer, 32 bytes at offset {container.size - 32}",
    ]
    assert "every byte" not in out
