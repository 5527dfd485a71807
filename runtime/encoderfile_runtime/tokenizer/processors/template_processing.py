"""Layouts of special tokens that a tokenizer.json spells out piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.fields import Fields, shown
from encoderfile_runtime.tokenizer.encoding import MAX_ID
from encoderfile_runtime.tokenizer.templates import Piece, added

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.tokenizer.templates import Template, Templates

MAX_PLACES = 64
MAX_SPECIAL = 1024  # special tokens around a text


class TemplateProcessing:
    """Layouts written out piece by piece."""

    trim = None

    def __init__(self, templates: Templates) -> None:
        self.templates = templates

    @classmethod
    def read(cls, fields: Fields) -> TemplateProcessing:
        """From its object: the layouts, and the ids and tokens of each special token in them."""
        special = _special_tokens(fields.member("special_tokens"))
        single = _template(fields, "single", "A", special)
        pair = _template(fields, "pair", "AB", special)
        return cls((single, pair))


def _special_tokens(fields: Fields) -> dict[str, Piece]:
    special = {}
    for name in fields.keys():  # noqa: SIM118, it is no dictionary
        token = fields.member(name)
        if token.string("id") != name:
            token.fault(f"expected {shown(name)}, the name that it stands under", "id")
        ids, tokens = token.integers("ids", maximum=MAX_ID), token.strings("tokens")
        if ids is not None and tokens is not None and len(ids) != len(tokens):
            token.fault(f"{len(tokens)} tokens, but {len(ids)} ids", "tokens")
        token.close()
        special[name] = Piece(None, 0, tuple(ids or ()), tuple(tokens or ()))
    fields.close()
    return special


def _template(fields: Fields, key: str, sequences: str, special: Mapping[str, Piece]) -> Template:
    known = {"SpecialToken": special, "Sequence": {name: Piece(place, 0) for place, name in enumerate(sequences)}}
    pieces: list[Piece | None] = []
    for item in fields.objects(key):
        (kind, *others) = item.keys() or [""]
        if kind not in known or others:
            item.skip()
            item.fault(f"expected one member, {' or '.join(known)}")
            pieces.append(None)
            continue
        place = item.member(kind)
        piece = known[kind].get(name := place.string("id"))
        if not piece:
            place.fault(f"expected one of {', '.join(map(shown, known[kind])) or 'none'}, found {shown(name)}", "id")
        type_id = place.integer("type_id", maximum=MAX_ID)
        place.close()
        pieces.append(piece and piece._replace(type_id=type_id))
    template = tuple(piece for piece in pieces if piece)
    if len(template) > MAX_PLACES or added(template) > MAX_SPECIAL:
        fields.fault(f"expected at most {MAX_PLACES} places with {MAX_SPECIAL} special tokens in all", key)
        return ()
    places = [piece.sequence for piece in template]
    for place_of_text, name in enumerate(sequences):
        if place_of_text not in places and len(template) == len(pieces) and key in fields:
            fields.fault(f"sequence {name} stands nowhere in it", key)
    return template
