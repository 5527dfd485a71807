"""What config.json says of itself: whose code it needs, which head, whether its weights are quantized."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.model_type import ModelType

if TYPE_CHECKING:
    from .keys import Keys
    from .rows import Family

HEADS = {
    ModelType.SEQUENCE_CLASSIFICATION: "ForSequenceClassification",
    ModelType.TOKEN_CLASSIFICATION: "ForTokenClassification",
}
"""How the names of classes end that have a task's head."""


def check(keys: Keys, family: Family, model_type: ModelType) -> list[str]:
    """Faults go to `keys`; the notes are returned."""
    if keys.get("quantization_config") is not None:
        keys.fault("quantization_config", "quantized weights are not supported: give float32, float16 or bfloat16")
    _check_head(keys, model_type)
    return _check_code(keys, family)


def _check_head(keys: Keys, model_type: ModelType) -> None:
    """A classifier's `architectures` has its head; an embedding uses none, whichever is there."""
    names: Any = keys.get("architectures")
    if names is None:
        return
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        keys.fault("architectures", f"expected a list of class names, found {names!r}")
        return
    wanted = HEADS.get(model_type)
    heads = [match.group() for name in names if (match := re.search(r"For[A-Z]\w*$", name))]
    if wanted and heads and wanted not in heads:
        keys.fault("architectures", f"{names!r} has no head for {model_type.label}, expected one that ends in {wanted}")


def _check_code(keys: Keys, family: Family) -> list[str]:
    """`auto_map` names code, which is never run: it has to be code that the family is known to be."""
    code = keys.table("auto_map")
    if code is None:
        return []
    notes = []
    for name in code.names:
        classes: Any = code.get(name)
        if name.startswith("AutoTokenizer"):
            continue
        if isinstance(classes, str) and family.code is not None and family.code.fullmatch(classes):
            notes.append(f"config.json: auto_map.{name}: the code of {classes} is not run, the same model is built in")
        else:
            code.fault(
                name,
                f"{classes!r} is code of the checkpoint's own, which is not run and may compute something else: "
                "remove it if the model is computed as transformers does without it",
            )
    return notes
