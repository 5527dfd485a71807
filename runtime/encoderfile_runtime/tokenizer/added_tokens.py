"""Tokens that are found in a text before, or right after, it is normalized, and that no model cuts."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .definition import MAX_ID, Fields, shown
from .unicode.characters import character_set


class AddedToken(NamedTuple):
    """A token and how it is looked for.

    Attributes:
        id: in the vocabulary.
        content: its text.
        single_word: it counts only where no word character touches it.
        lstrip: it takes the white space before it along.
        rstrip: it takes the white space after it along.
        normalized: it is looked for in normalized text, and is itself normalized for that.
        special: it is no text but a mark.
    """

    id: int
    content: str
    single_word: bool
    lstrip: bool
    rstrip: bool
    normalized: bool
    special: bool


def read_added_tokens(definition: Fields, vocabulary: Mapping[str, int]) -> list[AddedToken]:
    """The member `added_tokens`.

    The `tokenizers` library does not trust the ids in the file: a token of the vocabulary keeps its id, others are
    numbered on from its end. Where that is not what the file says, the file is at fault.
    """
    added: dict[str, AddedToken] = {}
    numbered = 0
    for fields in definition.objects("added_tokens"):
        token = AddedToken(
            id=fields.integer("id", maximum=MAX_ID),
            content=fields.string("content"),
            single_word=fields.boolean("single_word"),
            lstrip=fields.boolean("lstrip"),
            rstrip=fields.boolean("rstrip"),
            normalized=fields.boolean("normalized"),
            special=fields.boolean("special"),
        )
        if fields.is_empty("content"):
            fields.fault("is empty", "content")
        elif token.content in added:
            fields.fault(f"{shown(token.content)} is there twice", "content")
        if not token.content or token.content in added:
            continue
        known = vocabulary.get(token.content)
        expected = len(vocabulary) + numbered if known is None else known
        numbered += known is None
        if vocabulary and token.id not in (expected, -1):
            fields.fault(f"expected {expected}, the id of {shown(token.content)}, found {token.id}", "id")
        added[token.content] = token
    return list(added.values())


class Matcher:
    """Finds tokens in a text."""

    __slots__ = ("_pattern", "_tokens")

    def __init__(self, tokens: Iterable[tuple[str, AddedToken]]) -> None:
        self._tokens: dict[str, AddedToken] = {}
        for content, token in tokens:
            self._tokens.setdefault(content, token)
        longest_first = sorted(self._tokens, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def split(self, text: str) -> Iterator[tuple[int, int, AddedToken | None]]:
        """The parts of a text, start and end, with the token that a part is."""
        done = 0
        for match in self._pattern.finditer(text) if self._tokens else ():
            token = self._tokens[match[0]]
            start, end = match.span()
            if token.single_word and (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                continue
            if token.lstrip:
                start = max(_skip_back(text, start), done)
            if token.rstrip:
                end = _skip(text, end)
            if done < start:
                yield done, start, None
            yield start, end, token
            done = end
        if done < len(text):
            yield done, len(text), None


def _is_word(character: str) -> bool:
    return bool(character) and character in character_set("WORD")


def _skip(text: str, position: int) -> int:
    spaces = character_set("SPACE")
    while position < len(text) and text[position] in spaces:
        position += 1
    return position


def _skip_back(text: str, position: int) -> int:
    spaces = character_set("SPACE")
    while position and text[position - 1] in spaces:
        position -= 1
    return position
