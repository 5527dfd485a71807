"""cosign, sigstore-go and the sigstore CLI accept what we sign, and we accept what they sign."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.debian_tools import UnavailableError, fetch
from support.processes import CHECKOUT
from support.signed_files import IDENTITY, SignedFile, instance, signed, unsigned, write_keys

from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

TYPES = {"": None, ".slsa": "slsaprovenance1", ".cdx": "cyclonedx"}


class Files(NamedTuple):
    """A signed file, and what clients of the instance need."""

    it: SignedFile
    config: str
    signing_config: str
    token: str

    @property
    def file(self) -> str:
        return str(self.it.file)

    @property
    def root(self) -> str:
        return str(self.it.trusted_root)

    def bundle(self, kind: str) -> str:
        return f"{self.file}{kind}.sigstore.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the programs keep for themselves goes with the test."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture(params=[1, 2], ids=["rekor-v1", "rekor-v2"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    it = signed(tmp_path / "signed", request.param)
    config, signing_config = tmp_path / "config.json", tmp_path / "signing_config.json"
    config.write_text(json.dumps(instance().trust_config(request.param)))
    signing_config.write_text(json.dumps(instance().signing_config(request.param)))
    return Files(it, str(config), str(signing_config), instance().token())


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with cosign and sigstore-go."""
    try:
        return fetch(CHECKOUT / ".cache" / "debian-tools")
    except UnavailableError as error:
        pytest.skip(str(error))


def run(program: Path | str, *arguments: str) -> int:
    """A program's exit code; it may reach the loopback instance."""
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "COSIGN_PASSWORD": "", "COSIGN_YES": "true"}
    done = subprocess.run(
        [program, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    sys.stderr.write(done.stderr)
    return done.returncode


def sigstore(files: Files, *arguments: str) -> int:
    """The CLI of the sigstore package in this environment."""
    return run(sys.executable, "-m", "sigstore", "--trust-config", files.config, *arguments)


def who(cosign: bool = True) -> tuple[str, ...]:
    """The options of cosign, or of sigstore-go, for the identity that signed."""
    names = ("--certificate-identity", "--certificate-oidc-issuer") if cosign else ("-expectedSAN", "-expectedIssuer")
    return names[0], IDENTITY, names[1], instance().issuer


def we_accept(files: Files, bundle: Path) -> None:
    """Verify with our verifier."""
    verify(files.file, files.it.demand(bundle=bundle))


@pytest.mark.parametrize("kind", TYPES)
def test_cosign_accepts_what_we_sign(files: Files, programs: Path, kind: str) -> None:
    options = ("--trusted-root", files.root, *who(), "--bundle", files.bundle(kind))
    predicate = TYPES[kind]

    if predicate is None:
        code = run(programs / "cosign", "verify-blob", *options, files.file)
    else:
        code = run(programs / "cosign", "verify-blob-attestation", "--type", predicate, *options, files.file)

    assert code == 0


def test_cosign_refuses_a_changed_file(files: Files, programs: Path) -> None:
    files.it.file.write_bytes(files.it.file.read_bytes() + b"\0")
    options = ("--trusted-root", files.root, *who(), "--bundle", files.bundle(""))

    assert run(programs / "cosign", "verify-blob", *options, files.file) != 0


@pytest.mark.parametrize("kind", TYPES)
def test_sigstore_go_accepts_what_we_sign(files: Files, programs: Path, kind: str) -> None:
    options = ("-artifact", files.file, *who(cosign=False), "-trustedrootJSONpath", files.root)

    assert run(programs / "sigstore-go-verification", *options, files.bundle(kind)) == 0


@pytest.mark.parametrize("kind", TYPES)
def test_the_sigstore_cli_accepts_what_we_sign(files: Files, kind: str) -> None:
    expected = ("--cert-identity", IDENTITY, "--cert-oidc-issuer", instance().issuer)

    assert (
        sigstore(files, "verify", "identity", "--offline", *expected, "--bundle", files.bundle(kind), files.file) == 0
    )


def _statement(files: Files, bundle: Path) -> tuple[str, ...]:
    return "attest-blob", "--statement", f"{files.file}.slsa.json", "--bundle", str(bundle)


def _predicate(files: Files, bundle: Path) -> tuple[str, ...]:
    document = f"{files.file}.cdx.json"
    return "attest-blob", "--type", "cyclonedx", "--predicate", document, "--bundle", str(bundle), files.file


def _blob(files: Files, bundle: Path) -> tuple[str, ...]:
    return "sign-blob", "--bundle", str(bundle), files.file


@pytest.mark.parametrize("command", [_blob, _statement, _predicate])
def test_we_accept_what_cosign_signs(
    files: Files, programs: Path, tmp_path: Path, command: Callable[[Files, Path], tuple[str, ...]]
) -> None:
    bundle = tmp_path / "cosign.json"
    services = ("--signing-config", files.signing_config, "--trusted-root", files.root)
    name, *arguments = command(files, bundle)

    assert run(programs / "cosign", name, *services, "--identity-token", files.token, *arguments) == 0
    we_accept(files, bundle)


def test_we_accept_what_the_sigstore_cli_signs(files: Files, tmp_path: Path) -> None:
    bundle, attested, predicate = (tmp_path / name for name in ("signed.json", "attested.json", "predicate.json"))
    predicate.write_text(json.dumps(json.loads(Path(f"{files.file}.slsa.json").read_bytes())["predicate"]))
    kind = ("--predicate-type", "https://slsa.dev/provenance/v1", "--predicate", str(predicate))

    assert sigstore(files, "sign", "--identity-token", files.token, "--bundle", str(bundle), files.file) == 0
    assert sigstore(files, "attest", "--identity-token", files.token, *kind, "--bundle", str(attested), files.file) == 0
    we_accept(files, bundle)
    we_accept(files, attested)


@pytest.mark.parametrize("kind", TYPES)
def test_cosign_accepts_what_we_sign_with_a_key(tmp_path: Path, programs: Path, kind: str) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))
    predicate = TYPES[kind]
    command = ("verify-blob",) if predicate is None else ("verify-blob-attestation", "--type", predicate)
    options = ("--key", str(public), "--bundle", f"{file}{kind}.sigstore.json", "--insecure-ignore-tlog")

    assert run(programs / "cosign", *command, *options, str(file)) == 0


def test_we_accept_what_cosign_signs_with_a_key(tmp_path: Path, programs: Path) -> None:
    file, bundle, key = unsigned(tmp_path), tmp_path / "bundle.json", tmp_path / "cosign"
    nowhere = ("--use-signing-config=false", "--tlog-upload=false")

    assert run(programs / "cosign", "generate-key-pair", "--output-key-prefix", str(key)) == 0
    assert (
        run(programs / "cosign", "sign-blob", "--key", f"{key}.key", *nowhere, "--bundle", str(bundle), str(file)) == 0
    )
    verify(str(file), demand(Options(key=key.with_suffix(".pub"), bundle=bundle)))
