"""An entry of a transparency log (Rekor v1 and v2): it is in the log, the log has signed that, and nothing else stands in it.

sigstore-python checks much of this too. What it passes over could be anything: the outer index and the size of the tree,
the id of a log, a promise without its time. And it knows no keys: their entries are checked here alone.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from hatch_encoderfile.standards import json as strict_json

from .bundle_fields import decoded

if TYPE_CHECKING:
    from .root import Log, Root

# A checkpoint (c2sp.org/tlog-checkpoint): origin, size, root hash, perhaps more lines; then signatures, each on a line.
_CHECKPOINT = re.compile(
    r"(?P<text>(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]+=*)\n(?:[^\n]+\n)*)"
    "\n(?P<signatures>(?:\u2014 [^ \n]+ [A-Za-z0-9+/]+=*\n)+)"
)
_HINT = 4  # bytes of the log's id before each signature
_V1 = ("0.0.1",)


class Entry(NamedTuple):
    """An entry that is in the log.

    Attributes:
        time: when the log promised to take it; None where it says nothing about that.
    """

    kind: str
    version: str
    spec: dict[str, Any]
    time: dt.datetime | None


def verified_entry(entry: dict[str, Any], root: Root) -> Entry:
    """Check an entry whose shape has been checked.

    Raises:
        ValueError: it is not in a log of the trusted root, or what stands around it is not signed.
    """
    log_id = decoded(entry["logId"]["keyId"], "logId.keyId")
    known = [log for log in root.logs if log.id == log_id]
    if len(known) != 1:
        raise ValueError(f"log entry: no log of the trusted root has the id {log_id.hex()}")
    log, body = known[0], decoded(entry["canonicalizedBody"], "canonicalizedBody")
    _check_inclusion(entry["inclusionProof"], log, body)
    moment = _promised(entry, log, body)
    if not log.period.start or not log.period.covers(moment or log.period.start):
        raise ValueError("log entry: the trusted root does not say that the log is to be trusted about that time")
    # JSON of the log itself: what it holds is signed, and read by rule as what it names.
    record = strict_json.parse(body)
    kind = entry["kindVersion"]
    if (record.get("kind"), record.get("apiVersion")) != (kind["kind"], kind["version"]):
        raise ValueError(f"log entry: is a {record.get('kind')!r}, and the bundle says {kind['kind']!r}")
    return Entry(kind["kind"], kind["version"], record.get("spec") or {}, moment)


def _promised(entry: dict[str, Any], log: Log, body: bytes) -> dt.datetime | None:
    """The time that the log has signed with the entry and its index, in Rekor v1."""
    index = int(entry["logIndex"])
    if "inclusionPromise" not in entry:
        # In Rekor v1 an index counts over all shards of the log, and only a promise says which it is.
        if entry["kindVersion"]["version"] in _V1:
            raise ValueError("log entry: must contain an inclusion promise: nothing else vouches for its index")
        if "integratedTime" in entry:
            raise ValueError("log entry: an integratedTime without an inclusion promise is anybody's")
        if entry["logIndex"] != entry["inclusionProof"]["logIndex"]:
            raise ValueError("log entry: its two indices differ")
        return None
    if "integratedTime" not in entry:
        raise ValueError("log entry: an inclusion promise without an integratedTime cannot be checked")
    seconds = int(entry["integratedTime"])
    promised = {
        "body": base64.b64encode(body).decode(),
        "integratedTime": seconds,
        "logID": log.id.hex(),
        "logIndex": index,
    }
    signature = decoded(entry["inclusionPromise"]["signedEntryTimestamp"], "signedEntryTimestamp")
    if not holds(log, signature, strict_json.canonical(promised)):
        raise ValueError("log entry: invalid inclusion promise")
    return dt.datetime.fromtimestamp(seconds, dt.timezone.utc)


def _check_inclusion(proof: dict[str, Any], log: Log, body: bytes) -> None:
    found = _CHECKPOINT.fullmatch(proof["checkpoint"]["envelope"])
    if not found:
        raise ValueError("log entry: the checkpoint is no signed note")
    if proof["treeSize"] != found["size"] or proof["rootHash"] != found["root"]:
        raise ValueError("log entry: the proof is of another tree than the checkpoint")
    lines = [line.split(" ") for line in found["signatures"].splitlines()]
    signatures = [decoded(signature, "checkpoint") for *_, signature in lines]
    # Signatures by others, such as witnesses, may stand beside the log's, and are no part of what is verified.
    names = (found["origin"], found["origin"].partition(" ")[0])  # Rekor v1 has the id of its tree in the origin
    by_log = [
        signature[_HINT:]
        for (_, name, _), signature in zip(lines, signatures, strict=True)
        if signature[:_HINT] == log.id[:_HINT] and name in names
    ]
    if len(by_log) != 1 or len(set(signatures)) != len(signatures):
        raise ValueError("log entry: the checkpoint: invalid signature: it is not signed once by the log")
    if not holds(log, by_log[0], found["text"].encode()):
        raise ValueError("log entry: checkpoint: invalid signature")
    hashes = [decoded(item, "hashes") for item in proof["hashes"]]
    if root_of(int(proof["logIndex"]), int(proof["treeSize"]), hashes, body) != decoded(proof["rootHash"], "rootHash"):
        raise ValueError("log entry: the inclusion proof leads to another root")


def root_of(index: int, size: int, path: list[bytes], body: bytes) -> bytes:
    """The root of the tree that a proof leads to (RFC 9162, section 2.1.3.2).

    Raises:
        ValueError: the proof is none of that leaf in a tree of that size.
    """
    if index >= size:
        raise ValueError(f"log entry: index {index} in a tree of {size}")
    node, position, last = hashlib.sha256(b"\0" + body).digest(), index, size - 1
    for sibling in path:
        if not last:
            raise ValueError("log entry: the inclusion proof is too long")
        if position & 1 or position == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            # Levels on which the node has no sibling have no hash in the proof.
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        position, last = position >> 1, last >> 1
    if last:
        raise ValueError("log entry: the inclusion proof is too short")
    return node


def holds(log: Log, signature: bytes, message: bytes) -> bool:
    """Whether a log has signed a message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        match log.key:
            case ec.EllipticCurvePublicKey():
                log.key.verify(signature, message, ec.ECDSA(SHA256()))
            case ed25519.Ed25519PublicKey():
                log.key.verify(signature, message)
            case rsa.RSAPublicKey():
                log.key.verify(signature, message, padding.PKCS1v15(), SHA256())
            case _:
                raise ValueError("log entry: the log's key is of a kind that is not known")
    except InvalidSignature:
        return False
    return True


