"""Building a static base: compile the libraries, link the program, append frozen modules, resources and the trailer."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import encoderfile_runtime
from encoderfile_runtime import __version__
from encoderfile_runtime.format.base_archive import Flavour, Kind
from hatch_encoderfile.bases import cache as bases_cache
from hatch_encoderfile.bases.archive import Member, encode_base
from hatch_encoderfile.bases.description import DESCRIPTION, BaseDescription
from hatch_encoderfile.bases.standalone.elf import oldest_kernel
from hatch_encoderfile.bases.standalone.freeze import freeze
from hatch_encoderfile.bases.standalone.ingredients import build_ingredients
from hatch_encoderfile.bases.standalone.link import PROGRAM, key_of, link
from hatch_encoderfile.bases.standalone.process import BuildError
from hatch_encoderfile.bases.standalone.results import Store
from hatch_encoderfile.bases.standalone.system import system_ingredients
from hatch_encoderfile.files.atomic import atomic_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hatch_encoderfile.bases.standalone.ingredients import Ingredients

_EXECUTABLE = 0o755


def build_base(
    target: str,
    output: Path,
    say: Callable[[str], None] = lambda _: None,
    *,
    cache: Path | None = None,
    from_scratch: bool = False,
) -> Path:
    """Build the standalone base of a target, and write it to `output`.

    Results of compilation are kept in the cache: only the runtime's modules are compiled again, which takes seconds.

    Args:
        target: a triple.
        output: the file to write.
        say: called with a line about each step.
        cache: folder for sources and results; by default that of `encoderfile base`.
        from_scratch: whether to use no earlier result, and keep none.

    Raises:
        EncoderfileError: something is missing or fails; the message says what to do.
    """
    root = bases_cache.directory(cache)
    with _work_folder() as work:
        jobs = os.cpu_count() or 1
        ingredients = build_ingredients(
            target, cache=root, work=work, jobs=jobs, report=say, use_results=not from_scratch
        )
        store = Store((work if from_scratch else root) / "base-programs")
        linked = store.get(target, key_of(ingredients), lambda result: link(ingredients, work, result))
        runtime = Path(encoderfile_runtime.__file__).parents[1]
        libraries = (ingredients.numpy, ingredients.stdlib)
        modules = freeze(ingredients.interpreter, runtime, libraries, (work if from_scratch else root) / "base-modules")
        base = assemble((linked / PROGRAM).read_bytes(), modules, ingredients)
        with atomic_output(output, _EXECUTABLE) as out:
            out.write(base)
    return output


@contextmanager
def _work_folder() -> Iterator[Path]:
    """A temporary folder that is kept if a program fails, since it has the log."""
    folder = Path(tempfile.mkdtemp(prefix="encoderfile-base-"))
    try:
        yield folder
    except BuildError:
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder)


def assemble(program: bytes, modules: tuple[Member, ...], ingredients: Ingredients) -> bytes:
    """Encode the base: the program, then modules, description and licence texts."""
    system = dict(system_ingredients(ingredients.toolchain))
    contents = tuple(sorted([*ingredients.contents, *system]))
    versions = {item.name: item.version for item in contents}
    description = BaseDescription(
        flavour=Flavour.STATIC.name.lower(),
        target=ingredients.toolchain.target,
        floor=oldest_kernel(program),
        runtime_version=__version__,
        python=versions["cpython"],
        numpy=versions["numpy"],
        ingredients=contents,
        toolchain=ingredients.tools,
    )
    texts = {item.licenses[0]: text for item, text in system.items()}
    resources = {DESCRIPTION: description.dump(), **ingredients.licenses, **texts}
    return encode_base(
        program, [*modules, *(Member(name, Kind.RESOURCE, resources[name]) for name in sorted(resources))]
    )
