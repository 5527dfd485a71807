"""A tiny encoderfile with its sidecars, signed by the loopback instance once and copied for each test."""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hatch_encoderfile.build import build
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keyless import keyless_signer
from hatch_encoderfile.signatures.sidecars import PROVENANCE, SBOM, message_bundle
from hatch_encoderfile.signatures.sign import Signed, sign
from hatch_encoderfile.spec import read_spec
from hatch_encoderfile.verification.demand import Demand, Options, demand
from hatch_encoderfile.verification.verify import verify
from support.model_repo import write_repo
from support.sigstore_instance import Instance

if TYPE_CHECKING:
    from collections.abc import Callable

IDENTITY = "dev@example.com"
WORKFLOW = "https://github.com/acme/models/.github/workflows/release.yml@refs/heads/main"
GITHUB = "https://token.actions.githubusercontent.com"
LICENSE, SOURCE = "Apache-2.0 OR MIT", "pkg:huggingface/acme/tiny@abc"
NAME = "tiny.encoderfile"


class SignedFile(NamedTuple):
    """A copy that a test may change, with the root of the instance that signed it."""

    file: Path
    trusted_root: Path

    @property
    def bundle(self) -> Path:
        return message_bundle(self.file)

    @property
    def provenance(self) -> Path:
        return PROVENANCE.bundle(self.file)

    @property
    def sbom(self) -> Path:
        return SBOM.bundle(self.file)

    def demand(self, **changes: Any) -> Demand:
        """What the signature fulfils, unless changed."""
        options: dict[str, Any] = {
            "identity": IDENTITY,
            "issuer": instance().issuer,
            "trusted_root": self.trusted_root,
        }
        return demand(Options(**(options | changes)))


@cache
def instance(name: str = "the instance that is trusted") -> Instance:
    """An instance that runs until the tests end; another name, another instance."""
    del name
    made = Instance()
    atexit.register(made.__exit__)
    return made.__enter__()


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="signed-files-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@cache
def _built() -> Path:
    spec = read_spec(write_repo(_folder() / "repo", f'license = "{LICENSE}"\nsource = "{SOURCE}"\n'))[0]
    ci = [name for name in os.environ if name.startswith(("CI", "GITHUB_", "GITLAB_"))]
    with pytest.MonkeyPatch.context() as patch:
        for name in ci:
            patch.delenv(name)
        return build(spec, target="portable", output=_folder() / "built" / NAME).path


@cache
def _original(rekor: int, github: bool) -> Path:
    folder = _folder() / f"rekor-{rekor}-github-{github}"
    shutil.copytree(_built().parent, folder)
    sign_with(folder / NAME, instance(), rekor, instance().github_token() if github else None)
    (folder / "root.json").write_text(json.dumps(instance().trusted_root()))
    return folder


def unsigned(folder: Path) -> Path:
    """A copy of the built file and its sidecars."""
    shutil.copytree(_built().parent, folder, dirs_exist_ok=True)
    return folder / NAME


def signed(folder: Path, rekor: int = 2, *, github: bool = False) -> SignedFile:
    """A copy of the signed file with everything beside it."""
    shutil.copytree(_original(rekor, github), folder, dirs_exist_ok=True)
    return SignedFile(folder / NAME, folder / "root.json")


def sign_with(file: Path, by: Instance, rekor: int = 2, token: str | None = None, **options: Any) -> Signed:
    """Sign a file with an instance."""
    config = file.with_name("trust_config.json")
    config.write_text(json.dumps(by.trust_config(rekor)))
    try:
        return sign(file, lambda: keyless_signer(token or by.token(), config, staging=False), **options)
    finally:
        config.unlink()


def sign_statement(statement: bytes, by: Instance, folder: Path, token: str | None = None) -> bytes:
    """A bundle with any statement."""
    config = folder / "trust_config.json"
    config.write_text(json.dumps(by.trust_config()))
    return keyless_signer(token or by.token(), config, staging=False).statement(statement)


def write_keys(folder: Path, name: str = "key") -> tuple[Path, Path]:
    """A private key and its public half."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


def edit(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a bundle's JSON in place."""
    document = json.loads(bundle.read_bytes())
    change(document)
    bundle.write_text(json.dumps(document))


def flipped(encoded: str) -> str:
    """Base64 with the last bit of what it holds turned."""
    data = bytearray(base64.b64decode(encoded))
    data[-1] ^= 1
    return base64.b64encode(data).decode()


def refuse(it: SignedFile, message: str, **changes: Any) -> None:
    """Assert that the file is refused, and why."""
    with pytest.raises(RefusedError, match=message):
        verify(str(it.file), it.demand(**changes))
