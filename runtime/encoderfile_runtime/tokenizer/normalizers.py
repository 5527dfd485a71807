"""The small normalizers of the `tokenizers` library; each keeps track of where its text came from as that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .aligned import AlignedText
from .characters import character_set, lowercase
from .components import NORMALIZERS, read_component

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .definition import Fields
    from .interfaces import Normalizer


class Lowercase:
    """Lowers the case, letter by letter."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> Lowercase:
        """From its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text in lower case."""
        table = lowercase()
        return text.map(lambda character: table.get(ord(character), character))


class StripAccents:
    """Removes combining marks. It does not decompose: NFD or NFKD must come before it."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> StripAccents:
        """From its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text without marks."""
        marks = character_set("MARK")
        return text if text.text.isascii() else text.keep(lambda character: character not in marks)


class Strip:
    """Removes white space at the ends."""

    __slots__ = ("_left", "_right")

    def __init__(self, *, left: bool, right: bool) -> None:
        self._left = left
        self._right = right

    @classmethod
    def read(cls, fields: Fields) -> Strip:
        """From its object."""
        return cls(left=fields.boolean("strip_left"), right=fields.boolean("strip_right"))

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text without the blanks before and after it."""
        spaces = character_set("SPACE")
        start, end = 0, len(text.text)
        while self._left and start < end and text.text[start] in spaces:
            start += 1
        while self._right and start < end and text.text[end - 1] in spaces:
            end -= 1
        return text[start:end]


class Replace:
    """Puts one string in the place of another; what it puts there stands for the last character replaced."""

    __slots__ = ("_content", "_pattern")

    def __init__(self, pattern: str, content: str) -> None:
        self._pattern = pattern
        self._content = content

    @classmethod
    def read(cls, fields: Fields) -> Replace:
        """From its object; a pattern that is a regular expression is refused."""
        pattern = fields.member("pattern")
        found = ""
        if "Regex" in pattern:
            pattern.ignore("Regex")
            pattern.fault("is not supported, only String", "Regex")
        else:
            found = pattern.string("String")
            if pattern.is_empty("String"):
                pattern.fault("is empty", "String")
        pattern.close()
        return cls(found, fields.string("content"))

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text with every occurrence replaced, from left to right."""
        kept = text.text.split(self._pattern)
        spans = []
        position = 0
        for part in kept:
            if position:
                spans += [text.spans[position - 1]] * len(self._content)
            spans += text.spans[position : position + len(part)]
            position += len(part) + len(self._pattern)
        return AlignedText(self._content.join(kept), spans)


class Prepend:
    """Puts a string before any text that is not empty; it stands for the first character."""

    __slots__ = ("_prefix",)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    @classmethod
    def read(cls, fields: Fields) -> Prepend:
        """From its object."""
        prefix = fields.string("prepend")
        if fields.is_empty("prepend"):
            fields.fault("is empty", "prepend")
        return cls(prefix)

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text after its prefix."""
        return text.prepend(self._prefix) if text.text else text


class NormalizerSequence:
    """Normalizers one after the other."""

    __slots__ = ("_normalizers",)

    def __init__(self, normalizers: Sequence[Normalizer]) -> None:
        self._normalizers = normalizers

    @classmethod
    def read(cls, fields: Fields) -> NormalizerSequence:
        """From its object."""
        read = [read_component(item, NORMALIZERS) for item in fields.objects("normalizers")]
        return cls([normalizer for normalizer in read if normalizer])

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text as the last of them leaves it."""
        for normalizer in self._normalizers:
            text = normalizer.normalize(text)
        return text
