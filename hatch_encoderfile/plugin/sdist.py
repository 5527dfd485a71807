"""Checking that wheels can be built from an sdist: each input of a build should be in it, or at least pinned."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.plugin.build_key import input_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatch_encoderfile.spec import ModelSpec

_IN_REPO = "list it in tool.hatch.build.targets.sdist.artifacts"
_OUTSIDE = "move it into the repo"


def missing_inputs(spec: ModelSpec, included: Iterable[str]) -> Iterator[str]:
    """Warnings about inputs of a build that are missing in an sdist with these files, a line for each kind."""
    try:
        needed = input_paths(spec)
    except EncoderfileError as error:
        yield f"cannot tell whether it holds all that a build needs: {error.diagnostics()}"
        return
    inside = {os.path.normpath(path) for path in included}
    outside = {name: path for name, path in sorted(needed.items()) if os.path.normpath(path) not in inside}
    # A pinned file may be left out of an sdist: whoever supplies it cannot supply another one.
    pinned = [path for name, path in outside.items() if name in spec.pins]
    unpinned = [path for name, path in outside.items() if name not in spec.pins]
    base = spec.base_binary_path
    if base is not None and os.path.normpath(base) not in inside:
        yield f"not inside: {_shown([base], spec)}; {_IN_REPO if _in_repo(base, spec) else _OUTSIDE}"
    for paths, advice in (
        ([path for path in unpinned if _in_repo(path, spec)], _IN_REPO),
        ([path for path in unpinned if not _in_repo(path, spec)], _OUTSIDE),
    ):
        if paths:
            yield f"neither inside nor pinned: {_shown(paths, spec)}; {advice}, or pin it in tool.encoderfile.files"
    if pinned:
        yield f"not inside, but pinned: {_shown(pinned, spec)}; whoever builds from the sdist has to bring them"


def _in_repo(path: Path, spec: ModelSpec) -> bool:
    """Whether a file is inside the repo, so that an sdist can contain it."""
    return Path(os.path.normpath(path)).is_relative_to(os.path.normpath(spec.root))


def _shown(paths: list[Path], spec: ModelSpec) -> str:
    return ", ".join(os.path.relpath(path, spec.root) for path in paths)
