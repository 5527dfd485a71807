"""From the classes of tokens to entities, by the aggregation strategies of transformers' token classification pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.tokenizer import byte_offsets

from .scores import softmax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.tokenizer import Encoding

AGGREGATIONS = ("none", "simple", "first", "average", "max")
"""How tokens become entities.

"none": each token is an entity. "simple": neighbours of the same class are joined. The others first give each word one class:
that of its "first" token, of the "average" of its tokens' scores, or of the token with the highest score ("max").
"""

_OUTSIDE = "O"


class Entity(NamedTuple):
    """A part of a text that has a class, such as a name.

    Attributes:
        label: the class, without the B- or I- of joined tokens.
        score: its probability, the mean over what was joined.
        text: the part.
        start: where it begins, in characters; `byte_start` in bytes of UTF-8.
        end: where it ends, likewise.
    """

    label: str
    score: float
    text: str
    start: int
    end: int
    byte_start: int
    byte_end: int


class Part(NamedTuple):
    """A token or a word, its class with the score, and where it is in the text, in characters."""

    label: str
    score: float
    start: int
    end: int


def entities(
    text: str,
    encoding: Encoding,
    logits: FloatArray,
    labels: Mapping[int, str],
    aggregation: str,
    *,
    continues: Sequence[bool],
) -> list[Entity]:
    """The entities of a text in their order; parts of the class "O", which means outside of all entities, are left out.

    Args:
        text: what was encoded.
        encoding: its tokens.
        logits: (tokens, labels).
        labels: names of the classes by index.
        aggregation: one of `AGGREGATIONS`.
        continues: whether a token continues the word of the one before it.
    """
    if aggregation not in AGGREGATIONS:
        raise UsageError(f"aggregation: expected one of {', '.join(AGGREGATIONS)}, found {aggregation!r}")
    scores = softmax(logits)  # (tokens, labels)
    shown = [index for index, special in enumerate(encoding.special) if not special]
    words: list[list[int]] = []
    for index in shown:
        if words and aggregation not in ("none", "simple") and continues[index]:
            words[-1].append(index)
        else:
            words.append([index])
    parts = []
    for word in words:
        row = _word_scores(scores[word], aggregation)  # (tokens of the word, labels) -> (labels,)
        best = int(row.argmax())
        start, end = encoding.offsets[word[0]][0], encoding.offsets[word[-1]][1]
        parts.append(Part(labels.get(best, f"LABEL_{best}"), float(row[best]), start, end))
    found = parts if aggregation == "none" else [_joined(group) for group in _groups(parts)]
    kept = [part for part in found if part.label != _OUTSIDE]
    places = byte_offsets(text, [(part.start, part.end) for part in kept])
    return [
        Entity(part.label, part.score, text[part.start : part.end], part.start, part.end, *place)
        for part, place in zip(kept, places, strict=True)
    ]


def continuations(text: str, encoding: Encoding, prefix: str | None, unknown: int | None) -> list[bool]:
    """Whether each token continues a word: by the model's prefix for such tokens, else where no space is before it."""
    found = []
    for token, number, (start, end) in zip(encoding.tokens, encoding.ids, encoding.offsets, strict=True):
        if number == unknown:
            found.append(False)
        elif prefix:
            found.append(len(token) != end - start)
        else:
            found.append(start > 0 and " " not in text[start - 1 : start + 1])
    return found


def _word_scores(scores: FloatArray, aggregation: str) -> FloatArray:
    """The scores of a word (labels,) from those of its tokens (tokens, labels)."""
    if aggregation == "average":
        mean: FloatArray = scores.mean(axis=0)
        return mean
    if aggregation == "max":
        surest: FloatArray = scores[int(scores.max(axis=1).argmax())]
        return surest
    first: FloatArray = scores[0]
    return first


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Neighbours of the same class, in IOB tags: a B- begins a new one."""
    groups: list[list[Part]] = []
    before = None
    for part in parts:
        begins, tag = part.label.startswith("B-"), _tag(part.label)
        if groups and tag == before and not begins:
            groups[-1].append(part)
        else:
            groups.append([part])
        before = tag
    return groups


def _tag(label: str) -> str:
    return label[2:] if label.startswith(("B-", "I-")) else label


def _joined(group: Sequence[Part]) -> Part:
    label = group[0].label.split("-", 1)[-1]
    score = float(np.mean([part.score for part in group]))
    return Part(label, score, group[0].start, group[-1].end)
