"""The declared spec as plain data, with paths as the declaring file would write them: never a path of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatch_encoderfile.spec import Fixed

if TYPE_CHECKING:
    from hatch_encoderfile.spec import ModelFiles, ModelSpec, TokenizerOverrides


def declared(spec: ModelSpec) -> dict[str, Any]:
    """The values by their keys in `[tool.encoderfile]`, without those that say nothing.

    Where the build writes and keeps things is left out: it does not change what is made.
    """
    root = spec.root
    return _said(
        {
            "name": spec.name,
            "version": spec.version,
            "model-type": spec.model_type.label,
            "path": _files(spec.files, root),
            "created": spec.created,
            "source": spec.source,
            "license": spec.license,
            "targets": list(spec.targets),
            "layout": spec.layout.value,
            "base-binary-path": _relative(spec.base_binary_path, root),
            "tokenizer": _overrides(spec.tokenizer),
            "attachments": [_relative(path, root) for path in spec.attachments],
            "attachment-codec": spec.attachment_codec.name.lower() if spec.attachment_codec else None,
            "files": {path: f"sha256:{digest}" for path, digest in sorted(spec.pins.items())},
        }
    )


def _files(files: ModelFiles, root: Path) -> str | dict[str, Any] | None:
    if files.directory is not None:
        return _relative(files.directory, root)
    return _said(
        {
            "config": _relative(files.config, root),
            "weights": _relative(files.weights, root),
            "tokenizer": _relative(files.tokenizer, root),
            "tokenizer-config": _relative(files.tokenizer_config, root),
            "preprocessor-config": _relative(files.preprocessor_config, root),
        }
    )


def _overrides(tokenizer: TokenizerOverrides) -> dict[str, Any]:
    padding = tokenizer.pad_strategy
    return _said(
        {
            "pad-strategy": {"fixed": padding.length} if isinstance(padding, Fixed) else padding,
            "truncation-side": tokenizer.truncation_side,
            "truncation-strategy": tokenizer.truncation_strategy,
            "max-length": tokenizer.max_length,
            "stride": tokenizer.stride,
        }
    )


def _relative(path: Path | None, root: Path) -> str | None:
    """The path from the declaring file; of a path outside of its directory, the last part as it was declared."""
    if path is None:
        return None
    plain, folder = Path(os.path.normpath(path)), Path(os.path.normpath(root))
    return plain.relative_to(folder).as_posix() if plain.is_relative_to(folder) else path.name


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, {}, [])}
