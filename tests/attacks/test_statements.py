"""Each way in which a signed statement can be about something else, by name."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from signed_files import (
    edit,
    instance,
    refuse,
    sign_statement,
    signed,
    unsigned,
    write_keys,
)

from hatch_encoderfile.attest import intoto
from hatch_encoderfile.attest.demand import Options, demand
from hatch_encoderfile.attest.errors import RefusedError
from hatch_encoderfile.attest.keys import KeySigner, read_private
from hatch_encoderfile.attest.sign import sign
from hatch_encoderfile.attest.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from signed_files import SignedFile

    Document = dict[str, Any]


def _about_the_file(it: SignedFile, **changes: Any) -> bytes:
    statement = {
        "_type": intoto.TYPE,
        "subject": [{"name": "tiny", "digest": {"sha256": _sha256(it.file)}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    return json.dumps(statement | changes).encode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"predicateType": "https://example.com/likes/v1"}, "is not one of", id="predicate-type"),
        pytest.param({"predicateType": "https://slsa.dev/provenance/v1/"}, "is not one of", id="predicate-type-longer"),
        pytest.param({"predicateType": "https://model_signing/signature/v1.0"}, "is not one of", id="model-signing"),
        pytest.param(
            {"subject": [{"name": "tiny", "digest": {"sha256": "0" * 64}}]}, "about another file", id="other-subject"
        ),
        pytest.param(
            {"subject": [{"name": "tiny", "digest": {"sha512": "0" * 128}}]}, "about another file", id="other-hash"
        ),
    ],
)
def test_a_true_statement_that_says_nothing_of_the_file(tmp_path: Path, changes: Document, message: str) -> None:
    it = signed(tmp_path)
    it.bundle.write_bytes(sign_statement(_about_the_file(it, **changes), instance(), tmp_path))

    refuse(it, message)


def test_a_payload_that_is_no_statement(tmp_path: Path) -> None:
    it = signed(tmp_path)
    private, public = write_keys(tmp_path)
    it.bundle.write_bytes(KeySigner(read_private(private)).statement(b'{"_type":"https://in-toto.io/Statement/v2"}'))

    with pytest.raises(RefusedError, match="is no in-toto Statement"):
        verify(str(it.file), demand(Options(key=public)))


def _with_other_payload(it: SignedFile) -> Callable[[Document], None]:
    payload = base64.b64encode(_about_the_file(it, predicate={"swapped": True})).decode()
    return lambda document: document["dsseEnvelope"].update(payload=payload)


def test_a_swapped_payload(tmp_path: Path) -> None:
    it = signed(tmp_path)
    edit(it.provenance, _with_other_payload(it))

    refuse(it, "invalid signature")


def test_another_payload_type(tmp_path: Path) -> None:
    it = signed(tmp_path)
    edit(it.provenance, lambda document: document["dsseEnvelope"].update(payloadType="text/plain"))

    refuse(it, "invalid signature")


def test_an_sbom_where_provenance_should_be(tmp_path: Path) -> None:
    it = signed(tmp_path)
    shutil.copy(it.sbom, it.provenance)

    refuse(it, "expected https://slsa.dev/provenance/v1", require_provenance=True)


def test_provenance_of_another_build(tmp_path: Path) -> None:
    it = signed(tmp_path)
    statement = _about_the_file(it, subject=[{"name": "tiny.encoderfile", "digest": {"sha256": "1" * 64}}])
    it.provenance.write_bytes(sign_statement(statement, instance(), tmp_path))

    refuse(it, "about another file")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document: document["dsseEnvelope"]["signatures"].clear(), id="no-signature"),
        pytest.param(
            lambda document: document["dsseEnvelope"]["signatures"].append({"sig": "AAAA"}), id="two-signatures"
        ),
        pytest.param(lambda document: document["dsseEnvelope"].update(payload="!"), id="no-base64"),
        pytest.param(lambda document: document["dsseEnvelope"].update(payloadType=7), id="payload-type"),
        pytest.param(lambda document: document["dsseEnvelope"]["signatures"][0].update(sig="AAAA"), id="signature"),
        pytest.param(lambda document: document["dsseEnvelope"].pop("payload"), id="no-payload"),
    ],
)
def test_a_broken_envelope_with_a_key(tmp_path: Path, change: Callable[[Document], None]) -> None:
    file = unsigned(tmp_path)
    private, public = write_keys(tmp_path)
    sign(file, lambda: KeySigner(read_private(private)))
    edit(file.with_name(f"{file.name}.cdx.sigstore.json"), change)

    with pytest.raises(RefusedError, match=r"cdx\.sigstore\.json"):
        verify(str(file), demand(Options(key=public)))


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
