"""Writing EMBD weights in one pass: offsets follow from names and shapes, checksums are computed while data is written."""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.embd.layout import (
    ALIGNMENT,
    CHECKSUMMED_HEADER,
    DESCRIPTOR,
    FOOTER,
    HEADER,
    MAGIC,
    MAGIC_END,
    MAX_DIMENSIONS,
    Flag,
    Header,
    TensorEntry,
    fnv1a,
)
from encoderfile_runtime.embd.text import (
    METADATA_ENTRY,
    METADATA_HEADER,
    SPECIAL_IDS,
    SPECIAL_TOKENS,
    TOKEN_LENGTH,
    VOCABULARY_HEADER,
    SpecialTokens,
    metadata_faults,
)
from encoderfile_runtime.errors import ModelError
from hatch_encoderfile.files.blob import BytesBlob, gathered
from hatch_encoderfile.weights.crc import crc32_combine
from hatch_encoderfile.weights.tensor import exact_data, tensor_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hatch_encoderfile.files.blob import Blob
    from hatch_encoderfile.weights.tensor import Tensor

_UINT16_MAX = 0xFFFF
_UINT32_MAX = 0xFFFFFFFF
_MAX_TOKEN = _UINT16_MAX // 4  # characters: in UTF-8 a character has at most 4 bytes


class Vocabulary(NamedTuple):
    """WordPiece tokens by id, and the ids of the special tokens."""

    tokens: Sequence[str]
    special: SpecialTokens

    @classmethod
    def of(cls, tokens: Sequence[str]) -> Vocabulary:
        """Make a vocabulary, with the ids of the special tokens looked up by their text.

        Raises:
            ModelError: special tokens are missing.
        """
        missing = [token for token in SPECIAL_TOKENS if token not in tokens]
        if missing:
            raise ModelError("vocabulary", [f"{token}: the vocabulary of EMBD weights needs it" for token in missing])
        return cls(tokens, SpecialTokens(*map(tokens.index, SPECIAL_TOKENS)))


class EmbdBlob:
    """A planned EMBD file; implements `Blob`.

    Attributes: prefix: the bytes before the tensor data. tensors: the tensors, in the order of their data. entries:
        name, type and place of each tensor. length: bytes of the whole file. crc32: CRC-32 of all bytes, once `chunks`
        has been read to its end; it costs little beside the format's checksums.
    """

    def __init__(self, prefix: bytes, tensors: Sequence[Tensor], entries: tuple[TensorEntry, ...], length: int) -> None:
        self.prefix = prefix
        self.tensors = tensors
        self.entries = entries
        self.length = length
        self.crc32: int | None = None

    def chunks(self) -> Iterator[bytes | memoryview]:
        """Header to footer in one pass over the tensors.

        Raises:
            EncoderfileError: a tensor's data has another length than stated.
        """
        checksum = 0
        for chunk in gathered(self._pieces()):
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        data_length = self.length - FOOTER.size - len(self.prefix)
        # The CRC of the data alone, from those of the prefix and of the whole: over GF(2) subtraction is addition.
        data_checksum = crc32_combine(zlib.crc32(self.prefix), checksum, data_length)
        footer = FOOTER.pack(data_checksum, checksum, MAGIC_END, 0)
        self.crc32 = zlib.crc32(footer, checksum)
        yield footer

    def _pieces(self) -> Iterator[Blob]:
        yield BytesBlob(self.prefix)
        position = len(self.prefix)
        for tensor, entry in zip(self.tensors, self.entries, strict=True):
            if position < entry.offset:
                yield BytesBlob(bytes(entry.offset - position))
            yield exact_data(tensor)
            position = entry.offset + entry.length


def plan(tensors: Sequence[Tensor], metadata: Mapping[str, str], vocabulary: Vocabulary | None) -> EmbdBlob:
    """Lay out an EMBD file with these tensors, in this order, without reading their data.

    Raises:
        ModelError: the format cannot represent them, or metadata, vocabulary and tensors contradict each other.
    """
    faults = [*tensor_faults(tensors), *_faults(tensors, metadata, vocabulary)]
    if faults:
        raise ModelError("EMBD weights", faults)
    text = _metadata_section(metadata)
    words = _vocabulary_section(HEADER.size + len(text), vocabulary) if vocabulary else b""
    names = [tensor.name.encode() for tensor in tensors]
    index_offset = HEADER.size + len(text) + len(words)
    data_offset = _align(index_offset + len(tensors) * DESCRIPTOR.size + sum(map(len, names)))
    if data_offset > _UINT32_MAX:
        raise ModelError("EMBD weights", [f"tensor data would begin at {data_offset}, the format ends at 4 GiB"])
    entries = _place(tensors, data_offset)
    data_end = entries[-1].offset + entries[-1].length
    header = _header(
        Header(
            magic=MAGIC,
            version_major=1,
            version_minor=0,
            flags=Flag.TENSORS_ALIGNED | Flag.CHECKSUM_ENABLED | (Flag.VOCAB_EMBEDDED if vocabulary else 0),
            metadata_offset=HEADER.size,
            metadata_size=len(text),
            vocab_offset=HEADER.size + len(text) if vocabulary else 0,
            vocab_size=len(words),
            tensor_index_offset=index_offset,
            tensor_index_count=len(tensors),
            tensor_data_offset=data_offset,
            tensor_data_size=data_end - data_offset,
            total_file_size=data_end + FOOTER.size,
            header_checksum=0,
            reserved=0,
        )
    )
    index = b"".join(_descriptor(entry, data_offset) for entry in entries)
    prefix = b"".join((header, text, words, index, *names)).ljust(data_offset, b"\0")
    return EmbdBlob(prefix, tuple(tensors), entries, data_end + FOOTER.size)


