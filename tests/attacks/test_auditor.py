"""An auditor sees everything: what is broken in one place hides nothing in another."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from support.manifests import with_manifest

from encoderfile_runtime.errors import FormatError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.describe import as_text, describe
from encoderfile_runtime.format.footer import Footer
from encoderfile_runtime.format.manifest import WeightsFormat
from encoderfile_runtime.start.main import main as own_main
from hatch_encoderfile.cli import main
from hatch_encoderfile.compare.diff import diff
from hatch_encoderfile.compare.extract import extract
from hatch_encoderfile.container import manifest_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LUA = 'function Postprocess(a) os.execute("id"); return a end'
_TRANSFORM = b"\x08\x01\x12" + bytes([len(_LUA)]) + _LUA.encode()
_LIBS = b"\x1a\x08\x0a\x02os\x0a\x02io"


def mozillas(path: Path, edit: Callable[[Any], None] = lambda _: None, **artifacts: bytes) -> Path:
    """A file as Mozilla's CLI writes them, from protobuf's own classes."""
    base = b"\x7fELF" + bytes(60)
    held = {"weights": b"weights", "model_config": b'{"model_type":"bert"}', "tokenizer": b"{}"} | artifacts
    message = pb.EncoderfileManifest(model_type="EMBEDDING", name="t", version="0.1.0")
    for name, data in held.items():
        part = getattr(message, name)
        part.offset, part.length, part.sha256 = 1 << 60, len(data), hashlib.sha256(data).digest()
    edit(message)
    at, order = message.ByteSize(), ("weights", "transform", "model_config", "tokenizer")
    for name in filter(held.__contains__, order):
        getattr(message, name).offset = at
        at += len(held[name])
    manifest = message.SerializeToString(deterministic=True)
    content = b"".join(held[name] for name in order if name in held)
    path.write_bytes(base + manifest + content + Footer(len(base), len(manifest)).encode())
    return path


def encoderfile(*arguments: str) -> object:
    """The exit code of a command line."""
    with patch("sys.argv", ["encoderfile", *arguments]):
        try:
            main()
        except SystemExit as end:
            return end.code
    return 0


def looked_at(path: Path) -> dict[str, Any]:
    facts = describe(Container(str(path), to_look_at=True))
    json.dumps(facts)
    assert {part["name"] for part in facts["parts"]} > {"base", "manifest"}
    assert as_text(facts)
    return facts


def test_a_config_that_is_no_json_hides_nothing_else(tmp_path: Path) -> None:
    facts = looked_at(mozillas(tmp_path / "f", model_config=b"config"))

    assert "model_config is not JSON" in facts["model_config"]["fault"]
    assert facts["faults"] == [facts["model_config"]["fault"]]
    assert facts["parts"][-1]["sha256"] == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize("number", [0, 22, 99])
def test_an_unknown_model_type_hides_nothing_else(tmp_path: Path, number: int) -> None:
    path = mozillas(tmp_path / "f")
    data, place = path.read_bytes(), Container(str(path)).footer
    start = place.manifest_offset
    head = bytes([8, number]) if number else b""
    manifest = head + data[start + 2 : start + place.manifest_length]
    rest = data[start + place.manifest_length : -32]
    path.write_bytes(data[:start] + manifest + rest + Footer(start, len(manifest)).encode())

    facts = looked_at(path)

    assert facts["model_type"] == f"unknown_{number}"
    assert (facts["name"], facts["version"]) == ("t", "0.1.0")
    with pytest.raises(FormatError, match="model_type"):
        Container(str(path))


def test_a_name_that_is_not_utf_8_hides_nothing_else(tmp_path: Path) -> None:
    path = mozillas(tmp_path / "f")
    path.write_bytes(path.read_bytes().replace(b"\x12\x01t", b"\x12\x01\xff"))

    facts = looked_at(path)

    assert facts["name"] == "\\xff"
    assert "field name is not UTF-8" in facts["faults"][0]
    assert facts["model_config"] == {"model_type": "bert"}


def test_a_manifest_that_ends_early_shows_what_stands_before(tmp_path: Path) -> None:
    path = mozillas(tmp_path / "f")
    data, (start, _) = path.read_bytes(), Container(str(path)).footer
    path.write_bytes(data[:-32] + Footer(start, 30).encode())

    facts = describe(Container(str(path), to_look_at=True))

    assert (facts["name"], facts["version"]) == ("t", "0.1.0")
    assert any("goes past the end" in fault for fault in facts["faults"])


@pytest.mark.parametrize("offset", [2**64 - 1, 2**63, 1 << 20, 1])
def test_a_part_outside_of_the_file_hides_nothing_else(tiny: Path, offset: int) -> None:
    with_manifest(tiny, lambda message: setattr(message.weights, "offset", offset))

    facts = looked_at(tiny)

    assert facts["faults"]
    assert facts["model_config"] == {"model_type": "none"}


def test_padding_that_is_not_zero_hides_nothing(tiny: Path) -> None:
    data = bytearray(tiny.read_bytes())
    data[Container(str(tiny)).artifacts[0].offset - 1] = 1
    tiny.write_bytes(data)

    facts = looked_at(tiny)

    assert "the padding before weights is not zero" in facts["faults"][0]
    assert len(facts["parts"]) == 7
    assert facts["inputs"]


def test_damaged_embd_weights_hide_nothing_else(make_tiny: Callable[..., Path]) -> None:
    facts = looked_at(make_tiny(weights_format=WeightsFormat.EMBD))

    assert facts["tensors"]["fault"] in facts["faults"]
    assert facts["parameters"] is None
    assert facts["model_config"] == {"model_type": "none"}


def test_the_command_shows_all_and_ends_as_for_a_broken_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = mozillas(tmp_path / "f", model_config=b"config")

    assert encoderfile("inspect", str(path)) == 3
    assert encoderfile("inspect", str(path), "--json") == 3
    assert own_main(str(path), ["inspect"]) == 3
    shown = capsys.readouterr()

    assert shown.out.count(hashlib.sha256(b"weights").hexdigest()) == 3
    assert shown.err.count("faults shown above: 1, the first: ") == 3


class TestTransforms:
    """Encoded by hand, as protobuf's documentation has it."""

    def test_the_program_and_its_libraries_are_shown(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = mozillas(tmp_path / "f", transform=_TRANSFORM + _LIBS)

        facts = looked_at(path)
        assert encoderfile("inspect", str(path)) == 0

        assert facts["encoderfile_config"]["transform"] == _LUA
        assert [name for name, wanted in facts["encoderfile_config"]["lua_libs"].items() if wanted] == ["io", "os"]
        assert facts["faults"] == []
        for text in (as_text(facts), capsys.readouterr().out):
            assert "transform, a Lua program; libraries: io, os" in text
            assert _LUA in text

    @pytest.mark.parametrize(
        ("libs", "expected", "text"),
        [
            pytest.param(b"", None, "that Mozilla's runtime gives by default", id="not-said"),
            pytest.param(b"\x1a\x00", [], "none", id="none"),
            pytest.param(b"\x1a\x05\x0a\x03ffi", ["ffi"], "ffi", id="of-no-known-name"),
        ],
    )
    def test_libraries_that_are_not_named_are_said(
        self, tmp_path: Path, libs: bytes, expected: list[str] | None, text: str
    ) -> None:
        facts = looked_at(mozillas(tmp_path / "f", transform=b"\x08\x01\x12\x01x" + libs))

        shown = facts["encoderfile_config"]["lua_libs"]
        assert (shown and [name for name, wanted in shown.items() if wanted]) == (expected if shown else None)
        assert (expected is None) == (shown is None)
        assert f"libraries: {text}\n" in as_text(facts)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            pytest.param(b"\x08\x02\x12\x01x", "field transform_type: unknown value 2", id="no-lua"),
            pytest.param(b"\x08\x01\x12\x02x\xff", "field transform is not UTF-8", id="not-utf-8"),
            pytest.param(b"\x08\x01\x12\x01x\x22\x01y", "unknown field 4", id="unknown-field"),
            pytest.param(b"\x12\x01x\x08\x01", "field 1 follows field 2", id="order"),
            pytest.param(b"\x08\x01\x12\x01x\x1a\x7f", "goes past the end", id="cut"),
        ],
    )
    def test_what_is_broken_in_one_is_said_and_the_program_is_shown(
        self, tmp_path: Path, data: bytes, message: str
    ) -> None:
        facts = looked_at(mozillas(tmp_path / "f", transform=data))

        assert facts["encoderfile_config"]["transform"].startswith("x")
        assert message in facts["faults"][0]

    def test_one_of_the_largest_size_is_read(self, tmp_path: Path) -> None:
        source = "x" * ((1 << 20) - 6)
        data = b"\x08\x01\x12" + b"\xfa\xff\x3f" + source.encode()

        facts = looked_at(mozillas(tmp_path / "f", transform=data))

        assert (len(data), facts["encoderfile_config"]["transform"] == source) == (1 << 20, True)

    def test_one_that_is_too_large_is_not_read(self, tmp_path: Path) -> None:
        facts = looked_at(mozillas(tmp_path / "f", transform=bytes((1 << 20) + 1)))

        assert "expected at most 1048576" in facts["encoderfile_config"]["transform"]["fault"]

    def test_a_program_cannot_control_the_terminal(self, tmp_path: Path) -> None:
        source = "a\x1b[2K\nb\u202e".encode()
        facts = looked_at(mozillas(tmp_path / "f", transform=b"\x08\x01\x12" + bytes([len(source)]) + source))

        assert "  a\\x1b[2K\n  b\\u202e" in as_text(facts)

    def test_diff_says_that_they_differ(self, tmp_path: Path) -> None:
        one = mozillas(tmp_path / "one", transform=_TRANSFORM + _LIBS)
        other = mozillas(tmp_path / "other", transform=_TRANSFORM)

        found = {item.what for item in diff(Container(str(one)), Container(str(other)))}

        assert found == {"part transform", "encoderfile_config lua_libs"}


