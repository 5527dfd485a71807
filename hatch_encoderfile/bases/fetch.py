"""Fetching a base into the cache. Only bytes with the digest of the index or of the user are accepted; nothing is run."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from hatch_encoderfile.files import limits

from .download import download, length_of, small
from .index import Entry
from .transport import NotThereError, shown
from .verify import verify_cached

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cache import Cache, CachedBase

ENVIRONMENT = ("ENCODERFILE_BASE_URL", "ENCODERFILE_BASE_BINARY_BASE_URL")
_TRIES = 2  # a second one, if the first put bytes of two files together


class Fetched(NamedTuple):
    """A base that is in the cache.

    Attributes:
        base: the base.
        notes: checks that were not made, a line each.
    """

    base: CachedBase
    notes: tuple[str, ...]


def fetch(
    wanted: Entry,
    cache: Cache,
    *,
    progress: Callable[[int], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> Fetched:
    """Fetch a base, unless it is in the cache.

    Args:
        wanted: an entry of the index, or one of the user's; without a size, that of the server is taken.
        cache: the cache.
        progress: called with the number of bytes that were added; negative if the download starts over.
        waiting: called if another process is fetching the base.

    Raises:
        IntegrityError: the server has other bytes; nothing is stored.
        RefusedError: the signature is not by the signer in the index, or cannot be verified.
        DownloadError: the download failed.
        UsageError: nothing is published for this target.
        EncoderfileError: the cache cannot be written to.
    """
    if not wanted.sha256:
        raise UsageError(f"target {wanted.target!r}: {wanted.advice}")
    place = wanted.runtime_version, wanted.target, wanted.sha256
    for left in reversed(range(_TRIES)):
        mixed, size = False, wanted.size
        notes: tuple[str, ...] = ()
        try:
            with cache.adding(*place, waiting) as partial:
                if partial is not None:
                    notes = _check_signature(wanted)
                    size = size or length_of(wanted.url, limits.BASE.size)
                    mixed = download(wanted.url, partial, size, progress)
        except IntegrityError:
            # The bytes came from two responses, and the file may have changed in between: one more try, from the start.
            if not (mixed and left):
                raise
            progress(-size)
        else:
            found = cache.find(*place)
            if found is None:
                raise IntegrityError(f"the base of sha256 {wanted.sha256} was removed while it was fetched: try again")
            return Fetched(found, notes)
    raise AssertionError  # the last try has returned or raised


def placed(known: Entry) -> Entry:
    """The entry with its URL on a mirror if the environment names one, in the layout of Mozilla's CLI: URL/vVERSION/NAME."""
    folder = next(filter(None, map(os.environ.get, ENVIRONMENT)), None)
    if folder is None or not known.url:
        return known
    name = known.url.rpartition("/")[2]
    return known._replace(url=f"{folder.rstrip('/')}/v{known.runtime_version}/{name}")


def fetch_own(
    target: str,
    url: str,
    sha256: str,
    cache: Cache,
    *,
    progress: Callable[[int], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> Fetched:
    """Fetch a base by URL and digest instead of from the index, verify it, and choose it in the cache for builds.

    Raises: IntegrityError: the server has other bytes, or they are not a base of this target and version; nothing is
        stored. DownloadError: the download failed. UsageError: `sha256` is not a SHA-256 digest. EncoderfileError: the
        cache cannot be written to.
    """
    digest = sha256.lower().removeprefix("sha256:")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise UsageError(f"--sha256: expected 64 hexadecimal digits, found {sha256!r}")
    wanted = Entry(target, "", "", tested=False, url=url, sha256=digest, runtime_version=__version__)
    fetched = fetch(wanted, cache, progress=progress, waiting=waiting)
    try:
        verify_cached(fetched.base)
    except EncoderfileError:
        cache.remove(fetched.base)
        raise
    cache.choose(fetched.base)
    return fetched


def _check_signature(wanted: Entry) -> tuple[str, ...]:
    """Verify the Sigstore bundle beside the base, for the digest in the index; return what was not checked."""
    if not wanted.identity:
        return ()
    if find_spec("sigstore") is None:
        return ("the signature was not checked, only the sha256: pip install 'hatch-encoderfile[sigstore]'",)
    from hatch_encoderfile.signatures import bundles
    from hatch_encoderfile.signatures import check as signature
    from hatch_encoderfile.signatures.errors import MissingSignatureError
    from hatch_encoderfile.signatures.signers import Identity
    from hatch_encoderfile.signatures.trust import Trust

    place = f"{wanted.url}.sigstore.json"
    try:
        bundle = bundles.parse(small(place, limits.BUNDLE.size), shown(place))
    except NotThereError:
        raise MissingSignatureError(f"{shown(place)}: no signature: the bundle is missing") from None
    signer = Identity(wanted.identity, None, wanted.issuer)
    signature.check(bundle, bytes.fromhex(wanted.sha256), (signer,), Trust())
    return ()
