"""Regular expressions as the `tokenizers` library takes them, Oniguruma's, compiled by Python."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .character_ranges import ASCII
from .oniguruma_syntax import UnsupportedError, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

# Texts differ in their highest character; the tables are written out up to the first of these that suffices.
_LIMITS = (ASCII, 0xFFFF, 0x10FFFF)


class Pattern:
    """A compiled regular expression; `spans` finds what it matches."""

    __slots__ = ("source",)

    def __init__(self, source: str) -> None:
        """Compile it for ASCII text, which shows whether it can be translated.

        Raises:
            UnsupportedError: it cannot.
        """
        self.source = source
        _compiled(source, ASCII)

    def compiled(self, text: str) -> re.Pattern[str]:
        """What finds in this text, and in any that has no higher characters, what Oniguruma does."""
        if text.isascii():
            return _compiled(self.source, ASCII)
        return _compiled(self.source, _LIMITS[1 if max(text) <= "\uffff" else 2])

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each match."""
        return (match.span() for match in self.compiled(text).finditer(text))

    def replace(self, text: str, content: str) -> str:
        """The text with that in the place of every match."""
        return self.compiled(text).sub(lambda _: content, text)


@cache
def _compiled(source: str, limit: int) -> re.Pattern[str]:
    try:
        return re.compile(translate(source, limit))
    except (re.error, OverflowError) as error:
        raise UnsupportedError(str(error)) from None
    except RecursionError:
        raise UnsupportedError("it is nested too deep") from None
