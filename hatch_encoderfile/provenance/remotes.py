"""The address of a repository, made of the parts of a remote's that say where it is and of nothing else."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_SCHEMES = {"https": "git+https", "http": "git+http", "ssh": "git+ssh", "git": "git"}
_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SCP_LIKE = re.compile(r"(?:[^/:]*@)?([^/:@]+):(.+)")
_HOST = re.compile(r"(?=.{2,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")  # one letter is a drive of Windows
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~+,()-]|%[0-9A-Fa-f]{2})+)+/?")
_IS_FILE = re.compile(r"(?:[./~\\]|[A-Za-z]:|file:)", re.IGNORECASE)


class Remote(NamedTuple):
    """A remote's address as an SPDX download location; where there is none, why."""

    uri: str
    reason: str


def parse(remote: str) -> Remote:
    """Take a remote's address apart and build it again: user, password, query and fragment are not in it.

    Nothing of an address that is refused is in the reason, since it may hold a password.
    """
    if not remote:
        return Remote("", "the repository has no remote `origin`")
    if not _WITH_SCHEME.match(remote) and _IS_FILE.match(remote):
        return Remote("", "the remote `origin` is a path of this machine")
    try:
        scheme, host, port, path = _split(remote)
    except ValueError:  # urlsplit's, of a host or port
        scheme, host, port, path = "", "", None, ""
    hidden = unquote(path).split("/")
    if scheme not in _SCHEMES or not _HOST.fullmatch(host) or not _PATH.fullmatch(path) or {".", ".."} & {*hidden}:
        return Remote("", "the remote `origin` is no address of a scheme (https, http, ssh, git), host and path")
    return Remote(f"{_SCHEMES[scheme]}://{host}{f':{port}' if port else ''}{path}", "")


def _split(remote: str) -> tuple[str, str, int | None, str]:
    if not remote.isascii() or not remote.isprintable() or " " in remote:
        return "", "", None, ""
    if _WITH_SCHEME.match(remote):
        parts = urlsplit(remote)
        return parts.scheme, parts.hostname or "", parts.port, parts.path
    found = _SCP_LIKE.fullmatch(remote)
    return ("ssh", found[1].lower(), None, f"/{found[2].lstrip('/')}") if found else ("", "", None, "")
