"""The spec of a model for the rest of the build: checked values and absolute paths, independent of TOML and YAML."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from encoderfile_runtime.format.manifest import Codec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from encoderfile_runtime.format.model_type import ModelType


class Layout(enum.Enum):
    """The layout of a file: a valid zip archive, or contiguous parts as Mozilla's CLI writes them."""

    ZIP = "zip"
    MOZILLA = "mozilla"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFiles:
    """The paths of the model's files: a directory, or each file by itself. Absolute; whether they exist is not checked."""

    directory: Path | None = None
    config: Path | None = None
    weights: Path | None = None
    tokenizer: Path | None = None
    tokenizer_config: Path | None = None
    preprocessor_config: Path | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """Pad every input to this many tokens."""

    length: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenizerOverrides:
    """The settings of the spec that override tokenizer_config.json; None for those that it does not have."""

    pad_strategy: Literal["batch_longest"] | Fixed | None = None
    truncation_side: Literal["left", "right"] | None = None
    truncation_strategy: Literal["longest_first", "only_first", "only_second"] | None = None
    max_length: int | None = None
    stride: int | None = None
    ignored_settings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """One declared model.

    Attributes:
        origin: the declaring file.
        root: its directory, to which paths are relative.
        created: time when the model was made, in UTC, as `2021-08-30T00:00:00Z`.
        source: origin of the model, a package URL or URI.
        license: an SPDX expression.
        attachments: additional files to attach.
        attachment_codec: compression of all attachments.
        pins: SHA-256 in lower-case hex of files in the model's directory, by path with `/`.
    """

    origin: Path
    root: Path
    name: str
    version: str
    model_type: ModelType
    files: ModelFiles
    created: str | None = None
    source: str | None = None
    license: str | None = None
    targets: tuple[str, ...] = ("portable",)
    layout: Layout = Layout.ZIP
    base_binary_path: Path | None = None
    output_path: Path | None = None
    cache_dir: Path | None = None
    tokenizer: TokenizerOverrides = TokenizerOverrides()
    attachments: tuple[Path, ...] = ()
    attachment_codec: Codec = Codec.NONE
    pins: Mapping[str, str] = field(default_factory=dict)
