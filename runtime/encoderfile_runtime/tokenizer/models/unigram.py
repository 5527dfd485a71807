"""The unigram language model (https://arxiv.org/abs/1804.10959): of all ways to cut a word the one of the highest score."""

from __future__ import annotations

from functools import cached_property
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.fields import shown
from encoderfile_runtime.tokenizer.encoding import MAX_ID, Tokens

from .vocabulary import read_lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from encoderfile_runtime.fields import Fields

_HIGHEST = 1e300  # so that sums stay finite
_UNKNOWN_PENALTY = 10.0  # below the lowest score, as in SentencePiece


class Unigram:
    """Cuts a word by its scores; unknown characters in a row are one token.

    Attributes:
        vocabulary: tokens and their ids.
        scores: logarithms of probabilities, by id.
        unknown: the id of what the vocabulary lacks; None where a text that has it is refused.
        byte_fallback: what it lacks becomes the tokens of its bytes, if all of them are there.
        lengths: the numbers of characters that tokens have, in order.
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        scores: list[float],
        *,
        unknown: int | None,
        byte_fallback: bool,
        lengths: list[int],
    ) -> None:
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknown = unknown
        self.byte_fallback = byte_fallback
        self.lengths = lengths
        self._exact: dict[int, float] = {}

    @classmethod
    def read(cls, fields: Fields) -> Unigram:
        """From its object; of a token that is there twice the last counts."""
        tokens, scores = _read_scores(fields)
        vocabulary = dict(zip(tokens, range(len(tokens)), strict=True))
        return cls(
            vocabulary,
            scores,
            unknown=fields.integer("unk_id", maximum=len(tokens) - 1 if tokens else MAX_ID)
            if fields.given("unk_id") or "unk_id" not in fields
            else None,
            byte_fallback=fields.boolean("byte_fallback") if "byte_fallback" in fields else False,
            lengths=read_lengths(fields, vocabulary),
        )

    @cached_property
    def _unknown_score(self) -> float:
        lowest = min(self.scores)
        near = [score for score in self.scores if score - lowest <= 1e-9]  # which of them is lowest as it is read
        return min(map(as_read, near)) - _UNKNOWN_PENALTY

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word; one that is unknown has its own text.

        Raises:
            UsageError: a character is unknown, and there is no token for that.
        """
        tokens = Tokens([], [], [])
        unknown = -1 if self.unknown is None else self.unknown  # `_cuts` has refused what would need it
        for start, end in self._cuts(word):
            text = word[start:end]
            number = self.vocabulary.get(text)
            parts = [f"<0x{byte:02X}>" for byte in text.encode()] if number is None and self.byte_fallback else []
            if parts and all(part in self.vocabulary for part in parts):
                for part in parts:
                    tokens.append(self.vocabulary[part], part, (start, end))
            else:
                tokens.append(unknown if number is None else number, text, (start, end))
        return tokens

    def _cuts(self, word: str) -> list[tuple[int, int]]:
        """The best way to cut a word (Viterbi's algorithm); of several the first that was found."""
        length = len(word)
        best, starts, ids = [0.0] * (length + 1), [-1] * (length + 1), [self.unknown] * (length + 1)
        vocabulary, exact, lengths = self.vocabulary, self._exact, self.lengths
        for start in range(length):
            so_far = best[start]
            for size in lengths:
                end = start + size
                if end > length:
                    break
                number = vocabulary.get(word[start:end])
                if number is None:
                    continue
                score = exact.get(number)
                if score is None:
                    score = exact[number] = as_read(self.scores[number])
                score += so_far
                if starts[end] < 0 or score > best[end]:
                    best[end], starts[end], ids[end] = score, start, number
            if word[start] not in vocabulary:
                end, score = start + 1, so_far + self._unknown_score
                if starts[end] < 0 or score > best[end]:
                    if self.unknown is None:
                        raise UsageError(
                            f"{shown(word[start])} is not in the vocabulary, and there is no unknown token (unk_id is null)"
                        )
                    best[end], starts[end], ids[end] = score, start, self.unknown
        return self._way(starts, ids)

    def _way(self, starts: list[int], ids: Sequence[int | None]) -> list[tuple[int, int]]:
        """The cuts by where the best last token of each beginning of a word starts, and its id."""
        cuts: list[tuple[int, int]] = []
        end, fused = len(ids) - 1, False
        while end:
            start = starts[end]
            unknown = ids[end] == self.unknown
            if unknown and fused:
                cuts[-1] = (start, cuts[-1][1])
            else:
                cuts.append((start, end))
            end, fused = start, unknown
        return cuts[::-1]


def as_read(score: float) -> float:
    """A score as the library reads it from JSON: all its digits as one integer, divided by a power of ten.

    That is not always the closest float (serde_json without `float_roundtrip`), and sums may be equal or not by it.
    """
    digits, _, exponent = repr(score).partition("e")
    whole, _, fraction = digits.partition(".")
    power = int(exponent or 0) - len(fraction)
    value = float(int(whole + fraction))
    return value * 10.0**power if power >= 0 else value / 10.0**-power


def _read_scores(fields: Fields) -> tuple[list[str], list[float]]:
    vocabulary = fields.items("vocab")
    if not vocabulary:
        if fields.is_list("vocab"):
            fields.fault("holds no token", "vocab")
        return [], []
    if set(map(type, vocabulary)) == {list} and set(map(len, vocabulary)) == {2} and len(vocabulary) <= MAX_ID:
        tokens, scores = list(map(itemgetter(0), vocabulary)), list(map(itemgetter(1), vocabulary))
        if set(map(type, tokens)) == {str} and set(map(type, scores)) == {float} and isfinite(sum(scores)):
            return tokens, scores
    for index, item in enumerate(vocabulary):
        kinds = [type(part) for part in item] if isinstance(item, list) else []
        if kinds not in ([str, int], [str, float]) or not -_HIGHEST < item[1] < _HIGHEST:
            fields.fault(f"expected a list of a token and its score, found {shown(item)}", "vocab", inner=index)
            return [], []
    if len(vocabulary) <= MAX_ID:
        return [token for token, _ in vocabulary], [float(score) for _, score in vocabulary]
    fields.fault(f"expected at most {MAX_ID} tokens, found {len(vocabulary)}", "vocab")
    return [], []
