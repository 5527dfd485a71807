"""docs/reference/cli.md, made from the Typer app.

The page is put together from names, types and help texts alone. Typer's own help depends on its release and on the terminal.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import typer

from hatch_encoderfile.cli.app import NAME, app

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# The command line

<!-- Generated: `make generate` writes it anew. -->

`{name} COMMAND --help` says the same. Options and arguments may come in any order; `--` ends the options. A file's own commands,
`./model.encoderfile infer …`, are in [run a model](../how-to/run.md).

Errors are one line on standard error. Results are on standard output, without colours where it is no terminal or `NO_COLOR` is
set; `--json` makes them one JSON document. `{name} --install-completion` has the current shell complete commands, options and
targets; `--show-completion` prints the script instead. What a command's end means is in [exit codes](exit-codes.md).
"""
_NOT_RUN = "<!-- not run: they name files and addresses that are not there; tests/cli runs each command -->"


def reference() -> str:
    """The page, whole."""
    command = typer.main.get_command(app)
    return _HEAD.format(name=NAME) + "".join(_sections(command, _context(command, NAME, None)))


def _context(command: Any, name: str, parent: Any) -> Any:
    return command.make_context(name, [], parent=parent, resilient_parsing=True)


def _sections(command: Any, context: Any) -> Iterator[str]:
    """A section for a command, and for each of those below it."""
    parameters = [item for item in command.get_params(context) if item.name != "help"]
    arguments = [item for item in parameters if item.param_type_name == "argument"]
    options = [item for item in parameters if item.param_type_name == "option"]
    names = command.list_commands(context) if hasattr(command, "list_commands") else []
    usage = [
        context.command_path,
        *["[OPTIONS]"] * bool(options),
        *map(_placeholder, arguments),
        *["COMMAND"] * bool(names),
    ]
    yield f"\n## {context.command_path}\n\n{command.help}\n\n```text\nUsage: {' '.join(usage)}\n```\n"
    if names:
        yield "\n| command | |\n|---|---|\n"
        for name in names:
            below = command.get_command(context, name)
            path = f"{context.command_path} {name}"
            yield f"| [`{path}`](#{path.replace(' ', '-')}) | {_cell(below.help.partition(chr(10))[0])} |\n"
    if arguments:
        yield "\n| argument | |\n|---|---|\n"
        for item in arguments:
            yield f"| `{_placeholder(item)}` | {_cell(item.help)} |\n"
    panels = dict.fromkeys(item.rich_help_panel or "" for item in options)
    for panel in panels:
        yield f"\n{panel and f'{panel}:{chr(10) * 2}'}| option | value | |\n|---|---|---|\n"
        for item in options:
            if (item.rich_help_panel or "") == panel:
                yield _option(item)
    header, _, examples = (command.epilog or "").strip().partition("\n")
    if header == "Examples:":
        lines, _, rest = examples.partition("\n\n")
        yield f"\n{_NOT_RUN}\n```sh\n{lines}\n```\n" + (f"\n{rest}\n" if rest else "")
    for name in names:
        below = command.get_command(context, name)
        yield from _sections(below, _context(below, name, context))


def _placeholder(argument: Any) -> str:
    return str(argument.metavar if argument.required else f"[{argument.metavar}]")


def _option(option: Any) -> str:
    names = [*option.opts, *option.secondary_opts]
    shown = ", ".join(f"`{name}`" for name in sorted(names, key=lambda name: name.startswith("--")))
    text = option.help or ""
    if option.is_flag:
        if option.secondary_opts:
            text += f" Default: `{(option.opts if option.default else option.secondary_opts)[0]}`."
    elif option.default is not None:
        text += f" Default: `{option.default}`."
    if option.envvar:
        text += f" Or the variable `{option.envvar}`."
    return f"| {shown} | {'' if option.is_flag else _value(option)} | {_cell(text)} |\n"


def _value(option: Any) -> str:
    """What an option takes: its choices, what it calls its value, or the kind of it."""
    choices = getattr(option.type, "choices", None)
    if choices:
        return ", ".join(f"`{item.value if isinstance(item, enum.Enum) else item}`" for item in choices)
    return f"`{option.metavar or ('PATH' if option.type.name == 'path' else 'TEXT')}`"


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")
