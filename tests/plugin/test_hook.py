"""The build hook under hatchling's own wheel builder."""

from __future__ import annotations

import json
import stat
from importlib.metadata import requires
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import HOOK, MODEL, PROJECT, TWO_MODELS, HatchRepo, Wheel, sha256, tiny_repo

from hatch_encoderfile.build import BuildResult, build
from hatch_encoderfile.plugin import store
from hatch_encoderfile.plugin.wheel import REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeRepo = Callable[..., HatchRepo]

SCRIPT = "tiny-1.2.3.data/scripts/tiny"
NAME = "tiny-1.2.3-portable.encoderfile"
EXTERNAL_BASE = 'base-binary-path = "base"\n'


def test_a_wheel_installs_the_executable_as_a_script(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)

    wheel = repo.wheel()

    assert [SCRIPT] == wheel.outside_metadata()
    assert sha256(repo.encoderfiles()[0]) == sha256(wheel.members[SCRIPT])
    assert 0o755 == stat.S_IMODE(wheel.modes[SCRIPT])


def test_place_package_puts_it_into_the_package(make_repo: MakeRepo) -> None:
    project = PROJECT.replace('"tiny"', '"tiny-models"')

    wheel = make_repo(MODEL, f'{HOOK}place = "package"\n', project=project).wheel()

    assert ["tiny_models/tiny-models.encoderfile"] == wheel.outside_metadata()


def test_the_package_may_be_named(make_repo: MakeRepo) -> None:
    wheel = make_repo(MODEL, f'{HOOK}place = "package"\npackage = "company.models"\n').wheel()

    assert ["company/models/tiny.encoderfile"] == wheel.outside_metadata()


def test_place_data_puts_it_into_the_environments_share_folder(make_repo: MakeRepo) -> None:
    wheel = make_repo(MODEL, f'{HOOK}place = "data"\n').wheel()

    assert ["tiny-1.2.3.data/data/share/encoderfile/tiny.encoderfile"] == wheel.outside_metadata()


@pytest.mark.parametrize("place", ["script", "package", "data"])
def test_the_executable_has_the_same_bytes_wherever_it_is_placed(make_repo: MakeRepo, place: str) -> None:
    repo = make_repo(MODEL, f'{HOOK}place = "{place}"\n')

    wheel = repo.wheel()

    (name,) = wheel.outside_metadata()
    assert sha256(repo.stored[0]) == sha256(wheel.members[name])
    assert 0o755 == stat.S_IMODE(wheel.modes[name])


def test_the_manifest_is_in_the_metadata(make_repo: MakeRepo) -> None:
    wheel = make_repo(MODEL, HOOK).wheel()

    manifest = json.loads(wheel.member(f".dist-info/extra_metadata/encoderfile/{NAME}.manifest.json"))

    assert (NAME, "tiny", "1.2.3") == (manifest["file"], manifest["name"], manifest["version"])
    assert sha256(wheel.members[SCRIPT]) == manifest["sha256"]
    assert "model.safetensors" in {item["path"] for item in manifest["inputs"]}


