"""Where special tokens stand around a sequence and a pair."""

# Without `from __future__ import annotations`: NamedTuple would compile each annotation, which takes a while.
from collections.abc import Sequence
from typing import NamedTuple

from .encoding import Encoding, Tokens


class Piece(NamedTuple):
    """A place in a template: one of the sequences, or special tokens where `sequence` is None."""

    sequence: int | None
    type_id: int
    ids: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()


Template = tuple[Piece, ...]
Templates = tuple[Template, Template]  # for one sequence, and for a pair

PLAIN: Templates = ((Piece(0, 0),), (Piece(0, 0), Piece(1, 1)))


def added(template: Template) -> int:
    """How many special tokens a template adds."""
    return sum(len(piece.ids) for piece in template)


def fill(template: Template, sequences: Sequence[Tokens], cut: int) -> Encoding:
    """The encoding of sequences laid out as the template says."""
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
