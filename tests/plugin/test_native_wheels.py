"""Standalone bases under the builder and the hook: a file for each target, and wheels with the tag of the base."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support import made_bases
from support.hatch_repo import HOOK, MODEL, PROJECT, TWO_MODELS, HatchRepo, sha256
from support.made_bases import ARM, MACOS, WINDOWS, X86

from encoderfile_runtime import __version__
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import verify
from hatch_encoderfile import targets
from hatch_encoderfile.bases.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeRepo = Callable[..., HatchRepo]

SCRIPT = "tiny-1.2.3.data/scripts/tiny"
NO_NUMPY = PROJECT.replace('dependencies = ["numpy>=1.24"]\n', "")
STATIC = "py3-none-manylinux2014_{0}.manylinux_2_17_{0}.musllinux_1_1_{0}"


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a base into an empty cache, as `encoderfile base build` does."""
    monkeypatch.setenv("ENCODERFILE_CACHE_DIR", str(tmp_path / "cache"))

    def add(target: str, **changes: Any) -> Path:
        path = tmp_path / "new-base"
        path.write_bytes(made_bases.base(target, **changes))
        cache = Cache(tmp_path / "cache")
        base = cache.add(path, __version__, target)
        cache.choose(base)
        return base.path

    return add


def declared(*names: str) -> str:
    return f"targets = {json.dumps(names)}\n"


@pytest.mark.parametrize(
    ("target", "changes", "tag", "script"),
    [
        pytest.param(X86, {}, STATIC.format("x86_64"), SCRIPT, id="linux"),
        pytest.param(ARM, {}, STATIC.format("aarch64"), SCRIPT, id="linux-on-arm"),
        pytest.param(X86, {"floor": "glibc 2.28"}, "py3-none-manylinux_2_28_x86_64", SCRIPT, id="glibc"),
        pytest.param(MACOS, {"floor": "macOS 11.0"}, "py3-none-macosx_11_0_arm64", SCRIPT, id="macos"),
        pytest.param(WINDOWS, {"floor": "Windows 10"}, "py3-none-win_amd64", f"{SCRIPT}.exe", id="windows"),
    ],
)
def test_the_wheel_has_the_tag_of_its_base(
    make_repo: MakeRepo, cached: Callable[..., Path], target: str, changes: dict[str, str], tag: str, script: str
) -> None:
    base = cached(target, **changes)
    repo = make_repo(MODEL + declared(target), HOOK, project=NO_NUMPY)

    wheel = repo.wheel()

    assert tag == wheel.tag
    assert [script] == wheel.outside_metadata()
    assert wheel.members[script].startswith(base.read_bytes())


def test_each_tag_of_a_static_base_stands_in_the_wheel(make_repo: MakeRepo, cached: Callable[..., Path]) -> None:
    cached(X86)

    lines = make_repo(MODEL + declared(X86), HOOK).wheel().member(".dist-info/WHEEL").decode().splitlines()

    platforms = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64")
    assert {f"Tag: py3-none-{platform}" for platform in platforms} <= set(lines)
    assert "Root-Is-Purelib: false" in lines


def test_the_installed_script_is_the_file_byte_for_byte(make_repo: MakeRepo, cached: Callable[..., Path]) -> None:
    cached(X86)
    repo = make_repo(MODEL + declared(X86), HOOK)

    wheel = repo.wheel()
    [file] = repo.encoderfiles()

    assert sha256(file) == sha256(wheel.members[SCRIPT])
    assert sha256(file) == json.loads(wheel.member(f"{file.name}.manifest.json"))["sha256"]
    assert "base:zlib" in {item["bom-ref"] for item in json.loads(wheel.member(".cdx.json"))["components"]}


def test_numpy_is_no_requirement_of_a_native_wheel(make_repo: MakeRepo, cached: Callable[..., Path]) -> None:
    cached(X86)

    wheel = make_repo(MODEL + declared(X86), HOOK, project=NO_NUMPY).wheel()

    assert wheel.metadata.get_all("Requires-Dist") is None


