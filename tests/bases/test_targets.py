from __future__ import annotations

import platform
import sys

import pytest

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile import targets
from hatch_encoderfile.targets import TRIPLES, Target, host, named, parse, wheel_platform


@pytest.mark.parametrize("triple", TRIPLES)
def test_every_triple_comes_back_as_it_was(triple: str) -> None:
    assert triple == str(parse(triple))


def test_a_triple_is_taken_apart() -> None:
    assert Target("aarch64", "linux", "musl") == parse("aarch64-unknown-linux-musl")
    assert Target("x86_64", "darwin", "") == parse("x86_64-apple-darwin")
    assert Target("x86_64", "windows", "msvc") == parse("x86_64-pc-windows-msvc")


@pytest.mark.parametrize(
    ("triple", "message"),
    [
        ("riscv64-unknown-linux-gnu", "unsupported architecture `riscv64`; did you mean 'aarch64-unknown-linux-gnu'?"),
        ("aarch64-pc-windows-msvc", "unsupported architecture `aarch64`; did you mean 'x86_64-pc-windows-msvc'?"),
        ("arm64-apple-darwin", "unsupported architecture `arm64`; did you mean 'aarch64-apple-darwin'?"),
        ("x86_64-unknown-linux-gnux32", "unsupported linux ABI `gnux32`; did you mean 'x86_64-unknown-linux-gnu'?"),
        (
            "x86_64-linux-gnu",
            "invalid or unsupported target triple `x86_64-linux-gnu`; did you mean 'x86_64-unknown-linux-gnu'?",
        ),
        ("X86_64-unknown-linux-gnu", "unsupported architecture `X86_64`; did you mean 'x86_64-unknown-linux-gnu'?"),
        ("", f"invalid or unsupported target triple ``; expected one of {', '.join(TRIPLES)}"),
    ],
)
def test_other_triples_are_refused_in_mozillas_words(triple: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(triple)

    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("system", "machine", "triple"),
    [
        ("linux", "x86_64", "x86_64-unknown-linux-gnu"),
        ("linux", "aarch64", "aarch64-unknown-linux-gnu"),
        ("darwin", "arm64", "aarch64-apple-darwin"),
        ("darwin", "x86_64", "x86_64-apple-darwin"),
        ("win32", "AMD64", "x86_64-pc-windows-msvc"),
    ],
)
def test_the_host_has_a_triple(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, triple: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert triple == named("host")


@pytest.mark.parametrize(
    ("system", "machine", "message"),
    [
        ("freebsd14", "amd64", "unsupported operating system: freebsd14"),
        ("linux", "riscv64", "unsupported architecture: riscv64"),
        ("win32", "ARM64", "unsupported architecture: aarch64"),
    ],
)
def test_other_hosts_are_refused(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, message: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)

    with pytest.raises(UsageError, match=message):
        host()


def test_portable_is_its_own_name() -> None:
    assert "portable" == named("portable") == targets.TARGETS[0]


@pytest.mark.parametrize(
    ("target", "floor", "tag"),
    [
        (
            "x86_64-unknown-linux-gnu",
            "Linux 3.2",
            "manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64",
        ),
        ("aarch64-unknown-linux-gnu", "glibc 2.28", "manylinux_2_28_aarch64"),
        ("aarch64-apple-darwin", "macOS 11.0", "macosx_11_0_arm64"),
        ("x86_64-apple-darwin", "macOS 10.15", "macosx_10_15_x86_64"),
        ("x86_64-pc-windows-msvc", "Windows 10", "win_amd64"),
    ],
)
def test_the_floor_gives_the_tag_of_a_wheel(target: str, floor: str, tag: str) -> None:
    assert tag == wheel_platform(target, floor)


@pytest.mark.parametrize("floor", ["", "Linux", "Linux 3.2.1", "Linux 6.1", "macOS 11.0", "Plan 9"])
def test_a_floor_that_no_tag_says_is_refused(floor: str) -> None:
    with pytest.raises(UsageError, match="no wheel tag is known for a base that needs"):
        wheel_platform("x86_64-unknown-linux-gnu", floor)
