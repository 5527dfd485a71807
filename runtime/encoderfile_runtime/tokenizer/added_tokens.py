"""Added tokens: found in the text as a whole, before or after normalization, and never cut by the model."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from encoderfile_runtime.fields import Fields, shown
from encoderfile_runtime.tokenizer.encoding import MAX_ID

from .strings import Strings
from .unicode.characters import character_set

_MAX_LENGTH = 1 << 20  # characters of all contents together: the automaton that finds them takes 200 bytes for each


class AddedToken(NamedTuple):
    """A token and how it is matched; the fields are those of `AddedToken` in the `tokenizers` library.

    Attributes:
        id: in the vocabulary.
        content: the text of the token.
        single_word: match only where no word character stands directly before or after the token.
        lstrip: extend the match over white space to the left.
        rstrip: extend the match over white space to the right.
        normalized: normalize the content, and search for it in the normalized text; else search in the original text.
        special: a control token such as `[CLS]`, not text.
    """

    id: int
    content: str
    single_word: bool
    lstrip: bool
    rstrip: bool
    normalized: bool
    special: bool


def read_added_tokens(definition: Fields, vocabulary: Mapping[str, int]) -> list[AddedToken]:
    """Read the member `added_tokens`.

    The `tokenizers` library ignores the ids in the file: a token that the model's vocabulary holds keeps its id there,
    the others are numbered from the end of the vocabulary. A file whose ids differ from these is at fault.
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
        # Without a vocabulary (its own fault is noted elsewhere) there is nothing to compare ids with.
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
    """Finds added tokens in a text, all in one pass."""

    __slots__ = ("_strings", "_tokens")

    def __init__(self, tokens: Iterable[tuple[str, AddedToken]]) -> None:
        self._tokens: dict[str, AddedToken] = {}
        for content, token in tokens:
            self._tokens.setdefault(content, token)
        self._strings = Strings(self._tokens)

    def split(self, text: str) -> Iterator[tuple[int, int, AddedToken | None]]:
        """Split a text into added tokens and the text between them: start, end, and the token or None.

        As in the `tokenizers` library, matches may overlap: white space that `rstrip` adds to one token does not keep
        a token inside it from being found.

        Raises:
            FaultsError: the matches together cover the text too many times.
        """
        from .growth import check_growth  # imported late: a text that can hold no added token is not split

        done = covered = 0
        blanks = 0  # end of the white space that was scanned last, so that no run is scanned twice
        for first, last in self._strings.spans(text):
            token = self._tokens[text[first:last]]
            start, end = first, last
            if token.single_word and (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                continue
            if token.lstrip:
                start = _skip_back(text, start, done)
            if token.rstrip:
                end = blanks = blanks if last < blanks else _skip(text, end)
            # A text of white space tokens with rstrip would be covered once for each of them: quadratic output.
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
    """The start of the white space before a position, not before the end of the last token."""
    spaces = character_set("SPACE")
    while position > done and text[position - 1] in spaces:
        position -= 1
    return max(position, done)
