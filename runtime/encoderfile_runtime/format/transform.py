"""The transform artifact of Mozilla's CLI, a Lua program for the model's output: decoded to be shown, never run."""

# Annotations are not postponed here: NamedTuple would compile each from a string at every start.
from typing import Any, NamedTuple

from encoderfile_runtime.errors import FormatError

from .wire import Field, Kind, Reader

MAX_TRANSFORM = 1 << 20
LUA = 1
LIBRARIES = ("coroutine", "table", "io", "os", "string", "utf8", "math", "package", "debug")
"""The Lua libraries that a transform may request, in the order of Mozilla's `inspect`."""

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
        libraries: the Lua libraries that it requests; None leaves the choice to Mozilla's runtime.
        faults: faults of the encoding.
    """

    source: str
    libraries: tuple[str, ...] | None
    faults: tuple[str, ...]

    def lua_libs(self) -> dict[str, bool] | None:
        """The libraries as Mozilla's `inspect` prints them, and unknown ones that are requested."""
        if self.libraries is None:
            return None
        return {name: name in self.libraries for name in dict.fromkeys((*LIBRARIES, *self.libraries))}


def parse(data: bytes | memoryview, source: str, offset: int) -> Transform:
    """Decode a transform as far as possible, with its faults in the result.

    Args:
        data: the artifact.
        source: the file's name, for messages.
        offset: offset of the artifact in the file, for messages.

    Raises:
        FormatError: it is larger than MAX_TRANSFORM.
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
