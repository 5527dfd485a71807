"""Compress attachments with zstd (RFC 8878): always the same level, one thread, nothing that depends on what is in them.

The bytes are those of one version of libzstd, which provenance names.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVEL = 19
_MISSING = (
    'attachment-codec = "zstd" needs a zstd library: pip install "hatch-encoderfile[zstd]", or build with Python 3.14'
)


class ZstdBlob:
    """Bytes as one zstd frame; they are compressed when the first of them, or their number, is asked for."""

    def __init__(self, data: bytes) -> None:
        """Take the bytes.

        Raises:
            EncoderfileError: no library is here.
        """
        self._data = data
        self._library = library()

    @property
    def length(self) -> int:
        """Number of bytes of the frame."""
        return len(self._frame)

    def chunks(self) -> Iterator[bytes]:
        """The frame in one piece."""
        yield self._frame

    @cached_property
    def _frame(self) -> bytes:
        parameter = self._library.CompressionParameter
        options = {
            parameter.compression_level: LEVEL,
            parameter.content_size_flag: 1,
            parameter.checksum_flag: 0,
            parameter.nb_workers: 0,
        }
        frame: bytes = self._library.compress(self._data, options=options)
        return frame


def library() -> Any:
    """Python's zstd module (PEP 784), or its backport.

    Raises:
        EncoderfileError: neither is here.
    """
    try:
        from compression import zstd  # type: ignore[import-not-found]  # not there before Python 3.14
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise EncoderfileError(_MISSING) from None
    return zstd


def purl() -> str:
    """The version of libzstd that compresses here, as a package URL."""
    return f"pkg:generic/zstd@{library().zstd_version}"
