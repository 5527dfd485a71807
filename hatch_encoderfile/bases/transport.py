"""HTTPS GET requests to untrusted servers: bounded in time, in the number of redirects, and in their targets."""

from __future__ import annotations

import ipaddress
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import Response, Session
    from urllib3.response import BaseHTTPResponse
    from urllib3.util import Retry

T = TypeVar("T")

OK, PARTIAL, NOT_SATISFIABLE = 200, 206, 416
_GONE = (404, 410)
_REDIRECTS = (301, 302, 303, 307, 308)
_TOO_MANY = 429
_SERVER_ERROR = 500
_CHUNK = 1 << 16
_TOLD = 200  # characters of a server's text in a message


class Limits(NamedTuple):
    """Timeouts and numbers of attempts.

    Attributes:
        connect: seconds for a connection.
        silence: seconds without a byte.
        patience: seconds after which the mean speed must be at least `slowest`, against servers that drip.
        slowest: bytes per second.
        retries: attempts after the first.
        pause: seconds before the second retry, doubled before each further one.
        longest_pause: longest Retry-After in seconds that is honoured.
        redirects: largest number of redirects.
    """

    connect: float = 10
    silence: float = 30
    patience: float = 30
    slowest: float = 4096
    retries: int = 3
    pause: float = 2
    longest_pause: int = 60
    redirects: int = 5


class DownloadError(EncoderfileError):
    """A download that failed."""


class NotThereError(DownloadError):
    """A file that the server does not have."""


class AgainError(Exception):
    """An attempt that failed and may be retried; `answer` may have a Retry-After (RFC 9110, section 10.2.3)."""

    def __init__(self, reason: str, answer: BaseHTTPResponse | None = None) -> None:
        super().__init__(reason)
        self.answer = answer


def repeat(url: str, attempt: Callable[[Session], T], limits: Limits) -> T:
    """Call `attempt` until it does not raise `AgainError`, and return its result.

    Raises:
        DownloadError: all attempts raised it.
        UsageError: `requests` is not installed.
    """
    from urllib3.util import Retry

    # Not set in the session's adapter: that would repeat a request from its start, where `attempt` resumes.
    retry = Retry(limits.retries, backoff_factor=limits.pause / 2, retry_after_max=limits.longest_pause)
    failed: AgainError | None = None
    with _session() as session:
        while True:
            if failed:
                retry = _wait(retry, url, failed)
            try:
                return attempt(session)
            except AgainError as error:
                failed = error


def _wait(retry: Retry, url: str, failed: AgainError) -> Retry:
    """Wait as long as the server asks for, within bounds, else with exponential backoff.

    Raises:
        DownloadError: there are no retries left.
    """
    from urllib3.exceptions import InvalidHeader, MaxRetryError

    try:
        left = retry.increment("GET", url, error=failed)
    except MaxRetryError:
        times = len(retry.history) + 1
        raise DownloadError(f"{shown(url)}: {failed}; given up after {times} attempts: try again later") from None
    try:
        left.sleep(failed.answer)
    except (InvalidHeader, ValueError, OverflowError):
        left.sleep()
    return left


@contextmanager
def answer(session: Session, url: str, headers: dict[str, str], limits: Limits) -> Iterator[Response]:
    """The response to a GET request after redirects, with its body unread.

    Raises:
        AgainError: the server cannot be reached.
        DownloadError: the request is invalid, there are too many redirects, or one leads to another scheme than https.
        UsageError: the URL is not allowed.
    """
    import requests

    place = url
    for _ in range(limits.redirects + 1):
        _check_url(place, url)
        try:
            # Redirects are followed here, so that each URL is checked before it is requested.
            found = session.get(
                place,
                headers=headers,
                allow_redirects=False,
                stream=True,
                timeout=(limits.connect, limits.silence),
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            raise AgainError(f"the server cannot be reached ({type(error).__name__})") from None
        except (requests.RequestException, ValueError) as error:
            raise DownloadError(f"{shown(place)}: cannot be asked for ({type(error).__name__})") from None
        with found:
            if found.status_code not in _REDIRECTS or "Location" not in found.headers:
                yield found
                return
            place = _joined(place, found.headers["Location"])
    raise DownloadError(f"{shown(url)}: leads to more than {limits.redirects} redirects")


def check_status(found: Response, url: str, expected: tuple[int, ...] = (OK,)) -> None:
    """Refuse a response that is not the file.

    Raises:
        AgainError: the status is 429 or a server error.
        NotThereError: the server does not have the file.
        DownloadError: any other status, or a content encoding.
    """
    status = told(f"{found.status_code} {found.reason}".strip())
    if found.status_code >= _SERVER_ERROR or found.status_code == _TOO_MANY:
        raise AgainError(f"the server answered {status}", found.raw)
    if found.status_code in _GONE:
        raise NotThereError(f"{shown(url)}: the server answered {status}: nothing is published there")
    if found.status_code not in expected:
        raise DownloadError(f"{shown(url)}: the server answered {status}, expected {expected[0]}")
    encoding = found.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise DownloadError(f"{shown(url)}: the server sent it in {told(encoding)}, expected its bytes as they are")


def body(found: Response, most: int, limits: Limits) -> Iterator[bytes]:
    """The undecoded body in chunks, at most `most` bytes.

    Raises:
        AgainError: the connection broke, or was too slow.
    """
    from urllib3.exceptions import HTTPError

    started, count = time.monotonic(), 0
    try:
        # read1 returns what has arrived; read would wait for a whole chunk, and the speed could not be checked
        # meanwhile.
        while count < most and (chunk := found.raw.read1(min(_CHUNK, most - count), decode_content=False)):
            count += len(chunk)
            yield chunk
            elapsed = time.monotonic() - started
            if elapsed > limits.patience and count < elapsed * limits.slowest:
                raise AgainError(f"came with {count / elapsed:.0f} bytes per second")
    except (HTTPError, TimeoutError, ConnectionError) as error:
        raise AgainError(f"broke off ({type(error).__name__})") from None


def told(text: str) -> str:
    """A server's text, shortened for a message."""
    return text if len(text) <= _TOLD else f"{text[:_TOLD]}…"


def shown(url: str) -> str:
    """A URL for messages, without user, password and query, which may contain secrets."""
    parts = urlsplit(url)
    place = f"{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{parts.scheme}://{place}" if parts.scheme else repr(place)


def _check_url(url: str, origin: str) -> None:
    """Allow https, and http on the loopback interface if the first URL is there too: no remote server may redirect to it."""
    parts = _split(url)
    local = parts.scheme == "http" and _is_loopback(parts.hostname) and _is_loopback(_split(origin).hostname)
    if not local and (parts.scheme != "https" or not parts.hostname):
        if url == origin:
            raise UsageError(f"{shown(url)}: expected an https URL")
        raise DownloadError(f"{shown(origin)}: leads to {told(shown(url))}, expected an https URL")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{url!r}: {error}: expected an https URL") from None


def _joined(place: str, location: str) -> str:
    try:
        return urljoin(place, location)
    except ValueError as error:
        raise DownloadError(f"{shown(place)}: leads to what is no URL: {error}") from None


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


@contextmanager
def _session() -> Iterator[Session]:
    try:
        from requests import Session
    except ImportError:
        raise UsageError("downloads need requests: pip install requests") from None
    with Session() as session:
        session.headers["User-Agent"] = f"hatch-encoderfile/{__version__}"
        session.headers["Accept-Encoding"] = "identity"
        yield session
