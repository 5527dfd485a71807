"""Manifests that lie: edited in a file that is otherwise what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format import footer, layout
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.container import manifest_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def with_manifest(path: Path, edit: Callable[[Any], None]) -> None:
    """Replace the manifest by an edited one of any length, with its digest, keeping all else where it was."""
    container = Container(str(path))
    start, length = container.footer
    message = pb.EncoderfileManifest.FromString(container.manifest_bytes)
    edit(message)
    data = message.SerializeToString(deterministic=True)
    content = path.read_bytes()
    place = footer.Footer(start, len(data))
    path.write_bytes(content[:start] + data + content[start + length : -64] + layout.comment(data, place))
