"""The kinds of composite values: tables with declared fields, lists, alternatives, and tables of pins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.messages import joined
from hatch_encoderfile.schema.reader import MOST_ITEMS, Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatch_encoderfile.schema.kinds import Kind
    from hatch_encoderfile.schema.reader import JsonSchema, Reader

PINNED_PATH = r"(?!\.{1,2}(/|$))[^/\\\u0000]+(/(?!\.{1,2}(/|$))[^/\\\u0000]+)*"
DIGEST = r"sha256:[0-9A-Fa-f]{64}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One key of a table.

    Attributes:
        name: in snake_case; the key in TOML is the same in kebab-case.
        kind: the kind of its value.
        doc: one or two sentences in Markdown.
        required: the styles in which the key is required.
        defaults: by style, the value if the key is missing.
        unset: description of the default, if it is not a fixed value.
        mozilla: the key in encoderfile.yml, if it is not `name`.
        styles: the styles that have the key.
    """

    name: str
    kind: Kind
    doc: str
    required: tuple[Style, ...] = ()
    defaults: Mapping[Style, Any] = field(default_factory=dict)
    unset: str = ""
    mozilla: str | None = None
    styles: tuple[Style, ...] = tuple(Style)

    def key(self, style: Style) -> str:
        """The key as this style spells it."""
        return self.name.replace("_", "-") if style is Style.TOML else self.mozilla or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with declared keys and no others; in YAML, null is the same as a missing key."""

    fields: tuple[Field, ...]

    def keys(self, style: Style) -> dict[str, Field]:
        """The fields by their keys."""
        return {field.key(style): field for field in self.fields if style in field.styles}

    def read(
        self, value: object, key: str, reader: Reader, inherited: Mapping[str, str | Missing] | None = None
    ) -> dict[str, Any]:
        """The values by field name, None for missing ones; a value of `inherited` comes before a field's own default."""
        if not isinstance(value, dict):
            reader.wrong_type(key, self.expected(reader.style), value)
            return {}
        if reader.too_many(key, value):
            value = {}
        fields = self.keys(reader.style)
        values: dict[str, Any] = dict.fromkeys((field.name for field in self.fields), None)
        for name, given in value.items():
            if name not in fields:
                reader.fault(joined(key, name), f"unknown key{self._suggestion(name, reader)}")
            elif given is not None:
                values[fields[name].name] = fields[name].kind.read(given, joined(key, name), reader)
        missing = {name: field_ for name, field_ in fields.items() if value.get(name) is None}
        return values | self._unset(missing, key, reader, inherited or {})

    def _unset(
        self, fields: Mapping[str, Field], key: str, reader: Reader, inherited: Mapping[str, str | Missing]
    ) -> dict[str, Any]:
        """What holds for fields that nothing was given for, by field name; those that need a value are faults."""
        values: dict[str, Any] = {}
        for name, field_ in fields.items():
            fallback = inherited.get(name, field_.defaults.get(reader.style))
            if isinstance(fallback, Missing):
                reader.fault(joined(key, name), f"required, but missing; {fallback.advice}")
            elif fallback is not None:
                values[field_.name] = field_.kind.read(fallback, joined(key, name), reader)
            elif reader.style in field_.required:
                expected = field_.kind.expected(reader.style)
                reader.fault(joined(key, name), f"required, but missing; expected {expected}")
        return values

    def _suggestion(self, name: str, reader: Reader) -> str:
        """A suggestion for an unknown key, such as the other style's spelling of a known one."""
        keys = self.keys(reader.style)
        for key, field_ in keys.items():
            if name in {field_.key(other) for other in Style}:
                return f"; did you mean {key!r}?"
        return reader.suggestion(name, keys)

    def expected(self, style: Style) -> str:
        """The style's name of a mapping."""
        return style.table

    def schema(self, style: Style) -> JsonSchema:
        """An object without other properties."""
        keys = self.keys(style)
        required = [key for key, field_ in keys.items() if style in field_.required]
        return {
            "type": "object",
            "additionalProperties": False,
            **({"required": required} if required else {}),
            "properties": {key: _property(field_, style) for key, field_ in keys.items()},
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands for an inherited value that is missing; `advice` says what to do."""

    advice: str


def _property(field_: Field, style: Style) -> JsonSchema:
    schema = field_.kind.schema(style)
    if style is Style.YAML and style not in field_.required:
        # In YAML, `key:` without a value is null, and means the same as no key.
        schema = {"type": "null"} if schema == {"not": {}} else {"anyOf": [schema, {"type": "null"}]}
    default = field_.defaults.get(style)
    return {"description": field_.doc, **({} if default is None else {"default": default}), **schema}


@dataclass(frozen=True, slots=True)
class Either:
    """A string of one kind, or a table."""

    text: Kind
    table: Table

    def read(self, value: object, key: str, reader: Reader) -> Any:
        """Read with the kind of the string or with the table."""
        if isinstance(value, str):
            return self.text.read(value, key, reader)
        if isinstance(value, dict):
            return self.table.read(value, key, reader)
        reader.wrong_type(key, self.expected(reader.style), value)
        return None

    def expected(self, style: Style) -> str:
        """Both, and the keys of the table."""
        keys = self.table.keys(style)
        named = f" with {next(iter(keys))!r}" if len(keys) == 1 else ""
        return f"{self.text.expected(style)} or {style.table}{named}"

    def schema(self, style: Style) -> JsonSchema:
        """Either schema."""
        return {"anyOf": [self.text.schema(style), self.table.schema(style)]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of distinct elements of one kind."""

    element: Kind
    what: str
    minimum: int = 0

    def read(self, value: object, key: str, reader: Reader) -> tuple[Any, ...]:
        """The elements in their order."""
        if not isinstance(value, list):
            reader.wrong_type(key, self.expected(reader.style), value)
            return ()
        if len(value) < self.minimum:
            reader.fault(key, f"expected {self.expected(reader.style)}, found none")
        if reader.too_many(key, value):
            return ()
        first: dict[Any, int] = {}
        elements = [self.element.read(given, f"{key}[{index}]", reader) for index, given in enumerate(value)]
        for index, element in enumerate(elements):
            if element is not None and first.setdefault(element, index) != index:
                reader.fault(f"{key}[{index}]", f"is the same as {key}[{first[element]}]; take one out")
        return tuple(elements)

    def expected(self, style: Style) -> str:
        """The style's name of a sequence, and its elements."""
        return f"{style.array} of {self.what}"

    def schema(self, style: Style) -> JsonSchema:
        """An array."""
        minimum = {"minItems": self.minimum} if self.minimum else {}
        return {
            "type": "array",
            **minimum,
            "maxItems": MOST_ITEMS,
            "uniqueItems": True,
            "items": self.element.schema(style),
        }


@dataclass(frozen=True, slots=True)
class Pins:
    """Pins: paths in the model's directory, each with the SHA-256 that the file must have."""

    def read(self, value: object, key: str, reader: Reader) -> dict[str, str]:
        """Digests in lower-case hex by path, sorted by path."""
        if not isinstance(value, dict):
            reader.wrong_type(key, self.expected(reader.style), value)
            return {}
        if reader.too_many(key, value):
            return {}
        pins = {}
        for path, digest in value.items():
            at = joined(key, path)
            if reader.no_path(at, path):
                continue
            if not re.fullmatch(PINNED_PATH, path):
                reader.fault(at, "expected a path inside the model's directory, with '/', without '.' or '..'")
            if not isinstance(digest, str):
                reader.wrong_type(at, "a string", digest)
            elif not re.fullmatch(DIGEST, digest):
                reader.wrong_value(at, "'sha256:' and 64 hexadecimal digits", digest)
            else:
                pins[path] = digest.removeprefix("sha256:").lower()
        return dict(sorted(pins.items()))

    def expected(self, style: Style) -> str:
        """Keys and values."""
        return f"{style.table} of paths, each with 'sha256:' and 64 hexadecimal digits"

    def schema(self, _style: Style) -> JsonSchema:
        """An object with patterns for both sides."""
        return {
            "type": "object",
            "maxProperties": MOST_ITEMS,
            "propertyNames": {"pattern": f"^{PINNED_PATH}$"},
            "additionalProperties": {"type": "string", "pattern": f"^{DIGEST}$"},
        }
