from __future__ import annotations

from contextlib import suppress

from hypothesis import assume, given
from hypothesis import strategies as st

from encoderfile_runtime.errors import FormatError
from encoderfile_runtime.format import footer
from encoderfile_runtime.format.manifest import (
    ARTIFACT_KINDS,
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
from hatch_encoderfile.container import manifest_pb2 as pb
from hatch_encoderfile.container.manifest import encode

U64 = st.integers(0, 2**64 - 1)
DIGESTS = st.binary(min_size=32, max_size=32)
TEXT = st.text(max_size=20)
ARTIFACTS = st.builds(Artifact, U64, U64, DIGESTS)
PATHS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=9)


@st.composite
def attachments(draw: st.DrawFn) -> Attachment:
    artifact = draw(ARTIFACTS)
    codec = draw(st.sampled_from(Codec))
    raw = (artifact.length, artifact.sha256) if codec is Codec.NONE else (draw(U64), draw(DIGESTS))
    return Attachment(draw(PATHS), draw(TEXT), artifact, codec, *raw)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    return Manifest(
        model_type=draw(st.sampled_from(ModelType)),
        name=draw(TEXT),
        version=draw(TEXT),
        artifacts={kind: draw(ARTIFACTS) for kind in ARTIFACT_KINDS if draw(st.booleans())},
        format_profile=FORMAT_PROFILE,
        weights_format=draw(st.sampled_from(WeightsFormat)),
        base=Base(draw(DIGESTS), draw(U64), draw(TEXT), draw(TEXT), draw(TEXT)),
        attachments=tuple(
            sorted(draw(st.lists(attachments(), max_size=3, unique_by=lambda item: item.name)), key=lambda a: a.name)
        ),
        inputs=tuple(
            sorted(
                draw(st.lists(st.builds(Input, PATHS, DIGESTS, U64, TEXT), max_size=3, unique_by=lambda i: i.path)),
                key=lambda item: item.path,
            )
        ),
        license=draw(TEXT),
        source=draw(TEXT),
    )


@given(manifests())
def test_the_runtime_reads_what_protobuf_writes(manifest: Manifest) -> None:
    assert parse(encode(manifest), "x") == manifest


@given(manifests(), st.data())
def test_what_the_runtime_accepts_protobuf_encodes_to_the_same_bytes(manifest: Manifest, data: st.DataObject) -> None:
    changed = bytearray(encode(manifest))
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        accepted = parse(bytes(changed), "x")
    except FormatError:
        return

    assume(accepted.format_profile)
    assert encode(accepted) == bytes(changed)
    assert pb.EncoderfileManifest.FromString(bytes(changed)).SerializeToString(deterministic=True) == bytes(changed)


@given(st.binary(max_size=60))
def test_random_bytes_are_refused_or_read_but_nothing_else(data: bytes) -> None:
    with suppress(FormatError):
        parse(data, "x")


def test_the_enums_are_those_of_the_schema() -> None:
    assert {item.name: item.value for item in WeightsFormat} | {"WEIGHTS_FORMAT_UNSPECIFIED": 0} == {
        "UNSPECIFIED": 0,
        **dict(pb.WeightsFormat.items()),
    }
    assert {item.name: item.value for item in Codec} == dict(pb.Codec.items())
    assert {item.name: item.value for item in ModelType} | {"MODEL_TYPE_UNSPECIFIED": 0} == dict(pb.ModelType.items())


def test_the_field_numbers_are_those_of_the_schema() -> None:
    from encoderfile_runtime.format.manifest import FIELDS

    assert {field.name: number for number, field in FIELDS.items()} == {
        field.name: field.number for field in pb.EncoderfileManifest.DESCRIPTOR.fields
    }


def test_the_footer_is_32_bytes() -> None:
    assert footer.Footer(1, 2).encode() == b"ENCFILE\0\1\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0"


@given(st.text(max_size=30))
def test_a_safe_path_stays_below_the_folder(name: str) -> None:
    import posixpath

    if is_safe_path(name):
        assert posixpath.normpath(posixpath.join("/folder", name)).startswith("/folder/")
