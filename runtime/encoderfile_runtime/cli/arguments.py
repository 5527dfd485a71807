"""A minimal parser for the common command lines: importing argparse takes longer than most commands run.

It returns None for help and for anything that is not well formed; then `usage` gives argparse the same options.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Arguments:
    """A subset of `argparse.ArgumentParser`: options with a value, flags, and positional arguments, the last one a list."""

    def __init__(self) -> None:
        self._options: dict[str, tuple[str, dict[str, Any]]] = {}
        self._places: list[tuple[str, bool]] = []
        self._defaults: dict[str, Any] = {}

    @property
    def flags(self) -> list[str]:
        """The names of options without a value."""
        return [option for option, (_, settings) in self._options.items() if "action" in settings]

    def add_argument(self, *names: str, **settings: Any) -> None:
        """As `argparse.ArgumentParser.add_argument`, for the settings that commands use."""
        name = names[-1].lstrip("-").replace("-", "_")
        if name == names[-1]:
            self._places.append((name, "nargs" in settings))
            return
        self._defaults[name] = settings.get("default", False if "action" in settings else None)
        for option in names:
            self._options[option] = (name, settings)

    def parse(self, arguments: Sequence[str]) -> SimpleNamespace | None:
        """The values by name as argparse would give them; None if argparse has to parse these arguments."""
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
                    else _value(text if equals else next(rest, "--"), settings)  # "--": a missing value, no valid one
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
