"""The index of bases, `bases.json` in this package: published bases with their digests, and for the others the reason.

Since it is part of the package, trust in the package suffices to check a base that was fetched.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.atomic import atomic_output
from hatch_encoderfile.standards import json as strict_json
from hatch_encoderfile.targets import TRIPLES

from .cache import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from encoderfile_runtime.fields import Fields

    from .description import BaseDescription

_FILE = "bases.json"
_PUBLISHED = ("url", "size", "sha256", "runtime_version")
_OF_INGREDIENTS = ("name", "version", "license", "sha256")
_OPTIONAL: dict[str, tuple[str, Callable[[str], object]]] = {
    "reason": ("text", bool),
    "url": ("an https URL", re.compile("https://.+").fullmatch),
    "sha256": ("64 lower-case hex digits", re.compile("[0-9a-f]{64}").fullmatch),
    "runtime_version": ("a version", bool),
    "identity": ("text", bool),
    "issuer": ("text", bool),
}


class Entry(NamedTuple):
    """The entry of a target.

    Attributes:
        target: a target triple.
        flavour: "static" or "assembled"; empty if no base for this target is planned.
        floor: the oldest system on which it runs.
        tested: whether a base for this target was run.
        reason: why it cannot be fetched and what to do; empty if it can be fetched.
        url: where it is published; empty if it is not, as are the following.
        size: in bytes.
        sha256: hex.
        runtime_version: version of our runtime in it.
        identity: its signer, as in the Sigstore certificate.
        issuer: the identity provider of the signer.
        ingredients: name, version, licence and source digest of each library in it.
    """

    target: str
    flavour: str
    floor: str
    tested: bool
    reason: str = ""
    url: str = ""
    size: int = 0
    sha256: str = ""
    runtime_version: str = ""
    identity: str = ""
    issuer: str = ""
    ingredients: tuple[dict[str, str], ...] = ()

    @property
    def published(self) -> bool:
        """Whether it is published for this version of the package."""
        return bool(self.url) and self.runtime_version == __version__

    @property
    def advice(self) -> str:
        """Why it cannot be fetched, and what to do."""
        if self.url and not self.published:
            return f"was published for version {self.runtime_version}, not for {__version__}"
        return self.reason


@cache
def entries() -> dict[str, Entry]:
    """All entries, by target."""
    return {item.target: item for item in parse(files(__package__).joinpath(_FILE).read_bytes())}


def entry(target: str) -> Entry:
    """The entry of a triple."""
    return entries()[target]


def parse(data: bytes, source: str = _FILE) -> list[Entry]:
    """Read an index.

    Raises:
        FaultsError: each fault with the key that has it.
    """
    with strict_json.reading(data, source) as fields:
        found = [_entry(item) for item in fields.objects("bases")]
        if [item.target for item in found] != list(TRIPLES):
            fields.fault(f"expected one entry for each of {', '.join(TRIPLES)}, in this order", "bases")
    return found


def _entry(item: Fields) -> Entry:
    values: dict[str, Any] = {key: item.string(key) for key in ("target", "flavour", "floor")}
    values["tested"] = item.boolean("tested")
    values |= {key: item.text(key, *check) for key, check in _OPTIONAL.items() if key in item}
    if "size" in item:
        values["size"] = item.integer("size", maximum=limits.BASE.size)
    if "ingredients" in item:
        values["ingredients"] = tuple(
            {key: library.string(key) for key in _OF_INGREDIENTS} for library in item.objects("ingredients")
        )
    made = Entry(**values)
    published = [bool(getattr(made, name)) for name in _PUBLISHED]
    if any(published) == bool(made.reason) or any(published) != all(published):
        item.fault(f"expected a reason, or all of {', '.join(_PUBLISHED)}")
    if bool(made.identity) != bool(made.issuer):
        item.fault("expected identity and issuer, or neither")
    return made


def dump(items: Iterable[Entry]) -> bytes:
    """Encode the index as it is committed; empty optional fields are left out."""
    needed = Entry._fields[:4]
    listed = [
        {name: value for name, value in item._asdict().items() if name in needed or value not in ("", 0, ())}
        for item in items
    ]
    return (json.dumps({"bases": listed}, indent=2) + "\n").encode()


def asset_name(description: BaseDescription) -> str:
    """The file name under which a base is published."""
    return f"encoderfile-base-{description.runtime_version}-{description.flavour}-{description.target}"


def ingredients_of(description: BaseDescription) -> tuple[dict[str, str], ...]:
    """The libraries of a base as the index lists them."""
    return tuple({key: getattr(item, key) for key in _OF_INGREDIENTS} for item in description.ingredients)


def updated(
    items: Iterable[Entry], bases: Iterable[Path], folder_url: str, *, identity: str = "", issuer: str = ""
) -> list[Entry]:
    """Replace the entries of targets for which bases were built.

    Args:
        items: the present entries.
        bases: files of `encoderfile base build`.
        folder_url: where they will be published, under `asset_name`.
        identity: their future signer, as in a Sigstore certificate.
        issuer: the identity provider of the signer.

    Raises:
        EncoderfileError: a file is not a base, or of another version.
    """
    made = {item.target: item for item in items}
    for path in bases:
        description = _description(path)
        former = made[description.target]
        made[description.target] = Entry(
            target=description.target,
            flavour=description.flavour,
            floor=description.floor,
            tested=former.tested,
            url=urljoin(f"{folder_url.rstrip('/')}/", asset_name(description)),
            size=path.stat().st_size,
            sha256=file_sha256(path),
            runtime_version=description.runtime_version,
            identity=identity,
            issuer=issuer,
            ingredients=ingredients_of(description),
        )
    return list(made.values())


def _description(path: Path) -> BaseDescription:
    from .description import read_description

    description = read_description(path)
    if description is None or description.target not in TRIPLES:
        raise UsageError(f"{path}: is no base for one of {', '.join(TRIPLES)}")
    if description.runtime_version != __version__:
        raise UsageError(
            f"{path}: is for version {description.runtime_version}, expected {__version__}: build it again"
        )
    return description


def write(root: Path, items: Iterable[Entry]) -> None:
    """Write the index into the package in the source tree at `root`.

    Raises:
        EncoderfileError: it would be invalid, or cannot be written.
    """
    data = dump(items)
    parse(data)  # raises if it is invalid
    with atomic_output(root / "hatch_encoderfile" / "bases" / _FILE) as out:
        out.write(data)