def test_the_option_comes_before_the_tag_of_the_base(make_repo: MakeRepo, cached: Callable[..., Path]) -> None:
    cached(X86)

    wheel = make_repo(MODEL + declared(X86), f'{HOOK}tag = "py3-none-manylinux_2_28_x86_64"\n').wheel()

    assert "py3-none-manylinux_2_28_x86_64" == wheel.tag
    assert b"Root-Is-Purelib: false" in wheel.member(".dist-info/WHEEL")


def test_a_base_binary_of_ones_own_that_tells_what_it_is_needs_no_tag(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL + declared(ARM) + 'base-binary-path = "base"\n', HOOK)
    (repo.root / "base").write_bytes(made_bases.base(ARM))

    assert STATIC.format("aarch64") == repo.wheel().tag


def test_a_floor_that_no_tag_is_known_for_needs_one(
    make_repo: MakeRepo, cached: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    cached(X86, floor="FreeBSD 14")
    repo = make_repo(MODEL + declared(X86), HOOK)

    assert [f"tiny-1.2.3-{X86}.encoderfile"] == [path.name for path in repo.encoderfiles()]
    with pytest.raises(SystemExit):
        repo.wheel()

    assert "what it needs is not known: set the hook's tag" in capfd.readouterr().err


def test_models_on_bases_that_need_different_things_are_told_apart(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]
) -> None:
    bases = iter(("one", "two"))
    models = "\n".join(
        f'{line}base-binary-path = "{next(bases)}"\n{declared(X86)}' if line.startswith("path") else line
        for line in TWO_MODELS.splitlines(keepends=True)
    )
    repo = make_repo(models, HOOK)
    (repo.root / "one").write_bytes(made_bases.base(X86))
    (repo.root / "two").write_bytes(made_bases.base(X86, floor="glibc 2.28"))

    with pytest.raises(SystemExit):
        repo.wheel()

    message = capfd.readouterr().err
    assert "is not one thing for all models (manylinux2014_x86_64" in message
    assert "manylinux_2_28_x86_64)" in message


class TestSeveralTargets:
    @pytest.fixture
    def repo(self, make_repo: MakeRepo, cached: Callable[..., Path]) -> HatchRepo:
        cached(X86)
        return make_repo(MODEL + declared("portable", X86), HOOK)

    def test_the_builder_makes_a_file_for_each(self, repo: HatchRepo) -> None:
        files = repo.encoderfiles()

        assert [f"tiny-1.2.3-{name}.encoderfile" for name in ("portable", X86)] == [path.name for path in files]

    def test_the_files_differ_in_their_bases_alone(self, repo: HatchRepo) -> None:
        one, other = (Container(str(path)) for path in repo.encoderfiles())

        for container in (one, other):
            assert verify(container).uncovered == ()
        assert [item.sha256 for item in one.artifacts] == [item.sha256 for item in other.artifacts]
        assert one.manifest.inputs == other.manifest.inputs

    def test_one_can_be_chosen(self, repo: HatchRepo) -> None:
        assert [f"tiny-1.2.3-{X86}.encoderfile"] == [path.name for path in repo.encoderfiles(X86)]

    def test_the_wheel_takes_the_portable_one_wherever_it_is_built(
        self, repo: HatchRepo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(targets, "host", lambda: targets.parse(X86))

        assert "py3-none-any" == repo.wheel().tag

    def test_the_wheel_takes_another_on_request(self, repo: HatchRepo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENCODERFILE_TARGET", X86)

        assert STATIC.format("x86_64") == repo.wheel().tag

    def test_without_a_portable_one_it_takes_that_of_the_machine(
        self, repo: HatchRepo, cached: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cached(ARM)
        repo.declare(MODEL + declared(X86, ARM), HOOK)
        monkeypatch.setattr(targets, "host", lambda: targets.parse(ARM))

        assert STATIC.format("aarch64") == repo.wheel().tag

    def test_where_none_fits_it_is_asked_for(
        self, repo: HatchRepo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        repo.declare(MODEL + declared(X86, ARM), HOOK)
        monkeypatch.setattr(targets, "host", lambda: targets.parse(MACOS))

        with pytest.raises(SystemExit):
            repo.wheel()

        assert f"a wheel is for one target, but the models declare {X86}, {ARM}: set" in capfd.readouterr().err
