"""Whether a wheel can be built from an sdist: each input of the build should be inside, or at least pinned."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.cache import input_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hatch_encoderfile.spec import ModelSpec


def missing_inputs(spec: ModelSpec, included: Iterable[str]) -> Iterator[str]:
    """What an sdist of these files lacks, a line each kind."""
    try:
        needed = input_paths(spec)
    except EncoderfileError as error:
        yield f"cannot tell whether it holds all that a build needs: {error.diagnostics()}"
        return
    if spec.base_binary_path is not None:
        needed["base-binary-path"] = spec.base_binary_path
    inside = {os.path.normpath(path) for path in included}
    outside = {name: path for name, path in needed.items() if os.path.normpath(path) not in inside}
    pinned = [path for name, path in outside.items() if name in spec.pins]
    unpinned = [path for name, path in outside.items() if name not in spec.pins]
    if unpinned:
        yield (
            f"neither inside nor pinned: {_shown(unpinned, spec)}; "
            "list them in tool.hatch.build.targets.sdist.artifacts, or pin them in tool.encoderfile.files"
        )
    if pinned:
        yield f"not inside, but pinned: {_shown(pinned, spec)}; whoever builds from the sdist has to bring them"


def _shown(paths: list[Path], spec: ModelSpec) -> str:
    return ", ".join(os.path.relpath(path, spec.root) for path in paths)
