"""Building a standalone base on this machine, into the cache."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.files.atomic import atomic_output, check_output

from .index import entry
from .verify import verify_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cache import Cache, CachedBase
    from .index import Entry

_EXECUTABLE = 0o755


def make(
    target: str, cache: Cache, output: Path | None, say: Callable[[str], None], *, from_scratch: bool = False
) -> CachedBase:
    """Build the base of a target and choose it in the cache: models are built with it, unless a base is published.

    Args:
        target: a triple.
        cache: the cache.
        output: a file to write it to as well.
        say: called with lines about progress and result.
        from_scratch: whether to use no earlier result of compilation.

    Raises:
        UsageError: bases for this target cannot be built.
        EncoderfileError: the build failed, or the cache cannot be written to.
    """
    known = entry(target)
    if output is not None:
        check_output(output)
    with tempfile.TemporaryDirectory(prefix="encoderfile-") as folder:
        built = Path(folder, "base")
        if known.flavour == "static":
            _compile(target, built, say, cache.root, from_scratch)
        else:
            _assemble(known, built, say, cache.root)
        verified = verify_file(built)  # before it is offered to builds
        base = cache.add(built, verified.runtime_version, target)
        if output is not None:
            with built.open("rb") as source, atomic_output(output, _EXECUTABLE) as out:
                shutil.copyfileobj(source, out)
    cache.choose(base)
    if verified.published is False:
        say(
            f"it is not the base that is published for {target}, so builds need --base-binary-path {base.path} to use it"
        )
    return base


def _compile(target: str, output: Path, say: Callable[[str], None], cache: Path, from_scratch: bool) -> None:
    from .standalone.assemble import build_base

    build_base(target, output, say, cache=cache, from_scratch=from_scratch)


def _assemble(known: Entry, output: Path, say: Callable[[str], None], cache: Path) -> None:
    from .assembled_recipes import recipes

    recipe = recipes().get(known.target)
    if recipe is None or recipe.missing:
        raise UsageError(f"target {known.target!r}: {known.advice}")
    from .assembled import build

    build(recipe, output, cache, say)
