"""A TUF repository on the loopback interface, with one target: what it signs can be made wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # exported without saying so
from tuf.api.metadata import (  # type: ignore[attr-defined]  # the same
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = "trusted_root.json"


class Repository:
    """The files of a repository, which one key signs.

    Attributes:
        root: the TUF root that a client starts from.
    """

    def __init__(self, folder: Path, content: bytes, *, days: int = 1) -> None:
        self._folder = folder
        self._signer = CryptoSigner.generate_ecdsa()
        self._expires = dt.datetime.now(dt.timezone.utc).replace(microsecond=0) + dt.timedelta(days=days)
        self.root = folder / "1.root.json"
        (folder / "targets").mkdir(parents=True)
        digest = hashlib.sha256(content).hexdigest()
        self.target = folder / "targets" / f"{digest}.{TARGET}"
        self.target.write_bytes(content)
        root = Root(expires=self._expires, consistent_snapshot=True)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(self._signer.public_key, role)
        target = TargetFile.from_data(TARGET, content, ["sha256"])
        self._write("1.root.json", root)
        self._write("1.targets.json", Targets(expires=self._expires, targets={TARGET: target}))
        self._write("1.snapshot.json", Snapshot(expires=self._expires, meta={"targets.json": MetaFile()}))
        self._write("timestamp.json", Timestamp(expires=self._expires, snapshot_meta=MetaFile()))

    def _write(self, name: str, signed: Any) -> None:
        made: Metadata[Any] = Metadata(signed)
        made.sign(self._signer)
        made.to_file(str(self._folder / name))

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address at which it can be had."""
        handler = partial(_Quiet, directory=str(self._folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
