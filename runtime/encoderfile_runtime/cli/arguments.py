"""A command's arguments without argparse, which takes longer to import than most commands to run.

What is well formed is read here. Help and mistakes are for argparse, which is given the same options: see `usage`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Arguments:
    """Takes options as `argparse.ArgumentParser` does, as far as commands need it: values, flags, and lists at the end."""

    def __init__(self) -> None:
        self._options: dict[str, tuple[str, dict[str, Any]]] = {}
        self._places: list[tuple[str, bool]] = []
        self._defaults: dict[str, Any] = {}

    @property
    def flags(self) -> list[str]:
        """The options that take no value."""
        return [option for option, (_, settings) in self._options.items() if "action" in settings]

    def add_argument(self, *names: str, **settings: Any) -> None:
        """As argparse's."""
        name = names[-1].lstrip("-").replace("-", "_")
        if name == names[-1]:
            self._places.append((name, "nargs" in settings))
            return
        self._defaults[name] = settings.get("default", False if "action" in settings else None)
        for option in names:
            self._options[option] = (name, settings)

    def parse(self, arguments: Sequence[str]) -> SimpleNamespace | None:
        """The values by name as argparse would have them; None where that is better asked."""
        found = self._defaults.copy()
        others: list[str] = []
        rest = iter(arguments)
        for argument in rest:
            if argument == "--":
                others += rest
            elif argument == "-" or not argument.startswith("-"):
                others.append(argument)
            else:
                option, equals, text = argument.partition("=")
                name, settings = self._options.get(option, ("", {}))
                value = (
                    True
                    if "action" in settings and not equals
                    else _value(text if equals else next(rest, "--"), settings)
                )
                if not name or value is None:
                    return None
                found[name] = value
        for name, takes_all in self._places:
            if not takes_all and not others:
                return None
            found[name], others = (others, []) if takes_all else (others[0], others[1:])
        return None if others else SimpleNamespace(**found)


def _value(text: str, settings: dict[str, Any]) -> Any:
    """The value of an option's text; None if it has none or looks like an option."""
    if "action" in settings or (text.startswith("-") and text != "-"):
        return None
    try:
        value = settings.get("type", str)(text)
    except ValueError:
        return None
    return value if value in settings.get("choices", (value,)) else None
