"""An HTTP server on this machine that serves files well, or in whatever way a test tells it to."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[["Handler"], None]


class Request(NamedTuple):
    """What was asked for."""

    path: str
    headers: dict[str, str]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what the server has for the path."""

    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(Request(self.path, dict(self.headers)))
        answers = self.server.answers.get(self.path, [missing])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""

    def send(self, status: int, body: bytes = b"", **headers: object) -> None:
        """An answer with these headers, underscores for hyphens; Content-Length, if none is given."""
        self.send_response(status)
        for name, value in ({"Content_Length": len(body)} | headers).items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """Answers by path, the last one for ever; and the requests that came.

    Attributes:
        url: of its root, without a slash at the end.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[Request] = []

    def put(self, path: str, *answers: Answer) -> str:
        """Have these answers at a path; its URL."""
        self.answers[path] = list(answers)
        return f"{self.url}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is none of our worries."""


@contextmanager
def serving() -> Iterator[Server]:
    """A server, which ends with the block."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def missing(handler: Handler) -> None:
    """404."""
    handler.send(404)


def status(code: int, **headers: object) -> Answer:
    """An answer with nothing in it."""
    return lambda handler: handler.send(code, b"", **headers)


def redirect(url: str, code: int = 302) -> Answer:
    """An answer that leads elsewhere."""
    return status(code, Location=url)


def whole(data: bytes, **headers: object) -> Answer:
    """All of it, whatever part was asked for."""
    return lambda handler: handler.send(200, data, **headers)


def ranged(data: bytes, etag: str | None = None) -> Answer:
    """The part that was asked for, as RFC 9110 has it."""

    def answer(handler: Handler) -> None:
        start = handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
        condition = handler.headers.get("If-Range", etag)
        if start == "0" or condition != etag:
            handler.send(200, data, ETag=etag)
        elif int(start) >= len(data):
            handler.send(416, b"", Content_Range=f"bytes */{len(data)}")
        else:
            rest = data[int(start) :]
            handler.send(206, rest, ETag=etag, Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")

    return answer


def truncated(data: bytes, count: int, **headers: object) -> Answer:
    """The first bytes, where all are announced."""
    return lambda handler: handler.send(200, data[:count], Content_Length=len(data), **headers)


def endless(piece: bytes) -> Answer:
    """Pieces without end and without a length."""

    def answer(handler: Handler) -> None:
        handler.send(200, b"", Content_Length=None)
        while True:
            handler.wfile.write(piece)

    return answer


def dripping(data: bytes, pause: Callable[[], object]) -> Answer:
    """A byte at a time."""

    def answer(handler: Handler) -> None:
        handler.send(200, b"", Content_Length=len(data))
        for byte in data:
            handler.wfile.write(bytes([byte]))
            pause()

    return answer


def silent(until: threading.Event) -> Answer:
    """Nothing at all, until the event."""

    def answer(_: Handler) -> None:
        until.wait(10)

    return answer
