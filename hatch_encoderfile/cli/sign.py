"""`encoderfile sign`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoderfile_runtime.errors import UsageError

from . import output
from .groups import Command
from .parameters import File, Json

if TYPE_CHECKING:
    from hatch_encoderfile.signatures.sign import BundleSigner, Signed

EXAMPLES = """\
Examples:
encoderfile sign minilm.encoderfile  # in CI with its identity, elsewhere with a browser
encoderfile sign minilm.encoderfile --key release.pem  # without a network

Writes FILE.sigstore.json, and a bundle for each of FILE.slsa.json, FILE.cdx.json and FILE.vsa.json that is there.
"""


app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def sign(
    file: File,
    *,
    statement: Annotated[
        list[Path] | None,
        typer.Option(
            help="A statement to sign; by default FILE.slsa.json, FILE.cdx.json and FILE.vsa.json, where they are."
        ),
    ] = None,
    identity_token: Annotated[
        str | None,
        typer.Option(help="An identity token, where neither CI nor a browser gives one.", envvar="SIGSTORE_ID_TOKEN"),
    ] = None,
    trust_config: Annotated[Path | None, typer.Option(help="Sign with another Sigstore instance.")] = None,
    staging: Annotated[bool, typer.Option("--staging", help="Sign with Sigstore's instance for tests.")] = False,
    key: Annotated[
        Path | None, typer.Option(help="Sign with this private key in PEM, EC P-256, and no identity.")
    ] = None,
    oms: Annotated[bool, typer.Option("--oms", help="Write FILE.sig too, an OpenSSF Model Signing bundle.")] = False,
    any_file: Annotated[bool, typer.Option("--any-file", help="FILE is no encoderfile.")] = False,
    as_json: Json = False,
) -> None:
    """Sign a file and the statements about it, in bundles beside it. The file stays as it is."""
    from hatch_encoderfile.signatures.keyless import keyless_signer
    from hatch_encoderfile.signatures.keys import KeySigner, read_private
    from hatch_encoderfile.signatures.sign import sign as run

    if key and (trust_config or staging):
        raise UsageError("--key signs without a Sigstore instance: leave --trust-config and --staging out")
    if trust_config and staging:
        raise UsageError("--trust-config and --staging are two instances: give one")

    def signer() -> BundleSigner:
        if key:
            return KeySigner(read_private(key))
        return keyless_signer(identity_token, trust_config, staging=staging)

    with output.progress("signing") as advance:
        signed = run(file, signer, statements=statement, model_signing=oms, any_file=any_file, progress=advance)
    if as_json:
        paths = {"bundles": [*map(str, signed.bundles)], "stale": [*map(str, signed.stale)]}
        output.print_json(signed._asdict() | paths)
    else:
        _print(signed, file)


def _print(signed: Signed, file: Path) -> None:
    for path in signed.bundles:
        output.show(str(path))
    output.show(f"  signed by  {signed.signer}")
    output.show(f"  sha256     {signed.sha256}")
    for path in signed.stale:
        output.note(f"{path} is from an earlier signing: take it away, or sign what it is of again", "warning")
    output.note(f"check it with: encoderfile verify --sigstore {shlex.quote(str(file))} {signed.verify_with}")
