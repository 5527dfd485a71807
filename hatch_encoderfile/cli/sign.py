"""`encoderfile sign`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from encoderfile_runtime.errors import UsageError

from . import output
from .command import Argument, Option

if TYPE_CHECKING:
    from hatch_encoderfile.signatures.sign import BundleSigner, Signed

EXAMPLES = """\
examples:
  encoderfile sign minilm.encoderfile — in CI with its identity, elsewhere with a browser
  encoderfile sign minilm.encoderfile --key release.pem — without a network

Writes FILE.sigstore.json, and FILE.slsa.sigstore.json and FILE.cdx.sigstore.json where FILE.slsa.json and FILE.cdx.json are.
"""


def sign(
    file: Annotated[Path, Argument(help="An encoderfile.")],
    *,
    statement: Annotated[
        list[Path] | None,
        Option(help="A statement to sign; by default FILE.slsa.json and FILE.cdx.json, where they are."),
    ] = None,
    identity_token: Annotated[
        str | None,
        Option(help="An identity token, where neither CI nor a browser gives one.", envvar="SIGSTORE_ID_TOKEN"),
    ] = None,
    trust_config: Annotated[Path | None, Option(help="Sign with another Sigstore instance.")] = None,
    staging: Annotated[bool, Option("--staging", help="Sign with Sigstore's instance for tests.")] = False,
    key: Annotated[Path | None, Option(help="Sign with this private key in PEM, EC P-256, and no identity.")] = None,
    oms: Annotated[bool, Option("--oms", help="Write FILE.sig too, an OpenSSF Model Signing bundle.")] = False,
    any_file: Annotated[bool, Option("--any-file", help="FILE is no encoderfile.")] = False,
    as_json: Annotated[bool, Option("--json", help="Print JSON.")] = False,
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
