"""The text sections of EMBD files, metadata and vocabulary (cpp_embedder's `weight-format.md` 1.0)."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.embd.layout import utf8
from encoderfile_runtime.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

METADATA_HEADER = struct.Struct("<2I")  # entry_count, total_size of the entries
METADATA_ENTRY = struct.Struct("<2H")  # key_length, value_length
VOCABULARY_HEADER = struct.Struct("<3I")  # token_count, total_size, offset of the special token ids
SPECIAL_IDS = struct.Struct("<5I")
TOKEN_LENGTH = struct.Struct("<H")


class Key:
    """Metadata keys. All values are text; numbers are decimal ASCII."""

    MODEL_NAME = "model_name"
    MODEL_VERSION = "model_version"
    EMBEDDING_DIM = "embedding_dim"
    VOCAB_SIZE = "vocab_size"
    NUM_LAYERS = "num_layers"
    NUM_ATTENTION_HEADS = "num_attention_heads"
    HIDDEN_SIZE = "hidden_size"
    INTERMEDIATE_SIZE = "intermediate_size"
    MAX_POSITION_EMB = "max_position_emb"
    CREATED_AT = "created_at"

    # Not in the spec, whose readers ignore unknown keys.
    HIDDEN_ACT = "hidden_act"
    LAYER_NORM_EPS = "layer_norm_eps"
    POOLING_MODE = "pooling_mode"
    NORMALIZE = "normalize"
    DO_LOWER_CASE = "do_lower_case"


NUMERIC_METADATA = (
    Key.EMBEDDING_DIM,
    Key.VOCAB_SIZE,
    Key.NUM_LAYERS,
    Key.NUM_ATTENTION_HEADS,
    Key.HIDDEN_SIZE,
    Key.INTERMEDIATE_SIZE,
    Key.MAX_POSITION_EMB,
)
# The spec's text also requires created_at; its JSON schema does not, and a date would make the file depend on the
# clock.
REQUIRED_METADATA = (Key.MODEL_NAME, Key.MODEL_VERSION, *NUMERIC_METADATA)

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_IN_VOCABULARY = "in the vocabulary"
_ONE_A_LAYER = ".attention.output.dense.weight"  # suffix of a tensor that each layer has once, to count layers
# Suffixes of tensors, with the metadata key that equals the length of their first axis.
_FIRST_AXIS = (
    ("embeddings.word_embeddings.weight", Key.VOCAB_SIZE),
    ("embeddings.position_embeddings.weight", Key.MAX_POSITION_EMB),
    (".attention.output.dense.weight", Key.HIDDEN_SIZE),
    (".intermediate.dense.weight", Key.INTERMEDIATE_SIZE),
)


class SpecialTokens(NamedTuple):
    """Ids of the tokens in `SPECIAL_TOKENS`, in that order."""

    pad: int
    unk: int
    cls: int
    sep: int
    mask: int


SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def metadata_faults(
    metadata: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]], token_count: int | None
) -> Iterator[str]:
    """Contradictions between metadata and the tensors' shapes or the vocabulary's size, a line each."""
    said: dict[str, tuple[int, str]] = {}
    for key in NUMERIC_METADATA:
        if key in metadata:
            if _DECIMAL.fullmatch(metadata[key]):
                said[key] = int(metadata[key]), "in the metadata"
            else:
                yield f"metadata {key} is {metadata[key][:40]!r}, expected a decimal number"
    for key, number, where in _counted(shapes, token_count):
        if key in said and said[key][0] != number:
            yield f"{key} is {said[key][0]} {said[key][1]}, but {number} {where}"
        elif where == _IN_VOCABULARY:
            said[key] = number, where


def _counted(shapes: Mapping[str, tuple[int, ...]], token_count: int | None) -> Iterator[tuple[str, int, str]]:
    """Numbers counted in the file: metadata key, number, and where it was counted."""
    if token_count is not None:
        yield Key.VOCAB_SIZE, token_count, _IN_VOCABULARY
    layers = 0
    for name, shape in shapes.items():
        layers += name.endswith(_ONE_A_LAYER)
        for suffix, key in _FIRST_AXIS:
            if name.endswith(suffix):
                yield key, shape[0], f"in the shape of {name!r}"
    if layers:
        yield Key.NUM_LAYERS, layers, "by the tensors' names"


def read_metadata(view: memoryview, start: int, size: int, source: str) -> dict[str, str]:
    """Decode the metadata section of `size` bytes at `start`, which lies within `view`.

    Raises:
        FormatError: the entries do not fill the section exactly, a text is not UTF-8, or a key occurs twice.
    """
    if size < METADATA_HEADER.size:
        raise FormatError(source, f"the metadata section has {size} bytes, its header alone has 8", start)
    count, total = METADATA_HEADER.unpack_from(view, start)
    if total != size - METADATA_HEADER.size:
        raise FormatError(source, f"metadata total_size is {total}, the section holds {size - 8} bytes", start + 4)
    metadata: dict[str, str] = {}
    position, stop = start + METADATA_HEADER.size, start + size
    for _ in range(count):
        if stop - position < METADATA_ENTRY.size:
            raise FormatError(source, f"the metadata ends before its {count} entries do", position)
        key_length, value_length = METADATA_ENTRY.unpack_from(view, position)
        at = position + METADATA_ENTRY.size
        position = at + key_length + value_length
        if position > stop:
            raise FormatError(source, f"a metadata entry ends {position - stop} bytes past its section", at - 4)
        key = utf8(view[at : at + key_length], at, "metadata key", source)
        if not key or key in metadata:
            raise FormatError(source, f"metadata key {key!r} is empty or comes twice", at)
        value_at = at + key_length
        metadata[key] = utf8(view[value_at:position], value_at, f"value of metadata {key!r}", source)
    if position != stop:
        raise FormatError(source, f"{stop - position} bytes follow the {count} metadata entries", position)
    return metadata


class VocabularySection(NamedTuple):
    """The range of the tokens in the file, and the ids of the special tokens; `tokens` decodes them."""

    token_count: int
    special: SpecialTokens
    start: int
    stop: int

    def tokens(self, view: memoryview, source: str) -> list[str]:
        """Every token, indexed by id.

        Raises:
            FormatError: the tokens do not fill the range, one is not UTF-8, or a special id is that of another token.
        """
        tokens = []
        position = self.start
        for index in range(self.token_count):
            if self.stop - position < TOKEN_LENGTH.size:
                raise FormatError(source, f"the vocabulary ends before token {index} of {self.token_count}", position)
            begin = position + TOKEN_LENGTH.size
            position = begin + (view[position] | view[position + 1] << 8)
            if position > self.stop:
                raise FormatError(
                    source, f"token {index} ends {position - self.stop} bytes past its section", begin - 2
                )
            tokens.append(utf8(view[begin:position], begin, f"token {index}", source))
        if position != self.stop:
            raise FormatError(source, f"{self.stop - position} bytes follow the {self.token_count} tokens", position)
        for expected, index in zip(SPECIAL_TOKENS, self.special, strict=True):
            if tokens[index] != expected:
                raise FormatError(source, f"token {index} should be {expected} and is {tokens[index]!r}", self.start)
        return tokens


def read_vocabulary(view: memoryview, start: int, size: int, source: str) -> VocabularySection:
    """Locate the tokens and the special ids in the vocabulary section of `size` bytes at `start`, which lies within `view`.

    The spec leaves open from where the offset of the special ids counts, where the tokens begin, and whether total_size
    includes the special ids. Each interpretation under which every byte of the section is accounted for is accepted.

    Raises:
        FormatError: no interpretation fits, or a special id is not that of a token.
    """
    fixed = VOCABULARY_HEADER.size + SPECIAL_IDS.size
    if size < fixed:
        raise FormatError(source, f"the vocabulary section has {size} bytes, its fixed parts alone have {fixed}", start)
    count, total, specials = VOCABULARY_HEADER.unpack_from(view, start)
    # The ids lie directly before or after the tokens, at an offset in the file or in the section.
    first, last = start + VOCABULARY_HEADER.size, start + size - SPECIAL_IDS.size
    at = specials if specials in (first, last) else start + specials
    if at not in (first, last):
        raise FormatError(source, f"special token ids at {specials}: expected {first} or {last}", start + 8)
    begin = start + fixed if at == first else first
    room = size - fixed
    length = total if total <= room else total - SPECIAL_IDS.size
    # Ids after the tokens may be aligned to 4 bytes.
    padding = room - length
    if not 0 <= padding < (1 if at == first else 4) or any(view[begin + length : begin + room]):
        raise FormatError(source, f"vocabulary total_size is {total}, the section has room for {room} bytes", start + 4)
    if count * TOKEN_LENGTH.size > length:
        raise FormatError(source, f"{count} tokens do not fit into {length} bytes", start)
    special = SpecialTokens(*SPECIAL_IDS.unpack_from(view, at))
    if max(special) >= count:
        raise FormatError(source, f"special token ids {list(special)}: the vocabulary has {count} tokens", at)
    return VocabularySection(count, special, begin, begin + length)
