"""From token ids to the first state of the residual stream."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from encoderfile_runtime.activations import FloatArray

    from .layers import Tiles
    from .packs import Run
    from .scratch import Scratch
    from .weights import Weights


class Embeddings:
    """The normalized sum of word, position and type embeddings, brought to the hidden size where they have another."""

    def __init__(self, weights: Weights) -> None:
        kind, config = weights.kind, weights.config
        self._words = weights.table(kind.word_embeddings)
        self._positions = self._types = self._projection = None
        if kind.position_embeddings is not None and config.position_biased_input:
            self._positions = weights.table(kind.position_embeddings)
        if kind.token_type_embeddings is not None and config.type_vocab_size:
            self._types = weights.table(kind.token_type_embeddings)
        if config.is_projected:
            self._projection = weights.linear("projection", str(kind.projection))
        self._norm_last = kind.norm_projected and self._projection is not None
        self._norm = weights.norm(kind.embeddings_norm)
        self._first_position = kind.first_position

    def write(
        self,
        together: Sequence[Tiles],
        sequences: Sequence[Sequence[int]],
        type_ids: Sequence[Sequence[int]] | None,
        runs: Sequence[Run],
        scratch: Scratch,
    ) -> None:
        """Write the first states, (tiles, hidden, tokens), to the streams of the tiles that a pack is cut into.

        Args:
            together: the tiles, in the order of the columns.
            sequences: the token ids of each sequence of the pack.
            type_ids: their token types; all 0 when None.
            runs: the runs of equal length among them.
            scratch: where intermediate results go.
        """
        rows = self._sum(sequences, type_ids, runs, scratch)  # (tokens, width)
        for tiles in together:
            count, width = len(tiles.stream), tiles.width
            x = scratch.array("embedded", count, rows.shape[1], width)  # (tiles, width, tokens of a tile)
            for number, (one, stream) in enumerate(zip(x, tiles.stream, strict=True)):
                start = tiles.start + number * width
                own = rows[start : start + width].T  # (width, tokens): from here on feature-major
                np.copyto(one[:, : own.shape[1]], own)
                one[:, own.shape[1] :] = 0  # columns that fill up the last tile: any finite number does
                if not self._norm_last:
                    tiles.normalize(self._norm, one, one if self._projection else stream)
            if self._projection:
                self._projection(x, tiles.stream)  # (tiles, width, tokens) -> (tiles, hidden, tokens)
                for stream in tiles.stream if self._norm_last else ():
                    tiles.normalize(self._norm, stream, stream)

    def _sum(
        self,
        sequences: Sequence[Sequence[int]],
        type_ids: Sequence[Sequence[int]] | None,
        runs: Sequence[Run],
        scratch: Scratch,
    ) -> FloatArray:
        """The embeddings of each token, one sequence after the other: (tokens, width).

        Token-major: tables hold a row for each id, so looking one up copies whole rows.
        """
        ids = np.fromiter(chain.from_iterable(sequences), np.intp)
        rows = scratch.array("embeddings", len(ids), self._words.shape[1])
        # `Encoder` has checked the range; with `out`, numpy's default mode "raise" would buffer the result and copy it.
        np.take(self._words, ids, axis=0, out=rows, mode="clip")  # (tokens,) -> (tokens, width)
        if self._types is not None:
            if type_ids is not None and any(map(any, type_ids)):
                rows += self._types[np.fromiter(chain.from_iterable(type_ids), np.intp)]
            else:
                rows += self._types[0]
        if self._positions is not None:
            self._add_positions(rows, ids, runs)
        return rows

    def _add_positions(self, rows: FloatArray, ids: NDArray[np.intp], runs: Sequence[Run]) -> None:
        assert self._positions is not None  # noqa: S101 - the caller looked
        first = self._first_position  # in RoBERTa's family 2, after the padding's id 1
        padding = first - 1
        if first and (ids == padding).any():
            # transformers' create_position_ids_from_input_ids: a padding token in a text has the position of its own id,
            # and the tokens after it do not count it.
            for run in runs:
                counted = ids[run.start : run.stop].reshape(run.sequences, run.length) != padding  # (B, T)
                rows[run.start : run.stop] += self._positions[(counted.cumsum(1) * counted + padding).reshape(-1)]
        else:
            for run in runs:
                part = rows[run.start : run.stop].reshape(run.sequences, run.length, -1)  # (B, T, width)
                np.add(part, self._positions[first : first + run.length], out=part)  # (T, width) to each sequence
