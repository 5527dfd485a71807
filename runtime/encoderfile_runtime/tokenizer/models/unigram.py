"""The unigram language model (Kudo 2018, https://arxiv.org/abs/1804.10959): the segmentation of highest probability."""

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

_HIGHEST = 1e300  # bound on a score, so that sums of scores stay finite
_UNKNOWN_PENALTY = 10.0  # an unknown character scores this much below the lowest token (kUnkPenalty in SentencePiece)


class Unigram:
    """Cuts a word into the tokens with the highest sum of scores; unknown characters in a row are one token.

    Attributes:
        vocabulary: tokens and their ids.
        scores: log probabilities, by id.
        unknown: the id for characters outside the vocabulary; None where they are refused.
        byte_fallback: write these as tokens of their bytes, if the vocabulary has all of them.
        lengths: the distinct lengths of tokens in characters, ascending.
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
        """Read the object `model`; the last of equal tokens counts."""
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
        # Rounding as the library reads them may reorder scores that are this close; `as_read` is slow, so only these.
        near = [score for score in self.scores if score - lowest <= 1e-9]
        return min(map(as_read, near)) - _UNKNOWN_PENALTY

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word; an unknown token has the unknown id and the word's own text as value.

        Raises:
            UsageError: a character is outside the vocabulary, and there is no unknown token.
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
        """The segmentation of highest score, as start and end of each token (Viterbi 1967); of equal ones the first found.

        best[end] is the highest score of the word up to `end`; starts[end] and ids[end] are the start and the id of its
        last token. The library visits starts and lengths in this same order, so ties end alike.
        """
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
            # Without a token of its own, a character could make `start + 1` unreachable.
            if word[start] not in vocabulary:
                end, score = start + 1, so_far + self._unknown_score
                if starts[end] < 0 or score > best[end]:
                    if self.unknown is None:
                        raise UsageError(
                            f"{shown(word[start])} is not in the vocabulary, and there is no unknown token (unk_id is null)"
                        )
                    best[end], starts[end], ids[end] = score, start, self.unknown
        return self._backtrace(starts, ids)

    def _backtrace(self, starts: list[int], ids: Sequence[int | None]) -> list[tuple[int, int]]:
        """The segmentation, read from the end of the word through the best starts; unknown tokens in a row are fused."""
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
    """A score as serde_json parses it without its feature `float_roundtrip`: all digits as an integer, times 10^exponent.

    The result may differ from the nearest float in the last bit, which decides whether two segmentations tie.
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
    # A quarter of a million pairs at each start: checked all at once in C, one by one only to name a fault.
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
