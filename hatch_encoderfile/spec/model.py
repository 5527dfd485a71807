"""A declared model, as the rest of the build sees it: checked values, absolute paths, no trace of TOML or YAML."""

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
    """How the parts lie in the file: a valid zip, or contiguous as Mozilla's CLI writes them."""

    ZIP = "zip"
    MOZILLA = "mozilla"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFiles:
    """Where the model's files are: a directory, or each file by its own path. Absolute; not looked for yet."""

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
    """What the spec says in place of tokenizer_config.json; None where it says nothing."""

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
        root: its directory, which relative paths start from.
        created: when the model was made, in UTC: ``2021-08-30T00:00:00Z``.
        source: where the model is from, a purl or URI.
        license: SPDX expression.
        attachments: extra files to carry.
        attachment_codec: how they are stored, and the documents that come with every model.
        pins: path of a file in the model's directory, with ``/``, to its sha256 in lower-case hex.
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
