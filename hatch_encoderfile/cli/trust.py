"""`encoderfile trust`: the trusted root that `verify --sigstore` believes, where it is from, and a newer one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoderfile_runtime.errors import EncoderfileError, UsageError

from . import output
from .groups import Command, Group
from .parameters import Json

if TYPE_CHECKING:
    from hatch_encoderfile.signatures.freshness import Facts

app = typer.Typer(
    name="trust", cls=Group, help="The trusted root: whose word on identities and times counts.", add_completion=False
)

TrustedRoot = Annotated[Path | None, typer.Option(help="A trusted root in a file; the pinned one by default.")]

_SHOW_EXAMPLES = """\
Examples:
encoderfile trust show
encoderfile trust show --trusted-root trusted_root.json --json
"""
_CHECK_EXAMPLES = """\
Examples:
encoderfile trust check  # exit code 1 where something has expired
encoderfile trust check --trusted-root trusted_root.json
"""
_UPDATE_EXAMPLES = """\
Examples:
encoderfile trust update trusted_root.json  # commit it, and give it with --trusted-root
encoderfile trust update github.json --url https://tuf-repo.github.com --root github-tuf-root.json
"""


@app.command("show", cls=Command, epilog=_SHOW_EXAMPLES)
def show(*, trusted_root: TrustedRoot = None, as_json: Json = False) -> None:
    """Show where the trusted root is from, and until when each of its services is to be trusted."""
    _print(_look(trusted_root), as_json=as_json)


@app.command("check", cls=Command, epilog=_CHECK_EXAMPLES)
def check(*, trusted_root: TrustedRoot = None, as_json: Json = False) -> None:
    """Check that the trusted root has not expired, and that it knows a service of each kind which is in use today."""
    facts = _look(trusted_root)
    _print(facts, as_json=as_json)
    if facts.faults:
        raise EncoderfileError(f"{facts.source}: {'; '.join(facts.faults)}")


@app.command("update", cls=Command, epilog=_UPDATE_EXAMPLES)
def update(
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    url: Annotated[str | None, typer.Option(help="Another TUF repository; the public instance's by default.")] = None,
    root: Annotated[Path | None, typer.Option(help="The TUF root from which trust in it starts.")] = None,
    as_json: Json = False,
) -> None:
    """Fetch the trusted root of today through TUF into a file, to be reviewed and committed."""
    from hatch_encoderfile.files.atomic import atomic_output
    from hatch_encoderfile.signatures.freshness import look
    from hatch_encoderfile.signatures.root import parse
    from hatch_encoderfile.signatures.update import Repository, fetch

    if (url is None) != (root is None):
        raise UsageError("--url and --root go together: trust in another repository starts from its own root")
    data = fetch(Repository(url.rstrip("/"), root) if url and root else Repository())
    try:
        roots = parse(data)
    except ValueError as error:
        raise EncoderfileError(f"what TUF vouches for {error}: nothing was written") from error
    with atomic_output(out) as file:
        file.write(data)
    _print(look(str(out), data, roots, dt.datetime.now(dt.timezone.utc)), as_json=as_json)


def _look(path: Path | None) -> Facts:
    from hatch_encoderfile.signatures.freshness import look_at_file

    return look_at_file(path, dt.datetime.now(dt.timezone.utc))


def _print(facts: Facts, *, as_json: bool) -> None:
    if as_json:
        output.print_json(facts.as_json())
        return
    output.show(str(output.facts({"root": facts.source, "from": facts.origin, "sha256": facts.sha256})))
    table = output.table("service", "address", "from", "until", "now")
    for item in facts.services:
        table.add_row(item.kind, item.address, item.start or "", item.end or "", item.state)
    output.show(str(table))
    for fault in facts.faults:
        output.note(fault, "warning")
