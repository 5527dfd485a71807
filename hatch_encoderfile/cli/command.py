"""Command lines from the signatures of functions, read by argparse.

A parameter says what it takes by its annotation, as in `Annotated[Path | None, Option("-f", "--file", help="The spec.")]`. There are
libraries for this, and they take longer to import than `inspect` takes to run.
"""

from __future__ import annotations

import argparse
import enum
import inspect
import os
import types
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn, Protocol, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as hints_of

from encoderfile_runtime.cli.usage import options_first
from encoderfile_runtime.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Function = TypeVar("Function", bound="Callable[..., None]")


class Argument(NamedTuple):
    """A parameter that is given by its position."""

    help: str


class Option:
    """A parameter that is given by its name.

    Attributes:
        names: as it is typed; by default the parameter's own, and with `--no-` before it for a flag.
        metavar: what stands for its value in the help.
        parser: makes the value of the text.
        envvar: the variable of the environment that gives it where the command line does not.
        group: the heading that it stands under in the help.
    """

    def __init__(
        self,
        *names: str,
        help: str,  # noqa: A002 - as argparse calls it
        metavar: str | None = None,
        parser: Callable[[str], Any] | None = None,
        envvar: str | None = None,
        group: str | None = None,
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar
        self.parser = parser
        self.envvar = envvar
        self.group = group


class Runnable(Protocol):
    """A command or a group of them."""

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        ...

    def run(self, prog: str, arguments: Sequence[str]) -> None:
        """Run it under the name `prog`.

        Raises:
            UsageError: the arguments are none of its own.
            SystemExit: once help is printed.
        """
        ...


class Command(NamedTuple):
    """A function as a command."""

    function: Callable[..., None]
    epilog: str = ""

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def run(self, prog: str, arguments: Sequence[str]) -> None:
        """Call the function with the arguments."""
        parser = _Parser(prog, inspect.getdoc(self.function), self.epilog)
        groups = {None: parser.options}
        hints = hints_of(self.function, include_extras=True)
        for name, parameter in inspect.signature(self.function).parameters.items():
            hint = hints[name]
            # Python 3.10 wraps it in Optional where the default is None.
            hint = next((inner for inner in get_args(hint) if get_origin(inner) is Annotated), hint)
            kind, declared = get_args(hint)[:2]
            if isinstance(declared, Argument):
                _add_argument(parser, name, _Type(kind), parameter.default, declared)
            else:
                if declared.group not in groups:
                    groups[declared.group] = parser.add_argument_group(declared.group)
                _add_option(groups[declared.group], name, _Type(kind), parameter.default, declared)
        self.function(**vars(parser.parse(arguments)))


class Group:
    """Commands under one name."""

    def __init__(self, help: str, commands: Mapping[str, Callable[[], Runnable]] | None = None) -> None:  # noqa: A002
        """Take commands that are made when they are asked for."""
        self.summary = help
        self._commands = dict(commands or {})

    def command(self, *, name: str, epilog: str = "") -> Callable[[Function], Function]:
        """Make a function a command of this group."""

        def add(function: Function) -> Function:
            self._commands[name] = lambda: Command(function, epilog)
            return function

        return add

    def run(self, prog: str, arguments: Sequence[str]) -> None:
        """Run the command that the first argument names."""
        name, *rest = arguments or ["--help"]
        if name in self._commands:
            self._commands[name]().run(f"{prog} {name}", rest)
            return
        if name not in ("-h", "--help"):
            from hatch_encoderfile.messages import did_you_mean

            raise UsageError(f"no command {name!r}{did_you_mean(name, self._commands)}: try {prog} --help")
        width = max(map(len, self._commands)) + 2
        listed = "\n".join(f"  {name:<{width}} {made().summary}" for name, made in self._commands.items())
        parser = _Parser(prog, self.summary, f"commands:\n{listed}\n\n{prog} COMMAND --help says more.")
        parser.usage = f"{prog} COMMAND …"
        parser.print_help()
        raise SystemExit(0 if arguments else UsageError.exit_code)


class _Parser(argparse.ArgumentParser):
    def __init__(self, prog: str, description: str | None, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self.options = self.add_argument_group("options")
        self.options.add_argument("-h", "--help", action="help", help="Show this.")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The values of all parameters."""
        flags = {name for action in self._actions if action.nargs == 0 for name in action.option_strings}
        return self.parse_args(options_first(arguments, flags, self._check_name))

    def _check_name(self, name: str) -> None:
        names = {known.removeprefix("--"): known for action in self._actions for known in action.option_strings}
        if name.startswith("--") and name not in names.values():
            from hatch_encoderfile.messages import did_you_mean

            self.error(f"no option {name}{did_you_mean(name.removeprefix('--'), names)}")

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: try {self.prog} --help")


class _Type:
    """What a parameter takes: one value or many, and of which type."""

    def __init__(self, annotation: Any) -> None:
        options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
        [kind] = [option for option in options if option is not type(None)]
        self.is_list = get_origin(kind) is list
        self.kind = get_args(kind)[0] if self.is_list else kind

    @property
    def parser(self) -> Callable[[str], Any]:
        """What makes a value of the text."""
        return _choice(self.kind) if issubclass(self.kind, enum.Enum) else self.kind


def _choice(kind: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    names = ", ".join(str(item.value) for item in kind)

    def parse(text: str) -> enum.Enum:
        try:
            return kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected one of {names}, found {text!r}") from None

    return parse


def _add_argument(parser: argparse.ArgumentParser, name: str, kind: _Type, default: Any, declared: Argument) -> None:
    is_required = default is inspect.Parameter.empty
    nargs = "*" if kind.is_list else None if is_required else "?"
    keywords = {} if is_required else {"default": default}
    parser.add_argument(name, metavar=name.upper(), nargs=nargs, type=kind.parser, help=_help(declared), **keywords)


def _add_option(group: argparse._ArgumentGroup, name: str, kind: _Type, default: Any, declared: Option) -> None:
    names = declared.names or (f"--{name.replace('_', '-')}",)
    if kind.kind is bool:
        action = "store_true" if declared.names else argparse.BooleanOptionalAction
        group.add_argument(*names, dest=name, action=action, default=default, help=_help(declared))
        return
    group.add_argument(
        *names,
        dest=name,
        action="append" if kind.is_list else "store",
        type=declared.parser or kind.parser,
        metavar=declared.metavar,
        default=os.environ.get(declared.envvar, default) if declared.envvar else default,
        help=_help(declared),
    )


def _help(declared: Argument | Option) -> str:
    return declared.help.replace("%", "%%")
