"""Whom to believe about identities and times: the trusted root of a Sigstore instance, and where it is taken from.

Never from a user's cache: sigstore's own offline mode reads one unchecked, and whoever can write there would decide.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.files import limits
from hatch_encoderfile.standards import json as strict_json

from .errors import one_line, sigstore_extra
from .root import Root, parse
from .update import PINNED_ROOT, fetch

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import ClientTrustConfig

PINNED = Path(__file__).parent / "pinned" / "trusted_root.json"


class Trust(NamedTuple):
    """Where the trusted root comes from: the first that is given, else the one pinned in this package.

    Attributes:
        trusted_root: a TrustedRoot in JSON.
        trust_config: a ClientTrustConfig in JSON, which has one in it.
        refresh: fetch the public instance's root, checked by TUF, over the network.
    """

    trusted_root: Path | None = None
    trust_config: Path | None = None
    refresh: bool = False

    def __str__(self) -> str:
        if self.trusted_root or self.trust_config:
            return str(self.trusted_root or self.trust_config)
        return "the public instance's, fetched now" if self.refresh else "the public instance's, pinned in this package"

    def warnings(self, now: dt.datetime) -> list[str]:
        """What should be done about a root that is pinned in this package, and got old."""
        if self.trusted_root or self.trust_config or self.refresh:
            return []
        expired = pinned_until()
        if now <= expired:
            return []
        since = f"the pinned trusted root is from before {expired:%Y-%m-%d}, when its TUF root expired"
        advice = "take a newer one with `encoderfile trust update`, and give it with --trusted-root"
        return [f"{since}: keys may have changed since; {advice}"]

    def load(self, certificate: Certificate | None = None) -> Root:
        """The trusted root; of several in one file the one with a CA that names itself as the certificate's issuer.

        Raises:
            UsageError: the file cannot be read, or is none; or sigstore is not installed.
            RefusedError: the root could not be fetched.
        """
        with sigstore_extra():
            import sigstore.models  # noqa: F401 - says what is missing before anything is read
        if self.refresh:
            return Root(strict_json.parse(fetch()))
        path = self.trusted_root or self.trust_config or PINNED
        try:
            data = limits.TRUSTED_ROOT.read(path)
            roots = [Root(strict_json.parse(data)["trustedRoot"])] if self.trust_config else parse(data)
            # Also what is not looked at by every check has to be a root's.
            found = next((root for root in roots if certificate and root.issues(certificate)), roots[0])
            found.check()
        except Exception as error:
            raise UsageError(f"trusted root: {path}: {one_line(error)}") from error
        return found


def pinned_until() -> dt.datetime:
    """When the TUF root that vouched for the pinned trusted root expires: nobody says that it holds after that."""
    text = strict_json.parse(PINNED_ROOT.read_bytes())["signed"]["expires"]
    return dt.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=dt.timezone.utc)


def read_config(path: Path) -> ClientTrustConfig:
    """A ClientTrustConfig from a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    with sigstore_extra():
        from sigstore.models import ClientTrustConfig
    try:
        return ClientTrustConfig.from_json(limits.TRUSTED_ROOT.read(path).decode())
    except Exception as error:
        raise UsageError(f"{path}: no trust config: {one_line(error)}") from error
