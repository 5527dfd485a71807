"""The kinds of rows of a family's table: what becomes of a key of config.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

    from .keys import Keys

    Json: TypeAlias = dict[str, Any]


class Field(NamedTuple):
    """A key that becomes a field of the runtime's `EncoderConfig`.

    Attributes:
        name: the field.
        default: what the reference takes where the key is absent.
        aliases: other names of the same setting, which have to agree.
        least: what is less is refused, where the runtime would take it.
    """

    name: str
    default: Any
    aliases: tuple[str, ...] = ()
    least: int | None = None


class Only(NamedTuple):
    """A key whose other values the runtime has no code for.

    Attributes:
        allowed: the values that it has code for.
        default: what the reference takes where the key is absent, allowed or not.
        heads_only: read by classification heads alone.
    """

    allowed: tuple[Any, ...]
    default: Any
    heads_only: bool = False


class Harmless(NamedTuple):
    """A key that changes no result: of training, of generation, or about the file."""


class Derived(NamedTuple):
    """A key that code of its own reads: the family's `derive`, or what reads the file."""


Row: TypeAlias = "Field | Only | Harmless | Derived"


class Family(NamedTuple):
    """What a reference implementation reads from config.json.

    Attributes:
        rows: by key.
        unused: modules and tensors that checkpoints carry for training or for other tasks.
        derive: fields that take more than a look at one key, from the keys and the fields found so far.
        code: names of published code that the reference is, where `auto_map` may name it.
    """

    rows: Mapping[str, Row]
    unused: tuple[str, ...] = ()
    derive: Callable[[Keys, Json], Json] | None = None
    code: re.Pattern[str] | None = None


def harmless(names: str) -> dict[str, Row]:
    """Rows of keys that change no result."""
    return dict.fromkeys(names.split(), Harmless())


def derived(names: str) -> dict[str, Row]:
    """Rows of keys that `derive` reads."""
    return dict.fromkeys(names.split(), Derived())
