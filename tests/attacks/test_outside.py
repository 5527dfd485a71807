"""A model repo that names files outside of itself: none of them gets into what is built, unless whoever builds says so."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest
from support.hatch_repo import MODEL, tiny_repo
from support.model_repo import write_model, write_repo

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.build import build
from hatch_encoderfile.files.boundary import ENVIRONMENT
from hatch_encoderfile.plugin.build_key import read_files
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run

SECRET = b"a secret of whoever builds"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A model repo beside a secret."""
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "repo").mkdir()
    write_repo(tmp_path / "repo")
    return tmp_path / "repo"


def built(root: Path, **options: Any) -> bytes:
    [spec] = read_spec(root / "pyproject.toml")
    return build(spec, target="portable", **options).path.read_bytes()


def refused(root: Path) -> None:
    """Neither a build nor what the plugin reads first goes out of the repo, and nothing is left behind."""
    [spec] = read_spec(root / "pyproject.toml")
    with pytest.raises(UsageError, match=r"outside of .*--allow-outside"):
        build(spec, target="portable")
    if spec.base_binary_path is None:
        with pytest.raises(UsageError, match="--allow-outside"):
            read_files(spec)
    assert not (root / "dist").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("LICENSE", "LICENSE.txt", "LICENSE.md", "README.md", "NOTICE", "config.json", "tokenizer.json"),
        *("tokenizer_config.json", "model.safetensors", "modules.json", "1_Pooling/config.json"),
    ],
)
@pytest.mark.parametrize("to", ["../../secret", "/etc/passwd", "/proc/self/environ"])
def test_a_link_out_of_the_repo_is_not_followed(root: Path, name: str, to: str) -> None:
    path = root / "model" / name
    path.unlink(missing_ok=True)
    path.symlink_to(f"../{to}" if "/" in name and not to.startswith("/") else to)

    refused(root)


def test_a_link_to_a_link_out_of_the_repo_is_not_followed(root: Path) -> None:
    (root / "elsewhere").symlink_to("..")
    (root / "model" / "LICENSE").symlink_to("../elsewhere/secret")

    refused(root)


def test_a_folder_that_is_a_link_out_of_the_repo_is_not_followed(root: Path) -> None:
    (root / "model").rename(root.parent / "model")
    (root / "model").symlink_to("../model")

    refused(root)


@pytest.mark.parametrize(
    "lines",
    [
        'attachments = ["../secret"]',
        'attachments = ["model/../../secret"]',
        'attachments = ["/etc/passwd"]',
        'base-binary-path = "../secret"',
        'cache-dir = "../cache"',
    ],
)
def test_a_path_out_of_the_repo_is_not_followed(root: Path, lines: str) -> None:
    write_repo(root, lines)

    [spec] = read_spec(root / "pyproject.toml")
    with pytest.raises(UsageError, match=r"outside of .*--allow-outside"):
        build(spec, target="portable")
    assert not (root / "dist").exists()


def test_a_model_out_of_the_repo_is_not_read(root: Path) -> None:
    write_model(root.parent / "model")
    declaration = root / "pyproject.toml"
    declaration.write_text(declaration.read_text("utf-8").replace('path = "model"', 'path = "../model"'), "utf-8")

    refused(root)
    assert built(root, allow_outside=(root.parent / "model",))


def test_each_file_by_its_own_path_out_of_the_repo_is_not_read(root: Path) -> None:
    write_model(root.parent / "model")
    declaration = root / "pyproject.toml"
    paths = 'path = { config = "model/config.json", tokenizer = "../model/tokenizer.json", weights = "model/model.safetensors" }'
    declaration.write_text(declaration.read_text("utf-8").replace('path = "model"', paths), "utf-8")

    refused(root)


def test_a_shard_out_of_the_repo_is_not_read(root: Path) -> None:
    model = root / "model"
    (model / "model.safetensors").rename(root.parent / "a.safetensors")
    from support.model_repo import tensors, write_json

    write_json(model / "model.safetensors.index.json", {"weight_map": dict.fromkeys(tensors(), "a.safetensors")})
    (model / "a.safetensors").symlink_to("../../a.safetensors")

    refused(root)


