"""Rotary positions as config.json has them, under their old and new names, in terms of the runtime's `EncoderConfig`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.architectures.rope import ROPE_TYPES

from .rows import derived

if TYPE_CHECKING:
    from .keys import Keys
    from .rows import Json

FLAT = derived("rope_parameters rope_scaling rope_theta partial_rotary_factor original_max_position_embeddings")
"""Keys that `flat` reads."""

_TRAINED = "original_max_position_embeddings"
_PARTIAL = "partial_rotary_factor"
PARAMETERS = {key for parameters in ROPE_TYPES.values() for key in parameters} | {
    "full_attention",
    "mrope_section",
    "rope_theta",
    "rope_type",
    "sliding_attention",
    "type",
    _PARTIAL,
}
"""All keys that the reference knows inside of `rope_parameters`."""


def flat(keys: Keys, theta: float, positions: int) -> Json:
    """One set of parameters for all layers: `rope_scaling` where it is not empty, else `rope_parameters`, then the top level."""
    table = keys.table("rope_parameters")
    scaling = keys.table("rope_scaling")
    if scaling is not None and scaling.is_filled:
        if table is not None and table.is_filled:
            keys.fault("rope_parameters", "there is rope_scaling too, which is the same setting: remove one")
        table = scaling
    own = keys.get("rope_theta", theta)
    if table is None:
        _refuse_partial(keys)
        return {"rope_theta": own}
    theta = table.get("rope_theta", own)
    keys.sources["rope_scaling"] = table.at("")[:-1]
    if "rope_theta" in table:
        keys.sources["rope_theta"] = table.at("rope_theta")
    if "rope_theta" in keys and theta != own:
        keys.fault("rope_theta", f"{own!r}, but the rotary parameters say {theta!r}: remove one")
    return {"rope_theta": theta, "rope_scaling": scaling_of(table, keys, positions)}


def scaling_of(table: Keys, outer: Keys, positions: int, *, nested: bool = False) -> Json:
    """The type and parameters of `rope_scaling` in `EncoderConfig`; empty for the plain type.

    Args:
        table: the parameters.
        outer: what may have some of the parameters in old files.
        positions: tokens of the longest text.
        nested: for layers of one kind; the reference does not look for the length of training outside then.
    """
    name, kind = table.agreed(("rope_type", "type"), "default")
    types = ("default", "dynamic", *(kind for kind in ROPE_TYPES if kind != "ntk"))
    if not isinstance(kind, str) or kind not in types:
        table.fault(name, f"{kind!r} is not supported, expected one of {', '.join(types)}")
        kind = "default"
        table.skip()
    found: Json = {}
    if kind == "dynamic":
        factor = table.get("factor")
        if type(factor) not in (int, float) or factor <= 0:
            table.fault("factor", f"expected a positive number, found {factor!r}")
    elif kind != "default":
        found = {"rope_type": kind}
        found |= _parameters(table, None if nested else outer.get(_TRAINED), outer.get(_PARTIAL), positions, kind)
    if kind != "proportional":
        _refuse_partial(table)
        _refuse_partial(outer)
    table.close(PARAMETERS)
    return found


def _parameters(table: Keys, trained: Any, partial: Any, positions: int, kind: str) -> Json:
    """What is given of a type's parameters, where null is the same as absent in the reference."""
    found: Json = {}
    for key, parameter in ROPE_TYPES[kind].items():
        value: Any = table.get(key)
        if key == _TRAINED:
            if None not in (value, trained) and value != trained:
                table.fault(key, f"{value!r}, but at the top level it is {trained!r}: remove one")
            value = next((one for one in (value, trained) if one is not None), positions)
        elif key == _PARTIAL and value is None:
            value = partial
        null = key in table and table.get(key) is None
        if value is not None and not (null and key == _TRAINED):
            found[key] = value
        elif parameter.required or (key == "factor" and kind == "yarn" and not null):
            table.fault(key, f"{'null' if null else 'missing'}, {kind} needs it")
    return found


def _refuse_partial(keys: Keys) -> None:
    value = keys.get(_PARTIAL)
    if value not in (None, 1):
        keys.fault(_PARTIAL, f"{value!r} is not supported, expected 1.0")
