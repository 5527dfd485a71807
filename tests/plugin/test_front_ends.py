"""Each front end for real, in processes of its own, without an index: the same executable everywhere, and clean errors."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support import made_bases
from support.front_ends import FrontEnds, without_index
from support.hatch_repo import MODEL, HatchRepo, Wheel, sha256, tiny_repo

from hatch_encoderfile import targets
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the executable is started by sh"),
]

CHECKOUT = Path(__file__).parents[2]
HOOK = "[tool.hatch.build.hooks.encoderfile]\n"
EXECUTABLE = "tiny-1.2.3-portable.encoderfile"
PYTHON = (sys.executable, "-m")


@pytest.fixture(scope="module")
def front_ends(tmp_path_factory: pytest.TempPathFactory) -> FrontEnds:
    return without_index(CHECKOUT, tmp_path_factory.mktemp("front-ends"))


@pytest.fixture
def repo(tmp_path: Path) -> HatchRepo:
    return tiny_repo(tmp_path / "repo", MODEL, HOOK)


class Expected(NamedTuple):
    """What every front end has to arrive at, in hex."""

    executable: str
    sbom: str


@pytest.fixture
def expected(repo: HatchRepo, tmp_path: Path) -> Expected:
    spec = read_spec(repo.root / "pyproject.toml")[0]
    result = build(spec, target="portable", output=tmp_path / "expected" / EXECUTABLE)
    (sbom,) = (path for path in result.sidecars if path.name.endswith(".cdx.json"))
    return Expected(result.sha256, sha256(sbom))


def check_wheel(folder: Path, expected: Expected) -> None:
    (path,) = folder.glob("*.whl")
    wheel = Wheel(path)
    assert "py3-none-any" == wheel.tag
    assert expected.executable == sha256(wheel.members["tiny-1.2.3.data/scripts/tiny"])
    assert expected.executable == json.loads(wheel.member(f"{EXECUTABLE}.manifest.json"))["sha256"]
    assert expected.sbom == sha256(wheel.member(f".dist-info/sboms/{EXECUTABLE}.cdx.json"))


def check_installed(front_ends: FrontEnds, commands: Path, expected: Expected) -> None:
    """The installed script has the digest, accounts for each of its bytes, and runs on numpy of its environment."""
    assert expected.executable == sha256(commands / "tiny")
    path = f"{commands}:{front_ends.environment['PATH']}"
    assert "every byte is accounted for" in front_ends.run(commands, "tiny", "verify", PATH=path)
    assert 1 == len(json.loads(front_ends.run(commands, "tiny", "infer", "the model", PATH=path))["results"])


def test_hatch(front_ends: FrontEnds, repo: HatchRepo, expected: Expected) -> None:
    shown = front_ends.run(repo.root, "hatch", "build", "-t", "encoderfile", "-t", "sdist", "-t", "wheel")
    assert 1 == shown.count("Building tiny for portable")
    assert expected.executable == sha256(repo.dist / EXECUTABLE)
    check_wheel(repo.dist, expected)

    front_ends.run(repo.root, "hatch", "clean")
    assert {EXECUTABLE} == {path.name for path in repo.dist.iterdir() if not path.name.endswith(".json")}
    front_ends.run(repo.root, "hatch", "clean", "-t", "encoderfile")
    assert [] == list(repo.dist.iterdir())

    front_ends.run(repo.root, "hatch", "build", "-t", "wheel", "--hooks-only")
    assert [expected.executable] == [sha256(path) for path in repo.stored]
    assert [] == list(repo.dist.iterdir())

    shown = front_ends.run(repo.root, "hatch", "build", "--clean", "-t", "encoderfile:portable")
    assert "Building tiny for portable" in shown
    assert expected.executable == sha256(repo.dist / EXECUTABLE)


def test_hatch_without_and_with_the_hook(front_ends: FrontEnds, repo: HatchRepo, expected: Expected) -> None:
    bypass = "[tool.hatch.build.targets.wheel]\nbypass-selection = true\n"
    repo.declare(MODEL, bypass, HOOK)
    front_ends.run(repo.root, "hatch", "build", "-t", "wheel", HATCH_BUILD_NO_HOOKS="1")
    (path,) = repo.dist.glob("*.whl")
    assert [] == Wheel(path).outside_metadata()

    repo.declare(MODEL, bypass, f"{HOOK}enable-by-default = false\n")
    front_ends.run(repo.root, "hatch", "build", "-t", "wheel")
    assert [] == Wheel(path).outside_metadata()
    front_ends.run(repo.root, "hatch", "build", "-t", "wheel", HATCH_BUILD_HOOK_ENABLE_ENCODERFILE="1")
    check_wheel(repo.dist, expected)


def test_build(front_ends: FrontEnds, repo: HatchRepo, expected: Expected) -> None:
    pytest.importorskip("build", reason="needs build: pip install build")

    front_ends.run(repo.root, *PYTHON, "build", "--installer", "uv")

    assert ["tiny-1.2.3.tar.gz"] == [path.name for path in repo.dist.glob("*.tar.gz")]
    check_wheel(repo.dist, expected)


def test_uv_build(front_ends: FrontEnds, repo: HatchRepo, expected: Expected) -> None:
    front_ends.run(repo.root, "uv", "build")

    assert ["tiny-1.2.3.tar.gz"] == [path.name for path in repo.dist.glob("*.tar.gz")]
    check_wheel(repo.dist, expected)


def test_pip_wheel_and_install(front_ends: FrontEnds, repo: HatchRepo, expected: Expected, tmp_path: Path) -> None:
    front_ends.run(repo.root, *PYTHON, "pip", "wheel", "--no-deps", "--wheel-dir", "out", ".")
    check_wheel(repo.root / "out", expected)

    commands = front_ends.virtual_environment(tmp_path / "environment")
    front_ends.run(repo.root, *PYTHON, "pip", "--python", commands / "python", "install", ".")
    check_installed(front_ends, commands, expected)


def test_uv_install(front_ends: FrontEnds, repo: HatchRepo, expected: Expected, tmp_path: Path) -> None:
    commands = front_ends.virtual_environment(tmp_path / "environment")

    front_ends.run(repo.root, "uv", "pip", "install", "--python", commands / "python", ".")

    check_installed(front_ends, commands, expected)


@pytest.mark.skipif(sys.platform != "linux", reason="the base that is made here is for Linux")
def test_a_native_wheel_is_installed_byte_for_byte(front_ends: FrontEnds, tmp_path: Path) -> None:
    target = str(targets.host())
    repo = tiny_repo(tmp_path / "repo", f'{MODEL}targets = ["{target}"]\nbase-binary-path = "base"\n', HOOK)
    (repo.root / "base").write_bytes(made_bases.base(target))
    front_ends.run(repo.root, *PYTHON, "pip", "wheel", "--no-deps", "--wheel-dir", "out", ".")
    (wheel,) = (repo.root / "out").iterdir()
    (file,) = repo.stored

    commands = front_ends.virtual_environment(tmp_path / "environment")
    install = ("install", "--no-deps", wheel)
    front_ends.run(tmp_path, *PYTHON, "pip", "--python", commands / "python", *install)
    assert sha256(file) == sha256(commands / "tiny")
    front_ends.run(tmp_path, "uv", "pip", *install, "--reinstall", "--python", commands / "python")
    assert sha256(file) == sha256(commands / "tiny")


def test_editable_installs(front_ends: FrontEnds, repo: HatchRepo, expected: Expected, tmp_path: Path) -> None:
    commands = front_ends.virtual_environment(tmp_path / "environment")
    install = ("install", "--no-deps", "-e", ".")

    front_ends.run(repo.root, *PYTHON, "pip", "--python", commands / "python", *install)
    assert not (commands / "tiny").exists()
    assert [] == repo.stored

    repo.declare(MODEL, f'{HOOK}editable = "build"\n')
    front_ends.run(repo.root, "uv", "pip", *install, "--python", commands / "python")
    assert expected.executable == sha256(commands / "tiny")


def bad_spec(repo: HatchRepo) -> None:
    repo.declare(MODEL.replace("path", "paths"), HOOK)


def missing_file(repo: HatchRepo) -> None:
    (repo.root / "model" / "tokenizer.json").unlink()


def wrong_pin(repo: HatchRepo) -> None:
    repo.declare(f'{MODEL}files = {{ "config.json" = "sha256:{"0" * 64}" }}\n', HOOK)


def unknown_target(repo: HatchRepo) -> None:
    repo.declare(f'{MODEL}targets = ["portabel"]\n', HOOK)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("hatch", "build", "-t", "wheel"), id="hatch"),
        pytest.param((*PYTHON, "build", "--wheel", "--installer", "uv"), id="build"),
        pytest.param((*PYTHON, "pip", "wheel", "--no-deps", "--no-build-isolation", "."), id="pip"),
        pytest.param(("uv", "build", "--wheel"), id="uv"),
    ],
)
def test_errors_are_clean(front_ends: FrontEnds, repo: HatchRepo, command: tuple[str, ...]) -> None:
    """Each fault under each front end: its message is there, and no traceback."""
    faults: list[tuple[Callable[[HatchRepo], None], str]] = [
        (bad_spec, r"tool\.encoderfile\.paths: unknown key; did you mean 'path'\?"),
        (unknown_target, r"tool\.encoderfile\.targets\[0\]: expected one of 'portable', .*did you mean 'portable'\?"),
        (wrong_pin, r"model/config\.json: sha256 differs from its pin: pinned 0{64}, found [0-9a-f]{64}"),
        (missing_file, r"model: tokenizer\.json: not there"),
    ]
    for spoil, message in faults:
        repo.declare(MODEL, HOOK)
        spoil(repo)

        result = front_ends.attempt(repo.root, *command)

        assert 0 != result.returncode
        assert re.search(message, result.stdout), result.stdout
        assert "Traceback" not in result.stdout
