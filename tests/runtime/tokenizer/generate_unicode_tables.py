"""Asks the `tokenizers` library about every code point and writes three tables from its answers.

Run it without arguments to rewrite the committed tables: `python tests/runtime/tokenizer/generate_unicode_tables.py`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKENIZER = Path(__file__).parents[3] / "runtime" / "encoderfile_runtime" / "tokenizer"

HEADER = '''"""{subject} in the `tokenizers` library, observed character by character; generated, do not edit.

The library's tables are frozen at several versions of Unicode, none of them that of this Python. A set is pairs of
hexadecimal numbers: the distance from the end of the last range, and the length of this range less one.
Made by `tests/runtime/tokenizer/generate_unicode_tables.py`.
"""
'''
CATEGORIES = "Cc Cf Co Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs"

# Planes 4 to 13 hold no character, and no version of Unicode has given them one.
ALL = [chr(code) for code in (*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0x110000))]

# What keeps texts apart in one call to a normalizer: no normalizer changes it, makes it or composes it.
APART = "\N{SNOWMAN}"

# A mark of combining class 1 and one of the highest class, 240: any other mark is reordered around one of them.
LOWEST, HIGHEST = "\u0334", "\u0345"


def ranges(characters: Iterable[str]) -> list[tuple[int, int]]:
    """The characters as inclusive ranges of code points."""
    found: list[tuple[int, int]] = []
    for code in sorted(map(ord, characters)):
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def encode_set(characters: Iterable[str]) -> str:
    """Ranges as distances and lengths."""
    words = []
    position = 0
    for first, last in ranges(characters):
        words += [f"{first - position:x}", f"{last - first:x}"]
        position = last
    return " ".join(words)


def encode_mapping(mapping: dict[int, int]) -> str:
    """Runs of code points with one step, 1 or 2, and one distance to their images: first, count, step, distance."""
    left = dict(sorted(mapping.items()))
    words = []
    while left:
        first = next(iter(left))
        distance = left[first] - first
        step, run = max(
            ((step, equally_distant(left, first, step)) for step in (1, 2)), key=lambda found: len(found[1])
        )
        words += [f"{first:x}", f"{len(run):x}", f"{step}", f"{distance}"]
        for code in run:
            del left[code]
    return " ".join(words)


def equally_distant(mapping: dict[int, int], first: int, step: int) -> list[int]:
    """The code points from `first` on in steps of `step` whose images lie as far from them as that of `first`."""
    distance = mapping[first] - first
    return list(takewhile(lambda code: mapping.get(code) == code + distance, count(first, step)))


def normalized(normalizer: normalizers.Normalizer, texts: Iterable[str]) -> list[str]:
    """Each text normalized, with one call for all of them."""
    return normalizer.normalize_str(APART.join(texts)).split(APART)


def changed(normalizer: normalizers.Normalizer) -> dict[str, str]:
    """What the normalizer makes of each character that it does not leave alone."""
    candidates = [c for c in ALL if c != APART]
    images = normalized(normalizer, candidates)
    return {c: image for c, image in zip(candidates, images, strict=True) if image != c}


def pieces(pre_tokenizer: pre_tokenizers.PreTokenizer) -> list[str]:
    """The pieces of all characters in a row with a letter between any two."""
    return [piece for piece, _ in pre_tokenizer.pre_tokenize_str("a".join(ALL))]


def isolated(pre_tokenizer: pre_tokenizers.PreTokenizer) -> set[str]:
    """The characters that the pre-tokenizer sets apart."""
    return {piece for piece in pieces(pre_tokenizer) if len(piece) == 1} - {"a"}


def marks(decomposed: dict[str, str]) -> set[str]:
    """The characters that the library reorders: their canonical combining class is not 0."""
    nfd = normalizers.NFD()
    candidates = [c for c in ALL if c != APART and c not in decomposed]
    found = {LOWEST, HIGHEST}
    for before, after in (("a", LOWEST), (f"a{HIGHEST}", "")):
        probes = [before + c + after for c in candidates]
        images = normalized(nfd, probes)
        found |= {c for c, probe, image in zip(candidates, probes, images, strict=True) if probe != image}
    return found


def composing(decomposed: dict[str, str]) -> set[str]:
    """Every character that is a part of a canonical composition, and every composition."""
    nfc = normalizers.NFC()
    found = set()
    for character, parts in decomposed.items():
        if len(parts) > 1 and nfc.normalize_str(parts) == character:
            found |= {character, *parts, nfc.normalize_str(parts[:-1])}
    return found


def bert(option: str) -> dict[str, str]:
    """What BertNormalizer makes of each character with one option alone."""
    off = dict.fromkeys(("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"), False)
    return changed(normalizers.BertNormalizer(**off | {option: True}))


def removed(images: dict[str, str]) -> set[str]:
    """The characters that leave nothing."""
    return {c for c, image in images.items() if not image}


def matched(pattern: str) -> set[str]:
    """The characters that a regular expression of the library matches one by one."""
    left = normalizers.Replace(Regex(f"{pattern}+"), "").normalize_str("".join(ALL))
    return {*ALL} - {*left}


def render_categories() -> str:
    """The text of `unicode/categories.py`."""
    lines = [HEADER.format(subject="Categories of characters"), "CATEGORIES = {"]
    for name in CATEGORIES.split():
        members = encode_set(matched(rf"\p{{{name}}}"))
        lines.append(f'    "{name}": "{members}",')
    word = matched(r"[\w_]")
    alone = encode_set(matched(r"\w") - word)
    lines += ["}", "", "# matched by \\w in a class, which is not what Whitespace takes for a word"]
    lines += [f'WORD = "{encode_set(word)}"', "", "# matched by it besides, where it stands in no class"]
    lines += [f'WORD_ALONE = "{alone}"', ""]
    return "\n".join(lines)


def every_byte_but_line_ends() -> str:
    """A charsmap for Precompiled that puts an x in the place of any text unless it begins with a line end.

    So a grapheme cluster of less than 6 bytes, which is looked up as a whole, becomes one x; in longer ones each
    character does.
    """
    has_value = 1 << 8
    units = [0] * 1024
    units[0] = 256 << 10
    for byte in {*range(1, 256)} - {*b"\r\n"}:
        units[256 ^ byte] = byte | has_value | 512 << 10
    trie = b"".join(unit.to_bytes(4, "little") for unit in units)
    return b64encode(len(trie).to_bytes(4, "little") + trie + b"x\0").decode()


def counts(probe: str) -> dict[str, int]:
    """How many x become of a probe with each character in the place of X."""
    definition = {"model": {"type": "WordLevel", "vocab": {"x": 0}, "unk_token": "x"}}
    charsmap = {"type": "Precompiled", "precompiled_charsmap": every_byte_but_line_ends()}
    library = Tokenizer.from_str(json.dumps({**definition, "normalizer": charsmap}))
    assert library.normalizer is not None
    candidates = [c for c in ALL if c not in "\r\n\0"]
    images = library.normalizer.normalize_str("\n".join(probe.replace("X", c) for c in candidates)).split("\n")
    return {c: len(image) for c, image in zip(candidates, images, strict=True)}


def with_count(probe: str, count: int) -> set[str]:
    """The characters of which a probe becomes so many x."""
    return {c for c, found in counts(probe).items() if found == count}


def render_graphemes() -> str:
    """The text of `unicode/graphemes.py`."""
    joined = with_count("aX", 1)
    extend = joined & with_count("\xa9X\u200d\xa9\u0301", 5)
    prepended = with_count("Xa", 1)
    others = {*ALL} - joined - prepended
    before_vowel, before_trailing = with_count("X\u1161\u0301", 3), with_count("X\u11a8\u0301", 3)
    after_leading, after_vowel = with_count("\u1100X\u0301", 3), with_count("\u1161X\u0301", 3)
    jamo = others - {chr(code) for code in range(0xAC00, 0xD7A4)}
    sets = (
        ("CONTROL", "always apart", with_count("X\u0301\u0301", 2) | {"\r", "\n", "\0"}),
        ("PREPEND", "joined to what follows", prepended),
        ("EXTEND", "joined to what is before, in sequences of pictographs too", extend),
        ("SPACING", "joined to what is before", joined - extend),
        ("PICTOGRAPHIC", "joined to a pictograph by a zero width joiner", others & with_count("\xa9\u200dX\u0301", 4)),
        ("LEADING", "leading consonants of Hangul", jamo & after_leading & before_vowel - before_trailing),
        ("VOWEL", "vowels of Hangul", jamo & before_vowel & before_trailing & after_vowel),
        ("TRAILING", "trailing consonants of Hangul", jamo & after_vowel - after_leading),
        ("CONSONANT", "consonants that form conjuncts", others & with_count("X\u094d\u0915\u0301", 4)),
        ("LINKER", "what joins consonants", joined & with_count("\u0915X\u0915\u0301", 4)),
        ("CONJUNCT_EXTEND", "what may stand beside it", joined & with_count("\u0915X\u094d\u0915\u0301", 5)),
    )
    lines = [HEADER.format(subject="Classes of characters for grapheme clusters")]
    for name, meaning, characters in sets:
        lines += [f"# {meaning}", f'{name} = "{encode_set(characters)}"', ""]
    return "\n".join(lines)


def render() -> str:
    """The text of `unicode/tables.py`."""
    decomposed, lower = changed(normalizers.NFD()), changed(normalizers.Lowercase())
    canonical = {*decomposed, *marks(decomposed)}
    words = {c for piece in pieces(pre_tokenizers.Whitespace()) if "a" in piece for c in piece}
    not_spaces = {c for piece in pieces(pre_tokenizers.WhitespaceSplit()) for c in piece}
    sets = (
        ("CONTROL", "removed by BertNormalizer's clean_text", removed(bert("clean_text"))),
        ("CHINESE", "set apart by BertNormalizer's handle_chinese_chars", {*bert("handle_chinese_chars")}),
        ("ACCENT", "removed by BertNormalizer's strip_accents", removed(bert("strip_accents"))),
        ("MARK", "removed by StripAccents", removed(changed(normalizers.StripAccents()))),
        ("SPACE", "White_Space", {*ALL} - not_spaces),
        ("PUNCTUATION", "set apart by BertPreTokenizer and Punctuation", isolated(pre_tokenizers.Punctuation())),
        ("NUMERIC", "set apart by Digits", isolated(pre_tokenizers.Digits(individual_digits=True))),
        ("WORD", "matched by \\w", words),
        ("CANONICAL", "decomposed or reordered by NFD", canonical),
        ("COMPATIBILITY", "decomposed by NFKD and not by NFD", {*changed(normalizers.NFKD())} - canonical),
        ("COMPOSING", "composed by NFC, and the compositions", composing(decomposed)),
    )
    lines = [HEADER.format(subject="Character sets and mappings")]
    for name, meaning, characters in sets:
        lines += [f"# {meaning}", f'{name} = "{encode_set(characters)}"', ""]
    simple = {ord(c): ord(image) for c, image in lower.items() if len(image) == 1}
    longer = ", ".join(f"0x{ord(c):X}: {json.dumps(image)}" for c, image in lower.items() if len(image) > 1)
    lines += ["# first, count (hexadecimal), step, distance to the lower case letter (decimal)"]
    lines += [f'LOWERCASE = "{encode_mapping(simple)}"', ""]
    lines += ["# letters whose lower case is longer", f"LOWERCASE_EXPANDING = {{{longer}}}", ""]
    return "\n".join(lines)


TABLES = {
    TOKENIZER / "unicode" / "tables.py": render,
    TOKENIZER / "unicode" / "categories.py": render_categories,
    TOKENIZER / "unicode" / "graphemes.py": render_graphemes,
}

if __name__ == "__main__":
    for path, text in TABLES.items():
        path.write_text(text(), encoding="utf-8")
