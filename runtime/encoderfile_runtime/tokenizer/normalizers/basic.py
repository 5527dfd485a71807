"""Simple normalizers of the `tokenizers` library: case, accents, white space, prefixes, sequences of normalizers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.aligned import AlignedText
from encoderfile_runtime.tokenizer.growth import Bounded
from encoderfile_runtime.tokenizer.unicode.characters import character_set, lowercase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.interfaces import Normalizer

# The rules of Nmt in the `tokenizers` library (normalizers/unicode.rs), which are SentencePiece's (builder.cc).
_NMT_REMOVED = frozenset(map(chr, (*range(1, 9), 0xB, *range(0xE, 0x20), 0x7F, 0x8F, 0x9F)))
_NMT_BLANKS = frozenset("\t\n\f\r\u1680\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd")
_NMT: dict[int, str] = str.maketrans(dict.fromkeys(_NMT_REMOVED, "") | dict.fromkeys(_NMT_BLANKS, " "))


class Lowercase:
    """Maps each letter to lower case, whatever its neighbours (no final sigma)."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> Lowercase:
        """Read its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text in lower case."""
        table = lowercase()
        return text.map(lambda character: table.get(ord(character), character))

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return text.translate(lowercase())


class StripAccents:
    """Removes combining marks. It does not decompose characters: a definition has NFD or NFKD before it."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> StripAccents:
        """Read its object, which has no options."""
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
    """Removes white space at the start, the end or both."""

    __slots__ = ("_left", "_right")

    def __init__(self, *, left: bool, right: bool) -> None:
        self._left = left
        self._right = right

    @classmethod
    def read(cls, fields: Fields) -> Strip:
        """Read its object."""
        return cls(left=fields.boolean("strip_left"), right=fields.boolean("strip_right"))

    def normalize(self, text: AlignedText) -> AlignedText:
        """The stripped text."""
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
    """SentencePiece's `nmt` rules: control characters are removed, other kinds of white space become a blank."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> Nmt:
        """Read its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text after these rules."""
        return text.map(lambda character: character.translate(_NMT))

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return text.translate(_NMT)


class Prepend:
    """Puts a prefix before any text that is not empty, aligned with the first character."""

    __slots__ = ("_prefix",)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    @classmethod
    def read(cls, fields: Fields) -> Prepend:
        """Read its object."""
        prefix = fields.string("prepend")
        if fields.is_empty("prepend"):
            fields.fault("is empty", "prepend")
        return cls(prefix)

    @property
    def added(self) -> list[tuple[str, str]]:
        """Pairs of a string that is replaced and its replacement, for `growth.too_much`; any text gets the prefix."""
        return [(" ", self._prefix)]

    def grown(self, text: str, _limit: int) -> int:
        """The length of the result."""
        return len(text) + len(self._prefix)

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text with the prefix."""
        return text.prepend(self._prefix) if text.text else text

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return self._prefix + text if text else text


class NormalizerSequence:
    """Normalizers in a row, each with a bound on the length of its result."""

    __slots__ = ("_bounded", "steps")

    def __init__(self, steps: Sequence[tuple[str, Normalizer]]) -> None:
        """Take the normalizers, each with its JSON path."""
        self.steps = steps
        self._bounded = [Bounded(path, normalizer) for path, normalizer in steps]

    @classmethod
    def read(cls, _fields: Fields, steps: Sequence[tuple[str, Normalizer]]) -> NormalizerSequence:
        """Take the parts of its object, which are read already."""
        return cls(steps)

    @property
    def added(self) -> list[tuple[str, str]]:
        """Pairs of a string that is replaced and its replacement, of all steps."""
        return [found for step in self._bounded for found in step.added]

    def normalize(self, text: AlignedText) -> AlignedText:
        """The text after all steps.

        Raises:
            FaultsError: the result of a step is too long.
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
