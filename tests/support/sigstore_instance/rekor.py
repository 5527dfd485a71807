"""The transparency logs: Rekor v1 (hashedrekord and dsse 0.0.1) and Rekor v2 (hashedrekord 0.0.2)."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING, Any

from support.sigstore_instance.encoding import b64, canonical, sha256

if TYPE_CHECKING:
    from support.sigstore_instance.transparency_log import Inclusion, Log

_DIGEST = "sha256"


def add_v1(log: Log, proposed: dict[str, Any]) -> dict[str, Any]:
    """Answer a POST to /api/v1/log/entries: the entry by its UUID."""
    spec = _dsse(proposed["spec"]) if proposed["kind"] == "dsse" else _hashedrekord(proposed["spec"])
    body = canonical({"apiVersion": "0.0.1", "kind": proposed["kind"], "spec": spec})
    inclusion = log.append(body)
    entry = {
        "body": b64(body),
        "integratedTime": int(time.time()),
        "logID": log.id.hex(),
        "logIndex": inclusion.position,
    }
    proof = {
        "checkpoint": inclusion.checkpoint,
        "hashes": [item.hex() for item in inclusion.hashes],
        "logIndex": inclusion.position,
        "rootHash": inclusion.root.hex(),
        "treeSize": inclusion.size,
    }
    promise = b64(log.sign(canonical(entry)))
    return {os.urandom(40).hex(): entry | {"verification": {"inclusionProof": proof, "signedEntryTimestamp": promise}}}


def _hashedrekord(spec: dict[str, Any]) -> dict[str, Any]:
    found, signature = spec["data"]["hash"], spec["signature"]
    return {
        "data": {"hash": {"algorithm": found["algorithm"], "value": found["value"]}},
        "signature": {"content": signature["content"], "publicKey": {"content": signature["publicKey"]["content"]}},
    }


def _dsse(spec: dict[str, Any]) -> dict[str, Any]:
    proposed = spec["proposedContent"]
    envelope = json.loads(proposed["envelope"])
    signatures = zip(envelope["signatures"], proposed["verifiers"], strict=True)
    payload = base64.b64decode(envelope["payload"])
    return {
        "envelopeHash": {"algorithm": _DIGEST, "value": sha256(proposed["envelope"].encode()).hex()},
        "payloadHash": {"algorithm": _DIGEST, "value": sha256(payload).hex()},
        "signatures": [{"signature": item["sig"], "verifier": verifier} for item, verifier in signatures],
    }


def envelope_entry(log: Log, document: dict[str, Any], certificate: str) -> dict[str, Any]:
    """An entry of a whole envelope, intoto 0.0.2, as it stands in a bundle."""
    envelope = document["dsseEnvelope"]
    (signature,) = envelope["signatures"]
    held = {
        "payload": b64(envelope["payload"].encode()),
        "payloadType": envelope["payloadType"],
        "signatures": [{"publicKey": b64(certificate.encode()), "sig": b64(signature["sig"].encode())}],
    }
    payload = sha256(base64.b64decode(envelope["payload"])).hex()
    content = {
        "envelope": held,
        "hash": {"algorithm": _DIGEST, "value": sha256(canonical(held)).hex()},
        "payloadHash": {"algorithm": _DIGEST, "value": payload},
    }
    body = canonical({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}})
    inclusion, moment = log.append(body), int(time.time())
    promised = {
        "body": b64(body),
        "integratedTime": moment,
        "logID": log.id.hex(),
        "logIndex": inclusion.position,
    }
    return {
        "logIndex": str(inclusion.position),
        "logId": {"keyId": b64(log.id)},
        "kindVersion": {"kind": "intoto", "version": "0.0.2"},
        "integratedTime": str(moment),
        "inclusionPromise": {"signedEntryTimestamp": b64(log.sign(canonical(promised)))},
        "inclusionProof": _proof(inclusion),
        "canonicalizedBody": b64(body),
    }


def add_v2(log: Log, proposed: dict[str, Any]) -> dict[str, Any]:
    """Answer a POST to /api/v2/log/entries: the entry as it stands in a bundle."""
    request = proposed.get("hashedRekordRequestV002") or proposed["hashed_rekord_request_v002"]
    record = {
        "data": {"algorithm": "SHA2_256", "digest": request["digest"]},
        "signature": request["signature"],
    }
    body = canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": record}})
    inclusion = log.append(body)
    return {
        "logIndex": str(inclusion.position),
        "logId": {"keyId": b64(log.id)},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
        "inclusionProof": _proof(inclusion),
        "canonicalizedBody": b64(body),
    }


def _proof(inclusion: Inclusion) -> dict[str, Any]:
    """A proof as it stands in a bundle."""
    return {
        "logIndex": str(inclusion.position),
        "rootHash": b64(inclusion.root),
        "treeSize": str(inclusion.size),
        "hashes": [b64(item) for item in inclusion.hashes],
        "checkpoint": {"envelope": inclusion.checkpoint},
    }
