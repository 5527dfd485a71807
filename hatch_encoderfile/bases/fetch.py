"""Fetch a base into the cache: nothing but the bytes whose digest the index, or the user, names; none of them is run."""

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
_TRIES = 2


class Fetched(NamedTuple):
    """A base that is in the cache.

    Attributes:
        notes: what was not checked, a line each.
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
        wanted: an entry of the index, or one that a user made; without a size, any size is taken.
        cache: where to put it.
        progress: called with the number of bytes that were added; negative when the download starts again from nothing.
        waiting: called when another process is fetching it already.

    Raises:
        IntegrityError: the server has other bytes; nothing is stored.
        RefusedError: its signature is not by whom the index says, or cannot be checked.
        DownloadError: it cannot be had.
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
            # Parts of two files were put together, of which the second may well be the right one.
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
    """The entry with its URL in the folder that the environment names, as for Mozilla's CLI: FOLDER/vVERSION/NAME."""
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
    """Fetch a base that the index does not have, whose digest the user vouches for; builds begin with it from now on.

    Raises:
        IntegrityError: the server has other bytes, or they are no base of this target and version; nothing is stored.
        DownloadError: it cannot be had.
        UsageError: the digest is none.
        EncoderfileError: the cache cannot be written to.
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
    """Check the bundle beside the base against the digest that the base has to have."""
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
