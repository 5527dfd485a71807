"""Files on a standalone base, where one for this machine is in the cache, and the same model on the portable base."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.task_repos import MODEL_TYPES, write_task_repo

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.manifest import PORTABLE
from hatch_encoderfile.bases.cache import Cache, directory
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec
from hatch_encoderfile.targets import host

if TYPE_CHECKING:
    from pathlib import Path


class Pair(NamedTuple):
    """One model on both bases."""

    portable: Path
    standalone: Path


@pytest.fixture(scope="session")
def base() -> Path:
    """The standalone base for this machine that was built last."""
    try:
        target = str(host())
    except UsageError as error:
        pytest.skip(str(error))
    found = Cache(directory()).chosen(__version__, target)
    if found is None:
        pytest.skip(f"no base for {target} in the cache: `encoderfile base build` makes it")
    return found.path


@pytest.fixture(scope="session")
def pairs(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """A tiny model of each type."""
    made = {}
    for model_type in MODEL_TYPES:
        root = tmp_path_factory.mktemp(model_type)
        (spec,) = read_spec(write_task_repo(root, model_type))
        portable, standalone = root / "portable", root / "standalone"
        build(spec, target=PORTABLE, output=portable, sbom=False, provenance=False)
        build(spec, target=str(host()), base_binary_path=base, output=standalone, sbom=False, provenance=False)
        made[model_type] = Pair(portable, standalone)
    return made


@pytest.fixture(scope="session")
def pair(pairs: dict[str, Pair]) -> Pair:
    """A sentence embedding model."""
    return pairs["sentence_embedding"]
