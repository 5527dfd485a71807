"""Servers that lie about a base, or never come to an end. None puts a bad file into the cache."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from typing import TYPE_CHECKING

import pytest
from support.base_server import Server, dripping, endless, ranged, redirect, serving, silent, status, truncated, whole
from support.made_bases import X86, base, entry

from encoderfile_runtime.errors import EncoderfileError, IntegrityError, UsageError
from hatch_encoderfile.bases import download
from hatch_encoderfile.bases.cache import PARTIAL, Cache
from hatch_encoderfile.bases.fetch import fetch, fetch_own
from hatch_encoderfile.bases.transport import DownloadError, Limits
from hatch_encoderfile.files.limits import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.base_server import Answer, Handler

DATA = base(executable=b"\x7fELF" + bytes(range(256)) * 1000)
OTHER = b"?" * len(DATA)
SIZE = len(DATA)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(
        download, "LIMITS", Limits(0.3, 0.1, patience=0.05, slowest=1000, retries=1, pause=0, longest_pause=0)
    )
    with serving() as server:
        yield server


def refuse(kind: type[EncoderfileError], message: str, url: str, folder: Path) -> None:
    """Expect a fetch to fail, with nothing in the cache that a build would read, nor more bytes than the index allows."""
    with pytest.raises(kind, match=message):
        fetch(entry(DATA, url), Cache(folder))
    assert [] == list(folder.rglob("encoderfile-runtime"))
    assert all(path.stat().st_size <= SIZE for path in folder.rglob(PARTIAL))


def fewer_than_announced(handler: Handler) -> None:
    handler.send(206, DATA[10:], Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}")


def without_reason(handler: Handler) -> None:
    handler.send(206, DATA)


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        pytest.param(whole(OTHER), IntegrityError, "sha256 differs: .*: nothing was stored", id="other bytes"),
        pytest.param(whole(DATA + b"?"), IntegrityError, f"has {SIZE + 1} bytes, expected {SIZE}", id="a byte more"),
        pytest.param(whole(DATA[:-1]), IntegrityError, f"has {SIZE - 1} bytes, expected {SIZE}", id="a byte less"),
        pytest.param(whole(b""), IntegrityError, f"has 0 bytes, expected {SIZE}", id="nothing"),
        pytest.param(truncated(DATA, 99), DownloadError, "broke off .*: try again later", id="cut short"),
        pytest.param(
            whole(DATA[:99], Content_Length=None), DownloadError, f"ended after 99 of {SIZE}", id="cut short, no length"
        ),
        pytest.param(endless(b"?" * 65536), IntegrityError, f"has more than {SIZE} bytes", id="without end"),
        pytest.param(
            whole(b"", Content_Length=1 << 62), IntegrityError, f"has {1 << 62} bytes", id="announces exabytes"
        ),
        pytest.param(
            whole(OTHER, Content_Length="9" * 5000),
            IntegrityError,
            "sha256 differs",
            id="announces a number of 5000 digits",
        ),
        pytest.param(
            whole(gzip.compress(bytes(SIZE)), Content_Encoding="gzip"),
            DownloadError,
            "sent it in gzip",
            id="a zip bomb",
        ),
        pytest.param(
            whole(DATA, Content_Encoding="br, gzip"), DownloadError, "sent it in br, gzip", id="encoded twice"
        ),
        pytest.param(fewer_than_announced, DownloadError, "answered 206 .*, expected 200", id="an unasked part"),
        pytest.param(without_reason, DownloadError, "answered 206 .*, expected 200", id="an unasked part of nothing"),
        pytest.param(status(204), DownloadError, "answered 204 .*, expected 200", id="no content"),
        pytest.param(status(304), DownloadError, "answered 304 .*, expected 200", id="not modified"),
        pytest.param(status(302), DownloadError, "answered 302 .*, expected 200", id="leads to nowhere"),
        pytest.param(status(500), DownloadError, "answered 500 .*; given up after 2 attempts", id="always fails"),
        pytest.param(status(429), DownloadError, "answered 429 .*; given up after 2 attempts", id="always busy"),
        *(
            pytest.param(
                status(503, Retry_After=when), DownloadError, "given up after 2 attempts", id=f"busy until {name}"
            )
            for name, when in (
                ("the end of time", "9" * 18),
                ("a number of 5000 digits", "9" * 5000),
                ("the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT"),
                ("a year of 9 digits", "Fri, 31 Dec 999999999 23:59:59 GMT"),
                ("never", "never"),
                ("before", "-1"),
            )
        ),
        pytest.param(
            redirect("http://example.invalid/"), DownloadError, "leads to http://example.invalid/", id="to http"
        ),
        pytest.param(
            redirect("http://0177.0.0.1/"), DownloadError, "leads to http://0177.0.0.1/", id="to odd loopback"
        ),
        pytest.param(redirect("file:///etc/passwd"), DownloadError, "leads to file:///etc/passwd", id="to a file"),
        pytest.param(redirect("ftp://example.invalid/"), DownloadError, "expected an https URL", id="to ftp"),
        pytest.param(redirect("https://"), DownloadError, "expected an https URL", id="to no host"),
        pytest.param(redirect("http://[::1"), DownloadError, "cannot be asked for|no URL", id="to no URL"),
        pytest.param(redirect("/base"), DownloadError, "more than 5 redirects", id="in circles"),
        pytest.param(lambda _: None, DownloadError, "cannot be reached .*: try again later", id="hangs up"),
    ],
)
def test_what_is_not_the_base_is_not_stored(
    server: Server, tmp_path: Path, answer: Answer, kind: type[EncoderfileError], message: str
) -> None:
    refuse(kind, message, server.put("/base", answer), tmp_path)


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        pytest.param(ranged(OTHER), IntegrityError, "sha256 differs", id="the rest of another file"),
        pytest.param(
            ranged(DATA + b"?"),
            IntegrityError,
            f"has {SIZE + 1} bytes, expected {SIZE}",
            id="the rest of a longer file",
        ),
        pytest.param(fewer_than_announced, DownloadError, "another part than it was asked for", id="another part"),
        pytest.param(without_reason, DownloadError, "another part than it was asked for", id="a part of nothing"),
        pytest.param(
            lambda handler: handler.send(206, DATA[10:], Content_Range=f"bytes 10-{SIZE - 1}/{'9' * 5000}"),
            DownloadError,
            "another part than it was asked for",
            id="a part of a number of 5000 digits",
        ),
        pytest.param(
            lambda handler: handler.send(206, DATA, Content_Range=f"bytes 10-{SIZE - 1}/{SIZE}"),
            IntegrityError,
            f"has {SIZE + 10} bytes",
            id="a part that is too long",
        ),
        pytest.param(
            lambda handler: handler.send(206, DATA, Content_Range=f"bytes 10-{SIZE - 1}/{SIZE}", Content_Length=None),
            IntegrityError,
            f"has more than {SIZE} bytes",
            id="a part that is too long, no length",
        ),
        pytest.param(status(416), DownloadError, "answered 416 .*, expected 200", id="never a part that fits"),
    ],
)
def test_what_does_not_go_on_the_begun_part_is_not_stored(
    server: Server, tmp_path: Path, answer: Answer, kind: type[EncoderfileError], message: str
) -> None:
    url = server.put("/base", truncated(DATA, 10))
    with pytest.raises(DownloadError):
        fetch(entry(DATA, url), Cache(tmp_path))
    server.put("/base", answer)

    refuse(kind, message, url, tmp_path)


def test_a_byte_at_a_time_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    stop = threading.Event()
    url = server.put("/base", dripping(DATA, lambda: stop.wait(0.01)))

    refuse(DownloadError, "came with [0-9]+ bytes per second; given up after 2 attempts", url, tmp_path)
    stop.set()


def test_silence_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    stop = threading.Event()

    refuse(DownloadError, "cannot be reached .ReadTimeout.", server.put("/base", silent(stop)), tmp_path)
    stop.set()


def test_a_server_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as closed:
        url = f"http://127.0.0.1:{closed.server_address[1]}/base"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "LIMITS", Limits(retries=0))

        refuse(DownloadError, "cannot be reached .ConnectionError.; given up after 1 attempts", url, tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.invalid/base",
        "http://10.0.0.1/base",
        "http://localhost.example.invalid/base",
        "http://127.0.0.1.example.invalid/base",
        "http://127.0.0.1@example.invalid/base",
        "ftp://127.0.0.1/base",
        "file:///base",
        "/base",
        "base",
        "",
        "https:///base",
        "http://[::1",
    ],
)
def test_only_https_is_asked_or_http_on_this_machine(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="expected an https URL"):
        fetch_own(X86, url, "a" * 64, Cache(tmp_path))


LONG = "x" * 50_000


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(whole(DATA, Content_Encoding=LONG), id="encoding"),
        pytest.param(redirect(f"http://{LONG}/"), id="redirect to a host"),
        pytest.param(redirect(f"http://example.invalid/{LONG}"), id="redirect to a path"),
        pytest.param(lambda handler: handler.send_response(403, LONG) or handler.end_headers(), id="reason"),
    ],
)
def test_an_error_is_a_short_line_whatever_the_server_says(server: Server, tmp_path: Path, answer: Answer) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(entry(DATA, server.put("/base", answer)), Cache(tmp_path))
    assert 300 > len(str(caught.value))


def test_no_error_tells_a_password_or_a_token(server: Server, tmp_path: Path) -> None:
    url = server.put("/base?token=hidden", status(403)).replace("127", "me:hidden@127", 1)

    with pytest.raises(DownloadError) as caught:
        fetch_own(X86, url, "a" * 64, Cache(tmp_path))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("length", [None, 0, BASE.size + 1, "many", "-1", pytest.param("9" * 5000, id="5000 digits")])
def test_a_file_of_any_size_is_not_taken(server: Server, tmp_path: Path, length: object) -> None:
    url = server.put("/base", whole(b"", Content_Length=length))

    with pytest.raises(DownloadError, match=f"expected 1 to {BASE.size}"):
        fetch_own(X86, url, "a" * 64, Cache(tmp_path))


def test_a_small_file_that_is_large_is_not_read(server: Server) -> None:
    with pytest.raises(DownloadError, match="is larger than 1000 bytes"):
        download.small(server.put("/bundle", endless(b"?" * 100)), 1000)


def test_the_digest_that_the_user_gives_is_kept_to(server: Server, tmp_path: Path) -> None:
    url = server.put("/base", whole(DATA))

    with pytest.raises(IntegrityError, match=f"expected {'a' * 64}, found {hashlib.sha256(DATA).hexdigest()}"):
        fetch_own(X86, url, "a" * 64, Cache(tmp_path))
    assert [] == list(Cache(tmp_path))
