"""Byte pair encoding (https://arxiv.org/abs/1508.07909): neighbours are merged, the pair learned first before all others."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import accumulate, pairwise
from operator import add, itemgetter
from typing import TYPE_CHECKING

from encoderfile_runtime.fields import shown
from encoderfile_runtime.tokenizer.encoding import Tokens

from .vocabulary import read_unknown, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.fields import Fields

Symbol = tuple[str, int]  # a token, and how many bytes of the word it stands for
Ranks = dict[tuple[str, str], int]


class BPE:
    """Starts from the characters of a word and merges them.

    Attributes:
        vocabulary: tokens and their ids.
        ranks: pairs of tokens by the order in which they are merged.
        unknown: the token of a character that the vocabulary lacks; without it such a character leaves nothing.
        prefix: what tokens begin with that do not begin a word.
        suffix: what tokens end with that end a word.
        byte_fallback: such a character becomes the tokens of its bytes, if all of them are there.
        fuse_unknown: unknown characters in a row are one token.
        ignore_merges: a word that is a token is that token, whatever the merges make of it.
    """

    def __init__(
        self, vocabulary: Mapping[str, int], ranks: Ranks, *, unknown: str | None = None, prefix: str = "",
        suffix: str = "", byte_fallback: bool = False, fuse_unknown: bool = False, ignore_merges: bool = False,
    ) -> None:  # fmt: skip
        self.vocabulary = vocabulary
        self.ranks = ranks
        self.unknown = unknown
        self.prefix = prefix
        self.suffix = suffix
        self.byte_fallback = byte_fallback
        self.fuse_unknown = fuse_unknown
        self.ignore_merges = ignore_merges

    @classmethod
    def read(cls, fields: Fields) -> BPE:
        """From its object; merges are strings with one blank, or pairs."""
        vocabulary = read_vocabulary(fields)
        if fields.given("dropout"):
            fields.ignore("dropout")
            if not fields.is_zero("dropout"):
                fields.fault("is not supported: it makes tokens depend on chance", "dropout")
        prefix, suffix = (
            fields.string(key) if fields.given(key) else ""
            for key in ("continuing_subword_prefix", "end_of_word_suffix")
        )
        flags = ("byte_fallback", "fuse_unk", "ignore_merges")
        byte_fallback, fuse_unknown, ignore_merges = (fields.boolean(key) if key in fields else False for key in flags)
        if byte_fallback and (prefix or suffix):
            fields.fault("is not supported beside a prefix or a suffix", "byte_fallback")
        return cls(
            vocabulary,
            read_ranks(fields, vocabulary, len(prefix)),
            unknown=read_unknown(fields, vocabulary) if fields.given("unk_token") else None,
            prefix=prefix,
            suffix=suffix,
            byte_fallback=byte_fallback,
            fuse_unknown=fuse_unknown,
            ignore_merges=ignore_merges,
        )

    def tokenize(self, word: str) -> Tokens:
        """The tokens of a word."""
        if self.ignore_merges and word in self.vocabulary:
            return Tokens([self.vocabulary[word]], [word], [(0, len(word))])
        symbols = self._merge(self._symbols(word))
        values = [token for token, _ in symbols]
        ends = list(accumulate((length for _, length in symbols), initial=0))
        if not word.isascii():
            # The character that holds each byte; half of one counts as the whole.
            holders = [index for index, character in enumerate(word) for _ in character.encode()]
            offsets = [(holders[start], holders[end - 1] + 1) for start, end in pairwise(ends)]
        else:
            offsets = list(pairwise(ends))
        return Tokens([self.vocabulary[token] for token in values], values, offsets)

    def _symbols(self, word: str) -> list[Symbol]:
        """The characters of a word as tokens."""
        symbols: list[Symbol] = []
        unknown = 0  # bytes that await their token: the library puts it behind the bytes of characters that follow
        last = len(word) - 1
        for index, character in enumerate(word):
            token = (self.prefix if index else "") + character + (self.suffix if index == last else "")
            length = len(character.encode())
            if token in self.vocabulary:
                if unknown and self.unknown is not None:
                    symbols.append((self.unknown, unknown))
                    unknown = 0
                symbols.append((token, length))
                continue
            if self.byte_fallback:
                parts = [f"<0x{byte:02X}>" for byte in token.encode()]
                if all(part in self.vocabulary for part in parts):
                    symbols += [(part, 1) for part in parts]
                    continue
            if self.unknown is None:
                continue
            if unknown and not self.fuse_unknown:
                symbols.append((self.unknown, unknown))
                unknown = 0
            unknown += length
        if unknown and self.unknown is not None:
            symbols.append((self.unknown, unknown))
        return symbols

    def _merge(self, symbols: list[Symbol]) -> list[Symbol]:
        """The symbols after all merges, the lowest rank first, from left to right."""
        ranks, skipped = self.ranks, len(self.prefix)
        tokens = [token for token, _ in symbols]
        queue = [(ranks[pair], index) for index, pair in enumerate(pairwise(tokens)) if pair in ranks]
        if not queue:
            return symbols
        heapify(queue)
        count = len(tokens)
        lengths = [length for _, length in symbols]
        following, preceding = list(range(1, count + 1)), list(range(-1, count - 1))
        while queue:
            rank, at = heappop(queue)
            after = following[at]
            if not lengths[at] or after == count or ranks.get((tokens[at], tokens[after])) != rank:
                continue  # one of them was merged since
            tokens[at] += tokens[after][skipped:]
            lengths[at] += lengths[after]
            lengths[after] = 0
            following[at] = after = following[after]
            if after < count:
                preceding[after] = at
                if (found := ranks.get((tokens[at], tokens[after]))) is not None:
                    heappush(queue, (found, at))
            before = preceding[at]
            if before >= 0 and (found := ranks.get((tokens[before], tokens[at]))) is not None:
                heappush(queue, (found, before))
        return [(token, length) for token, length in zip(tokens, lengths, strict=True) if length]


def read_ranks(fields: Fields, vocabulary: Mapping[str, int], skipped: int) -> Ranks:
    """The member `merges`: of pairs whose parts and result are tokens; of one that is there twice the last counts."""
    merges = fields.items("merges")
    kinds = set(map(type, merges))
    pairs: list[tuple[str, ...]] = []
    if kinds == {str}:
        pairs = [tuple(merge.split(" ")) for merge in merges if not merge.startswith("#version")]
    elif kinds == {list}:
        pairs = list(map(tuple, merges))
    elif kinds:
        fields.fault("expected a list of strings, or of pairs of strings", "merges")
    if _are_tokens(pairs, vocabulary, skipped):
        return dict(zip(pairs, range(len(pairs)), strict=True))  # type: ignore[arg-type]  # they are pairs
    for index, pair in enumerate(pairs):
        if len(pair) != 2 or type(pair[0]) is not str or type(pair[1]) is not str:
            fields.fault("expected two tokens", "merges", inner=index)
            break
        missing = [token for token in (*pair, pair[0] + pair[1][skipped:]) if token not in vocabulary]
        if missing and vocabulary:
            fields.fault(f"{shown(missing[0])} is not in the vocabulary", "merges", inner=index)
            break
    return {}


def _are_tokens(pairs: list[tuple[str, ...]], vocabulary: Mapping[str, int], skipped: int) -> bool:
    """Whether all of these are pairs of tokens that make a token."""
    if set(map(len, pairs)) - {2}:
        return False
    firsts, seconds = list(map(itemgetter(0), pairs)), list(map(itemgetter(1), pairs))
    if {*map(type, firsts), *map(type, seconds)} - {str}:
        return False
    ends = [second[skipped:] for second in seconds] if skipped else seconds
    return all(all(map(vocabulary.__contains__, part)) for part in (firsts, seconds, map(add, firsts, ends)))