def test_what_a_build_puts_beside_its_output_goes_into_the_metadata(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_with_sidecars(*arguments: object, output: Path, **options: object) -> BuildResult:
        result = build(*arguments, output=output, **options)  # type: ignore[arg-type]  # passed on as they came
        sidecars = tuple(output.with_name(f"{output.name}.{ending}") for ending in ("cdx.json", "slsa.json"))
        for path in sidecars:
            path.write_text(path.name, encoding="utf-8")
        return result._replace(sidecars=sidecars)

    monkeypatch.setattr(store, "build", build_with_sidecars)
    repo = make_repo(MODEL, HOOK)
    bill, provenance = f"{NAME}.cdx.json", f"{NAME}.slsa.json"

    wheel = repo.wheel()
    repo.encoderfiles()

    assert bill.encode() == wheel.member(f".dist-info/sboms/{bill}")
    assert provenance.encode() == wheel.member(f".dist-info/extra_metadata/encoderfile/{provenance}")
    assert {NAME, bill, provenance} == {path.name for path in repo.dist.glob("tiny*.encoderfile*")}


def test_portable_executables_make_a_wheel_for_every_platform(make_repo: MakeRepo) -> None:
    wheel = make_repo(MODEL, HOOK, project=PROJECT.replace('requires-python = ">=3.10"\n', "")).wheel()

    assert "py3-none-any" == wheel.tag
    assert b"Root-Is-Purelib: true" in wheel.member(".dist-info/WHEEL")


def test_numpy_becomes_a_requirement_where_the_project_lacks_it(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]
) -> None:
    wheel = make_repo(MODEL, HOOK, project=PROJECT.replace('dependencies = ["numpy>=1.24"]\n', "")).wheel()

    assert [REQUIREMENT] == wheel.metadata.get_all("Requires-Dist")
    assert "list it in project.dependencies" in capfd.readouterr().err


