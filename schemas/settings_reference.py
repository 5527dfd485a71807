"""The table of docs/reference/settings-keys.md: what becomes of each key of a model's JSON files beside config.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatch_encoderfile.models import sentence_files, sentence_modules, sentence_transformers, tokenizer_settings
from hatch_encoderfile.models.families.rows import Harmless, Only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatch_encoderfile.models.families.rows import Row

FILES: dict[str, Mapping[str, Row]] = {
    "tokenizer_config.json": tokenizer_settings.CONFIG,
    "special_tokens_map.json": tokenizer_settings.MAP,
    "sentence_bert_config.json": sentence_files.TRANSFORMER,
    sentence_files.MODEL_FILE: sentence_files.MODEL,
    "modules.json, each module": sentence_transformers.ROWS,
    "config.json of Pooling": sentence_modules.POOLING,
    "config.json of Dense": sentence_modules.DENSE,
    "config.json of LayerNorm": sentence_modules.LAYER_NORM,
}
_AGREE = {*tokenizer_settings.AGREES, *tokenizer_settings.TOKENS, *tokenizer_settings.LISTS, "added_tokens_decoder"}


def rows() -> list[tuple[str, ...]]:
    """The heading, and a row a key."""
    found: list[tuple[str, ...]] = [("File", "Key", "What becomes of it")]
    for file, table in FILES.items():
        found += [(file, f"`{key}`", _fate(key, table[key])) for key in sorted(table)]
    return found


def _fate(key: str, row: Row) -> str:
    if isinstance(row, Only):
        return f"refused unless {' or '.join(f'`{value!r}`' for value in row.allowed)}"
    if isinstance(row, Harmless):
        return (
            "changes no result" if key not in tokenizer_settings.OVERRULED else "read, unless something before it says"
        )
    return "has to agree with tokenizer.json" if key in _AGREE else "read"
