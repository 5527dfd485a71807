"""The small normalizers of the `tokenizers` library; each keeps track of where its text came from as that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText
from encoderfile_runtime.tokenizer.growth import Bounded
from encoderfile_runtime.tokenizer.unicode.characters import character_set, lowercase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.interfaces import Normalizer
_NMT_REMOVED = frozenset(map(chr, (*range(1, 9), 0xB, *range(0xE, 0x20), 0x7F, 0x8F, 0x9F)))
_NMT_BLANKS = frozenset("\t\n\f\r\u1680\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd")
_NMT: dict[int, str] = str.maketrans(dict.fromkeys(_NMT_REMOVED, "") | dict.fromkeys(_NMT_BLANKS, " "))


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

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return text.translate(lowercase())


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

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        marks = character_set("MARK")
        return "".join([character for character in text if character not in marks])


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

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return self.normalize(AlignedText.original(text)).text


class Nmt:
    """SentencePiece's rules for white space and control characters."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> Nmt:
        """From its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text without control characters, the other kinds of white space a blank."""
        return text.map(lambda character: character.translate(_NMT))

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return text.translate(_NMT)


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

    @property
    def added(self) -> list[tuple[str, str]]:
        """What it looks for, any text, and what it adds."""
        return [(" ", self._prefix)]

    def grown(self, text: str, _limit: int) -> int:
        """How long the result is."""
        return len(text) + len(self._prefix)

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text after its prefix."""
        return text.prepend(self._prefix) if text.text else text

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return self._prefix + text if text else text


class NormalizerSequence:
    """Normalizers one after the other."""

    __slots__ = ("_bounded", "steps")

    def __init__(self, steps: Sequence[tuple[str, Normalizer]]) -> None:
        """Take the normalizers, each with its path."""
        self.steps = steps
        self._bounded = [Bounded(path, normalizer) for path, normalizer in steps]

    @classmethod
    def read(cls, _fields: Fields, steps: Sequence[tuple[str, Normalizer]]) -> NormalizerSequence:
        """From its object, whose parts are read already."""
        return cls(steps)

    @property
    def added(self) -> list[tuple[str, str]]:
        """What each step that adds text looks for and adds."""
        return [found for step in self._bounded for found in step.added]

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text as the last of them leaves it.

        Raises:
            FaultsError: it became too long.
        """
        original = len(text.text)
        for step in self._bounded:
            text = step.normalize(text, original)
        return text

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        original = len(text)
        for step in self._bounded:
            text = step.plain(text, original)
        return text