# What sigstore-python does not read: entries of whole envelopes, which Rekor took until 2023.
ENVELOPE = ("intoto", "0.0.2")


def refuse_other_entry(entry: Entry, key: bytes, signature: bytes, digest: bytes, payload: bytes | None) -> None:
    """Refuse an entry that is not of this signature by this key (CVE-2022-36056).

    Args:
        entry: as it was verified.
        key: SubjectPublicKeyInfo, or a certificate, in DER.
        signature: over `digest`.
        digest: SHA-256 of what was signed.
        payload: of a DSSE envelope; None for the signature of a file.

    Raises:
        ValueError: it is of something else, or of a kind that is not known.
    """
    match entry.kind, entry.version:
        case "hashedrekord", "0.0.2":
            record = entry.spec["hashedRekordV002"]
            held = record["signature"]
            expected = (_b64(digest), "SHA2_256", _b64(signature), _b64(key))
            data, verifier = record["data"], held["verifier"]["publicKey"]["rawBytes"]
            found: tuple[Any, ...] = (data["digest"], data["algorithm"], held["content"], verifier)
        case "hashedrekord", "0.0.1" if payload is None:
            hashed, held = entry.spec["data"]["hash"], entry.spec["signature"]
            expected = (digest.hex(), "sha256", _b64(signature), _b64(key))
            found = (hashed["value"], hashed["algorithm"], held["content"], _from_pem(held["publicKey"]["content"]))
        case "dsse", "0.0.1" if payload is not None:
            hashed, (held,) = entry.spec["payloadHash"], entry.spec["signatures"]
            expected = (hashlib.sha256(payload).hexdigest(), "sha256", _b64(signature), _b64(key))
            found = (hashed["value"], hashed["algorithm"], held["signature"], _from_pem(held["verifier"]))
        case ("intoto", "0.0.2") if payload is not None:
            content = entry.spec["content"]
            hashed, (held,) = content["payloadHash"], content["envelope"]["signatures"]
            # What the envelope has in base64 is there in base64 once more.
            expected = (hashlib.sha256(payload).hexdigest(), "sha256", _b64(_b64(signature).encode()), _b64(key))
            found = (hashed["value"], hashed["algorithm"], held["sig"], _from_pem(held["publicKey"]))
        case _:
            raise ValueError(f"log entry: {entry.kind} {entry.version} is no entry of such a signature")
    if expected != found:
        raise ValueError("log entry: is of another signature")


def _from_pem(text: str) -> str:
    """The DER of a public key or certificate, in base64, from PEM that is itself in base64."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    pem = base64.b64decode(text)
    if pem.startswith(b"-----BEGIN CERTIFICATE-----"):
        return _b64(load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
    key = load_pem_public_key(pem)
    return _b64(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
