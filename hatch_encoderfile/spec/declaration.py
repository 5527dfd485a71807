"""The declaration of a model as a kind of value: its table, the rules about several keys, and the conversion to ModelSpec."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.format.manifest import Codec
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.messages import joined
from hatch_encoderfile.spec.fields import MODEL
from hatch_encoderfile.spec.model import Fixed, Layout, ModelFiles, ModelSpec, TokenizerOverrides
from hatch_encoderfile.targets import HOST, host

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hatch_encoderfile.schema.reader import JsonSchema, Reader, Style
    from hatch_encoderfile.schema.tables import Missing


class Declaration:
    """The table MODEL, with checks that keys do not contradict each other."""

    def read(
        self, value: object, key: str, reader: Reader, inherited: Mapping[str, str | Missing] | None = None
    ) -> dict[str, Any]:
        """The values by field name, for `model_spec`; `inherited` comes before a field's own default."""
        values = MODEL.read(value, key, reader, inherited)
        if isinstance(value, dict):
            if values["target"] is not None and value.get("targets") is not None:
                reader.fault(joined(key, "target"), "given as well as 'targets'; take one out")
            if values["files"] and isinstance(values["path"], dict):
                reader.fault(
                    joined(key, "files"), f"pins need 'path' to be a directory, found {reader.style.table} of files"
                )
            if values["output_path"] is not None and len(values["targets"] or ()) > 1:
                reader.fault(
                    joined(key, _output_path(reader.style)),
                    f"one file cannot hold {len(values['targets'])} targets; take it out, or give one target",
                )
            for name in ("target", "targets"):
                values[name] = _without_host(values[name], joined(key, name), reader)
        return values

    def expected(self, style: Style) -> str:
        """The style's name of a mapping."""
        return MODEL.expected(style)

    def schema(self, style: Style) -> JsonSchema:
        """The table's schema, with the rules about several keys as `not` clauses."""
        target = {"required": ["target", "targets"], "properties": _not_null("target", "targets")}
        files = {
            "required": ["files", "path"],
            "properties": {"files": {"type": "object", "minProperties": 1}, "path": {"type": "object"}},
        }
        output = _output_path(style)
        several = {
            "required": [output, "targets"],
            "properties": {**_not_null(output), "targets": {"type": "array", "minItems": 2}},
        }
        rules = [files, several, target] if "target" in MODEL.keys(style) else [files, several]
        return {**MODEL.schema(style), "allOf": [{"not": rule} for rule in rules]}


def _without_host(value: str | tuple[str, ...] | None, key: str, reader: Reader) -> str | tuple[str, ...] | None:
    """A target or several, with "host" replaced by this machine's triple."""
    if value is None or HOST not in (value if isinstance(value, tuple) else (value,)):
        return value
    try:
        machine = str(host())
    except UsageError as error:
        reader.fault(key, f"{HOST!r}: {error}")
        return value
    if isinstance(value, str):
        return machine
    return tuple(dict.fromkeys(machine if name == HOST else name for name in value))


def _output_path(style: Style) -> str:
    return next(key for key, field in MODEL.keys(style).items() if field.name == "output_path")


def _not_null(*keys: str) -> JsonSchema:
    return {key: {"not": {"type": "null"}} for key in keys}


def model_spec(values: Mapping[str, Any], origin: Path) -> ModelSpec:
    """Make the spec of a model from values without faults."""
    path = values["path"]
    return ModelSpec(
        origin=origin,
        root=origin.parent,
        name=values["name"],
        version=values["version"],
        model_type=ModelType.from_label(values["model_type"]),
        files=ModelFiles(**path) if isinstance(path, dict) else ModelFiles(directory=path),
        created=values["created"],
        source=values["source"],
        license=values["license"],
        targets=values["targets"] if values["target"] is None else (values["target"],),
        layout=Layout(values["layout"]),
        base_binary_path=values["base_binary_path"],
        output_path=values["output_path"],
        cache_dir=values["cache_dir"],
        tokenizer=_overrides(values["tokenizer"] or {}),
        attachments=values["attachments"] or (),
        attachment_codec=Codec[values["attachment_codec"].upper()],
        pins=MappingProxyType(values["files"] or {}),
    )


def _overrides(values: Mapping[str, Any]) -> TokenizerOverrides:
    padding = values.get("pad_strategy")
    if isinstance(padding, dict):
        padding = Fixed(padding["fixed"])
    ignored = tuple(values.get("ignored_settings") or ())
    return TokenizerOverrides(**{**values, "pad_strategy": padding, "ignored_settings": ignored})
