"""Signing with a key of one's own, and each file that is no such key."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.signed_files import unsigned, write_keys

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.signatures.keys import PASSWORD, KeySigner, read_private, read_public
from hatch_encoderfile.signatures.sign import sign

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_signs_what_cosign_expects(tmp_path: Path) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)

    sign(file, lambda: KeySigner(read_private(private)))

    document = json.loads(file.with_name(f"{file.name}.sigstore.json").read_bytes())
    der = read_public(public).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert document["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert (
        document["verificationMaterial"]["publicKey"]["hint"] == base64.b64encode(hashlib.sha256(der).digest()).decode()
    )
    assert document["messageSignature"]["messageDigest"]["algorithm"] == "SHA2_256"
    assert len(list(tmp_path.glob("*.sigstore.json"))) == 3


def _pem(key: Any, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    encoded: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return encoded


def test_an_encrypted_key_wants_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"))

    with pytest.raises(UsageError, match=f"set {PASSWORD}"):
        read_private(path)
    monkeypatch.setenv(PASSWORD, "secret")
    assert isinstance(read_private(path), ec.EllipticCurvePrivateKey)
    path.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(UsageError, match=f"unset {PASSWORD}"):
        read_private(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(_pem(ec.generate_private_key(ec.SECP384R1())), "curve P-256", id="another-curve"),
        pytest.param(b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", "no private key in PEM", id="cosigns-own"),
        pytest.param(b"", "no private key in PEM", id="empty"),
    ],
)
def test_another_private_key_is_a_usage_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=message):
        read_private(path)


def test_a_public_key_on_another_curve_is_a_usage_error(tmp_path: Path) -> None:
    public = tmp_path / "key.pub"
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    public.write_bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))

    with pytest.raises(UsageError, match="curve P-256"):
        read_public(public)


def test_a_file_that_is_no_public_key_is_a_usage_error(tmp_path: Path) -> None:
    private, _ = write_keys(tmp_path)

    with pytest.raises(UsageError, match="no public key in PEM"):
        read_public(private)
