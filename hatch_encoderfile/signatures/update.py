"""The trusted root of Sigstore's public instance, fetched through TUF (theupdateframework.github.io/specification).

The update starts from the TUF root that is pinned in this package, in an empty folder: what somebody else may have put into a
user's cache decides nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from hatch_encoderfile.files import limits

from .errors import RefusedError, one_line, sigstore_extra

PUBLIC = "https://tuf-repo-cdn.sigstore.dev"
TARGET = "trusted_root.json"
PINNED_ROOT = Path(__file__).parent / "pinned" / "tuf_root.json"


class Repository(NamedTuple):
    """A TUF repository, and the root metadata from which trust in it starts."""

    url: str = PUBLIC
    root: Path = PINNED_ROOT


def fetch(repository: Repository | None = None) -> bytes:
    """The trusted root as it is now, with every signature of TUF checked.

    Raises:
        RefusedError: it could not be fetched, or TUF does not vouch for it.
        UsageError: sigstore, which brings a client for TUF, is not installed.
    """
    with sigstore_extra():
        from tuf.ngclient import Updater  # type: ignore[attr-defined]  # tuf exports it without saying so
    url, root = repository or Repository()
    try:
        with tempfile.TemporaryDirectory() as folder:
            updater = Updater(
                metadata_dir=folder,
                metadata_base_url=url,
                target_base_url=f"{url}/targets/",
                target_dir=folder,
                bootstrap=limits.TRUSTED_ROOT.read(root),
            )
            updater.refresh()
            if target := updater.get_targetinfo(TARGET):
                return Path(updater.download_target(target)).read_bytes()
    except Exception as error:
        raise RefusedError("trusted root", [f"fetched now from {url}: {one_line(error)}"]) from error
    raise RefusedError("trusted root", [f"{url} has no {TARGET}"])
