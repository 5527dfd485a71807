"""Model repos that Hatch builds, and hatchling's own builders run on them in this process."""

from __future__ import annotations

import hashlib
import json
import zipfile
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from hatch_encoderfile.plugin.builder import EncoderfileBuilder
from hatch_encoderfile.plugin.store import directory_of
from support.model_repo import write_model

if TYPE_CHECKING:
    from email.message import Message

PROJECT = """\
[build-system]
requires = ["hatchling>=1.31", "hatch-encoderfile"]
build-backend = "hatchling.build"

[project]
name = "tiny"
version = "1.2.3"
requires-python = ">=3.10"
dependencies = ["numpy>=1.24"]
"""
MODEL = '[tool.encoderfile]\nmodel-type = "sentence_embedding"\npath = "model"\n'
TWO_MODELS = "".join(
    f'[[tool.encoderfile]]\nname = "{name}"\nmodel-type = "{kind}"\npath = "model"\n'
    for name, kind in (("queries", "sentence_embedding"), ("words", "embedding"))
)
HOOK = "[tool.hatch.build.targets.wheel.hooks.encoderfile]\n"


class Wheel:
    """A wheel's members."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.members = {info.filename: archive.read(info) for info in archive.infolist()}
            self.modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}

    @property
    def tag(self) -> str:
        """The tag in the file's name."""
        return self.path.stem.split("-", 2)[2]

    @property
    def metadata(self) -> Message:
        """METADATA."""
        return BytesParser().parsebytes(self.member(".dist-info/METADATA"))

    def member(self, ending: str) -> bytes:
        """The one member whose name ends so."""
        (name,) = [name for name in self.members if name.endswith(ending)]
        return self.members[name]

    def outside_metadata(self) -> list[str]:
        """The names of members that are installed."""
        return sorted(name for name in self.members if ".dist-info/" not in name)


class HatchRepo:
    """A repo and what Hatch makes of it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def declare(self, *tables: str, project: str = PROJECT) -> None:
        """Write the tables anew."""
        (self.root / "pyproject.toml").write_text("\n".join((project, *tables)), encoding="utf-8")

    @property
    def dist(self) -> Path:
        """The build directory."""
        return self.root / "dist"

    @property
    def stored(self) -> list[Path]:
        """The executables among the finished builds."""
        return sorted(directory_of(self.root).glob("*/*/*/*.encoderfile"))

    def wheel(self, version: str = "standard", directory: Path | None = None, **flags: Any) -> Wheel:
        """Build a wheel."""
        builder = WheelBuilder(str(self.root))
        (path,) = builder.build(directory=str(directory or self.dist), versions=[version], **flags)
        return Wheel(Path(path))

    def hooks_only(self) -> None:
        """Run a wheel's hooks."""
        assert list(WheelBuilder(str(self.root)).build(directory=str(self.dist), hooks_only=True)) == []

    def clean_wheels(self) -> None:
        """Do what `hatch clean` does for wheels."""
        assert list(WheelBuilder(str(self.root)).build(directory=str(self.dist), clean_only=True)) == []

    def sdist(self) -> Path:
        """Build an sdist."""
        (path,) = SdistBuilder(str(self.root)).build(directory=str(self.dist))
        return Path(path)

    def encoderfiles(self, *versions: str, **flags: Any) -> list[Path]:
        """Run the builder; the paths that hatchling is told."""
        builder = EncoderfileBuilder(str(self.root))
        return [Path(path) for path in builder.build(directory=str(self.dist), versions=list(versions), **flags)]


def tiny_repo(root: Path, *tables: str, project: str = PROJECT) -> HatchRepo:
    """A repo with a tiny model and these tables."""
    write_model(root / "model")
    repo = HatchRepo(root)
    repo.declare(*tables, project=project)
    return repo


def sha256(content: Path | bytes) -> str:
    """The digest of a file or of bytes, hex."""
    return hashlib.sha256(content if isinstance(content, bytes) else content.read_bytes()).hexdigest()


def edit_json(path: Path, **changes: Any) -> None:
    """Change keys of a JSON object."""
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
