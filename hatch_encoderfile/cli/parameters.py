"""Parameters shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def target_option(help: str) -> Any:  # noqa: A002 - as Typer calls it
    """The option `--target`; `--platform` is its name in Mozilla's command line."""
    return typer.Option("--target", "--platform", metavar="TARGET", autocompletion=_targets, help=help)


def _targets(incomplete: str) -> list[str]:
    """The targets that begin with a text, for completion in a shell."""
    from hatch_encoderfile.targets import HOST, TARGETS

    return [name for name in (*TARGETS, HOST) if name.startswith(incomplete)]


File = Annotated[Path, typer.Argument(help="An encoderfile.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AllowOutside = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="DIR",
        help="Let the spec use files below DIR, which is outside of its own folder. May be given more than once.",
    ),
]
BaseBinaryPath = Annotated[Path | None, typer.Option(help="Use this file as the base binary.")]
