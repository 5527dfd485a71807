"""Package URLs (https://github.com/package-url/purl-spec) by packageurl-python, restricted to their canonical form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from packageurl import PackageURL

if TYPE_CHECKING:
    from typing_extensions import Self

_CHARACTER = r"[A-Za-z0-9._~:-]|%[0-9A-F]{2}"
_SEGMENT = rf"(?:{_CHARACTER})+"
_QUALIFIER = rf"[a-z][a-z0-9._-]*=(?:{_CHARACTER}|/)+"
# The form that is written; stricter than the specification where that leaves a choice.
CANONICAL = re.compile(
    rf"pkg:[a-z][a-z0-9.-]*/(?:{_SEGMENT}/)*{_SEGMENT}(?:@{_SEGMENT})?"
    rf"(?:\?{_QUALIFIER}(?:&{_QUALIFIER})*)?"
    rf"(?:#(?!\.\.?(?:/|$)){_SEGMENT}(?:/(?!\.\.?(?:/|$)){_SEGMENT})*)?"
)


class Purl(PackageURL):
    """A package URL: its parts are decoded and normalized by the rules of its type; `str` gives the canonical form."""

    @classmethod
    def parse(cls, text: str) -> Purl | None:
        """Parse a package URL; None if it is invalid, or its canonical form would be read as another one."""
        try:
            purl = cls.from_string(text)
            is_stable = bool(purl.name) and cls.from_string(str(purl)) == purl
        except ValueError:
            return None
        # The specification drops the segments "." and ".." of a subpath, so the result would name another file.
        leads_elsewhere = not {".", ".."}.isdisjoint(unquote(text.partition("#")[2]).split("/"))
        return purl if is_stable and not leads_elsewhere and CANONICAL.fullmatch(str(purl)) else None

    def file(self, path: str) -> Self:
        """The package URL of a file in the package."""
        return type(self)(*self[:5], path)

    @property
    def hugging_face(self) -> str | None:
        """The URL of the model on Hugging Face; None for other types of packages and other hosts."""
        if self.type != "huggingface" or self.qualifiers:
            return None
        return f"https://huggingface.co/{str(self._replace(version=None, subpath=None)).partition('/')[2]}"
