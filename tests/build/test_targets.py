"""Several targets of one model share all that does not depend on the target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import write_repo

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile import bases
from hatch_encoderfile.build import Options, build, build_all
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.models import InputFiles
from hatch_encoderfile.spec import read_spec
from hatch_encoderfile.weights.embd import EmbdBlob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.files import InputFile
    from hatch_encoderfile.bases import BaseBinary, Source
    from hatch_encoderfile.files.digests import Digests
    from hatch_encoderfile.spec import ModelSpec

LINUX = "x86_64-unknown-linux-gnu"
ARM = "aarch64-unknown-linux-gnu"
TARGETS = ("portable", LINUX)


@pytest.fixture(autouse=True)
def _bases(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a base for Linux, and none for ARM."""
    resolve = bases.resolve

    def with_linux(target: str, path: Path | None = None, source: Source | None = None) -> BaseBinary:
        if target == LINUX:
            return bases.BaseBinary("a base", BytesBlob(b"\x7fELF and so on"), "external", LINUX, "")
        if target == ARM:
            raise UsageError("there is none")
        return resolve(target, path, source)

    monkeypatch.setattr(bases, "resolve", with_linux)


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    [spec] = read_spec(write_repo(tmp_path, 'license = "Apache-2.0"\n'))
    return spec


def test_the_artifacts_are_the_same_in_all_of_them(spec: ModelSpec) -> None:
    built = list(build_all(spec, TARGETS))

    files = [Container(str(result.path)) for result in built]
    assert [result.target for result in built] == list(TARGETS)
    assert [file.manifest.base.target for file in files if file.manifest.base] == ["any", LINUX]
    for name in ("weights", "model_config", "tokenizer"):
        assert len({file.read(name) for file in files}) == 1
        assert len({part.sha256 for file in files for part in file.artifacts if part.name == name}) == 1
    assert len({result.content_id for result in built}) == 2
    for file in files:
        assert verify(file).uncovered == ()


def test_each_is_as_if_it_was_built_alone(spec: ModelSpec, tmp_path: Path) -> None:
    together = [(result.target, result.sha256, result.content_id, result.notes) for result in build_all(spec, TARGETS)]

    alone = [build(spec, target=target, output=tmp_path / target) for target in TARGETS]

    assert [(result.target, result.sha256, result.content_id, result.notes) for result in alone] == together


def test_the_model_is_read_and_measured_once(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    passes, hashed = [], []
    chunks, hash_of = EmbdBlob.chunks, InputFiles._hash

    def counted(self: EmbdBlob) -> Iterator[bytes | memoryview]:
        passes.append(self)
        return chunks(self)

    def noted(self: InputFiles, file: InputFile, *arguments: Any) -> Digests:
        hashed.append(Path(file.path).name)
        return hash_of(self, file, *arguments)

    monkeypatch.setattr(EmbdBlob, "chunks", counted)
    monkeypatch.setattr(InputFiles, "_hash", noted)

    assert len(list(build_all(spec, TARGETS))) == 2

    assert len(passes) == 1 + len(TARGETS)
    assert hashed == ["model.safetensors"]


def test_the_first_is_there_when_the_second_cannot_be_built(spec: ModelSpec) -> None:
    results = build_all(spec, ["portable", ARM])

    first = next(results)
    with pytest.raises(UsageError, match="there is none"):
        next(results)

    assert sorted(first.path.parent.iterdir()) == sorted([first.path, *first.sidecars])


def test_the_options_are_the_same_for_all(spec: ModelSpec) -> None:
    results = list(build_all(spec, TARGETS, Options(sbom=False, provenance=False)))

    assert sorted(spec.root.joinpath("dist").iterdir()) == sorted(result.path for result in results)
