"""The HTTP side of the instance: routes in, JSON out."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Routes = Mapping[str, Callable[[str, bytes, str], "Reply | None"]]


class Reply(NamedTuple):
    """A response: bytes as they are, anything else as JSON."""

    body: Any
    status: int = 200
    content_type: str = "application/json"
    etag: str = ""


def serve(port: int, routes: Routes) -> ThreadingHTTPServer:
    """A server on the loopback interface that gives path, body and Authorization header to the method's route."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.rstrip("/")
            try:
                reply = routes[self.command](path, body, self.headers.get("Authorization") or "")
            except Exception as error:  # noqa: BLE001 - the client is told, as a service would
                reply = Reply({"code": 400, "message": f"{type(error).__name__}: {error}"}, status=400)
            self._send(reply or Reply({"code": 404, "message": f"no {path}"}, status=404))

        def _send(self, reply: Reply) -> None:
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(data)))
            if reply.etag:
                self.send_header("ETag", reply.etag)
                self.send_header("Location", f"/api/v1/log/entries/{reply.etag}")
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server
