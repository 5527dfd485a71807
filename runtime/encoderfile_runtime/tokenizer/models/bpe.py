"""Byte pair encoding (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909): adjacent symbols merged in learned order."""

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

Symbol = tuple[str, int]  # a token, and the number of bytes of the word that it covers
Ranks = dict[tuple[str, str], int]


class BPE:
    """Splits a word into characters and merges adjacent ones.

    Attributes: vocabulary: tokens and their ids. ranks: pairs of tokens and their rank; the pair of lowest rank is
        merged first. unknown: the token for a character outside the vocabulary; None drops such a character. prefix:
        `continuing_subword_prefix`, at the start of each token that does not begin a word. suffix:
        `end_of_word_suffix`, at the end of the last token of a word. byte_fallback: write a character outside the
        vocabulary as tokens of its bytes, if the vocabulary has all of them. fuse_unknown: unknown characters in a row
        are one token. ignore_merges: a word that is itself a token is not split.
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
        """Read the object `model`; merges are strings with one blank, or pairs."""
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
            # By byte, the index of its character. A token that covers part of a character gets the offsets of all of
            # it.
            holders = [index for index, character in enumerate(word) for _ in character.encode()]
            offsets = [(holders[start], holders[end - 1] + 1) for start, end in pairwise(ends)]
        else:
            offsets = list(pairwise(ends))
        return Tokens([self.vocabulary[token] for token in values], values, offsets)

    def _symbols(self, word: str) -> list[Symbol]:
        """The characters of a word as tokens, before any merge."""
        symbols: list[Symbol] = []
        # Bytes of unknown characters whose token is not written yet. The library writes it only before the next known
        # character, so tokens of byte_fallback in between come first; that order is kept here.
        unknown = 0
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
        """The symbols after all merges: lowest rank first, of equal ranks the leftmost.

        Symbols form a doubly linked list, and candidate pairs a heap, as in the `tokenizers` library: O(n log n).
        """
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
                continue  # the entry is stale: one of the two was merged since it was pushed
            tokens[at] += tokens[after][skipped:]  # the merged token has one prefix, that of its first part
            lengths[at] += lengths[after]
            lengths[after] = 0  # marks a symbol as merged away
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
    """Read the member `merges`; both parts and the result of each must be tokens, and the last of equal pairs counts.

    Args:
        fields: the object `model`.
        vocabulary: tokens and their ids.
        skipped: length of the prefix that the second part loses in the merge.
    """
    merges = fields.items("merges")
    kinds = set(map(type, merges))
    pairs: list[tuple[str, ...]] = []
    if kinds == {str}:
        pairs = [tuple(merge.split(" ")) for merge in merges if not merge.startswith("#version")]
    elif kinds == {list}:
        pairs = list(map(tuple, merges))
    elif kinds:
        fields.fault("expected a list of strings, or of pairs of strings", "merges")
    # Hundreds of thousands of merges are checked at each start: all at once in C, one by one only to name a fault.
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
    """Whether all of these are pairs of tokens, and each pair concatenates to a token."""
    if set(map(len, pairs)) - {2}:
        return False
    firsts, seconds = list(map(itemgetter(0), pairs)), list(map(itemgetter(1), pairs))
    if {*map(type, firsts), *map(type, seconds)} - {str}:
        return False
    ends = [second[skipped:] for second in seconds] if skipped else seconds
    return all(all(map(vocabulary.__contains__, part)) for part in (firsts, seconds, map(add, firsts, ends)))
