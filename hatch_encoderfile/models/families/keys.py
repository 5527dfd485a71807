"""A JSON object of config.json whose reads are recorded, so that nothing in it is dropped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Keys:
    """The members of an object, and what was found wrong with them.

    Attributes:
        faults: lines that begin with the path of a key; shared with the objects inside.
        unknown: paths of keys that nothing knows; shared too.
        sources: by field of `EncoderConfig`, the path of the key that it is from; shared too.
    """

    def __init__(self, members: Mapping[str, Any], path: str = "", outer: Keys | None = None) -> None:
        self._members = members
        self._path = path
        self._read: set[str] = set()
        self.faults: list[str] = outer.faults if outer else []
        self.unknown: list[str] = outer.unknown if outer else []
        self.sources: dict[str, str] = outer.sources if outer else {}

    def __contains__(self, key: str) -> bool:
        return key in self._members

    @property
    def names(self) -> list[str]:
        """The names of all members."""
        return list(self._members)

    @property
    def is_filled(self) -> bool:
        """Whether there are members."""
        return bool(self._members)

    def skip(self) -> None:
        """Count all members as read, of which something else was said."""
        self._read.update(self._members)

    def get(self, key: str, default: Any = None) -> Any:
        """A member, which counts as read, or the default where it is absent."""
        self._read.add(key)
        return self._members.get(key, default)

    def at(self, key: str) -> str:
        """The path of a member."""
        return f"{self._path}{key}"

    def fault(self, key: str, text: str) -> None:
        """Note what is wrong with a member."""
        self.faults.append(f"{self.at(key)}: {text}")

    def agreed(self, names: Collection[str], default: Any) -> tuple[str, Any]:
        """The value that a setting has under several names, with the one it was found under; a fault where they differ."""
        found = [name for name in names if name in self._members]
        values = [self.get(name) for name in found]
        for name, value in zip(found, values, strict=True):
            if value != values[0]:
                self.fault(name, f"{value!r}, but {self.at(found[0])}, which is the same setting, is {values[0]!r}")
        return (found[0], values[0]) if found else (next(iter(names)), default)

    def table(self, key: str) -> Keys | None:
        """A member that is an object; None where it is absent or null, and a fault where it is another value."""
        value = self.get(key)
        if isinstance(value, dict):
            return Keys(value, f"{self.at(key)}.", self)
        if value is not None:
            self.fault(key, f"expected an object, found {value!r}")
        return None

    def close(self, known: Collection[str]) -> None:
        """Look at what nothing has read: a fault for a known key, a note for another."""
        for key in self._members:
            if key not in self._read:
                if key in known:
                    self.fault(key, "has no effect beside the other settings: remove it, or correct those")
                else:
                    self.unknown.append(self.at(key))
