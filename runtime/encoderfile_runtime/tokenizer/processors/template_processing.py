"""TemplateProcessing: layouts of special tokens that a tokenizer.json gives as lists of pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from encoderfile_runtime.fields import Fields, shown
from encoderfile_runtime.tokenizer.encoding import MAX_ID
from encoderfile_runtime.tokenizer.templates import Piece, added

if TYPE_CHECKING:
    from collections.abc import Mapping

    from encoderfile_runtime.tokenizer.templates import Template, Templates

MAX_PLACES = 64  # pieces of a layout
MAX_SPECIAL = 1024  # special tokens of a layout


class TemplateProcessing:
    """The layouts `single` and `pair` of a tokenizer.json."""

    trim = None

    def __init__(self, templates: Templates) -> None:
        self.templates = templates

    @classmethod
    def read(cls, fields: Fields) -> TemplateProcessing:
        """Read its object: both layouts, and the ids and tokens that each special token in them stands for."""
        special = _special_tokens(fields.member("special_tokens"))
        single = _template(fields, "single", "A", special)
        pair = _template(fields, "pair", "AB", special)
        return cls((single, pair))


def _special_tokens(fields: Fields) -> dict[str, Piece]:
    """By name, a piece with the ids and tokens that this special token stands for."""
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
    """Read one layout, whose sequences are "A" or "AB"; each of them must occur in it."""
    known = {"SpecialToken": special, "Sequence": {name: Piece(place, 0) for place, name in enumerate(sequences)}}
    pieces: list[Piece | None] = []
    for item in fields.objects(key):
        # A piece is an object with one member: {"SpecialToken": {…}} or {"Sequence": {…}}.
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
    # A layout without its sequence would drop the text. Not reported where pieces have faults: it may be one of these.
    for place_of_text, name in enumerate(sequences):
        if place_of_text not in places and len(template) == len(pieces) and key in fields:
            fields.fault(f"sequence {name} stands nowhere in it", key)
    return template
