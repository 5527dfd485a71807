"""`python -m hatch_encoderfile.bases FILE… --url URL`, in a source tree: add built bases to `bases.json` for a release."""

from __future__ import annotations

import argparse
from pathlib import Path

from encoderfile_runtime.errors import EncoderfileError

from . import index


def main() -> None:
    """Rewrite the index with the entries of the built bases replaced."""
    parser = argparse.ArgumentParser(prog="python -m hatch_encoderfile.bases", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a base from `encoderfile base build`")
    parser.add_argument("--url", required=True, help="the folder where the bases will be published")
    parser.add_argument("--identity", default="", help="who will sign them, as the certificate says it")
    parser.add_argument("--issuer", default="", help="the provider that says who it is")
    given = parser.parse_args()
    root = Path(__file__).parents[2]
    signer = {"identity": given.identity, "issuer": given.issuer}
    try:
        index.write(root, index.updated(index.entries().values(), given.files, given.url, **signer))
    except EncoderfileError as error:
        parser.exit(error.exit_code, f"error: {error.diagnostics()}\n")


if __name__ == "__main__":
    main()
