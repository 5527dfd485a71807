"""Strict reading of JSON that is parsed already: every fault is noted with its path, what was expected and what was found.

A tokenizer.json is read with it when a model starts; the build side reads its own records with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

_LARGEST_SHOWN = 1 << 48
_SHOWN = 80  # characters of a value in a message

_KINDS = {bool: "true or false", str: "a string", int: "an integer", list: "a list", dict: "an object"}


class Fields:
    """The members of one JSON object.

    A method that reads a member returns something of its type in any case; if the member is not as it should be, the
    fault is noted, and what is made from the value is thrown away with all the rest in the end.
    """

    __slots__ = ("_faults", "_unread", "_value", "depth", "path")

    def __init__(self, value: Any, path: str, faults: list[str], depth: int = 0) -> None:
        self._faults = faults
        self.path = path
        self.depth = depth
        if not isinstance(value, Mapping):
            faults.append(f"{path}{': ' if path else ''}expected an object, found {shown(value)}")
            value, self._faults = {}, []
        self._value: Mapping[str, Any] = value
        self._unread = dict.fromkeys(value)

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def keys(self) -> Collection[str]:
        """The names of all members."""
        return self._value.keys()

    def at(self, key: str) -> str:
        """The path of a member."""
        if not key.isidentifier() or len(key) > _SHOWN:
            return f"{self.path}[{shown(key)}]"
        return f"{self.path}.{key}" if self.path else key

    def fault(self, message: str, key: str | None = None, inner: str | int | None = None) -> None:
        """Notes what is wrong with the object, a member, or a member of that."""
        path = self.path if key is None else self.at(key)
        self._faults.append(f"{path}{'' if inner is None else f'[{shown(inner)}]'}: {message}")

    def _take(self, key: str, kind: type, empty: Any) -> Any:
        self._unread.pop(key, None)
        if key not in self._value:
            self.fault(f"missing, expected {_KINDS[kind]}", key)
            return empty
        value = self._value[key]
        if type(value) is not kind and not (kind is dict and isinstance(value, Mapping)):
            self.fault(f"expected {_KINDS[kind]}, found {shown(value)}", key)
            return empty
        return value

    def boolean(self, key: str) -> bool:
        """A member that is true or false."""
        return bool(self._take(key, bool, empty=False))

    def string(self, key: str) -> str:
        """A member that is a string."""
        return str(self._take(key, str, ""))

    def text(self, key: str, expected: str, fits: Callable[[str], object]) -> str:
        """A member that is a string of a certain form."""
        value = self.string(key)
        if type(self._value.get(key)) is str and not fits(value):
            self.fault(f"expected {expected}, found {shown(value)}", key)
        return value

    def texts(self, key: str, expected: str, fits: Callable[[str], object], *, least: int = 0) -> tuple[str, ...]:
        """A member that is a list of strings of a certain form, so many of them at least."""
        values = self.strings(key)
        if values is None:
            return ()
        if len(values) < least:
            self.fault(f"expected at least {least}, found {len(values)}", key)
        for index, value in enumerate(values):
            if not fits(value):
                self.fault(f"expected {expected}, found {shown(value)}", key, index)
        return tuple(values)

    def integer(self, key: str, *, maximum: int = (1 << 32) - 1) -> int:
        """A member that is an integer from 0 to `maximum`; -1 where it is not."""
        value = self._take(key, int, None)
        if value is None:
            return -1
        if not 0 <= value <= maximum:
            self.fault(f"expected an integer from 0 to {maximum}, found {shown(value)}", key)
            return -1
        return int(value)

    def choice(self, key: str, options: Collection[str]) -> str:
        """A member that is one of some strings."""
        value = self.string(key)
        if value not in options and type(self._value.get(key)) is str:
            self.fault(f"expected one of {', '.join(options)}, found {shown(value)}", key)
        return value if value in options else next(iter(options))

    def items(self, key: str) -> list[Any]:
        """A member that is a list."""
        value: list[Any] = self._take(key, list, [])
        return value

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A member that is an object with names of any kind, or something that stands for one."""
        value: Mapping[str, Any] = self._take(key, dict, {})
        return value

    def objects(self, key: str) -> Iterator[Fields]:
        """A member that is a list of objects, which are checked for unknown members one after the other."""
        for index, item in enumerate(self.items(key)):
            fields = Fields(item, f"{self.at(key)}[{index}]", self._faults, self.depth + 1)
            yield fields
            fields.close()

    def member(self, key: str) -> Fields:
        """A member that is an object."""
        value = self._take(key, dict, None)
        faults = [] if value is None else self._faults  # what follows from its absence is no fault of its own
        return Fields(value or {}, self.at(key), faults, self.depth + 1)

    def given(self, key: str) -> bool:
        """Whether an optional member is there and not null."""
        if self._value.get(key) is not None:
            return True
        self._unread.pop(key, None)
        return False

    def strings(self, key: str) -> Sequence[str] | None:
        """A member that is a list of strings; None where it is not."""
        return self._each(key, str)

    def integers(self, key: str, *, maximum: int) -> Sequence[int] | None:
        """A member that is a list of integers from 0 to `maximum`; None where it is not."""
        items: Sequence[int] | None = self._each(key, int)
        if items and any(not 0 <= item <= maximum for item in items):
            self.fault(f"expected integers from 0 to {maximum}", key)
            return None
        return items

    def _each(self, key: str, kind: type) -> Sequence[Any] | None:
        items: Sequence[Any] | None = self._take(key, list, None)
        if items is not None and any(type(item) is not kind for item in items):
            self.fault(f"expected a list of {_KINDS[kind].split()[1]}s", key)
            return None
        return items

    def is_empty(self, key: str) -> bool:
        """Whether a member is the empty string."""
        return self._value.get(key) == ""

    def is_zero(self, key: str) -> bool:
        """Whether a member is the number 0, of whichever kind."""
        return type(self._value.get(key)) in (int, float) and not self._value[key]

    def is_null(self, key: str) -> bool:
        """Whether a member is there and null."""
        return key in self._value and self._value[key] is None

    def is_object(self, key: str) -> bool:
        """Whether a member is an object, for those that may be something else as well."""
        return type(self._value.get(key)) is dict

    def is_list(self, key: str) -> bool:
        """Whether a member is a list."""
        return type(self._value.get(key)) is list

    def ignore(self, key: str) -> None:
        """Passes over a member that does not matter."""
        self._unread.pop(key, None)

    def skip(self) -> None:
        """Passes over all members, of which something else was said."""
        self._unread.clear()

    def close(self) -> None:
        """Notes every member that nothing has read."""
        for key in self._unread:
            self.fault("unknown key", key)
        self._unread.clear()


def shown(value: Any) -> str:
    """A value as a message shows it: short, whatever it is."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and abs(value) > _LARGEST_SHOWN:
        return "an integer that is out of range"
    return repr(value) if len(str(value)) <= _SHOWN else f"{str(value)[:_SHOWN]!r}…"
