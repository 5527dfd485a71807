"""Encoding a manifest with protobuf's generated classes (schemas/manifest.proto)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import manifest_pb2 as pb

if TYPE_CHECKING:
    from encoderfile_runtime.format.manifest import Artifact, Manifest


def encode(manifest: Manifest) -> bytes:
    """The canonical encoding of a manifest, the only one that the runtime's reader accepts.

    The reader is our own code and the writer protobuf's: each checks the other.
    """
    message = pb.EncoderfileManifest(
        model_type=pb.ModelType.Name(manifest.model_type),
        name=manifest.name,
        version=manifest.version,
        format_profile=manifest.format_profile,
        weights_format=pb.WeightsFormat.Name(manifest.weights_format),
        base=pb.Base(**manifest.base._asdict()) if manifest.base else None,
        license=manifest.license,
        source=manifest.source,
    )
    for kind, artifact in manifest.artifacts.items():
        getattr(message, kind).CopyFrom(_artifact(artifact))
    for attachment in manifest.attachments:
        fields = attachment._asdict() | {
            "artifact": _artifact(attachment.artifact),
            "codec": pb.Codec.Name(attachment.codec),
        }
        message.attachments.append(pb.Attachment(**fields))
    message.inputs.extend(pb.Input(**item._asdict()) for item in manifest.inputs)
    return message.SerializeToString(deterministic=True)


def _artifact(artifact: Artifact) -> pb.Artifact:
    return pb.Artifact(offset=artifact.offset, length=artifact.length, sha256=artifact.sha256)
