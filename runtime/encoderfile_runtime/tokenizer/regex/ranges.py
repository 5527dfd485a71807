"""Sets of characters as ranges of code points, for regular expressions: the categories of Unicode, and what is done with sets.

A limit says up to which character they are written out. ASCII does without tables: there no version of Unicode differs.
"""

from __future__ import annotations

from functools import cache
from unicodedata import category as category_of

from encoderfile_runtime.tokenizer.unicode.characters import CharacterSet, character_set

Ranges = list[tuple[int, int]]

ASCII = 0x7F
_MAJOR = "LMNPSZ"
_ASCII_SPACES = [(9, 13), (32, 32)]
_THIRD_FORMS = {"s": "\u017f", "k": "\u212a"}
_ASCII_WORD = [(48, 57), (65, 90), (95, 95), (97, 122)]


def union(first: Ranges, second: Ranges) -> Ranges:
    """The characters of both, in order."""
    found: Ranges = []
    for start, end in sorted([*first, *second]):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def complement(members: Ranges, limit: int) -> Ranges:
    """All other characters up to the limit."""
    found = []
    position = 0
    for start, end in union(members, []):
        if position < start:
            found.append((position, min(start - 1, limit)))
        position = end + 1
        if position > limit:
            return found
    return [*found, (position, limit)]


def cased(members: Ranges) -> Ranges:
    """The characters with the other case of each; outside ASCII nothing has one here.

    Two letters of ASCII have a third form: the long s and the Kelvin sign (Unicode's CaseFolding.txt).
    """
    letters = [chr(code) for start, end in members for code in range(start, min(end, ASCII) + 1)]
    forms = "".join(letter.upper() + letter.lower() + _THIRD_FORMS.get(letter.lower(), "") for letter in letters)
    return union(members, [(ord(form), ord(form)) for form in forms])


@cache
def category(name: str, limit: int) -> Ranges | None:
    """The characters of a general category or of a group of them, `Lu` or `L`; None for another name."""
    from encoderfile_runtime.tokenizer.unicode.categories import CATEGORIES

    names = [full for full in CATEGORIES if full == name or (full[0] == name and name in _MAJOR)]
    if not names:
        return None
    if limit == ASCII:
        return union([(code, code) for code in range(ASCII + 1) if category_of(chr(code)) in names], [])
    members: Ranges = []
    for full in names:
        members = union(members, CharacterSet(CATEGORIES[full]).ranges())
    return members


@cache
def word(limit: int) -> Ranges:
    r"""What `\w` matches in a class."""
    from encoderfile_runtime.tokenizer.unicode.categories import WORD

    return _ASCII_WORD if limit == ASCII else CharacterSet(WORD).ranges()


def word_alone(limit: int) -> Ranges:
    r"""What `\w` matches besides where it stands alone."""
    from encoderfile_runtime.tokenizer.unicode.categories import WORD_ALONE

    return [] if limit == ASCII else CharacterSet(WORD_ALONE).ranges()


def digit(limit: int) -> Ranges:
    r"""What `\d` matches."""
    return category("Nd", limit) or []


def space(limit: int) -> Ranges:
    r"""What `\s` matches."""
    return _ASCII_SPACES if limit == ASCII else character_set("SPACE").ranges()


def render(members: Ranges, limit: int) -> str:
    """The set as a regular expression of Python's."""
    kept = [(start, min(end, limit)) for start, end in union(members, []) if start <= limit]
    if not kept:
        return r"[^\x00-\U0010FFFF]"
    parts = [f"\\U{start:08X}" + (f"-\\U{end:08X}" if end > start else "") for start, end in kept]
    return parts[0] if kept[0][0] == kept[-1][1] else f"[{''.join(parts)}]"
