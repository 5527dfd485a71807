"""`base.json`, the description of a standalone base in its archive: its components, as canonical JSON."""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import EncoderfileError, FaultsError
from encoderfile_runtime.files import InputFile, opened
from encoderfile_runtime.format.base_archive import Archive, Flavour, read_base
from encoderfile_runtime.format.manifest import is_safe_path
from hatch_encoderfile.files.limits import BASE_DESCRIPTION
from hatch_encoderfile.standards import json, spdx
from hatch_encoderfile.standards.purl import Purl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from encoderfile_runtime.fields import Fields

DESCRIPTION = "base.json"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_-]*")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+:~_-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Tool(NamedTuple):
    """A build tool, which is not part of the base."""

    name: str
    version: str


class Ingredient(NamedTuple):
    """A library in the base.

    Attributes:
        license: an SPDX expression.
        purl: a package URL.
        sha256: of `file`, hex.
        file: name of the pinned source archive; for a library of the compiler, of that static library.
        licenses: names of the resources of the base with its licence texts.
        patches: changes to the source, a line each.
    """

    name: str
    version: str
    license: str
    purl: str
    sha256: str
    file: str
    licenses: tuple[str, ...]
    patches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BaseDescription:
    """The description of a standalone base.

    Attributes:
        flavour: "static" or "assembled".
        target: a target triple.
        floor: the oldest system on which it runs, such as "Linux 3.2".
        runtime_version: version of our runtime.
        python: CPython's version.
        numpy: numpy's version.
        ingredients: sorted by name.
        toolchain: sorted by name.
    """

    flavour: str
    target: str
    floor: str
    runtime_version: str
    python: str
    numpy: str
    ingredients: tuple[Ingredient, ...]
    toolchain: tuple[Tool, ...]

    @classmethod
    def parse(cls, data: bytes, source: str = DESCRIPTION) -> BaseDescription:
        """Parse a description; only its canonical encoding is accepted.

        Raises:
            FaultsError: it lists each fault with its key.
        """
        try:
            BASE_DESCRIPTION.check(data)
        except ValueError as error:
            raise FaultsError(source, [str(error)]) from None
        with json.reading(data, source) as fields:
            values = _texts(fields, _TEXTS)
            values["ingredients"] = tuple(map(_ingredient, fields.objects("ingredients")))
            values["toolchain"] = tuple(Tool(**_texts(item, Tool._fields)) for item in fields.objects("toolchain"))
            made = cls(**values)
            for key in ("ingredients", "toolchain"):
                names = [item.name for item in getattr(made, key)]
                if names != sorted(set(names)):
                    fields.fault("expected to be sorted by name, each name once", key)
        if made.dump() != data:
            raise FaultsError(source, ["is not canonical JSON: expected sorted keys and no white space"])
        return made

    def dump(self) -> bytes:
        """Encode as canonical JSON (RFC 8785); an ingredient without patches has no key `patches`."""
        plain = {key: getattr(self, key) for key in _TEXTS}
        ingredients = [item._asdict() for item in self.ingredients]
        for item in ingredients:
            if not item["patches"]:
                del item["patches"]
        return json.canonical(
            plain | {"ingredients": ingredients, "toolchain": [item._asdict() for item in self.toolchain]}
        )


def read_description(
    base: Path | InputFile | bytes | memoryview, source: str | None = None, *, check: bool = True
) -> BaseDescription | None:
    """Read the description of a base; None if it has none, as portable bases and those of other projects.

    Args:
        base: the base's file, or exactly its bytes.
        source: name of the base in messages.
        check: whether to compare the archive's digest, which reads all of it.

    Raises:
        EncoderfileError: the file cannot be read, or its trailer, archive or description is malformed.
    """
    if isinstance(base, Path):
        base = opened(str(base))
    source = source or (base.path if isinstance(base, InputFile) else "base")
    view = mapped(base) if isinstance(base, InputFile) else memoryview(base)
    archive = read_base(view, source, check)
    if archive is None:
        return None
    data = archive.resource(DESCRIPTION)
    if data is None:
        raise EncoderfileError(f"{source}: the base archive has no {DESCRIPTION}: build the base again")
    return BaseDescription.parse(bytes(data), f"{source}: {DESCRIPTION}")


def mapped(file: InputFile) -> memoryview:
    """Map a file into memory.

    Raises:
        EncoderfileError: they cannot be mapped.
    """
    try:  # an empty file cannot be
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.size else b"")
    except OSError as error:
        raise EncoderfileError(f"{file.path}: {error.strerror or error}") from None


def _ingredient(item: Fields) -> Ingredient:
    values = _texts(item, ("name", "version", "license", "purl", "sha256", "file"))
    values["licenses"] = item.texts("licenses", "a relative path", is_safe_path, least=1)
    values["patches"] = item.texts("patches", "a line", str.isprintable, least=1) if "patches" in item else ()
    return Ingredient(**values)


def _texts(item: Fields, keys: Iterable[str]) -> dict[str, Any]:
    return {key: item.text(key, *_CHECKS[key]) for key in keys}


def license_texts(archive: Archive, description: BaseDescription) -> dict[str, bytes]:
    """The licence texts that a description names, by resource name.

    Raises:
        FaultsError: texts are missing in the archive.
    """
    names = sorted({name for item in description.ingredients for name in item.licenses})
    found = {name: archive.resource(name) for name in names}
    missing = [f"{name}: is named by {DESCRIPTION} and is not in the archive" for name in names if found[name] is None]
    if missing:
        raise FaultsError("base archive", missing)
    return {name: bytes(data) for name, data in found.items() if data is not None}


_CHECKS: dict[str, tuple[str, Callable[[str], object]]] = {
    "flavour": (
        "one of " + ", ".join(item.name.lower() for item in Flavour),
        [item.name.lower() for item in Flavour].__contains__,
    ),
    "target": ("a target triple", re.compile(r"[a-z0-9_]+(-[a-z0-9_]+){2,3}").fullmatch),
    "floor": ("a system and its version", lambda text: text and text.isprintable()),
    "runtime_version": ("a version", _VERSION.fullmatch),
    "python": ("a version", _VERSION.fullmatch),
    "numpy": ("a version", _VERSION.fullmatch),
    "name": ("a name", _WORD.fullmatch),
    "version": ("a version", _VERSION.fullmatch),
    "license": ("an SPDX expression", lambda text: spdx.fault_in(text) is None),
    "purl": ("a package URL", Purl.parse),
    "sha256": ("64 lower-case hex digits", _SHA256.fullmatch),
    "file": ("a file's name", lambda text: is_safe_path(text) and "/" not in text),
}
_TEXTS = ("flavour", "target", "floor", "runtime_version", "python", "numpy")
