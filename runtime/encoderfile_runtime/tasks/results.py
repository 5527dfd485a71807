"""Results in the shapes of Mozilla Encoderfile's HTTP API, as plain lists, dicts, strings, and numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.tokenizer import Encoding, byte_offsets

from .decimals import shortest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.activations import FloatArray

Json = dict[str, Any]


def refuse_infinite(rows: FloatArray) -> None:
    """Raise EncoderfileError if a number is not finite."""
    if not math.isfinite(float(abs(rows).max(initial=0))):  # the maximum of an array that has a NaN is NaN
        raise EncoderfileError(
            "the model gives NaN or infinity: its weights hold them, or numbers too large; get others"
        )


def offsets(text: str, encoding: Encoding, unit: str) -> list[tuple[int, int]]:
    """Where each token stands in its text, in bytes of UTF-8 or in characters."""
    if unit not in ("bytes", "characters"):
        raise UsageError(f"offsets: expected bytes or characters, found {unit!r}")
    return encoding.offsets if unit == "characters" else byte_offsets(text, encoding.offsets)


def sentence_embedding(vector: FloatArray) -> Json:
    """The embedding of a text, from its vector (dimensions,)."""
    return {"embedding": shortest(vector)}


def token_embeddings(states: FloatArray, encoding: Encoding, places: list[tuple[int, int]]) -> Json:
    """The embedding of each token that is not special, from states (tokens, hidden); `places` say where tokens are."""
    return {
        "embeddings": [
            {"embedding": shortest(states[index]), "token_info": _token_info(encoding, places, index)}
            for index in _shown(encoding)
        ]
    }


def sequence_classification(logits: FloatArray, labels: Mapping[int, str]) -> Json:
    """The logits (labels,), which Mozilla also reports as scores, and the class of the highest; of equal ones, the first."""
    scores = shortest(logits)
    best = int(logits.argmax())
    return {"logits": scores, "scores": scores, "predicted_index": best, "predicted_label": labels.get(best)}


def token_classification(
    logits: FloatArray, labels: Mapping[int, str], encoding: Encoding, places: list[tuple[int, int]]
) -> Json:
    """The logits and the class of the highest for each token that is not special, from logits (tokens, labels).

    Of equal logits the first counts; `places` say where tokens are.
    """
    tokens = []
    for index in _shown(encoding):
        scores = shortest(logits[index])
        best = int(logits[index].argmax())
        tokens.append(
            {
                "token_info": _token_info(encoding, places, index),
                "scores": scores,
                "label": labels.get(best, f"LABEL_{best}"),  # as transformers names what has no name
                "score": scores[best],
            }
        )
    return {"tokens": tokens}


def _shown(encoding: Encoding) -> list[int]:
    return [index for index, special in enumerate(encoding.special) if not special]


def _token_info(encoding: Encoding, places: list[tuple[int, int]], index: int) -> Json:
    start, end = places[index]
    return {"token": encoding.tokens[index], "token_id": encoding.ids[index], "start": start, "end": end}
