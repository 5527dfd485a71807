"""Whom to believe about identities and times: the trusted root of a Sigstore instance, and where it is taken from.

Never from a user's cache: sigstore's own offline mode reads one unchecked, and whoever can write there would decide.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.files import read_file

from .errors import RefusedError, one_line, sigstore_extra

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig, TrustedRoot

_LARGEST = 1 << 24  # bytes; that of the public instance has some ten thousand
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

    def load(self) -> TrustedRoot:
        """The trusted root.

        Raises:
            UsageError: the file cannot be read, or is none; or sigstore is not installed.
            RefusedError: the root could not be fetched.
        """
        with sigstore_extra():
            from sigstore.models import ClientTrustConfig
        try:
            if self.trusted_root:
                return _root(self.trusted_root)
            if self.trust_config:
                return read_config(self.trust_config).trusted_root
            if self.refresh:
                return ClientTrustConfig.production().trusted_root
            return _root(PINNED)
        except UsageError:
            raise
        except Exception as error:
            if self.refresh:
                raise RefusedError("trusted root", [f"{self}: {one_line(error)}"]) from error
            raise UsageError(f"trusted root: {self}: {one_line(error)}") from error


def _root(path: Path) -> TrustedRoot:
    from sigstore.models import TrustedRoot
    from sigstore_models.trustroot import v1

    return TrustedRoot(v1.TrustedRoot.from_json(read_file(path, _LARGEST)))


def read_config(path: Path) -> ClientTrustConfig:
    """A ClientTrustConfig from a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    with sigstore_extra():
        from sigstore.models import ClientTrustConfig
    try:
        return ClientTrustConfig.from_json(read_file(path, _LARGEST).decode())
    except Exception as error:
        raise UsageError(f"{path}: no trust config: {one_line(error)}") from error
