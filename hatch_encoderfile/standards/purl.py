"""Package URLs (https://github.com/package-url/purl-spec), read and written by packageurl-python, in their canonical form alone."""

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
# What this module writes; stricter than the specification where that leaves a choice.
CANONICAL = re.compile(
    rf"pkg:[a-z][a-z0-9.-]*/(?:{_SEGMENT}/)*{_SEGMENT}(?:@{_SEGMENT})?"
    rf"(?:\?{_QUALIFIER}(?:&{_QUALIFIER})*)?"
    rf"(?:#(?!\.\.?(?:/|$)){_SEGMENT}(?:/(?!\.\.?(?:/|$)){_SEGMENT})*)?"
)


class Purl(PackageURL):
    """The parts of a package URL, not percent-encoded, as its type normalizes them; as text it is canonical."""

    @classmethod
    def parse(cls, text: str) -> Purl | None:
        """The parts; None where the text is no package URL, or one that would not be read again as the same."""
        try:
            purl = cls.from_string(text)
            is_stable = bool(purl.name) and cls.from_string(str(purl)) == purl
        except ValueError:
            return None
        # The specification drops these segments; whoever wrote them meant another file.
        leads_elsewhere = not {".", ".."}.isdisjoint(unquote(text.partition("#")[2]).split("/"))
        return purl if is_stable and not leads_elsewhere and CANONICAL.fullmatch(str(purl)) else None

    def file(self, path: str) -> Self:
        """A file of the package."""
        return type(self)(*self[:5], path)

    @property
    def hugging_face(self) -> str | None:
        """The model's page on the Hub; None for other packages and other hosts."""
        if self.type != "huggingface" or self.qualifiers:
            return None
        return f"https://huggingface.co/{str(self._replace(version=None, subpath=None)).partition('/')[2]}"
