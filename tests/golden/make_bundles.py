"""Write the golden statements and bundles of `bundles/`: signed once, by an instance of Sigstore whose keys are gone since.

Run as `PYTHONPATH=tests python tests/golden/make_bundles.py [COSIGN]`; every run gives other bytes. With the path of cosign 2 or
newer its own bundle is made, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support.signed_files import sign_with, write_keys
from support.sigstore_instance import Instance

from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.standards.json import canonical

HERE = Path(__file__).parent
FILE = HERE / "container" / "tiny.encoderfile"
BUNDLES = ("", ".slsa", ".cdx")


def bill(sha256: str) -> bytes:
    """The least bill about a file."""
    component = {
        "bom-ref": "encoderfile",
        "hashes": [{"alg": "SHA-256", "content": sha256}],
        "name": "tiny",
        "type": "application",
        "version": "1.2.3",
    }
    return canonical({"bomFormat": "CycloneDX", "metadata": {"component": component}, "specVersion": "1.6"})


def prepare(folder: Path) -> Path:
    """A copy of the file with its statements."""
    folder.mkdir(parents=True)
    file = Path(shutil.copy(FILE, folder))
    shutil.copy(HERE / "provenance" / "tiny.slsa.json", f"{file}.slsa.json")
    Path(f"{file}.cdx.json").write_bytes(bill(hashlib.sha256(file.read_bytes()).hexdigest()))
    return file


def keep(file: Path, name: str) -> None:
    """Copy the bundles of a signed file to the golden ones."""
    target = HERE / "bundles" / name
    target.mkdir(exist_ok=True)
    for kind in BUNDLES:
        shutil.copy(f"{file}{kind}.sigstore.json", target)


def main() -> None:
    """Sign with certificates and either log, with a key, and with cosign."""
    with tempfile.TemporaryDirectory() as name, Instance() as instance:
        folder = Path(name)
        for rekor in (1, 2):
            file = prepare(folder / f"rekor-v{rekor}")
            sign_with(file, instance, rekor)
            keep(file, f"rekor-v{rekor}")
        private, public = write_keys(folder)
        file = prepare(folder / "key")
        sign(file, lambda: KeySigner(read_private(private)))
        keep(file, "key")
        shutil.copy(public, HERE / "bundles" / "key" / "key.pub")
        shutil.copy(f"{file}.cdx.json", HERE / "bundles" / "tiny.encoderfile.cdx.json")
        root = HERE / "bundles" / "trusted_root.json"
        root.write_text(json.dumps(instance.trusted_root(), indent=1) + "\n", encoding="utf-8")
        if sys.argv[1:]:
            config = folder / "signing_config.json"
            config.write_text(json.dumps(instance.signing_config()))
            bundle = HERE / "bundles" / "cosign" / "tiny.encoderfile.sigstore.json"
            bundle.parent.mkdir(exist_ok=True)
            command = [sys.argv[1], "sign-blob", str(FILE), "--yes", "--bundle", str(bundle)]
            command += [
                "--identity-token",
                instance.token(),
                "--signing-config",
                str(config),
                "--trusted-root",
                str(root),
            ]
            subprocess.run(command, check=True, env=os.environ | {"HOME": name})
            bundle.chmod(0o644)


if __name__ == "__main__":
    main()
