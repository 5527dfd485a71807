"""The transformer encoder (Vaswani et al. 2017, as in BERT) in numpy, over weights that stay where they are mapped.

Activations are feature-major, (features, tokens). Sequences lie side by side without padding: linear layers see
only real tokens, and attention runs on each group of sequences of equal length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from encoderfile_runtime.architectures import architecture
from encoderfile_runtime.errors import EncoderfileError

from . import blas
from .embeddings import Embeddings
from .layers import Layer, Tile
from .packs import PACK_TOKENS, packs, runs
from .positions import attention_of
from .scratch import Scratch
from .weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from encoderfile_runtime.architectures import EncoderConfig
    from encoderfile_runtime.ops import FloatArray


class Encoder:
    """An encoder: token ids in, hidden states out. Threads may share it.

    Attributes:
        after_linear: called each time the weights of a linear layer have been used, if it is set.
    """

    after_linear: Callable[[], None] | None = None

    def __init__(self, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights, without a copy, from `tensor`: the float32 array of a name, [out, in] for linear layers."""
        kind = architecture(config.architecture)
        weights = Weights(kind, config, tensor)
        self.config = config
        self._norm_first = kind.norm_first
        self._embeddings = Embeddings(weights)
        self._layers = [Layer(weights, number) for number in range(config.num_hidden_layers)]
        self._attention = attention_of(weights)
        self._final_norm = weights.norm(kind.final_norm) if kind.final_norm else None
        self._inner = config.intermediate_size * (1 if kind.gate is None else 2)
        self._scratch: list[Scratch] = []  # of passes that are done; a list's append and pop are atomic

    def forward(
        self,
        sequences: Sequence[Sequence[int]],
        type_ids: Sequence[Sequence[int]] | None = None,
        *,
        threads: int = 1,
    ) -> list[FloatArray]:
        """Hidden states of the last layer, one (tokens, hidden) array a sequence.

        Args:
            sequences: the token ids of each sequence.
            type_ids: the token types of each sequence; all 0 when None.
            threads: how many threads share the work; 1 is the caller's own.

        Raises:
            EncoderfileError: a sequence is empty or longer than the model takes, or an id has no embedding.
        """
        self._check(sequences, type_ids)
        states: list[FloatArray] = [_NOTHING] * len(sequences)
        lengths = [len(ids) for ids in sequences]
        share = -(-sum(lengths) // threads)
        chosen = packs(lengths, min(PACK_TOKENS, share + max(lengths, default=0) // 2))
        one_by_all = threads > 1 and len(chosen) == 1

        def run(pack: list[int]) -> None:
            types = None if type_ids is None else [type_ids[index] for index in pack]
            rows = self._pass([sequences[index] for index in pack], types, whole=one_by_all)
            start = 0
            for index in pack:
                states[index] = rows[start : start + lengths[index]]
                start += lengths[index]

        if threads == 1 or not chosen:
            for pack in chosen:
                run(pack)
        else:
            from .workers import share_work

            share_work(run, chosen, threads)
        return states

    def _check(self, sequences: Sequence[Sequence[int]], type_ids: Sequence[Sequence[int]] | None) -> None:
        # numpy would count a negative index from the end
        config = self.config
        limit = config.max_tokens
        for number, ids in enumerate(sequences, 1):
            if not ids:
                raise EncoderfileError(f"text {number}: no tokens, expected at least 1")
            if len(ids) > limit:
                raise EncoderfileError(
                    f"text {number}: {len(ids)} tokens, the model takes {limit}: shorten or truncate it"
                )
            _check_ids(f"text {number}: token id", ids, config.vocab_size)
        if type_ids is not None:
            if [len(types) for types in type_ids] != [len(ids) for ids in sequences]:
                raise EncoderfileError("type ids: expected one for each token id")
            if config.type_vocab_size:
                for number, types in enumerate(type_ids, 1):
                    _check_ids(f"text {number}: type id", types, config.type_vocab_size)

    def _pass(
        self,
        sequences: list[Sequence[int]],
        type_ids: list[Sequence[int]] | None,
        *,
        whole: bool,
    ) -> FloatArray:
        """Hidden states of the sequences of a pack, one after the other: (tokens, hidden).

        `whole` is for BLAS with several threads, which share a wide product but not a small one.
        """
        try:
            scratch = self._scratch.pop()
        except IndexError:
            scratch = Scratch()
        # A large activation may square to infinity, and the softmax notices sums that overflowed.
        with np.errstate(all="ignore"):
            rows = self._layers_of(sequences, type_ids, scratch, whole=whole)
        self._scratch.append(scratch)
        return rows

    def _layers_of(
        self,
        sequences: list[Sequence[int]],
        type_ids: list[Sequence[int]] | None,
        scratch: Scratch,
        *,
        whole: bool,
    ) -> FloatArray:
        hidden, heads = self.config.hidden_size, self.config.num_attention_heads
        together = list(runs([len(ids) for ids in sequences]))
        tokens = together[-1].stop
        tiles = list(self._tiles(tokens, tokens if whole else blas.tile_width(tokens), scratch))
        self._embeddings.write(tiles, sequences, type_ids, together, scratch)
        qkv = scratch.array("qkv", 3 * hidden, tokens)
        context = scratch.array("context", hidden, tokens)
        by_head = context.reshape(heads, -1, tokens)
        sums = scratch.array("sums", heads, tokens).reshape(heads, 1, tokens)
        views = self._attention.views(together, qkv, context, sums, scratch)
        done = self.after_linear or _nothing
        for number, layer in enumerate(self._layers):
            for tile in tiles:
                layer.project(tile, qkv, self._attention.scale)
            done()
            self._attention.attend(number, views, sums)
            for tile in tiles:
                layer.finish(tile, by_head, sums, done)
        rows = np.empty((tokens, hidden), np.float32)
        for tile in tiles:
            if self._final_norm is not None:
                self._final_norm(tile.stream, tile.square, tile.stream)
            rows[tile.start : tile.stop] = tile.stream.T
        return rows

    def _tiles(self, tokens: int, width: int, scratch: Scratch) -> Iterator[Tile]:
        hidden, norm_first = self.config.hidden_size, self._norm_first
        for number, start in enumerate(range(0, tokens, width)):
            stream = scratch.array(f"stream {number}", hidden, min(width, tokens - start))
            yield Tile(scratch, start, stream, self._inner, norm_first=norm_first)


_NOTHING = np.empty((0, 0), np.float32)


def _nothing() -> None:
    pass


def _check_ids(what: str, ids: Sequence[int], rows: int) -> None:
    for found in (min(ids), max(ids)):
        if not 0 <= found < rows:
            raise EncoderfileError(
                f"{what} {found} has no embedding, the model has {rows}: its tokenizer belongs to another model"
            )
