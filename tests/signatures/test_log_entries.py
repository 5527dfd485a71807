"""Log entries that sigstore-python does not read: of whole envelopes, and of signatures by keys."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.signed_files import IDENTITY, instance, signed
from support.sigstore_instance import Instance, rekor
from support.sigstore_instance.encoding import b64
from support.sigstore_instance.transparency_log import Log

from hatch_encoderfile.signatures import intoto, keys
from hatch_encoderfile.signatures.bundles import parse
from hatch_encoderfile.signatures.check import Signature, check
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keys import KeySigner
from hatch_encoderfile.signatures.log import root_of
from hatch_encoderfile.signatures.signers import Identity, Key
from hatch_encoderfile.signatures.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Document = dict[str, Any]

SHA256 = hashlib.sha256(b"the file").digest()
STATEMENT = intoto.make("https://slsa.dev/provenance/v1", "a", SHA256.hex(), {"made": "up"}).data


def _trust(folder: Path, **changes: Any) -> Trust:
    path = folder / "root.json"
    path.write_text(json.dumps(instance().trusted_root() | changes))
    return Trust(trusted_root=path)


def _check(document: Document, trust: Trust) -> Signature:
    return check(
        parse(json.dumps(document).encode(), "bundle"), SHA256, (Identity(IDENTITY, None, Instance.issuer),), trust
    )


def test_an_entry_of_a_whole_envelope(tmp_path: Path) -> None:
    found = _check(instance().attest_in_old_log(STATEMENT, instance().token()), _trust(tmp_path))

    assert found.claims
    assert found.claims.identity == IDENTITY
    assert len(found.times) == 2


def _entry(document: Document) -> Document:
    entry: Document = document["verificationMaterial"]["tlogEntries"][0]
    return entry


def _of_another(document: Document) -> None:
    other = instance().attest_in_old_log(STATEMENT, instance().token())
    document["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_of_another, "log entry: is of another signature", id="another-entry"),
        pytest.param(lambda it: it["dsseEnvelope"].update(payload="e30="), "invalid signature", id="payload"),
        pytest.param(lambda it: _entry(it).pop("inclusionPromise"), "integratedTime without", id="no-promise"),
        pytest.param(lambda it: _entry(it).update(integratedTime="1"), "invalid inclusion promise", id="time"),
        pytest.param(
            lambda it: _entry(it).update(kindVersion={"kind": "intoto", "version": "0.0.1"}),
            "log entry|0.0.1",
            id="version",
        ),
        pytest.param(
            lambda it: _entry(it)["inclusionProof"].update(hashes=[]), "proof is too short", id="inclusion-proof"
        ),
    ],
)
def test_an_entry_of_a_whole_envelope_that_does_not_hold(
    tmp_path: Path, change: Callable[[Document], object], message: str
) -> None:
    document = instance().attest_in_old_log(STATEMENT, instance().token())
    change(document)

    with pytest.raises(RefusedError, match=message):
        _check(document, _trust(tmp_path))


def test_a_certificate_that_no_log_has_promised_to_show(tmp_path: Path) -> None:
    document = instance().attest_in_old_log(STATEMENT, instance().token())
    other = instance("another instance").trusted_root()["ctlogs"]

    with pytest.raises(RefusedError, match="no certificate log of the trusted root has promised"):
        _check(document, _trust(tmp_path, ctlogs=other))
    with pytest.raises(RefusedError):
        _check(instance().attest_in_old_log(STATEMENT, instance().token(), logged=False), _trust(tmp_path))


def _key_bundle(folder: Path, version: int, *, file: bool) -> tuple[Document, Key]:
    """A bundle of a key with its log entry."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = folder / "key.pub"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    signer = KeySigner(key)
    document = json.loads(signer.message(SHA256) if file else signer.statement(STATEMENT))
    bundle = parse(json.dumps(document).encode(), "bundle")
    digest = SHA256 if file else hashlib.sha256(keys.pre_authentication(*bundle.envelope)).digest()
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if version == 2:
        verifier = {"publicKey": {"rawBytes": b64(der)}, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
        record = {"digest": b64(digest), "signature": {"content": b64(bundle.signature), "verifier": verifier}}
        entry = rekor.add_v2(instance().log_v2, {"hashedRekordRequestV002": record})
    else:
        entry = _in_bundle(instance(), bundle.signature, digest, b64(public.read_bytes()), None if file else document)
    document["verificationMaterial"]["tlogEntries"] = [entry]
    return document, Key(public)


def _in_bundle(it: Instance, signature: bytes, digest: bytes, pem: str, envelope: Document | None) -> Document:
    """An answer of Rekor v1 as it stands in a bundle."""
    if envelope is None:
        proposed: Document = {
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": digest.hex()}},
                "signature": {"content": b64(signature), "publicKey": {"content": pem}},
            },
        }
    else:
        content = {"envelope": json.dumps(envelope["dsseEnvelope"]), "verifiers": [pem]}
        proposed = {"kind": "dsse", "spec": {"proposedContent": content}}
    (entry,) = rekor.add_v1(it.log_v1, proposed).values()
    proof = entry["verification"]["inclusionProof"]
    return {
        "logIndex": str(entry["logIndex"]),
        "logId": {"keyId": b64(bytes.fromhex(entry["logID"]))},
        "kindVersion": {"kind": proposed["kind"], "version": "0.0.1"},
        "integratedTime": str(entry["integratedTime"]),
        "inclusionPromise": {"signedEntryTimestamp": entry["verification"]["signedEntryTimestamp"]},
        "inclusionProof": {
            "logIndex": str(proof["logIndex"]),
            "rootHash": b64(bytes.fromhex(proof["rootHash"])),
            "treeSize": str(proof["treeSize"]),
            "hashes": [b64(bytes.fromhex(item)) for item in proof["hashes"]],
            "checkpoint": {"envelope": proof["checkpoint"]},
        },
        "canonicalizedBody": entry["body"],
    }