class TestEvidence:
    def test_digests_say_whether_they_were_computed(self, tiny: Path) -> None:
        facts = looked_at(tiny)

        evidence = {part["name"]: part["evidence"] for part in facts["parts"]}
        assert evidence.pop("manifest") == "computed"
        assert {*evidence.values()} == {item["evidence"] for item in facts["inputs"]} == {"recorded"}
        assert facts["base"]["evidence"] == "recorded"

    def test_what_has_no_digest_has_no_evidence(self, tmp_path: Path) -> None:
        [base, *_] = looked_at(mozillas(tmp_path / "f"))["parts"]

        assert base["sha256"] is None
        assert "evidence" not in base


def test_diff_shows_what_is_broken_in_one_of_the_files(tiny: Path, make_tiny: Callable[..., Path]) -> None:
    broken = make_tiny()
    data = bytearray(broken.read_bytes())
    data[Container(str(broken)).artifacts[0].offset - 1] = 1
    broken.write_bytes(data)

    [found] = diff(Container(str(tiny)), Container(str(broken)))

    assert "the padding before weights is not zero" in found.what
    assert (found.a, found.b) == (None, "found")


def test_extract_takes_out_what_it_can_of_a_broken_file(tmp_path: Path) -> None:
    path = mozillas(tmp_path / "f")
    path.write_bytes(path.read_bytes().replace(b"\x08\x01\x12\x01t", b"\x08\x16\x12\x01t"))
    written: list[Path] = []

    with pytest.raises(FormatError, match=r"faults: 1, the first: .*unknown value 22"):
        written.extend(extract(Container(str(path), to_look_at=True), None, tmp_path / "out"))

    assert (tmp_path / "out" / "artifacts" / "weights.onnx").read_bytes() == b"weights"


def test_extract_writes_no_name_that_leads_out_of_its_folder(tiny: Path, tmp_path: Path) -> None:
    with_manifest(tiny, lambda message: setattr(message.attachments[0], "name", "../../../xy"))

    with pytest.raises(FormatError, match="not a safe relative path"):
        list(extract(Container(str(tiny), to_look_at=True), None, tmp_path / "a" / "b"))

    assert sorted(path.name for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert not list(tmp_path.rglob("xy"))
    assert (tmp_path / "a" / "b" / "artifacts" / "tokenizer.json").is_file()
