from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import SpecError
from hatch_encoderfile.spec import ModelSpec, read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def read_toml(tmp_path: Path) -> Callable[[str], list[ModelSpec]]:
    """Reads the text as a pyproject.toml."""

    def read(text: str) -> list[ModelSpec]:
        path = tmp_path / "pyproject.toml"
        path.write_bytes(text.encode())
        return read_spec(path)

    return read


@pytest.fixture
def read_yaml(tmp_path: Path) -> Callable[[str], list[ModelSpec]]:
    """Reads the text as an encoderfile.yml."""

    def read(text: str) -> list[ModelSpec]:
        path = tmp_path / "encoderfile.yml"
        path.write_bytes(text.encode())
        return read_spec(path)

    return read


@pytest.fixture
def toml_faults(read_toml: Callable[[str], list[ModelSpec]]) -> Callable[[str], list[str]]:
    """The faults of the text as a pyproject.toml."""

    def faults(text: str) -> list[str]:
        with pytest.raises(SpecError) as raised:
            read_toml(text)
        return list(raised.value.faults)

    return faults


@pytest.fixture
def yaml_faults(read_yaml: Callable[[str], list[ModelSpec]]) -> Callable[[str], list[str]]:
    """The faults of the text as an encoderfile.yml."""

    def faults(text: str) -> list[str]:
        with pytest.raises(SpecError) as raised:
            read_yaml(text)
        return list(raised.value.faults)

    return faults
