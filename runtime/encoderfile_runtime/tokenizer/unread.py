"""A vocabulary that is searched as JSON text instead of parsed: a short text needs few of its 30,000 tokens."""

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

_SEARCHES = 64  # searches, which take about as long as parsing the whole vocabulary
_DIGITS = 8  # of the highest id
_BEFORE, _AFTER = b'"vocab":{', b'}}},"config":'


def read_definition(artifact: bytes, source: str) -> dict[str, Any] | None:
    """Parse the tokenizer.json of a tokenizer artifact all but its vocabulary; None if that has to be parsed as well.

    It has to be if the model is not WordPiece (the others look up many strings that are no tokens) or if the artifact
    does not have the layout that `hatch_encoderfile` writes.
    """
    start, stop = artifact.find(_BEFORE) + len(_BEFORE), artifact.rfind(_AFTER)
    head, tail = artifact[:start], artifact[stop:]  # together JSON with an empty vocabulary
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
    r"""A mapping of tokens to ids over the inside of a JSON object as `json.dumps` writes it without white space.

    A token is found by searching for `,"token":`. That cannot match inside another key: quotes in a key are escaped as
    `\"`, so the `"` after the comma would end that key, and `:` and a digit would have to follow. Only a token that
    begins with a colon could be mistaken so; such tokens are looked up in the parsed vocabulary.
    """

    def __init__(self, tokens: bytes, source: str) -> None:
        """Take the inside of the object; messages name `source` as the file."""
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
        # An id that is not plain digits is left to the strict reader, which names it as a fault.
        return int(value) if value.isdigit() and len(value) <= _DIGITS else self._all.get(token)

    def __bool__(self) -> bool:
        return True  # there is a token

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    @cached_property
    def _all(self) -> Mapping[str, int]:
        """The parsed vocabulary, checked like that of any model.

        Raises:
            FaultsError: it is invalid.
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