def _faults(tensors: Sequence[Tensor], metadata: Mapping[str, str], vocabulary: Vocabulary | None) -> Iterator[str]:
    if not tensors:
        yield "there are no tensors"
    for tensor in tensors:
        if not _fits(tensor.name):
            yield f"{tensor.name[:40]!r}: a name is UTF-8 of at most {_UINT16_MAX} bytes"
        if not 1 <= len(tensor.shape) <= MAX_DIMENSIONS or not all(1 <= size <= _UINT32_MAX for size in tensor.shape):
            yield f"{tensor.name!r}: shape {list(tensor.shape)}, expected 1 to 4 dimensions of 1 to {_UINT32_MAX}"
    for key, value in metadata.items():
        if not key or not _fits(key) or not _fits(value):
            yield f"metadata {key[:40]!r}: key and value are UTF-8 of at most {_UINT16_MAX} bytes, and no key is empty"
    if vocabulary:
        yield from _vocabulary_faults(vocabulary)
    shapes = {tensor.name: tensor.shape for tensor in tensors if tensor.shape}
    yield from metadata_faults(metadata, shapes, len(vocabulary.tokens) if vocabulary else None)


def _vocabulary_faults(vocabulary: Vocabulary) -> Iterator[str]:
    # Tens of thousands of tokens are checked joined, and by the longest one; only after a failure one by one.
    if (
        not _fits("".join(vocabulary.tokens), _UINT32_MAX)
        or len(max(vocabulary.tokens, key=len, default="")) > _MAX_TOKEN
    ):
        for index, token in enumerate(vocabulary.tokens):
            if not _fits(token):
                yield f"token {index}: a token is UTF-8 of at most {_UINT16_MAX} bytes"
    for expected, index in zip(SPECIAL_TOKENS, vocabulary.special, strict=True):
        if not 0 <= index < len(vocabulary.tokens) or vocabulary.tokens[index] != expected:
            yield f"token {index}: should be {expected}"


def _fits(text: str, most: int = _UINT16_MAX) -> bool:
    try:
        return len(text.encode()) <= most
    except UnicodeEncodeError:
        return False


def _metadata_section(metadata: Mapping[str, str]) -> bytes:
    entries = bytearray()
    for key, value in metadata.items():
        raw_key, raw_value = key.encode(), value.encode()
        entries += METADATA_ENTRY.pack(len(raw_key), len(raw_value)) + raw_key + raw_value
    return METADATA_HEADER.pack(len(metadata), len(entries)) + entries


def _vocabulary_section(offset: int, vocabulary: Vocabulary) -> bytes:
    raws = list(map(str.encode, vocabulary.tokens))
    entries = b"".join(chain.from_iterable(zip(map(TOKEN_LENGTH.pack, map(len, raws)), raws, strict=True)))
    header = VOCABULARY_HEADER.pack(len(vocabulary.tokens), len(entries), offset + VOCABULARY_HEADER.size)
    return header + SPECIAL_IDS.pack(*vocabulary.special) + entries


def _place(tensors: Sequence[Tensor], offset: int) -> tuple[TensorEntry, ...]:
    entries = []
    for tensor in tensors:
        entries.append(TensorEntry(tensor.name, tensor.dtype, tensor.shape, offset, tensor.data.length))
        offset = _align(offset + tensor.data.length)
    return tuple(entries)


def _descriptor(entry: TensorEntry, data_offset: int) -> bytes:
    name = entry.name.encode()
    sizes = (*entry.shape, *(0 for _ in range(MAX_DIMENSIONS - len(entry.shape))))
    return DESCRIPTOR.pack(fnv1a(name), entry.dtype, len(entry.shape), len(name), *sizes, entry.offset - data_offset)


def _header(header: Header) -> bytes:
    checksum = zlib.crc32(HEADER.pack(*header)[:CHECKSUMMED_HEADER])
    return HEADER.pack(*header._replace(header_checksum=checksum))


def _align(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT
