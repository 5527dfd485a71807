"""Tokens that are found in a text before, or right after, it is normalized, and that no model cuts."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from encoderfile_runtime.fields import Fields, shown
from encoderfile_runtime.tokenizer.encoding import MAX_ID

from .growth import check_growth
from .strings import Strings
from .unicode.characters import character_set

_MAX_LENGTH = 1 << 20  # of all contents together: looking for them takes 200 bytes for each of their characters


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
    length = 0
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
        length += len(token.content)
    if length > _MAX_LENGTH:
        definition.fault(f"expected at most {_MAX_LENGTH} characters in all, found {length}", "added_tokens")
    return list(added.values())


class Matcher:
    """Finds tokens in a text."""

    __slots__ = ("_strings", "_tokens")

    def __init__(self, tokens: Iterable[tuple[str, AddedToken]]) -> None:
        self._tokens: dict[str, AddedToken] = {}
        for content, token in tokens:
            self._tokens.setdefault(content, token)
        self._strings = Strings(self._tokens)

    def split(self, text: str) -> Iterator[tuple[int, int, AddedToken | None]]:
        """The parts of a text, start and end, with the token that a part is.

        A token that takes the white space after it along does not keep tokens in there from being found, as in the
        `tokenizers` library.

        Raises:
            FaultsError: such tokens cover the text too many times.
        """
        done = covered = 0
        blanks = 0  # where white space ends that was skipped
        for first, last in self._strings.spans(text):
            token = self._tokens[text[first:last]]
            start, end = first, last
            if token.single_word and (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                continue
            if token.lstrip:
                start = _skip_back(text, start, done)
            if token.rstrip:
                end = blanks = blanks if last < blanks else _skip(text, end)
            covered += end - start
            check_growth("added_tokens", covered, len(text))
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


def _skip_back(text: str, position: int, done: int) -> int:
    """Where white space before a position begins, at the earliest where the last token ended."""
    spaces = character_set("SPACE")
    while position > done and text[position - 1] in spaces:
        position -= 1
    return max(position, done)
