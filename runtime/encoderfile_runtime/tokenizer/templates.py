"""Layouts of special tokens around a sequence and around a pair of sequences."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
from collections.abc import Sequence
from typing import NamedTuple

from .encoding import Encoding, Tokens


class Piece(NamedTuple):
    """A piece of a layout.

    Attributes:
        sequence: index of the sequence that stands here; None for special tokens.
        type_id: segment id of its tokens.
        ids: ids of the special tokens.
        tokens: the special tokens as the vocabulary spells them.
    """

    sequence: int | None
    type_id: int
    ids: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()


Template = tuple[Piece, ...]
Templates = tuple[Template, Template]  # for one sequence, and for a pair

# No special tokens: A, and A B with type ids 0 and 1.
PLAIN: Templates = ((Piece(0, 0),), (Piece(0, 0), Piece(1, 1)))


def added(template: Template) -> int:
    """The number of special tokens that a layout adds."""
    return sum(len(piece.ids) for piece in template)


def fill(template: Template, sequences: Sequence[Tokens], cut: int) -> Encoding:
    """Lay sequences out with their special tokens; `cut` is the number of tokens that truncation removed before."""
    encoding = Encoding([], [], [], [], [], cut)
    for piece in template:
        if piece.sequence is None:
            ids, values, offsets = list(piece.ids), list(piece.tokens), [(0, 0)] * len(piece.ids)
        else:
            tokens = sequences[piece.sequence]
            ids, values, offsets = tokens.ids, tokens.values, tokens.offsets
        encoding.ids.extend(ids)
        encoding.type_ids.extend([piece.type_id] * len(ids))
        encoding.tokens.extend(values)
        encoding.offsets.extend(offsets)
        encoding.special.extend([piece.sequence is None] * len(ids))
    return encoding
