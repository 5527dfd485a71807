"""Compressed attachments: declared, built, verified, extracted and compared; by the build side, and by a file that cannot decompress."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from support.bills import checked, component, properties
from support.model_repo import write_repo

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, SpecError
from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format import zstd
from encoderfile_runtime.format.attachments import read
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import Input
from encoderfile_runtime.format.verify import as_text, verify
from encoderfile_runtime.loading import load
from hatch_encoderfile.build import BuildResult, build
from hatch_encoderfile.compare.diff import diff
from hatch_encoderfile.compare.extract import extract
from hatch_encoderfile.compare.reproduce import reproduce
from hatch_encoderfile.files import zstd as library
from hatch_encoderfile.plugin.build_key import read_inputs
from hatch_encoderfile.sbom.document import inner_sbom
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

LINES = 'attachments = ["notes.txt", "empty"]\n'
CODEC = 'attachment-codec = "zstd"\n'
NOTES = b"what everybody should know " * 1000
OF_THE_RUNTIME = ("_encoderfile_base", "compression", "compression.zstd")


def build_repo(root: Path, lines: str) -> BuildResult:
    path = write_repo(root, lines)
    (root / "notes.txt").write_bytes(NOTES)
    (root / "empty").write_bytes(b"")
    [spec] = read_spec(path)
    return build(spec, target="portable")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return build_repo(tmp_path_factory.mktemp("packed"), LINES + CODEC)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return build_repo(tmp_path_factory.mktemp("plain"), LINES)


@pytest.fixture
def _no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OF_THE_RUNTIME:
        monkeypatch.setitem(sys.modules, name, None)


def provenance(result: BuildResult) -> dict[str, Any]:
    [path] = [path for path in result.sidecars if path.name.endswith(".slsa.json")]
    statement: dict[str, Any] = json.loads(path.read_bytes())
    return statement["predicate"]["buildDefinition"]  # type: ignore[no-any-return]  # JSON


def test_attachments_are_stored_as_they_are_unless_asked_for(plain: BuildResult) -> None:
    parts = report.describe(Container(str(plain.path)))["parts"]

    assert not any("codec" in part for part in parts)


def test_each_attachment_but_the_bill_is_one_frame(packed: BuildResult) -> None:
    container = Container(str(packed.path))

    stored = {item.name: item.codec.name for item in container.manifest.attachments}
    assert stored == {
        "config.json": "ZSTD",
        "empty": "ZSTD",
        "notes.txt": "ZSTD",
        "sbom.cdx.json": "NONE",
        "tokenizer.json": "ZSTD",
    }


def test_the_manifest_records_length_and_digest_from_before(packed: BuildResult) -> None:
    [notes] = [item for item in Container(str(packed.path)).manifest.attachments if item.name == "notes.txt"]

    assert (notes.raw_length, notes.raw_sha256) == (len(NOTES), hashlib.sha256(NOTES).digest())
    assert notes.artifact.length < len(NOTES) / 100


def test_an_attachment_is_read_as_it_was(packed: BuildResult) -> None:
    container = Container(str(packed.path))

    found = {item.name: read(container, item, library.decompress) for item in container.manifest.attachments}
    assert (found["notes.txt"], found["empty"]) == (NOTES, b"")


def test_the_zip_directory_says_that_a_part_is_compressed(packed: BuildResult) -> None:
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.testzip() is None
        assert {"attachments/notes.txt.zst", "attachments/sbom.cdx.json"} <= set(archive.namelist())
        assert library.decompress(archive.read("attachments/notes.txt.zst"), len(NOTES)) == NOTES


def test_the_build_is_deterministic(packed: BuildResult, tmp_path: Path) -> None:
    assert build_repo(tmp_path / "else" / "where", LINES + CODEC).sha256 == packed.sha256


def test_what_the_model_needs_is_the_same_and_not_compressed(packed: BuildResult, plain: BuildResult) -> None:
    artifacts = [Container(str(result.path)).manifest.artifacts for result in (packed, plain)]

    assert [{kind: item.sha256 for kind, item in found.items()} for found in artifacts[:1]] == [
        {kind: item.sha256 for kind, item in artifacts[1].items()}
    ]


@pytest.mark.usefixtures("_no_library")
def test_the_model_runs_where_nothing_decompresses(packed: BuildResult) -> None:
    assert load(Container(str(packed.path))).infer(["the model"])


def test_all_of_the_file_verifies(packed: BuildResult) -> None:
    result = verify(Container(str(packed.path)), decompress=library.decompress)

    assert (result.uncovered, result.unread) == ((), ())
    assert "not decompressed" not in as_text(result)


@pytest.mark.usefixtures("_no_library")
def test_without_a_library_what_is_stored_verifies_and_the_rest_is_said(packed: BuildResult) -> None:
    result = verify(Container(str(packed.path)))

    names = [f"attachments/{name}.zst" for name in ("config.json", "empty", "notes.txt", "tokenizer.json")]
    assert result.as_json()["unread"] == names
    assert f"hashed as it is stored, not decompressed: {names[0]}; nothing here decompresses zstd" in as_text(result)


@pytest.mark.usefixtures("_no_library")
def test_a_changed_byte_in_a_frame_is_refused_without_a_library_too(packed: BuildResult, tmp_path: Path) -> None:
    data = bytearray(packed.path.read_bytes())
    [part] = [part for part in Container(str(packed.path)).attachments if part.name.endswith("notes.txt.zst")]
    data[part.end - 1] ^= 1
    path = tmp_path / "damaged"
    path.write_bytes(data)

    with pytest.raises(IntegrityError, match=r"notes\.txt\.zst: sha256 differs"):
        verify(Container(str(path)))


def test_extract_gives_each_attachment_as_it_was(packed: BuildResult, tmp_path: Path) -> None:
    written = list(extract(Container(str(packed.path)), None, tmp_path))

    names = {path.relative_to(tmp_path).as_posix() for path in written}
    assert (tmp_path / "attachments" / "notes.txt").read_bytes() == NOTES
    assert not any(name.endswith(".zst") for name in names)


def test_extract_gives_what_is_stored_by_the_name_of_the_part(packed: BuildResult, tmp_path: Path) -> None:
    container = Container(str(packed.path))

    [path] = extract(container, ["attachments/notes.txt.zst"], tmp_path)

    assert path.read_bytes() == container.read("attachments/notes.txt.zst")


def test_diff_says_that_the_same_is_stored_in_another_way(packed: BuildResult, plain: BuildResult) -> None:
    found = {item.what: (item.a, item.b) for item in diff(Container(str(plain.path)), Container(str(packed.path)))}

    assert "part attachments/notes.txt" not in found
    as_it_is, frame = found["stored attachments/notes.txt"]
    assert as_it_is == "as it is"
    assert frame.startswith("zstd, ")


def test_diff_compares_what_is_stored_under_the_codec(packed: BuildResult, tmp_path: Path) -> None:
    other = write_repo(tmp_path, LINES + CODEC)
    (tmp_path / "notes.txt").write_bytes(b"other notes")
    (tmp_path / "empty").write_bytes(b"")
    [spec] = read_spec(other)

    found = [
        item.what for item in diff(Container(str(packed.path)), Container(str(build(spec, target="portable").path)))
    ]

    assert "part attachments/notes.txt" in found
    assert not any(what.startswith("stored") for what in found)


def test_provenance_names_the_library_and_its_version(packed: BuildResult, plain: BuildResult) -> None:
    names = [item["name"] for item in provenance(plain)["resolvedDependencies"]]
    [named] = [item for item in provenance(packed)["resolvedDependencies"] if item["name"] == "zstd"]

    assert "zstd" not in names
    assert named == {"name": "zstd", "uri": library.purl()}
    assert provenance(packed)["externalParameters"]["spec"]["attachment-codec"] == "zstd"


def test_the_manifest_has_the_library_among_its_inputs(packed: BuildResult, plain: BuildResult) -> None:
    [recorded] = [item for item in Container(str(packed.path)).manifest.inputs if not item.sha256]

    assert recorded == Input("libzstd", b"", 0, library.purl())
    assert all(item.sha256 for item in Container(str(plain.path)).manifest.inputs)
    assert f"  {library.purl():<64}             0  libzstd" in report.as_text(
        report.describe(Container(str(packed.path)))
    )


def test_the_library_is_named_as_it_names_itself() -> None:
    assert library.purl() == f"pkg:generic/zstd@{'.'.join(map(str, zstandard.ZSTD_VERSION))}"


def test_a_file_of_the_model_that_has_the_librarys_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    digest = hashlib.sha256(b"x").hexdigest()
    path = write_repo(tmp_path, f'{CODEC}[tool.encoderfile.files]\n"libzstd" = "sha256:{digest}"\n')
    (path.parent / "model" / "libzstd").write_bytes(b"x")
    [spec] = read_spec(path)

    with pytest.raises(EncoderfileError, match="libzstd: is how the manifest names the compressor: rename this file"):
        build(spec, target="portable")


def test_reproduce_says_that_another_version_of_the_library_was_used(
    packed: BuildResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = read_spec(packed.path.parents[1] / "pyproject.toml")
    [statement] = [path for path in packed.sidecars if path.name.endswith(".slsa.json")]
    ours, other = library.purl(), "pkg:generic/zstd@9.9.9"
    assert reproduce(packed.path, specs, provenance=statement).remarks == ()

    monkeypatch.setattr(library, "purl", lambda: other)
    again = reproduce(packed.path, specs)

    why = f"attachments: compressed by {ours}, and by {other} here: other bytes hold the same"
    assert again.remarks == (why,)
    assert ("input libzstd", ours, other) in again.differences
    assert reproduce(packed.path, specs, provenance=statement).remarks == (
        why,
        f"compressed by: {ours!r} in the provenance, {other!r} here",
    )


def test_the_bill_marks_the_inputs_that_are_attached_compressed(packed: BuildResult) -> None:
    document = checked(inner_sbom(Container(str(packed.path))))

    assert properties(component(document, "input:attachments/notes.txt"))["encoderfile:attachment-codec"] == "zstd"
    assert "encoderfile:attachment-codec" not in properties(component(document, "input:model.safetensors"))


def test_another_version_of_the_library_is_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [spec] = read_spec(write_repo(tmp_path, CODEC))
    before = read_inputs(spec, "portable").key
    monkeypatch.setattr(library, "purl", lambda: "pkg:generic/zstd@9.9.9")

    assert read_inputs(spec, "portable").key != before


def test_an_unknown_codec_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"attachment-codec: expected one of 'none', 'zstd', found 'zst'; did you mean"):
        read_spec(write_repo(tmp_path, 'attachment-codec = "zst"'))


def test_the_bases_own_library_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Base:
        @staticmethod
        def zstd_decompress(frame: bytes, length: int) -> bytes:
            return frame[:length]

    monkeypatch.setitem(sys.modules, "_encoderfile_base", Base)

    assert zstd.decompressor() is Base.zstd_decompress
