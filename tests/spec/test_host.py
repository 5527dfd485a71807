"""The target `host`: the triple of the machine that builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.spec import declaration
from hatch_encoderfile.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatch_encoderfile.spec import ModelSpec

    Read = Callable[[str], list[ModelSpec]]
    Faults = Callable[[str], list[str]]

TOML = '[tool.encoderfile]\nname = "n"\nversion = "1"\nmodel-type = "embedding"\npath = "m"\n'
YAML = "encoderfile:\n  name: n\n  path: m\n  model_type: embedding\n"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaration, "host", lambda: Target("aarch64", "darwin", ""))


def test_host_is_the_machine_that_builds(machine: None, read_toml: Read) -> None:
    [spec] = read_toml(f'{TOML}targets = ["portable", "host"]')

    assert ("portable", "aarch64-apple-darwin") == spec.targets


def test_host_and_its_own_triple_are_one_target(machine: None, read_toml: Read) -> None:
    [spec] = read_toml(f'{TOML}targets = ["host", "aarch64-apple-darwin"]')

    assert ("aarch64-apple-darwin",) == spec.targets


def test_host_is_a_target_in_yaml(machine: None, read_yaml: Read) -> None:
    [spec] = read_yaml(f"{YAML}  target: host\n")

    assert ("aarch64-apple-darwin",) == spec.targets


def test_a_machine_without_a_triple_is_a_fault(monkeypatch: pytest.MonkeyPatch, toml_faults: Faults) -> None:
    def host() -> Target:
        raise UsageError("unsupported architecture: riscv64")

    monkeypatch.setattr(declaration, "host", host)

    assert ["tool.encoderfile.targets: 'host': unsupported architecture: riscv64"] == toml_faults(
        f'{TOML}targets = ["host"]'
    )
