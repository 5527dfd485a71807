"""How old a trusted root is: where it is from, which of its services are in use, and what it does not know any more."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.files import limits

from .errors import one_line
from .root import parse
from .trust import PINNED, pinned_until

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .root import Period, Root

# What a root needs one of that is in use today; an instance may do without logs, never without these.
_NEEDED = {"certificateAuthorities": "certificate authority", "timestampAuthorities": "timestamp authority"}
_LOGS = {"tlogs": "transparency log", "ctlogs": "certificate log"}


class Service(NamedTuple):
    """A CA, a log or a timestamp authority; the moments as text, None where there is no bound."""

    kind: str
    address: str
    start: str | None
    end: str | None
    state: str


class Facts(NamedTuple):
    """What there is to say of a trusted root.

    Attributes:
        source: the file, or that it is the pinned one.
        origin: where that is from.
        faults: why it should be replaced, a line each.
    """

    source: str
    origin: str
    sha256: str
    services: tuple[Service, ...]
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return self._asdict() | {
            "services": [item._asdict() for item in self.services],
            "faults": list(self.faults),
        }


def look_at_file(path: Path | None, now: dt.datetime) -> Facts:
    """Look at a trusted root in a file; at the pinned one where there is none.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        data = limits.TRUSTED_ROOT.read(path or PINNED)
        return look(str(path) if path else "pinned in this package", data, parse(data), now, pinned=path is None)
    except Exception as error:
        raise UsageError(f"trusted root: {path or PINNED}: {one_line(error)}") from error


def look(source: str, data: bytes, roots: Sequence[Root], now: dt.datetime, *, pinned: bool = False) -> Facts:
    """Look at trusted roots that were read from `data`."""
    services = tuple(
        Service(kind, address, _text(period.start), _text(period.end), _state(period, now))
        for root in roots
        for kind, address, period in root.periods()
    )
    faults = [fault for root in roots for fault in _faults(root, now)]
    origin = "a file: whoever can write it decides"
    if pinned:
        until = pinned_until()
        origin = f"https://tuf-repo-cdn.sigstore.dev, by a TUF root that is valid until {_text(until)}"
        if now > until:
            faults.append(f"the TUF root that vouches for it expired on {until:%Y-%m-%d}: `encoderfile trust update`")
    return Facts(source, origin, hashlib.sha256(data).hexdigest(), services, tuple(faults))


def _faults(root: Root, now: dt.datetime) -> Iterator[str]:
    periods: dict[str, list[Period]] = {}
    for kind, _, period in root.periods():
        periods.setdefault(kind, []).append(period)
    has_logs = "tlogs" in periods
    needed = _NEEDED | (_LOGS if has_logs else {})
    for kind, name in needed.items():
        if kind not in periods and kind == "timestampAuthorities" and has_logs:
            continue  # an instance of Rekor v1 has the time from its log
        if not any(period.covers(now) for period in periods.get(kind, ())):
            yield f"no {name} in it is to be trusted today: new signatures will be refused"


def _state(period: Period, now: dt.datetime) -> str:
    if period.covers(now):
        return "in use"
    return "expired" if period.end and period.end < now else "not yet"


def _text(moment: dt.datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
