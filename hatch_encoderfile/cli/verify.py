"""`encoderfile verify`: every byte of a file, and with --sigstore who signed it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.format import verify as verification
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.files.zstd import decompress

from . import output
from .groups import Command
from .parameters import Json

if TYPE_CHECKING:
    from hatch_encoderfile.verification.demand import Options
    from hatch_encoderfile.verification.rules import Ruling

EXAMPLES = """\
Examples:
encoderfile verify minilm.encoderfile  # exit code 0, or 3 and the reason
encoderfile verify --sigstore minilm.encoderfile --identity you@example.com --issuer https://github.com/login/oauth
encoderfile verify --sigstore minilm.encoderfile --policy policy.toml --explain
encoderfile verify --sigstore minilm.encoderfile --policy policy.toml --vsa minilm.encoderfile.vsa.json
encoderfile verify --sigstore --any-file sbom.cdx.json --key release.pub --bundle sbom.sigstore.json

Exit codes with --sigstore: 3 a broken file, 4 no signature, 5 refused.
"""

_SIGNER, _TRUST = "Who signed", "What to trust"


app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def verify(
    file: Annotated[str, typer.Argument(help="An encoderfile.")],
    *,
    as_json: Json = False,
    sigstore: Annotated[bool, typer.Option("--sigstore", help="Check the signature too.")] = False,
    any_file: Annotated[
        bool, typer.Option("--any-file", help="FILE is no encoderfile, or `sha256:HEX`: check only its signature.")
    ] = False,
    bundle: Annotated[Path | None, typer.Option(help="The bundle; FILE.sigstore.json by default.")] = None,
    require_provenance: Annotated[
        bool, typer.Option("--require-provenance", help="Refuse without signed SLSA provenance.")
    ] = False,
    require_sbom: Annotated[bool, typer.Option("--require-sbom", help="Refuse without a signed SBOM.")] = False,
    policy: Annotated[Path | None, typer.Option(help="A policy in TOML: who may sign, what may be in FILE.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show what each rule found, and which decided.")] = False,
    vsa: Annotated[
        Path | None, typer.Option(help="Write a SLSA verification summary here; it needs --policy.", metavar="OUT")
    ] = None,
    identity: Annotated[str | None, typer.Option(help="The signer, exactly.", rich_help_panel=_SIGNER)] = None,
    identity_regex: Annotated[
        str | None, typer.Option(help="In its place: matches all of the signer.", rich_help_panel=_SIGNER)
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="The provider that said who it is.", rich_help_panel=_SIGNER)
    ] = None,
    source_repo: Annotated[
        str | None,
        typer.Option(help="URI of the repository that the signer's workflow ran on.", rich_help_panel=_SIGNER),
    ] = None,
    source_ref: Annotated[
        str | None, typer.Option(help="The ref it ran on, such as refs/tags/v1.", rich_help_panel=_SIGNER)
    ] = None,
    source_digest: Annotated[str | None, typer.Option(help="The commit it ran on.", rich_help_panel=_SIGNER)] = None,
    trigger: Annotated[
        str | None, typer.Option(help="The event that started it, such as push.", rich_help_panel=_SIGNER)
    ] = None,
    runner_environment: Annotated[
        str | None, typer.Option(help="Where it ran: github-hosted or self-hosted.", rich_help_panel=_SIGNER)
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="In place of all these: a public key in PEM.", rich_help_panel=_SIGNER)
    ] = None,
    trusted_root: Annotated[
        Path | None, typer.Option(help="Another Sigstore instance's root.", rich_help_panel=_TRUST)
    ] = None,
    trust_config: Annotated[
        Path | None, typer.Option(help="The same, in a client trust config.", rich_help_panel=_TRUST)
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch the public instance's root now.", rich_help_panel=_TRUST)
    ] = False,
) -> None:
    """Check every byte of a file: structure, digests, and that nothing is unaccounted for; with --sigstore who signed it."""
    from hatch_encoderfile.verification.demand import Options

    options = Options(
        identity=identity,
        identity_regex=identity_regex,
        issuer=issuer,
        source_repository=source_repo,
        source_ref=source_ref,
        source_digest=source_digest,
        trigger=trigger,
        runner_environment=runner_environment,
        key=key,
        bundle=bundle,
        trusted_root=trusted_root,
        trust_config=trust_config,
        refresh=refresh,
        require_provenance=require_provenance,
        require_sbom=require_sbom,
        policy=policy,
    )
    if sigstore:
        _verify_signature(file, options, any_file=any_file, as_json=as_json, explain=explain, summary=vsa)
    elif any_file or explain or vsa or options != Options():
        raise UsageError("options about signatures need --sigstore")
    else:
        _verify_content(file, as_json=as_json)


def _verify_content(file: str, *, as_json: bool) -> None:
    container = Container(file)
    with output.progress("verifying", container.size) as advance:
        result = verification.verify(container, advance, decompress=decompress)
    if as_json:
        output.print_json(result.as_json())
    else:
        output.show_lines(verification.as_text(result))


def _verify_signature(
    file: str, options: Options, *, any_file: bool, as_json: bool, explain: bool, summary: Path | None
) -> None:
    from hatch_encoderfile.verification.demand import demand
    from hatch_encoderfile.verification.verify import verify as run

    rulings: list[Ruling] = []
    try:
        wanted = demand(options)
        if summary and not wanted.policy:
            raise UsageError("--vsa needs --policy: a summary says which policy a file has met")
        with output.progress("verifying") as advance:
            outcome = run(file, wanted, any_file=any_file, progress=advance, explain=rulings.append)
        if summary:
            from hatch_encoderfile.verification.summary import write

            write(summary, outcome)
    except EncoderfileError as error:
        if as_json:
            facts = {"file": file, "verified": False, "exit_code": error.exit_code, "reason": str(error)}
            output.print_json(facts | _explained(rulings, wanted=explain))
        elif explain:
            _show(rulings)
        raise
    if as_json:
        output.print_json(outcome.as_json() | _explained(rulings, wanted=explain))
    else:
        output.show_lines(outcome.as_text())
        if explain:
            _show(rulings)
        if summary:
            output.show(str(summary))
    for warning in outcome.warnings():
        output.note(warning, "warning")


def _explained(rulings: list[Ruling], *, wanted: bool) -> dict[str, object]:
    return {"rules": [ruling._asdict() for ruling in rulings]} if wanted else {}


def _show(rulings: list[Ruling]) -> None:
    """The rules in the order in which they were looked at; the first that does not hold decided."""
    table = output.table("", "rule", "what was found")
    for ruling in rulings:
        table.add_row("ok" if ruling.holds else "refused", ruling.rule, ruling.said)
    output.show_table(table)
