"""A base whose entry names a signer is taken only with that signer's bundle, where sigstore is there to check it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from support.base_server import Server, serving, whole
from support.made_bases import base, entry
from support.signed_files import IDENTITY, instance, sign_with

from hatch_encoderfile.bases import fetch
from hatch_encoderfile.bases.cache import Cache
from hatch_encoderfile.bases.fetch import fetch as run
from hatch_encoderfile.signatures import trust
from hatch_encoderfile.signatures.errors import MissingSignatureError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sigstore_instance import Instance

DATA = base()
SIGNER = {"identity": IDENTITY, "issuer": "https://issuer.example.test"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with the base, which trusts the instance for tests as if its root were pinned."""
    (tmp_path / "root.json").write_text(json.dumps(instance().trusted_root()))
    monkeypatch.setattr(trust, "PINNED", tmp_path / "root.json")
    with serving() as server:
        server.put("/base", whole(DATA))
        yield server


def bundle(folder: Path, data: bytes, by: Instance) -> bytes:
    folder.mkdir()
    (folder / "base").write_bytes(data)
    sign_with(folder / "base", by, any_file=True)
    return (folder / "base.sigstore.json").read_bytes()


def test_the_signers_bundle_is_checked(server: Server, tmp_path: Path) -> None:
    server.put("/base.sigstore.json", whole(bundle(tmp_path / "signed", DATA, instance())))

    fetched = run(entry(DATA, f"{server.url}/base", **SIGNER), Cache(tmp_path / "cache"))

    assert ((), DATA) == (fetched.notes, fetched.base.path.read_bytes())
    assert ["/base.sigstore.json", "/base"] == [request.path for request in server.requests]


def test_a_missing_bundle_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(MissingSignatureError, match="no signature: the bundle is missing"):
        run(entry(DATA, f"{server.url}/base", **SIGNER), Cache(tmp_path / "cache"))
    assert ["/base.sigstore.json"] == [request.path for request in server.requests]


@pytest.mark.parametrize(
    ("signed", "changes", "message"),
    [
        pytest.param(b"another base", {}, "Signature is invalid|digest", id="of other bytes"),
        pytest.param(DATA, {"identity": "somebody@example.com"}, "signed by 'dev@example.com'", id="by somebody else"),
        pytest.param(
            DATA, {"issuer": "https://other.example"}, "issuer 'https://issuer.example.test'", id="other issuer"
        ),
    ],
)
def test_another_signature_is_refused(
    server: Server, tmp_path: Path, signed: bytes, changes: dict[str, str], message: str
) -> None:
    server.put("/base.sigstore.json", whole(bundle(tmp_path / "signed", signed, instance())))

    with pytest.raises(RefusedError, match=message):
        run(entry(DATA, f"{server.url}/base", **SIGNER | changes), Cache(tmp_path / "cache"))
    assert [] == list(Cache(tmp_path / "cache"))


def test_a_signature_that_another_instance_vouches_for_is_refused(server: Server, tmp_path: Path) -> None:
    server.put("/base.sigstore.json", whole(bundle(tmp_path / "signed", DATA, instance("another"))))

    with pytest.raises(RefusedError):
        run(entry(DATA, f"{server.url}/base", **SIGNER), Cache(tmp_path / "cache"))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 100])
def test_what_is_no_bundle_is_refused(server: Server, tmp_path: Path, data: bytes) -> None:
    server.put("/base.sigstore.json", whole(data))

    with pytest.raises(RefusedError):
        run(entry(DATA, f"{server.url}/base", **SIGNER), Cache(tmp_path / "cache"))


def test_without_sigstore_it_is_said_that_only_the_digest_was_checked(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "find_spec", lambda _: None)

    fetched = run(entry(DATA, f"{server.url}/base", **SIGNER), Cache(tmp_path / "cache"))

    [note] = fetched.notes
    assert note.startswith("the signature was not checked, only the sha256")
    assert hashlib.sha256(DATA).hexdigest() == fetched.base.sha256
