"""Where special tokens stand around a sequence and a pair: the post-processors, all of them templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .definition import MAX_ID, shown
from .encoding import Encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .definition import Fields
    from .encoding import Tokens


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
        fields.fault(key, "expected a list of a token and its id")
        return "", 0
    return value[0], value[1]


class TemplateProcessing:
    """Layouts written out piece by piece."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    @classmethod
    def read(cls, fields: Fields) -> TemplateProcessing:
        """From its object: the layouts, and the ids and tokens of each special token in them."""
        special = _special_tokens(fields.member("special_tokens"))
        single = _template(fields, "single", ("A",), special)
        pair = _template(fields, "pair", ("A", "B"), special)
        return cls((single, pair))

    def templates(self) -> Templates:
        """The two layouts."""
        return self._templates


def _special_tokens(fields: Fields) -> dict[str, Piece]:
    special = {}
    for name in fields.keys():  # noqa: SIM118, it is no dictionary
        token = fields.member(name)
        if token.string("id") != name:
            token.fault("id", f"expected {shown(name)}, the name that it stands under")
        ids = token.integers("ids", maximum=MAX_ID)
        tokens = token.strings("tokens")
        if len(ids) != len(tokens):
            token.fault("tokens", f"{len(tokens)} tokens, but {len(ids)} ids")
        token.close()
        special[name] = Piece(None, 0, tuple(ids), tuple(tokens))
    fields.close()
    return special


def _template(fields: Fields, key: str, sequences: tuple[str, ...], special: dict[str, Piece]) -> Template:
    pieces = []
    for item in fields.objects(key):
        (kind, *others) = item.keys() or [""]
        if kind not in ("Sequence", "SpecialToken") or others:
            item.skip()
            item.fault("", "expected one member, Sequence or SpecialToken")
            continue
        piece = item.member(kind)
        name, type_id = piece.string("id"), piece.integer("type_id", maximum=MAX_ID)
        piece.close()
        if kind == "SpecialToken" and name in special:
            pieces.append(special[name]._replace(type_id=type_id))
        elif kind == "Sequence" and name in sequences:
            pieces.append(Piece(sequences.index(name), type_id))
        else:
            known: Any = sequences if kind == "Sequence" else special
            piece.fault("id", f"expected one of {', '.join(map(shown, known)) or 'no'}, found {shown(name)}")
    missing = [name for index, name in enumerate(sequences) if index not in [piece.sequence for piece in pieces]]
    if missing and key in fields:
        fields.fault(key, f"sequence {' and '.join(missing)} stands nowhere in it")
    return tuple(pieces)
