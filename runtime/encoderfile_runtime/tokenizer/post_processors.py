"""Post-processors whose layouts are fixed, and those that correct offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .definition import MAX_ID
from .templates import Piece

if TYPE_CHECKING:
    from .definition import Fields
    from .templates import Templates


class BertProcessing:
    """[CLS] A [SEP] and [CLS] A [SEP] B [SEP]."""

    def __init__(self, cls_token: tuple[str, int], sep_token: tuple[str, int]) -> None:
        self._cls = cls_token
        self._sep = sep_token

    @classmethod
    def read(cls, fields: Fields) -> BertProcessing:
        """From its object, where a token is a list of its text and its id."""
        return cls(_token(fields, "cls"), _token(fields, "sep"))

    def templates(self) -> Templates:
        """The two layouts."""
        start, end, end_of_pair = (
            Piece(None, type_id, (number,), (token,))
            for (token, number), type_id in ((self._cls, 0), (self._sep, 0), (self._sep, 1))
        )
        single = (start, Piece(0, 0), end)
        return single, (*single, Piece(1, 1), end_of_pair)


def _token(fields: Fields, key: str) -> tuple[str, int]:
    value = fields.items(key)
    if [type(item) for item in value] != [str, int] or not 0 <= value[1] <= MAX_ID:
        fields.fault("expected a list of a token and its id", key)
        return "", 0
    return value[0], value[1]
