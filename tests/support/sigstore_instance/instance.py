"""The instance: its services behind one HTTP server, and the files that tell clients to trust it."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate
from rfc3161_client import TimestampRequestBuilder

from support.sigstore_instance import rekor, tokens
from support.sigstore_instance.authority import ORGANIZATION
from support.sigstore_instance.encoding import b64, der, now, pem, public_key, rfc3339, sha256
from support.sigstore_instance.fulcio import Fulcio
from support.sigstore_instance.server import Reply, serve
from support.sigstore_instance.timestamps import TimestampAuthority
from support.sigstore_instance.transparency_log import Log

if TYPE_CHECKING:
    from cryptography import x509
    from typing_extensions import Self

_MEDIA_TYPE = "application/vnd.dev.sigstore."


class Instance:
    """A running instance, from `with Instance() as instance:`."""

    issuer = "https://issuer.example.test"

    def __init__(self, port: int = 0) -> None:
        self.fulcio = Fulcio()
        self.timestamps = TimestampAuthority()
        self._server = serve(port, {"GET": self._get, "POST": self._post})
        host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{host}"
        self.log_v1 = Log(f"{host} - 1193050959916656506", ec.generate_private_key(ec.SECP256R1()))
        # Go clients want the host without its port in the origin of a v2 checkpoint.
        self.log_v2 = Log(host.split(":", maxsplit=1)[0], ed25519.Ed25519PrivateKey.generate())

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, identity: str = "dev@example.com", lifetime: int = 600) -> str:
        """A token of this instance's issuer."""
        return tokens.token(identity, self.issuer, lifetime)

    def github_token(
        self,
        repository: str = "acme/models",
        workflow: str = ".github/workflows/release.yml",
        ref: str = "refs/heads/main",
    ) -> str:
        """A token as a GitHub workflow has it."""
        return tokens.github_token(repository, workflow, ref)

    def trusted_root(self) -> dict[str, Any]:
        """What a verifier needs."""
        fulcio, stamps = self.fulcio, self.timestamps
        return {
            "mediaType": f"{_MEDIA_TYPE}trustedroot+json;version=0.1",
            "tlogs": [
                self._log(self.log_v1.key, self.log_v1.id, "PKIX_ECDSA_P256_SHA_256"),
                self._log(self.log_v2.key, self.log_v2.id, "PKIX_ED25519"),
            ],
            "certificateAuthorities": [self._chain(self.url, fulcio.intermediate.certificate, fulcio.root.certificate)],
            "ctlogs": [self._log(fulcio.ct_key, sha256(public_key(fulcio.ct_key)), "PKIX_ECDSA_P256_SHA_256")],
            "timestampAuthorities": [
                self._chain(f"{self.url}/api/v1/timestamp", stamps.leaf.certificate, stamps.root.certificate)
            ],
        }

    def attest_in_old_log(self, statement: bytes, token: str, *, logged: bool = True) -> dict[str, Any]:
        """A bundle with a log entry of the whole envelope; `logged` is whether the certificate is in its log."""
        document = self.attest(statement, token, logged=logged)
        raw = base64.b64decode(document["verificationMaterial"]["certificate"]["rawBytes"])
        entry = rekor.envelope_entry(self.log_v1, document, pem(load_der_x509_certificate(raw)))
        document["verificationMaterial"]["tlogEntries"] = [entry]
        return document

    def attest(self, statement: bytes, token: str, *, logged: bool = False) -> dict[str, Any]:
        """A bundle as GitHub's own instance makes it: no log, the time by the timestamp authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.fulcio.certify(key.public_key(), tokens.claims_of(token), logged=logged)
        kind = "application/vnd.in-toto+json"
        signature = key.sign(
            b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(statement), statement), ec.ECDSA(SHA256())
        )
        request = TimestampRequestBuilder().data(signature).build().as_bytes()
        stamp = self.timestamps.reply(request)
        return {
            "mediaType": f"{_MEDIA_TYPE}bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": b64(der(certificate))},
                "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": b64(stamp)}]},
            },
            "dsseEnvelope": {
                "payload": b64(statement),
                "payloadType": kind,
                "signatures": [{"sig": b64(signature)}],
            },
        }

    def unlogged_root(self) -> dict[str, Any]:
        """What a verifier of such bundles needs."""
        return {key: value for key, value in self.trusted_root().items() if key not in ("tlogs", "ctlogs")}

    def signing_config(self, rekor_version: int = 2) -> dict[str, Any]:
        """What a signer needs, for one of the two log versions."""
        return {
            "mediaType": f"{_MEDIA_TYPE}signingconfig.v0.2+json",
            "caUrls": [_service(self.url)],
            "oidcUrls": [_service(self.url)],
            "rekorTlogUrls": [_service(self.url, rekor_version)],
            "tsaUrls": [_service(f"{self.url}/api/v1/timestamp")],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }

    def trust_config(self, rekor_version: int = 2) -> dict[str, Any]:
        """Both."""
        return {
            "mediaType": f"{_MEDIA_TYPE}clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root(),
            "signingConfig": self.signing_config(rekor_version),
        }

    def _get(self, path: str, _body: bytes, _authorization: str) -> Reply | None:
        if path == "/api/v2/trustBundle":
            return Reply(self.fulcio.trust_bundle())
        if path == "/.well-known/openid-configuration":
            endpoints = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")}
            return Reply({"issuer": self.url, **endpoints})
        return None

    def _post(self, path: str, body: bytes, authorization: str) -> Reply | None:
        match path:
            case "/api/v2/signingCert":
                return Reply(self.fulcio.sign(json.loads(body), authorization))
            case "/api/v1/log/entries":
                entry = rekor.add_v1(self.log_v1, json.loads(body))
                # Go clients read the entry's UUID from the ETag.
                return Reply(entry, status=201, etag=next(iter(entry)))
            case "/api/v2/log/entries":
                return Reply(rekor.add_v2(self.log_v2, json.loads(body)), status=201)
            case "/api/v1/timestamp":
                return Reply(self.timestamps.reply(body), status=201, content_type="application/timestamp-reply")
            case _:
                return None

    def _log(
        self, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, log_id: bytes, details: str
    ) -> dict[str, Any]:
        encoded = {"rawBytes": b64(public_key(key)), "keyDetails": details, **_validity()}
        return {
            "baseUrl": self.url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": encoded,
            "logId": {"keyId": b64(log_id)},
        }

    def _chain(self, uri: str, *certificates: x509.Certificate) -> dict[str, Any]:
        return {
            "subject": {"organization": ORGANIZATION, "commonName": ORGANIZATION},
            "uri": uri,
            "certChain": {"certificates": [{"rawBytes": b64(der(item))} for item in certificates]},
            **_validity(),
        }


def _validity() -> dict[str, Any]:
    return {"validFor": {"start": rfc3339(now() - dt.timedelta(hours=1))}}


def _service(url: str, version: int = 1) -> dict[str, Any]:
    return {
        "url": url,
        "majorApiVersion": version,
        "validFor": {"start": "2020-01-01T00:00:00Z"},
        "operator": ORGANIZATION,
    }