def test_the_command_line_allows_a_folder(root: Path, run: Run) -> None:
    (root / "model" / "LICENSE").symlink_to("../../secret")

    refusal = run("build", root)
    allowed = run("build", root, "--allow-outside", root.parent)

    assert (refusal.code, allowed.code) == (2, 0)
    assert "--allow-outside" in refusal.err


def test_another_folder_that_begins_alike_is_not_allowed(root: Path) -> None:
    (root.parent / "repo-secret").mkdir()
    (root.parent / "repo-secret" / "file").write_bytes(SECRET)
    (root / "model" / "LICENSE").symlink_to("../../repo-secret/file")

    refused(root)


def test_the_environment_allows_folders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "model" / "LICENSE").symlink_to("../../secret")
    monkeypatch.setenv(ENVIRONMENT, os.pathsep.join(["/nowhere", str(root.parent)]))

    assert SECRET in built(root)


def test_a_pin_allows_its_file_and_no_other(root: Path) -> None:
    (root / "model" / "LICENSE").symlink_to("../../secret")
    write_repo(root, f'files = {{ "LICENSE" = "sha256:{hashlib.sha256(SECRET).hexdigest()}" }}')

    assert SECRET in built(root)
    (root.parent / "secret").write_bytes(b"another")
    [spec] = read_spec(root / "pyproject.toml")
    with pytest.raises(EncoderfileError, match="differs from its pin"):
        build(spec, target="portable")


def snapshot(cache: Path) -> Path:
    """A model in a cache as huggingface_hub makes it: links to blobs."""
    model = cache / "models--org--name"
    folder = model / "snapshots" / ("a" * 40)
    write_model(folder)
    (model / "blobs").mkdir()
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        blob = model / "blobs" / hashlib.sha256(path.read_bytes()).hexdigest()
        path.replace(blob)
        path.symlink_to(os.path.relpath(blob, path.parent))
    return folder


@pytest.mark.parametrize("where", ["../cache", "cache"])
def test_a_snapshot_in_a_hugging_face_cache(root: Path, where: str) -> None:
    folder = snapshot(root / where)
    declaration = root / "pyproject.toml"
    declared = os.path.relpath(folder, root)
    declaration.write_text(declaration.read_text("utf-8").replace('path = "model"', f'path = "{declared}"'), "utf-8")

    if where == "cache":  # its links end in the repo
        assert built(root)
    else:
        refused(root)
        assert built(root, allow_outside=(folder,))


def test_a_snapshot_whose_link_ends_elsewhere(root: Path) -> None:
    folder = snapshot(root.parent / "cache")
    (folder / "LICENSE").symlink_to(root.parent / "secret")
    declaration = root / "pyproject.toml"
    declaration.write_text(declaration.read_text("utf-8").replace('path = "model"', f'path = "{folder}"'), "utf-8")
    [spec] = read_spec(declaration)

    with pytest.raises(UsageError, match="LICENSE: leads to"):
        build(spec, target="portable", allow_outside=(folder,))


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/passwd"), os.mkfifo], ids=["link", "fifo"])
def test_hatch_says_so_as_well(root: Path, make: Callable[[Path], None]) -> None:
    repo = tiny_repo(root, MODEL)
    make(root / "model" / "NOTICE")

    with pytest.raises(SystemExit):
        repo.encoderfiles()
    assert not list(repo.dist.glob("*.encoderfile"))


def test_a_declaration_that_is_a_link_out_of_its_folder_is_found_only_by_name(root: Path, run: Run) -> None:
    (root / "pyproject.toml").rename(root.parent / "pyproject.toml")
    (root / "pyproject.toml").symlink_to("../pyproject.toml")

    found = run("build", root)

    assert found.code == 2
    assert "--file" in found.err
    assert run("build", "-f", root / "pyproject.toml").code == 0
