"""The transformer encoder (Vaswani et al. 2017, as in BERT) in numpy, over weights that stay where they are mapped.

Activations are feature-major, (features, tokens): `weight @ x` then takes a weight as its file holds it, [out, in], without
a transposed copy, and elementwise work runs along contiguous tokens. Sequences lie side by side without padding: linear
layers see only real tokens, and attention runs on each group of sequences of equal length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from encoderfile_runtime.architectures.catalogue import architecture
from encoderfile_runtime.errors import EncoderfileError

from . import blas
from .embeddings import Embeddings
from .layers import Tiles
from .packs import PACK_TOKENS, packs, runs, share_work
from .scratch import Scratch
from .stack import Stack
from .weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.architectures import EncoderConfig

    from .process_group import LazyGroup, ProcessGroup


class Encoder:
    """An encoder: token ids in, hidden states out. Threads may share it.

    Attributes:
        after_linear: called each time the weights of a linear layer have been used, if it is set.
    """

    after_linear: Callable[[], None] | None = None

    def __init__(self, config: EncoderConfig, tensor: Callable[[str], FloatArray]) -> None:
        """Take the weights, without a copy, from `tensor`: the float32 array of a name, [out, in] for linear layers."""
        kind = architecture(config.architecture)
        self._weights = weights = Weights(kind, config, tensor)
        self.config = config
        self._limit = config.max_tokens
        self._embeddings = Embeddings(weights)
        self._stack = Stack(weights)
        self._final_norm = weights.norm(kind.final_norm) if kind.final_norm else None
        self._scratch: list[Scratch] = []  # of passes that are done; a list's append and pop are atomic
        self._group: LazyGroup | None = None

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
        # With threads, packs are small enough to give each thread one. Half of the longest text is added, since a text that
        # does not fit into an exact share would begin a pack of its own.
        share = -(-sum(lengths) // threads)
        chosen = packs(lengths, min(PACK_TOKENS, share + max(lengths, default=0) // 2))

        def run(pack: list[int], group: ProcessGroup | None = None, *, whole: bool = False) -> None:
            types = None if type_ids is None else [type_ids[index] for index in pack]
            rows = self._pass([sequences[index] for index in pack], types, group, whole=whole)  # (tokens, hidden)
            start = 0
            for index in pack:
                states[index] = rows[start : start + lengths[index]]
                start += lengths[index]

        if threads == 1 or not chosen:
            for pack in chosen:
                run(pack)
        elif len(chosen) > 1:
            share_work(run, chosen, threads)
        else:
            self._share_pack(run, chosen[0], sum(lengths), threads)
        return states

    def _share_pack(self, run: Callable[..., None], pack: list[int], tokens: int, threads: int) -> None:
        """Run the only pack on several processes or, where that is not possible, with the threads of BLAS."""
        if self._group is None:
            from .process_group import LazyGroup

            self._group = LazyGroup(self._weights, self._stack)
        if tokens <= PACK_TOKENS and self._group.run(lambda group: run(pack, group), threads):
            return
        whole = tokens > blas.TILE  # BLAS computes a product of fewer columns on one thread
        with blas.use_threads(threads if whole else 1):
            run(pack, whole=whole)

    def _check(self, sequences: Sequence[Sequence[int]], type_ids: Sequence[Sequence[int]] | None) -> None:
        """Refuse what numpy would not: it takes a negative id as an index from the end of the table."""
        config = self.config
        limit = self._limit
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
        group: ProcessGroup | None,
        *,
        whole: bool,
    ) -> FloatArray:
        """Hidden states of the sequences of a pack, one after the other: (tokens, hidden).

        `whole` leaves the pack in one tile, for BLAS with several threads: they share a wide product but not a small one.
        """
        try:
            scratch = self._scratch.pop()
        except IndexError:
            scratch = Scratch()
        # Overflow is expected and dealt with: an activation may square to infinity on the way to its right limit, and
        # attention computes scores again whose exponentials overflowed. numpy need not warn of it.
        with np.errstate(all="ignore"):
            rows = self._states(sequences, type_ids, scratch, group, whole=whole)
        self._scratch.append(scratch)
        return rows

    def _states(
        self,
        sequences: list[Sequence[int]],
        type_ids: list[Sequence[int]] | None,
        scratch: Scratch,
        group: ProcessGroup | None,
        *,
        whole: bool,
    ) -> FloatArray:
        lengths = tuple(len(ids) for ids in sequences)
        together = list(runs(lengths))
        tokens = together[-1].stop
        cuts = [(0, 1, tokens)] if whole else blas.cut(tokens)
        if group is None:
            plan = scratch.views(
                (lengths, whole), lambda: self._stack.plan([*self._tiles(cuts, scratch)], together, scratch)
            )
            cut = plan.cut
            self._embeddings.write(cut, sequences, type_ids, together, scratch)
            self._stack.run(plan, self.after_linear)
        else:
            group.wake()
            first = scratch.views((lengths, group), lambda: [*self._tiles(cuts, scratch, group)])
            self._embeddings.write(first, sequences, type_ids, together, scratch)
            cut = group.work(lengths, self.after_linear)
        rows = np.empty((tokens, self.config.hidden_size), np.float32)  # token-major: what callers get
        for tiles in cut:
            for number, stream in enumerate(tiles.stream):
                if self._final_norm is not None:
                    tiles.normalize(self._final_norm, stream, stream)
                start = tiles.start + number * tiles.width
                own = rows[start : start + tiles.width]  # fewer rows than columns where the last tile is filled up
                np.copyto(own, stream[:, : len(own)].T)  # (hidden, tokens) -> (tokens, hidden)
        return rows

    def _tiles(
        self, cuts: Sequence[tuple[int, int, int]], scratch: Scratch, group: ProcessGroup | None = None
    ) -> Iterator[Tiles]:
        for number, (start, tiles, width) in enumerate(cuts):
            if group is None:
                stream = scratch.array(f"stream {number}", tiles, self.config.hidden_size, width)
            else:
                stream = group.board.stream(start, tiles, width)
            yield Tiles(scratch, start, stream, self._stack.sizes)


_NOTHING = np.empty((0, 0), np.float32)


def _check_ids(what: str, ids: Sequence[int], rows: int) -> None:
    for found in (min(ids), max(ids)):
        if not 0 <= found < rows:
            raise EncoderfileError(
                f"{what} {found} has no embedding, the model has {rows}: its tokenizer belongs to another model"
            )
