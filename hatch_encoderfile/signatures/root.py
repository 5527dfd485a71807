"""A trusted root (protobuf-specs, sigstore_trustroot.proto): the CAs, logs and timestamp authorities of one Sigstore instance."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from hatch_encoderfile.standards import json as strict_json

from .errors import sigstore_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate
    from sigstore.models import TrustedRoot

_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?Z")
MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
SERVICES = ("tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities")


class Period(NamedTuple):
    """From when to when something is to be trusted, both moments included; None is without a bound."""

    start: dt.datetime | None
    end: dt.datetime | None

    def covers(self, moment: dt.datetime) -> bool:
        """Whether a moment is in it."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment <= self.end)


class Authority(NamedTuple):
    """A CA or a timestamp authority: certificates from the one that signs to its root."""

    certificates: tuple[Certificate, ...]
    period: Period

    def covers(self, moment: dt.datetime) -> bool:
        """Whether it is to be trusted about a moment."""
        return self.period.covers(moment)


class Log(NamedTuple):
    """A log by the id that its entries name."""

    id: bytes
    key: PublicKeyTypes
    period: Period


class Root:
    """A trusted root; what it says is looked at when it is needed."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Take a document.

        Raises:
            ValueError: it is no trusted root.
        """
        if document.get("mediaType") != MEDIA_TYPE:
            raise ValueError(f"is no trusted root: mediaType is {document.get('mediaType')!r}")
        if not document.get("certificateAuthorities"):
            raise ValueError("is no trusted root: it has no certificate authority")
        self.document = document

    def check(self) -> None:
        """Look at all of it.

        Raises:
            Exception: something in it is not what a trusted root has.
        """
        _ = self.certificate_authorities, self.timestamp_authorities, self.logs
        if self.logs:
            _ = self.sigstore

    @cached_property
    def sigstore(self) -> TrustedRoot:
        """The same for sigstore-python."""
        with sigstore_extra():
            from sigstore.models import TrustedRoot
            from sigstore_models.trustroot.v1 import TrustedRoot as Inner
        return TrustedRoot(Inner.from_json(json.dumps(self._for_sigstore())))

    def _for_sigstore(self) -> dict[str, Any]:
        """The document, with what sigstore-python does otherwise.

        A TimeRange includes its end (protobuf-specs, sigstore_common.proto), and sigstore-python leaves that moment out for
        timestamp authorities. They are given a second more, and `timestamps` holds the exact end.
        """
        authorities = []
        for item in self.document.get("timestampAuthorities", ()):
            period = dict(item.get("validFor") or {})
            if end := _moment(period.get("end")):
                period["end"] = (end + dt.timedelta(seconds=1)).isoformat()
            authorities.append({**item, "validFor": period})
        return {**self.document, "timestampAuthorities": authorities}

    @cached_property
    def certificate_authorities(self) -> tuple[Authority, ...]:
        """The CAs that put identities into certificates."""
        return tuple(map(_authority, self.document["certificateAuthorities"]))

    @cached_property
    def timestamp_authorities(self) -> tuple[Authority, ...]:
        """Those whose signed timestamps count."""
        return tuple(map(_authority, self.document.get("timestampAuthorities", ())))

    @cached_property
    def logs(self) -> tuple[Log, ...]:
        """The transparency logs."""
        return tuple(map(_log, self.document.get("tlogs", ())))

    @cached_property
    def certificate_logs(self) -> tuple[Log, ...]:
        """The Certificate Transparency logs."""
        return tuple(map(_log, self.document.get("ctlogs", ())))

    def issuer_of(self, certificate: Certificate) -> Certificate:
        """The certificate of the CA that signed this one; whether it holds is not said with that.

        Raises:
            ValueError: no CA of the root did.
        """
        for item in self.certificate_authorities:
            if _issued(certificate, item.certificates[0]):
                return item.certificates[0]
        raise ValueError("no CA of the trusted root issued the certificate")

    def issues(self, certificate: Certificate) -> bool:
        """Whether one of its CAs has signed the certificate."""
        return any(_issued(certificate, item.certificates[0]) for item in self.certificate_authorities)

    def periods(self) -> Iterator[tuple[str, str, Period]]:
        """Kind, address and period of each service."""
        for kind in SERVICES:
            for item in self.document.get(kind, ()):
                valid = item.get("validFor") or item.get("publicKey", {}).get("validFor") or {}
                yield kind, item.get("baseUrl") or item.get("uri") or "", _period(valid)


def _issued(certificate: Certificate, authority: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def parse(data: bytes) -> list[Root]:
    """The roots in a file: one as JSON, or one a line, as `gh attestation trusted-root` writes them.

    Raises:
        ValueError: it holds none, or something else.
    """
    try:
        return [Root(strict_json.parse(data))]
    except ValueError:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2 or not data.lstrip().startswith(b'{"'):
            raise
    return [Root(strict_json.parse(line)) for line in lines]


def _authority(item: dict[str, Any]) -> Authority:
    from cryptography.x509 import load_der_x509_certificate

    chain = item["certChain"]["certificates"]
    loaded = tuple(load_der_x509_certificate(base64.b64decode(entry["rawBytes"])) for entry in chain)
    if not loaded:
        raise ValueError("has an authority without a certificate")
    return Authority(loaded, _period(item.get("validFor") or {}))


def _log(item: dict[str, Any]) -> Log:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    public = item["publicKey"]
    key = load_der_public_key(base64.b64decode(public["rawBytes"]))
    return Log(base64.b64decode(item["logId"]["keyId"]), key, _period(public.get("validFor") or {}))


def _period(valid: dict[str, Any]) -> Period:
    return Period(_moment(valid.get("start")), _moment(valid.get("end")))


def _moment(text: str | None) -> dt.datetime | None:
    """A moment as protobuf has it in JSON: in UTC, with `Z`.

    Raises:
        ValueError: it is none.
    """
    if text is None:
        return None
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no moment in UTC")
    # Python 3.10 does not read fractions of any length; one more or less changes no period here.
    return dt.datetime.fromisoformat(found[1]).replace(tzinfo=dt.timezone.utc)
