"""GPT-2's alphabet of bytes as visible characters (https://github.com/openai/gpt-2, src/encoder.py, bytes_to_unicode)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from encoderfile_runtime.fields import Fields
    from encoderfile_runtime.tokenizer.aligned import AlignedText


def _alphabet() -> list[str]:
    """By byte, its character: printable Latin-1 stands for itself, the 68 others follow from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in visible else next(others)) for byte in range(256)]


ALPHABET = _alphabet()  # by byte
_LATIN = dict(enumerate(ALPHABET))


def visible(text: str) -> str:
    """The UTF-8 bytes of a text in GPT-2's alphabet."""
    return text.encode().decode("latin-1").translate(_LATIN)


class ByteLevelNormalizer:
    """Replaces text by its UTF-8 bytes in GPT-2's alphabet."""

    __slots__ = ()

    @classmethod
    def read(cls, _fields: Fields) -> ByteLevelNormalizer:
        """Read its object, which has no options."""
        return cls()

    def normalize(self, text: AlignedText) -> AlignedText:
        """The bytes, each aligned with its whole character."""
        return text.map(visible)

    def plain(self, text: str) -> str:
        """As `normalize`, without the alignment to the original text."""
        return visible(text)