def test_the_projects_own_requirement_of_numpy_stands(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    wheel = make_repo(MODEL, HOOK, project=PROJECT.replace("numpy>=1.24", "NumPy>=2")).wheel()

    assert ["numpy>=2"] == wheel.metadata.get_all("Requires-Dist")
    assert "project.dependencies" not in capfd.readouterr().err


def test_the_requirement_is_our_own() -> None:
    assert REQUIREMENT in (requires("hatch-encoderfile") or [])


def test_several_models_go_into_one_wheel(make_repo: MakeRepo) -> None:
    wheel = make_repo(TWO_MODELS, HOOK).wheel()

    assert [f"tiny-1.2.3.data/scripts/{name}" for name in ("queries", "words")] == wheel.outside_metadata()


def test_models_may_be_chosen(make_repo: MakeRepo) -> None:
    wheel = make_repo(TWO_MODELS, f'{HOOK}models = ["words"]\n').wheel()

    assert ["tiny-1.2.3.data/scripts/words"] == wheel.outside_metadata()


def test_a_package_of_the_repo_stays_in_the_wheel(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)
    (repo.root / "tiny").mkdir()
    (repo.root / "tiny" / "__init__.py").write_text("", encoding="utf-8")

    assert [SCRIPT, "tiny/__init__.py"] == repo.wheel().outside_metadata()


def test_a_package_that_hatchling_does_not_find_is_not_left_out_in_silence(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)
    (repo.root / "src" / "other").mkdir(parents=True)
    (repo.root / "src" / "other" / "__init__.py").write_text("", encoding="utf-8")

    with pytest.raises(ValueError, match="Unable to determine which files to ship"):
        repo.wheel()


def test_an_editable_install_goes_without_the_executable(
    make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(MODEL, HOOK)

    wheel = repo.wheel("editable")

    assert [] == wheel.outside_metadata()
    assert [] == repo.stored
    assert "left out of editable installs" in capfd.readouterr().err


def test_an_editable_install_has_it_on_request(make_repo: MakeRepo) -> None:
    wheel = make_repo(MODEL, f'{HOOK}editable = "build"\n').wheel("editable")

    assert [SCRIPT] == wheel.outside_metadata()


def test_a_base_of_ones_own_needs_a_tag(make_repo: MakeRepo, capfd: pytest.CaptureFixture[str]) -> None:
    repo = make_repo(MODEL + EXTERNAL_BASE, HOOK)
    (repo.root / "base").write_bytes(b"\x7fELF and so on")

    with pytest.raises(SystemExit):
        repo.wheel()

    assert "set the hook's tag" in capfd.readouterr().err


def test_the_tag_may_be_given(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL + EXTERNAL_BASE, f'{HOOK}tag = "py3-none-manylinux_2_28_x86_64"\n')
    (repo.root / "base").write_bytes(b"\x7fELF and so on")

    wheel = repo.wheel()

    assert "py3-none-manylinux_2_28_x86_64" == wheel.tag
    assert b"Root-Is-Purelib: false" in wheel.member(".dist-info/WHEEL")
    assert ["numpy>=1.24"] == wheel.metadata.get_all("Requires-Dist")


def test_a_wheel_is_for_the_portable_target_among_several(make_repo: MakeRepo) -> None:
    targets = 'targets = ["x86_64-unknown-linux-gnu", "portable"]\n'

    assert "py3-none-any" == make_repo(MODEL + targets, HOOK).wheel().tag


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_target_may_be_chosen(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    target = "x86_64-pc-windows-msvc"
    option = f'target = "{target}"\n' if by == "option" else 'target = "portable"\n'
    if by == "environment":
        monkeypatch.setenv("ENCODERFILE_TARGET", target)
    repo = make_repo(MODEL + EXTERNAL_BASE, f'{HOOK}tag = "py3-none-win_amd64"\n{option}')
    (repo.root / "base").write_bytes(b"MZ and so on")

    repo.wheel()

    assert [f"tiny-1.2.3-{target}.encoderfile"] == [path.name for path in repo.stored]


def test_hooks_only_builds_and_makes_no_wheel(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)

    repo.hooks_only()

    assert [NAME] == [path.name for path in repo.stored]
    assert [] == list(repo.dist.glob("*.whl"))


def test_without_hooks_a_wheel_has_no_executable(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATCH_BUILD_NO_HOOKS", "1")

    wheel = make_repo(MODEL, HOOK, "[tool.hatch.build.targets.wheel]\nbypass-selection = true\n").wheel()

    assert [] == wheel.outside_metadata()


@pytest.mark.parametrize("enabled", [False, True])
def test_a_hook_that_is_off_can_be_switched_on(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, enabled: bool
) -> None:
    if enabled:
        monkeypatch.setenv("HATCH_BUILD_HOOK_ENABLE_ENCODERFILE", "1")
    bypass = "[tool.hatch.build.targets.wheel]\nbypass-selection = true\n"

    wheel = make_repo(MODEL, bypass, f"{HOOK}enable-by-default = false\n").wheel()

    assert ([SCRIPT] if enabled else []) == wheel.outside_metadata()


def test_clean_removes_wheels_and_finished_builds(make_repo: MakeRepo) -> None:
    repo = make_repo(MODEL, HOOK)
    repo.wheel()

    repo.clean_wheels()

    assert [] == list(repo.dist.iterdir())


def steady(wheel: Wheel) -> dict[str, bytes]:
    """The members of a wheel without its provenance, which says when it was made, and RECORD, which has the digest of that."""
    return {name: data for name, data in wheel.members.items() if not name.endswith((".slsa.json", "/RECORD"))}


def test_the_members_of_a_wheel_are_the_same_in_another_folder_and_at_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tiny_repo(tmp_path / "one", MODEL, HOOK).wheel()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    second = tiny_repo(tmp_path / "another" / "place", MODEL, HOOK).wheel()

    assert steady(first) == steady(second)


def test_a_build_directory_that_cannot_be_written_to_is_not_needed(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo(MODEL, HOOK)
    repo.dist.write_text("a file is in the way", encoding="utf-8")

    assert [SCRIPT] == repo.wheel(directory=tmp_path / "elsewhere").outside_metadata()


def test_the_wheel_says_which_file_each_script_is(make_repo: MakeRepo) -> None:
    wheel = Wheel(make_repo(TWO_MODELS, HOOK).wheel().path)

    manifests = [json.loads(content) for name, content in wheel.members.items() if name.endswith(".manifest.json")]

    assert {item["name"]: item["sha256"] for item in manifests} == {
        name.rpartition("/")[2]: sha256(wheel.members[name]) for name in wheel.outside_metadata()
    }
