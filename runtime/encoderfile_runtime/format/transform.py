"""The transform artifact of Mozilla's CLI: a Lua program that its runtime runs on the model's output. It is shown here, never run."""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
from typing import Any, NamedTuple

from encoderfile_runtime.errors import FormatError

from .wire import Field, Kind, Reader

MAX_TRANSFORM = 1 << 20
LUA = 1
LIBRARIES = ("coroutine", "table", "io", "os", "string", "utf8", "math", "package", "debug")
"""What a transform may ask for, in the order in which Mozilla's `inspect` prints it."""

_LUA_LIBS = {1: Field("libs", Kind.STRING, repeated=True)}
_FIELDS = {
    1: Field("transform_type", Kind.ENUM, members=frozenset({LUA})),
    2: Field("transform", Kind.STRING),
    3: Field("lua_libs", Kind.MESSAGE, message=_LUA_LIBS),
}


class Transform(NamedTuple):
    """A decoded transform.

    Attributes:
        source: the program.
        libraries: those of Lua's that it asks for; None where it does not say, which leaves them to Mozilla's runtime.
        faults: what is wrong with the encoding.
    """

    source: str
    libraries: tuple[str, ...] | None
    faults: tuple[str, ...]

    def lua_libs(self) -> dict[str, bool] | None:
        """The libraries as Mozilla's `inspect` prints them, and any that it does not know."""
        if self.libraries is None:
            return None
        return {name: name in self.libraries for name in dict.fromkeys((*LIBRARIES, *self.libraries))}


def parse(data: bytes | memoryview, source: str, offset: int) -> Transform:
    """Decode as much of a transform as can be.

    Args:
        data: the artifact.
        source: the file's name, for messages.
        offset: where the artifact starts in the file, for messages.

    Raises:
        FormatError: it is larger than any transform.
    """
    if len(data) > MAX_TRANSFORM:
        raise FormatError(source, f"transform: {len(data)} bytes, expected at most {MAX_TRANSFORM}", offset)
    faults: list[str] = []
    reader = Reader(bytes(data), source, offset, "transform", faults)
    values: dict[str, Any] = reader.message(_FIELDS)
    faults += [f"{source}: transform: unknown field {number}" for number in reader.unknown]
    libraries = values.get("lua_libs")
    named = None if libraries is None else tuple(libraries.get("libs", ()))
    return Transform(values.get("transform", ""), named, tuple(faults))
