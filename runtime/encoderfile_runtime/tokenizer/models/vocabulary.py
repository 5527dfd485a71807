"""Reading and checking the vocabulary of a model: tokens and their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.errors import FaultsError
from encoderfile_runtime.fields import shown
from encoderfile_runtime.tokenizer.encoding import MAX_ID

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from encoderfile_runtime.fields import Fields


# Longest-match models look up a substring of each token length at each character of a text. The sum of the lengths
# bounds the characters copied for that; 1 << 14 allows all lengths from 1 to 180.
_MAX_LENGTHS = 1 << 14


def read_vocabulary(fields: Fields) -> Mapping[str, int]:
    """Read the member `vocab`: ids are integers from 0 to MAX_ID, and no two tokens share one. It is not copied."""
    vocabulary = fields.mapping("vocab")
    if type(vocabulary) is not dict:
        return vocabulary  # an UnreadVocabulary, which checks itself when it is parsed
    ids = vocabulary.values()
    if not vocabulary:
        if fields.is_object("vocab"):
            fields.fault("holds no token", "vocab")
    elif set(map(type, ids)) != {int}:
        token, value = next((token, value) for token, value in vocabulary.items() if type(value) is not int)
        fields.fault(f"expected an integer, found {shown(value)}", "vocab", token)
    elif min(ids) < 0 or max(ids) > MAX_ID:
        token, value = next((token, value) for token, value in vocabulary.items() if not 0 <= value <= MAX_ID)
        fields.fault(f"expected an id from 0 to {MAX_ID}, found {shown(value)}", "vocab", token)
    elif len(set(ids)) != len(vocabulary):
        owners: dict[int, str] = {}
        token, value = next(item for item in vocabulary.items() if owners.setdefault(item[1], item[0]) != item[0])
        fields.fault(f"has id {value}, as {shown(owners[value])} has", "vocab", token)
    else:
        return vocabulary
    return {}


def lengths_of(vocabulary: Collection[str]) -> list[int]:
    """The distinct lengths of the tokens in characters, ascending.

    Raises:
        FaultsError: the lengths add up to so much that matching a token of each length would take too long.
    """
    lengths = sorted(set(map(len, vocabulary)) - {0})
    if sum(lengths) > _MAX_LENGTHS:
        fault = (
            f"model.vocab: tokens of {len(lengths)} lengths up to {lengths[-1]}, which make {sum(lengths)} together, "
            f"expected at most {_MAX_LENGTHS}"
        )
        raise FaultsError("tokenizer.json", [fault])
    return lengths


def read_lengths(fields: Fields, vocabulary: Collection[str]) -> list[int]:
    """As `lengths_of`, for a vocabulary that is being read: an error is noted in `fields` instead of raised."""
    try:
        return lengths_of(vocabulary)
    except FaultsError as error:
        fields.fault(error.faults[0].removeprefix("model.vocab: "), "vocab")
        return []


def read_unknown(fields: Fields, vocabulary: Mapping[str, int]) -> str:
    """Read the member `unk_token`, which must be a token of the vocabulary."""
    unknown = fields.string("unk_token")
    if vocabulary and unknown not in vocabulary:
        fields.fault(f"{shown(unknown)} is not in the vocabulary", "unk_token")
    return unknown
