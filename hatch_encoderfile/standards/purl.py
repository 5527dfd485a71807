"""Package URLs (https://github.com/package-url/purl-spec): read, and written in their canonical form."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

_UNQUOTED = "~:"
_CHARACTER = r"[A-Za-z0-9._~:-]|%[0-9A-F]{2}"
_SEGMENT = rf"(?:{_CHARACTER})+"
_QUALIFIER = rf"[a-z][a-z0-9._-]*=(?:{_CHARACTER}|/)+"
# What this module writes; stricter than the specification where that leaves a choice.
CANONICAL = re.compile(
    rf"pkg:[a-z][a-z0-9.-]*/(?:{_SEGMENT}/)*{_SEGMENT}(?:@{_SEGMENT})?"
    rf"(?:\?{_QUALIFIER}(?:&{_QUALIFIER})*)?"
    rf"(?:#(?!\.\.?(?:/|$)){_SEGMENT}(?:/(?!\.\.?(?:/|$)){_SEGMENT})*)?"
)


class Purl(NamedTuple):
    """The parts of a package URL, not percent-encoded."""

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: str = ""
    subpath: str = ""

    @classmethod
    def parse(cls, text: str) -> Purl | None:
        """The parts; None where the text is no package URL with a type and a name."""
        scheme, _, rest = text.partition(":")
        rest, _, subpath = rest.partition("#")
        rest, _, qualifiers = rest.partition("?")
        path, at, version = rest.strip("/").rpartition("@")
        if not at:
            path, version = version, ""
        kind, _, full_name = path.partition("/")
        namespace, _, name = full_name.strip("/").rpartition("/")
        kind = kind.lower()
        version = unquote(version).lower() if kind == "huggingface" else unquote(version)
        purl = cls(kind, unquote(namespace), unquote(name), version, qualifiers, unquote(subpath))
        return purl if scheme == "pkg" and CANONICAL.fullmatch(str(purl)) else None

    def __str__(self) -> str:
        path = "/".join(filter(None, (self.type, _path(self.namespace), quote(self.name, _UNQUOTED))))
        version = f"@{quote(self.version, _UNQUOTED)}" if self.version else ""
        qualifiers = f"?{self.qualifiers}" if self.qualifiers else ""
        subpath = f"#{_path(self.subpath)}" if self.subpath else ""
        return f"pkg:{path}{version}{qualifiers}{subpath}"

    def file(self, path: str) -> Purl:
        """A file of the package."""
        return self._replace(subpath=path)

    @property
    def hugging_face(self) -> str | None:
        """The model's page on the Hub; None for other packages and other hosts."""
        if self.type != "huggingface" or self.qualifiers:
            return None
        return f"https://huggingface.co/{_path('/'.join(filter(None, (self.namespace, self.name))))}"


def _path(text: str) -> str:
    return "/".join(quote(segment, _UNQUOTED) for segment in text.split("/") if segment)
