"""Simple pre-tokenizers of the `tokenizers` library: white space, punctuation, digits, sequences of pre-tokenizers."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from encoderfile_runtime.tokenizer.growth import check_growth
from encoderfile_runtime.tokenizer.splitting import BEHAVIORS, cut
from encoderfile_runtime.tokenizer.unicode.characters import character_set

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText
    from encoderfile_runtime.tokenizer.interfaces import PreTokenizer
    from encoderfile_runtime.tokenizer.unicode.characters import CharacterSet


_PIECE = 5  # characters, where the library is told nothing


class Whitespace:
    r"""Finds `\w+|[^\w\s]+`: runs of word characters, and runs of characters that are neither these nor white space."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> Whitespace:
        """From its object, which has no options."""
        return cls()

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The runs."""
        words, spaces = character_set("WORD"), character_set("SPACE")
        return _runs(text, lambda character: None if character in spaces else character in words)


class WhitespaceSplit:
    """Splits at white space."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> WhitespaceSplit:
        """From its object, which has no options."""
        return cls()

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words."""
        spaces = character_set("SPACE")
        return _runs(text, lambda character: None if character in spaces else True)


class Punctuation:
    """Cuts at punctuation marks; the behavior, one of `splitting.BEHAVIORS`, says what happens to the marks."""

    __slots__ = ("_behavior",)

    def __init__(self, behavior: str = "Isolated") -> None:
        self._behavior = behavior

    @classmethod
    def read(cls, fields: Fields) -> Punctuation:
        """Read its object; by default each mark is a word."""
        return cls(fields.choice("behavior", BEHAVIORS) if "behavior" in fields else "Isolated")

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The parts."""
        return cut(text, _each(text.text, character_set("PUNCTUATION")), self._behavior)


class Digits:
    """Makes each run of digits a word, or each digit."""

    __slots__ = ("_behavior",)

    def __init__(self, *, individual_digits: bool) -> None:
        self._behavior = "Isolated" if individual_digits else "Contiguous"

    @classmethod
    def read(cls, fields: Fields) -> Digits:
        """Read its object."""
        return cls(individual_digits=fields.boolean("individual_digits"))

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The parts."""
        return cut(text, _each(text.text, character_set("NUMERIC")), self._behavior)


class FixedLength:
    """Cuts text into pieces of as many characters each; the last one may have fewer."""

    __slots__ = ("_length",)

    def __init__(self, length: int) -> None:
        self._length = length

    @classmethod
    def read(cls, fields: Fields) -> FixedLength:
        """From its object."""
        length = fields.integer("length") if "length" in fields else _PIECE
        if not length:
            fields.fault("expected an integer from 1, found 0", "length")
        return cls(max(length, 1))

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The pieces."""
        return [text[start : start + self._length] for start in range(0, len(text.text), self._length)]


class PreTokenizerSequence:
    """Pre-tokenizers in a row, each applied to the words of the one before."""

    __slots__ = ("parts", "steps")

    def __init__(self, steps: Sequence[tuple[str, PreTokenizer]]) -> None:
        """Take the pre-tokenizers, each with its JSON path."""
        self.steps = steps
        self.parts = [part for _, part in steps]

    @classmethod
    def read(cls, _fields: Fields, steps: Sequence[tuple[str, PreTokenizer]]) -> PreTokenizerSequence:
        """Take the parts of its object, which are read already."""
        return cls(steps)

    def split(self, text: AlignedText) -> list[AlignedText]:
        """The words after all steps.

        Raises:
            FaultsError: the words are too long together, as by prefixes at each step, or bytes of bytes of bytes.
        """
        words = [text]
        for pre_tokenizer in self.parts:
            words = [part for word in words if word.text for part in pre_tokenizer.split(word)]
            # Words together, not each: a step may put a prefix before every one of them.
            check_growth("pre_tokenizer", sum(len(word.text) for word in words), len(text.text))
        return words


def _each(text: str, members: CharacterSet) -> list[tuple[int, int]]:
    """Start and end of each character that belongs to the set."""
    return [(position, position + 1) for position, character in enumerate(text) if character in members]


def _runs(text: AlignedText, kind: Callable[[str], bool | None]) -> list[AlignedText]:
    """Maximal runs of characters of one kind; runs of the kind None are left out."""
    runs = []
    position = 0
    for found, characters in groupby(text.text, kind):
        start = position
        position += sum(1 for _ in characters)
        if found is not None:
            runs.append(text[start:position])
    return runs
