"""Converting weights between EMBD, safetensors and sequential files, with notes about what the target cannot hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from encoderfile_runtime.embd.text import REQUIRED_METADATA, SPECIAL_TOKENS
from encoderfile_runtime.errors import ModelError, UsageError
from hatch_encoderfile.files.atomic import atomic_output, check_output
from hatch_encoderfile.weights import embd, safetensors, sequential
from hatch_encoderfile.weights.formats import Format, detect, load
from hatch_encoderfile.weights.tensor import to_embd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hatch_encoderfile.files.blob import Blob
    from hatch_encoderfile.weights.formats import Weights
    from hatch_encoderfile.weights.tensor import Tensor

SUFFIXES = {
    ".embd": Format.EMBD,
    ".weights": Format.EMBD,
    ".safetensors": Format.SAFETENSORS,
    ".bin": Format.SEQUENTIAL,
}

# transformers refuses a safetensors file without this metadata.
_FORMAT = {"format": "pt"}
_POSITION_IDS = "position_ids"


def convert(
    source: Path,
    target: Path,
    *,
    format: Format | None = None,  # noqa: A002  # the name of the command's option
    orientation: sequential.Orientation | None = None,
    metadata: Mapping[str, str] | None = None,
) -> list[str]:
    """Write the weights of `source` to `target`; return notes about what was left out or is missing, a line each.

    Args:
        source: safetensors, its index, EMBD or sequential.
        target: the file to write.
        format: format of the target; by default that of its suffix.
        orientation: of a sequential source, if its shapes do not decide it.
        metadata: added to that of the source, for EMBD and safetensors.

    Raises:
        ModelError: the target's format cannot hold a tensor.
        FormatError: the source breaks its format.
        UsageError: a format is not known, or source and target are the same file.
    """
    wanted = format or SUFFIXES.get(target.suffix)
    if wanted is None or wanted is Format.SAFETENSORS_INDEX:
        raise UsageError(f"{target}: give the format, or one of the suffixes {', '.join(SUFFIXES)}")
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: source and target are the same file")
    _check_replaceable(target)
    weights = load(source, orientation)
    weights = weights._replace(metadata={**weights.metadata, **(metadata or {})})
    notes: list[str] = []
    blob = _PLANS[wanted](weights, notes)
    with atomic_output(target) as file:
        for chunk in blob.chunks():
            file.write(chunk)
    return notes


def _check_replaceable(target: Path) -> None:
    """Refuse to replace what holds no weights; an empty file may be replaced.

    Raises:
        UsageError: it does not.
    """
    check_output(target)
    if os.path.lexists(target) and target.stat().st_size:
        try:
            detect(target)
        except UsageError:
            raise UsageError(
                f"{target}: holds no weights, so it is not replaced: remove it, or choose another"
            ) from None


def _to_embd(weights: Weights, notes: list[str]) -> Blob:
    tensors = _representable(weights, notes)
    vocabulary = None
    if weights.vocabulary:
        lacking = [token for token in SPECIAL_TOKENS if token not in weights.vocabulary]
        if lacking:
            notes.append(
                f"the vocabulary of {len(weights.vocabulary)} tokens is left out: it lacks {' '.join(lacking)}"
            )
        else:
            vocabulary = embd.Vocabulary.of(weights.vocabulary)
    missing = [key for key in REQUIRED_METADATA if key not in weights.metadata]
    if missing:
        notes.append(f"the metadata lacks {', '.join(missing)}, which the EMBD specification requires")
    return embd.plan(tensors, weights.metadata, vocabulary)


def _to_safetensors(weights: Weights, notes: list[str]) -> Blob:
    if weights.vocabulary:
        notes.append(f"the vocabulary of {len(weights.vocabulary)} tokens is left out: safetensors has no place for it")
    return safetensors.plan(weights.tensors, {**_FORMAT, **weights.metadata})


def _to_sequential(weights: Weights, notes: list[str]) -> Blob:
    if weights.metadata:
        notes.append(f"the metadata is left out, sequential files have none: {', '.join(weights.metadata)}")
    if not weights.vocabulary:
        notes.append("the file has no vocabulary, which cpp_embedder needs: the source has none")
    return sequential.plan(_representable(weights, notes), weights.vocabulary)


def _representable(weights: Weights, notes: list[str]) -> list[Tensor]:
    tensors, refused = to_embd(weights.tensors)
    counted = [name for name in refused if name.rpartition(".")[2] == _POSITION_IDS]
    notes += [f"{name!r} is left out: it only counts positions, and {refused.pop(name)}" for name in counted]
    if refused:
        raise ModelError("weights", [f"{name!r}: {reason}" for name, reason in refused.items()])
    return tensors


_PLANS = {Format.EMBD: _to_embd, Format.SAFETENSORS: _to_safetensors, Format.SEQUENTIAL: _to_sequential}
