"""A strict reader of the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) in canonical encoding.

Protobuf allows many encodings of one message. Accepted is only one: fields in ascending order, minimal varints, no
field with its default value, valid UTF-8. So a digest of the bytes identifies the content.
"""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
from enum import Enum
from typing import Any, NamedTuple

from encoderfile_runtime.errors import FormatError

_MAX_VARINT = 10  # bytes, at 7 bits each enough for 64 bits
_MAX_REPEATED = 4096  # items of a repeated field
_VARINT, _FIXED64, _DELIMITED = 0, 1, 2


class Kind(Enum):
    """The types of field values."""

    UINT64 = "uint64"
    ENUM = "enum"
    FIXED64 = "fixed64"
    BYTES = "bytes"
    STRING = "string"
    MESSAGE = "message"


_WIRE_TYPES = {Kind.UINT64: _VARINT, Kind.ENUM: _VARINT, Kind.FIXED64: _FIXED64}


class Field(NamedTuple):
    """A field of a message type.

    Attributes:
        name: the field's name.
        kind: the type of its value.
        repeated: whether it may occur more than once.
        members: the valid numbers of an enum field.
        message: the fields of a message field, by number.
    """

    name: str
    kind: Kind
    repeated: bool = False
    members: frozenset[int] = frozenset()
    message: "dict[int, Field] | None" = None

    @property
    def wire_type(self) -> int:
        """The low three bits of the field's tag."""
        return _WIRE_TYPES.get(self.kind, _DELIMITED)


class Reader:
    """Decodes messages from one buffer; every fault is a `FormatError` with its offset in the file.

    Args:
        data: the buffer.
        source: the file's name, for messages.
        base: offset of the buffer in the file, for messages.
        what: name of the message, for messages.
        faults: if given, faults are appended instead of raised, and decoding goes on as far as possible.
    """

    def __init__(
        self, data: bytes, source: str, base: int = 0, what: str = "manifest", faults: "list[str] | None" = None
    ) -> None:
        self.data = data
        self.source = source
        self.base = base
        self.what = what
        self.faults = faults
        self.unknown: list[int] = []

    def message(self, fields: dict[int, Field], start: int = 0, end: int | None = None) -> dict[str, Any]:
        """Decode `data[start:end]` into a dictionary of the fields that are present; repeated fields are lists.

        Fields that are not in `fields` are skipped, and their numbers appended to `unknown`.
        """
        values: dict[str, Any] = {}
        try:
            self._read(values, fields, start, len(self.data) if end is None else end)
        except FormatError as error:
            if self.faults is None:
                raise
            self.faults.append(str(error))
        return values

    def _read(self, values: dict[str, Any], fields: dict[int, Field], start: int, end: int) -> None:
        """Decode `data[start:end]` into `values`."""
        position, previous = start, 0
        while position < end:
            at = position
            tag, position = self._varint(position, end)
            number, wire_type = tag >> 3, tag & 7
            field = fields.get(number)
            if number < previous or number == 0:
                self._report(at, f"field {number} follows field {previous}: the encoding is not canonical")
            if number == previous and (field is None or not field.repeated):
                self._report(at, f"field {number} stands twice: the encoding is not canonical")
            previous = number
            if field is None:
                self.unknown.append(number)
                _, position = self._value(wire_type, position, end)
                continue
            if wire_type != field.wire_type:
                raise self._fault(at, f"field {field.name}: expected wire type {field.wire_type}, found {wire_type}")
            (low, high), position = self._value(wire_type, position, end)
            value = self._interpret(field, low, high)
            if field.repeated:
                items = values.setdefault(field.name, [])
                if len(items) == _MAX_REPEATED:
                    raise self._fault(at, f"field {field.name} stands more than {_MAX_REPEATED} times")
                items.append(value)
            else:
                values[field.name] = value

    def _value(self, wire_type: int, position: int, end: int) -> tuple[tuple[int, int], int]:
        """The range of a value's content, and the position of the next field."""
        if wire_type == _VARINT:
            _, after = self._varint(position, end)
            return (position, after), after
        if wire_type == _FIXED64:
            length = 8
        elif wire_type == _DELIMITED:
            length, position = self._varint(position, end)
        else:
            raise self._fault(position, f"wire type {wire_type} has no place in a {self.what}")
        if length > end - position:
            raise self._fault(position, f"a value of {length} bytes goes past the end of its message")
        return (position, position + length), position + length

    def _interpret(self, field: Field, low: int, high: int) -> Any:
        """Decode the content `data[low:high]` of a field."""
        if field.kind is Kind.MESSAGE:
            return self.message(field.message or {}, low, high)
        value: Any
        if field.kind in (Kind.UINT64, Kind.ENUM):
            value, _ = self._varint(low, high)
        elif field.kind is Kind.FIXED64:
            value = int.from_bytes(self.data[low:high], "little")
        elif field.kind is Kind.BYTES:
            value = self.data[low:high]
        else:
            try:
                value = self.data[low:high].decode()
            except UnicodeDecodeError as error:
                self._report(low + error.start, f"field {field.name} is not UTF-8")
                value = self.data[low:high].decode(errors="backslashreplace")
        if not value and not field.repeated:
            self._report(low, f"field {field.name} holds its default: the encoding is not canonical")
        if field.kind is Kind.ENUM and value not in field.members:
            known = ", ".join(map(str, sorted(field.members)))
            self._report(low, f"field {field.name}: unknown value {value}, known are {known}")
        return value

    def _varint(self, position: int, end: int) -> tuple[int, int]:
        value = 0
        for count in range(_MAX_VARINT):
            if position + count >= end:
                raise self._fault(position, "a varint goes past the end of its message")
            byte = self.data[position + count]
            value |= (byte & 0x7F) << 7 * count
            if byte < 0x80:
                if count and not byte:
                    raise self._fault(position, "a varint is longer than it needs to be: the encoding is not canonical")
                if value >= 1 << 64:
                    break
                return value, position + count + 1
        raise self._fault(position, "a varint does not fit 64 bits")

    def _report(self, position: int, message: str) -> None:
        """Raise a fault after which decoding could go on, or note it and go on."""
        error = self._fault(position, message)
        if self.faults is None:
            raise error
        self.faults.append(str(error))

    def _fault(self, position: int, message: str) -> FormatError:
        return FormatError(self.source, f"{self.what}: {message}", self.base + position)
