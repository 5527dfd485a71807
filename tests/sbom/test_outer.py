"""The bill beside a file, the command that prints both, and files whose bill is not what it should be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from support.bills import build_tiny, checked, hashes, outer_of, properties

from encoderfile_runtime.errors import EncoderfileError, FormatError, IntegrityError
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.cli.app import run as run_command
from hatch_encoderfile.container.content import AttachedFile
from hatch_encoderfile.files.blob import BytesBlob, whole_file
from hatch_encoderfile.files.digests import digests_of
from hatch_encoderfile.sbom.document import inner_sbom, outer_sbom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("repo")).path


@pytest.fixture(scope="module")
def inner(file: Path) -> dict[str, Any]:
    return checked(inner_sbom(Container(str(file))))


class TestOuter:
    def test_it_adds_the_files_name_and_hashes(self, tmp_path: Path) -> None:
        result = build_tiny(tmp_path)
        data = result.path.read_bytes()

        root = outer_of(result)["metadata"]["component"]

        assert hashes(root) == {
            "SHA-256": hashlib.sha256(data).hexdigest(),
            "SHA-512": hashlib.sha512(data).hexdigest(),
        }
        assert properties(root)["bsi:component:filename"] == result.path.name

    def test_it_comes_from_the_file_alone(self, tmp_path: Path) -> None:
        result = build_tiny(tmp_path)
        beside = result.path.with_name(result.path.name + ".cdx.json").read_bytes()

        assert outer_sbom(Container(str(result.path)), digests_of(whole_file(result.path)), result.path.name) == beside

    def test_all_else_is_as_in_the_inner_one(self, file: Path, inner: dict[str, Any]) -> None:
        outer = checked(outer_sbom(Container(str(file)), digests_of(whole_file(file)), file.name))

        assert {key for key in inner if inner[key] != outer[key]} == {"metadata", "serialNumber"}


class TestCommand:
    @pytest.fixture
    def run(self, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., bytes]:
        def command(*arguments: str) -> bytes:
            run_command(["sbom", *arguments])
            return capsysbinary.readouterr().out

        return command

    def test_it_prints_the_inner_bill_as_it_is(self, file: Path, run: Callable[..., bytes]) -> None:
        assert run(str(file)) == inner_sbom(Container(str(file)))

    def test_it_prints_the_outer_bill_as_the_build_wrote_it(self, tmp_path: Path, run: Callable[..., bytes]) -> None:
        result = build_tiny(tmp_path)

        assert run(str(result.path), "--outer") == result.sidecars[0].read_bytes()

    def test_on_a_terminal_nothing_in_it_controls_it(self, file: Path) -> None:
        from hatch_encoderfile.cli.sbom import _readable

        assert _readable('{"a":"\x9b31m\u202e"}'.encode(), file) == b'{\n  "a": "\\u009b31m\\u202e"\n}\n'

    def test_on_a_terminal_a_bill_that_is_no_json_is_refused(self, file: Path) -> None:
        from hatch_encoderfile.cli.sbom import _readable

        with pytest.raises(FormatError, match="is not JSON"):
            _readable(b"[", file)


def test_a_bill_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = build_tiny(tmp_path).path
    path.write_bytes(path.read_bytes().replace(b'"bom-ref":"model"', b'"bom-ref":"m0del"'))

    with pytest.raises(IntegrityError, match=r"sbom\.cdx\.json: sha256 differs"):
        inner_sbom(Container(str(path)))


def test_a_file_without_a_bill_is_said_to_have_none(tiny: Path) -> None:
    with pytest.raises(EncoderfileError, match=r"has no sbom\.cdx\.json"):
        inner_sbom(Container(str(tiny)))


@pytest.mark.parametrize(
    "bill",
    [
        b"",
        b"[]",
        b"{}",
        b'{"metadata":{"component":[]}}',
        b'{"metadata":{"component":{"properties":[1]}}}',
        b'{"metadata":{"component":{"properties":[]}},"x":1.5}',
        b"[" * 100_000,
    ],
    ids=["empty", "list", "no-root", "root-is-list", "properties-are-numbers", "fraction", "deep"],
)
def test_a_hostile_bill_in_a_file_is_refused(make_tiny: Callable[..., Path], bill: bytes) -> None:
    attached = AttachedFile(name="sbom.cdx.json", media_type="application/json", data=BytesBlob(bill))
    path = make_tiny(attachments=(attached,))

    with pytest.raises(FormatError, match="not a bill of this tool"):
        outer_sbom(Container(str(path)), digests_of(whole_file(path)), path.name)
