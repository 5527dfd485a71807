"""The entry point for hatchling, which registers our plugin classes."""

from __future__ import annotations

from hatchling.plugin import hookimpl

from .plugin.builder import EncoderfileBuilder
from .plugin.hook import EncoderfileBuildHook


@hookimpl
def hatch_register_builder() -> type[EncoderfileBuilder]:
    """The builder behind `hatch build -t encoderfile`."""
    return EncoderfileBuilder


@hookimpl
def hatch_register_build_hook() -> type[EncoderfileBuildHook]:
    """The build hook that puts executables into wheels."""
    return EncoderfileBuildHook
