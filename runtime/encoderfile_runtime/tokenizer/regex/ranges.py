"""Character classes of regular expressions as ranges of code points: Unicode's categories, union, complement, case.

The argument `limit` is the highest code point that classes are needed for. Up to ASCII, Python's own `unicodedata`
serves: all versions of Unicode agree there. Beyond, the tables of `unicode.categories` do, which are the `tokenizers`
library's.
"""

from __future__ import annotations

from functools import cache
from unicodedata import category as category_of

from encoderfile_runtime.tokenizer.unicode.characters import CharacterSet, character_set

Ranges = list[tuple[int, int]]  # first and last code point of each range

ASCII = 0x7F
_MAJOR = "LMNPSZ"  # groups of general categories; `C` is left out, since no table has the unassigned characters, `Cn`
_ASCII_SPACES = [(9, 13), (32, 32)]
_THIRD_FORMS = {"s": "\u017f", "k": "\u212a"}
_ASCII_WORD = [(48, 57), (65, 90), (95, 95), (97, 122)]


def union(first: Ranges, second: Ranges) -> Ranges:
    """The union of two sets: ranges in order, disjoint, none touching the next."""
    found: Ranges = []
    for start, end in sorted([*first, *second]):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def complement(members: Ranges, limit: int) -> Ranges:
    """The characters up to `limit` that are not members."""
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
    """Close a set of ASCII characters under case, for `(?i)`.

    Two letters of ASCII have a third form outside it: the long s and the Kelvin sign (Unicode's CaseFolding.txt).
    """
    letters = [chr(code) for start, end in members for code in range(start, min(end, ASCII) + 1)]
    forms = "".join(letter.upper() + letter.lower() + _THIRD_FORMS.get(letter.lower(), "") for letter in letters)
    return union(members, [(ord(form), ord(form)) for form in forms])


@cache
def category(name: str, limit: int) -> Ranges | None:
    """The characters of a general category, such as `Lu`, or of a group of categories, such as `L`; None if unknown."""
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
    r"""The characters of `\w` inside a class."""
    from encoderfile_runtime.tokenizer.unicode.categories import WORD

    return _ASCII_WORD if limit == ASCII else CharacterSet(WORD).ranges()


def word_alone(limit: int) -> Ranges:
    r"""The characters that `\w` matches in addition outside a class, as observed of the library."""
    from encoderfile_runtime.tokenizer.unicode.categories import WORD_ALONE

    return [] if limit == ASCII else CharacterSet(WORD_ALONE).ranges()


def digit(limit: int) -> Ranges:
    r"""The characters of `\d`."""
    return category("Nd", limit) or []


def space(limit: int) -> Ranges:
    r"""The characters of `\s`."""
    return _ASCII_SPACES if limit == ASCII else character_set("SPACE").ranges()


def render(members: Ranges, limit: int) -> str:
    """The set, up to `limit`, as an expression for Python's `re`."""
    kept = [(start, min(end, limit)) for start, end in union(members, []) if start <= limit]
    if not kept:
        return r"[^\x00-\U0010FFFF]"  # `re` has no empty class
    parts = [f"\\U{start:08X}" + (f"-\\U{end:08X}" if end > start else "") for start, end in kept]
    return parts[0] if kept[0][0] == kept[-1][1] else f"[{''.join(parts)}]"
