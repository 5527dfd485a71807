"""Cutting text at matches, with the behaviors of `SplitDelimiterBehavior` in the `tokenizers` library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .aligned import AlignedText

# A match is a part of its own; dropped; joined to the part before; to the part after; or matches in a row are one part.
BEHAVIORS = ("Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")

Part = tuple[int, int, bool]  # start, end, and whether it is a match


def cut(
    text: AlignedText, matches: Iterable[tuple[int, int]], behavior: str, *, invert: bool = False
) -> list[AlignedText]:
    """Cut a text at matches and treat these by one of `BEHAVIORS`; `invert` exchanges matches and the text between them."""
    parts: list[Part] = []
    position = 0
    for start, end in matches:
        if position < start:
            parts.append((position, start, invert))
        parts.append((start, end, not invert))
        position = end
    if position < len(text.text):
        parts.append((position, len(text.text), invert))
    if behavior == "Removed":
        return [text[start:end] for start, end, match in parts if not match]
    merge = {"Contiguous": _contiguous, "MergedWithPrevious": _with_previous, "MergedWithNext": _with_next}.get(
        behavior
    )
    return [text[start:end] for start, end, _ in (merge(parts) if merge else parts)]


def _contiguous(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for start, end, match in parts:
        if merged and merged[-1][2] == match:
            merged[-1] = (merged[-1][0], end, match)
        else:
            merged.append((start, end, match))
    return merged


def _with_previous(parts: list[Part]) -> list[Part]:
    """Join each match to the part before it, unless that is a match too."""
    merged: list[Part] = []
    after = False
    for start, end, match in parts:
        if match and not after and merged:
            merged[-1] = (merged[-1][0], end, match)
        else:
            merged.append((start, end, match))
        after = match
    return merged


def _with_next(parts: list[Part]) -> list[Part]:
    """Join each match to the part after it, unless that is a match too: the mirror image of `_with_previous`."""
    mirrored = _with_previous([(-end, -start, match) for start, end, match in reversed(parts)])
    return [(-end, -start, match) for start, end, match in reversed(mirrored)]
