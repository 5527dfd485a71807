"""A vocabulary that stays JSON text, in which a few tokens are found long before all 30,000 are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.fields import Fields

from .models.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEARCHES = 64  # take as long as to read all
_DIGITS = 8  # of the highest id
_BEFORE, _AFTER = b'"vocab":{', b'}}},"config":'


def read_definition(artifact: bytes, source: str) -> dict[str, Any] | None:
    """The tokenizer.json in a tokenizer artifact, the vocabulary unread; None where it has to be read.

    That is where the model is not WordPiece, which looks up little more than the tokens it finds, or the artifact is not as
    `hatch_encoderfile` writes it.
    """
    start, stop = artifact.find(_BEFORE) + len(_BEFORE), artifact.rfind(_AFTER)
    head, tail = artifact[:start], artifact[stop:]
    if stop < start or b'"type":"WordPiece"' not in head or not artifact[stop - 1 : stop].isdigit():
        return None
    try:
        definition: dict[str, Any] = json.loads(head + tail)["tokenizer"]
        if definition["model"].pop("vocab") != {}:
            return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    definition["model"]["vocab"] = UnreadVocabulary(artifact[start:stop], source)
    return definition


class UnreadVocabulary(Mapping[str, int]):
    """The ids of tokens, in what is between the braces of a JSON object that `json.dumps` wrote without white space.

    A token is found by the comma before its first quote. It is no comma of another token: the quote would then end that one,
    since those inside have a backslash before them, and a colon and a digit follow. A token that begins like this is not
    searched for.
    """

    def __init__(self, tokens: bytes, source: str) -> None:
        """`source` is what messages call it."""
        self._text = b",%s," % tokens
        self._source = source
        self._found: dict[str, int | None] = {}

    def __getitem__(self, token: str) -> int:
        if token not in self._found:
            if len(self._found) >= _SEARCHES or (len(token) > 1 and token[0] == ":"):
                return self._all[token]
            self._found[token] = self._search(token)
        number = self._found[token]
        if number is None:
            raise KeyError(token)
        return number

    def _search(self, token: str) -> int | None:
        key = f",{json.dumps(token, ensure_ascii=False)}:".encode()
        start = self._text.find(key) + len(key)
        if start < len(key):
            return None
        value = self._text[start : self._text.index(b",", start)]
        return int(value) if value.isdigit() and len(value) <= _DIGITS else self._all.get(token)

    def __bool__(self) -> bool:
        return True  # there is a token

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    @cached_property
    def _all(self) -> Mapping[str, int]:
        """The vocabulary, read as strictly as one of another model.

        Raises:
            FaultsError: it is not valid.
        """
        try:
            value = json.loads(b'{"vocab":{%s}}' % self._text[1:-1])
        except (ValueError, RecursionError) as error:
            raise FaultsError(self._source, [f"model.vocab is not JSON: {error}"]) from None
        faults: list[str] = []
        vocabulary = read_vocabulary(Fields(value, "model", faults))
        if faults:
            raise FaultsError(self._source, faults)
        return vocabulary
