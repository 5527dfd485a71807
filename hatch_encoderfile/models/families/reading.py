"""A config.json by its family's table: fields of the runtime's `EncoderConfig`, faults and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.architectures import EncoderConfig
from encoderfile_runtime.errors import ModelError

from . import identity
from .keys import Keys
from .rows import Derived, Field, Only

if TYPE_CHECKING:
    from encoderfile_runtime.format.model_type import ModelType

    from .rows import Family, Json


class Reading(NamedTuple):
    """What a config.json says.

    Attributes:
        settings: fields of `EncoderConfig`, but for the prefix.
        sources: the keys of config.json that fields are from.
        faults: what is wrong or not supported, a line each, beginning with the key.
        notes: what people should know, a line each.
    """

    settings: Json
    sources: dict[str, str]
    faults: list[str]
    notes: list[str]

    def encoder(self, prefix: str) -> EncoderConfig:
        """The checked settings.

        Raises:
            ModelError: with all faults.
        """
        try:
            encoder = EncoderConfig.from_json(self.settings | {"prefix": prefix})
        except ModelError as error:
            known = {fault.partition(":")[0] for fault in self.faults}
            faults = [fault for fault in map(self._renamed, error.faults) if fault.partition(":")[0] not in known]
            raise ModelError("config.json", [*self.faults, *faults]) from None
        if self.faults:
            raise ModelError("config.json", self.faults)
        return encoder

    def _renamed(self, fault: str) -> str:
        field, separator, rest = fault.partition(":")
        first, dot, inner = field.partition(".")
        heads = self.sources.get("num_attention_heads", "")
        rest = rest.replace("(num_attention_heads)", f"({heads})")
        return f"{self.sources.get(first, first)}{dot}{inner}{separator}{rest}"


def read(family: Family, architecture: str, config: Json, model_type: ModelType) -> Reading:
    """Read a config.json.

    Args:
        family: the table that it is read by.
        architecture: the name of the family in the runtime's catalogue.
        config: the content.
        model_type: the task; what only heads of other tasks read is passed over.
    """
    keys = Keys(config)
    settings: Json = {"architecture": architecture}
    for key, row in family.rows.items():
        if isinstance(row, Field):
            keys.sources[row.name], settings[row.name] = _field(keys, key, row)
        elif isinstance(row, Only):
            _check(keys, key, row, model_type)
        elif not isinstance(row, Derived):
            keys.get(key)
    notes = identity.check(keys, family, model_type)
    if family.derive is not None:
        settings |= family.derive(keys, settings)
    keys.close(family.rows)
    if keys.unknown:
        notes.append(f"config.json: no settings of {architecture}, not used: {', '.join(keys.unknown)}")
    return Reading(settings, keys.sources, keys.faults, notes)


def _field(keys: Keys, key: str, row: Field) -> tuple[str, Any]:
    name, value = keys.agreed((key, *row.aliases), row.default)
    if value is None and row.default is not None:
        keys.fault(name, "null, expected a value or no such key")
    elif row.least is not None and type(value) is int and value < row.least:
        keys.fault(name, f"{value} is not supported, expected at least {row.least}")
    return name, value


def _check(keys: Keys, key: str, row: Only, model_type: ModelType) -> None:
    if row.heads_only and model_type not in identity.HEADS:
        keys.get(key)
    else:
        check_only(keys, key, row)


def check_only(keys: Keys, key: str, row: Only) -> None:
    """A fault where a key has a value that there is no code for."""
    value = keys.get(key, row.default)
    if value not in row.allowed:
        shown = f"{value!r} is not supported" if key in keys else f"absent, which is {value!r}, is not supported"
        expected = " or ".join(repr(one) for one in row.allowed)
        keys.fault(key, f"{shown}, expected {expected}")