def _check_key(document: Document, key: Key, trust: Trust) -> Signature:
    return check(parse(json.dumps(document).encode(), "bundle"), SHA256, (key,), trust)


@pytest.mark.parametrize("file", [True, False])
@pytest.mark.parametrize("version", [1, 2])
def test_an_entry_of_a_signature_by_a_key(tmp_path: Path, version: int, file: bool) -> None:
    document, key = _key_bundle(tmp_path, version, file=file)

    found = _check_key(document, key, _trust(tmp_path))

    assert len(found.times) == (version == 1)


@pytest.mark.parametrize("file", [True, False])
@pytest.mark.parametrize("version", [1, 2])
def test_an_entry_of_another_signature_by_a_key(tmp_path: Path, version: int, file: bool) -> None:
    other, _ = _key_bundle(tmp_path, version, file=file)
    document, key = _key_bundle(tmp_path, version, file=file)
    document["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]

    with pytest.raises(RefusedError, match="log entry: is of another signature"):
        _check_key(document, key, _trust(tmp_path))


def test_a_file_is_not_signed_by_the_entry_of_a_statement(tmp_path: Path) -> None:
    document, key = _key_bundle(tmp_path, 1, file=True)
    it = json.loads(signed(tmp_path / "files", 1).provenance.read_bytes())
    document["verificationMaterial"]["tlogEntries"] = it["verificationMaterial"]["tlogEntries"]

    with pytest.raises(RefusedError, match=r"dsse 0\.0\.1 is no entry of such a signature"):
        _check_key(document, key, _trust(tmp_path))


def test_the_root_of_each_leaf_of_each_small_tree() -> None:
    """Against the log's own proofs, for every size in which the shape of the path changes."""
    log = Log("log", ec.generate_private_key(ec.SECP256R1()))
    for number in range(1, 20):
        body = f"entry {number}".encode()
        inclusion = log.append(body)

        assert root_of(inclusion.position, inclusion.size, inclusion.hashes, body) == inclusion.root
        with pytest.raises(ValueError, match=r"too long|too short"):
            root_of(inclusion.position, inclusion.size, [*inclusion.hashes, bytes(32)], body)


def test_an_index_beyond_the_tree() -> None:
    with pytest.raises(ValueError, match="index 5 in a tree of 5"):
        root_of(5, 5, [], b"")
