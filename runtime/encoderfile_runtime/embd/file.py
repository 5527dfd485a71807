"""A complete EMBD file: the tensors (`tensors`), metadata and vocabulary (`text`), and checksums."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from encoderfile_runtime.embd.frame import Frame, read_frame
from encoderfile_runtime.embd.layout import FOOTER, DType, Flag, Header, TensorEntry
from encoderfile_runtime.embd.tensors import TensorFile
from encoderfile_runtime.embd.text import (
    REQUIRED_METADATA,
    SpecialTokens,
    VocabularySection,
    metadata_faults,
    read_metadata,
    read_vocabulary,
)
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    import mmap

__all__ = ["DType", "EmbdFile", "Flag", "Header", "SpecialTokens", "TensorEntry", "parse"]

_CHUNK = 1 << 20


class EmbdFile(TensorFile):
    """A parsed EMBD file over a buffer, of which nothing is copied.

    Attributes:
        metadata: keys and values in the order of the file.
    """

    def __init__(
        self,
        view: memoryview,
        source: str,
        frame: Frame,
        metadata: dict[str, str],
        section: VocabularySection | None,
    ) -> None:
        super().__init__(view, source, frame)
        self.metadata = metadata
        self._section = section
        self._tokens: list[str] | None = None

    @property
    def token_count(self) -> int | None:
        """Number of tokens in the vocabulary; None without one."""
        return self._section.token_count if self._section else None

    @property
    def special_tokens(self) -> SpecialTokens | None:
        """Ids of the special tokens; None without a vocabulary."""
        return self._section.special if self._section else None

    @property
    def vocabulary(self) -> list[str] | None:
        """Tokens by id, checked and decoded on first access; None without a vocabulary."""
        if self._section and self._tokens is None:
            self._tokens = self._section.tokens(self._view, self._source)
        return self._tokens

    def check_vocabulary(self) -> None:
        """Decode the vocabulary.

        Raises: FormatError: the tokens do not fill their section, one is not UTF-8, or a special id is that of another
            token.
        """
        _ = self.vocabulary

    def verify_checksums(self) -> None:
        """Compute both checksums (CRC-32) and compare them with the footer; without CHECKSUM_ENABLED, 0 means none.

        Raises:
            FormatError: a checksum differs.
        """
        header, end = self.header, len(self._view) - FOOTER.size
        data_checksum, file_checksum, _, _ = FOOTER.unpack_from(self._view, end)
        data_end = header.tensor_data_offset + header.tensor_data_size
        self._verify("data_checksum", data_checksum, header.tensor_data_offset, data_end, end)
        self._verify("file_checksum", file_checksum, 0, end, end + 4)

    def _verify(self, field: str, expected: int, start: int, stop: int, at: int) -> None:
        if not expected and not self.header.flags & Flag.CHECKSUM_ENABLED:
            return
        found = 0
        for offset in range(start, stop, _CHUNK):
            found = zlib.crc32(self._view[offset : min(offset + _CHUNK, stop)], found)
        if found != expected:
            raise FormatError(self._source, f"{field} is {expected:#010x}, the bytes have {found:#010x}", at)


def parse(buffer: memoryview | mmap.mmap | bytes, source: str) -> EmbdFile:
    """Parse a file and check it as far as possible without reading tensors or tokens.

    Raises:
        FormatError: the file, named `source`, breaks a rule of the format.
    """
    view = memoryview(buffer).toreadonly().cast("B")
    frame = read_frame(view, source)
    header = frame.header
    metadata = read_metadata(view, header.metadata_offset, header.metadata_size, source)
    section = None
    if header.flags & Flag.VOCAB_EMBEDDED:
        section = read_vocabulary(view, header.vocab_offset, header.vocab_size, source)
    shapes = {name: entry.shape for name, entry in frame.entries.items()}
    for fault in metadata_faults(metadata, shapes, section.token_count if section else None):
        raise FormatError(source, fault, header.metadata_offset)
    missing = [key for key in REQUIRED_METADATA if key not in metadata]
    if missing:
        frame.warnings.append(f"the metadata lacks {', '.join(missing)}")
    return EmbdFile(view, source, frame, metadata, section)
