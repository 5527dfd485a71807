"""Build a standalone base here, and put it into the cache."""

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
    """Build the base of a target; builds begin with it from now on, unless one is published.

    Args:
        target: a triple.
        cache: where to put it.
        output: where to put it besides.
        say: told what happens, and what to know about the result.
        from_scratch: whether to use nothing that was compiled before.

    Raises:
        UsageError: there is no way to build a base for this target.
        EncoderfileError: it cannot be built, or the cache cannot be written to.
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
        verified = verify_file(built)
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
