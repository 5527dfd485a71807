from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.model_repo import CONFIG, tensors, write_json, write_repo, write_safetensors

from encoderfile_runtime.format.container import Container
from hatch_encoderfile.bases import BaseBinary
from hatch_encoderfile.build import build
from hatch_encoderfile.container.content import AttachedFile
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.spec import Layout, read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run

KEY = "encoder.layer.1.attention.self.key.weight"


def build_at(root: Path, lines: str = "") -> Path:
    spec = root / "pyproject.toml"
    if not spec.exists():
        write_repo(root, lines)
    [declared] = read_spec(spec)
    return build(declared, target="portable").path


def changed_tensor(root: Path) -> Path:
    write_repo(root)
    arrays = tensors()
    arrays[KEY][3, 5] += 1
    write_safetensors(root / "model" / "model.safetensors", dict(arrays))
    return build_at(root)


def differences(run: Run, a: Path, b: Path) -> dict[str, tuple[Any, Any]]:
    outcome = run("diff", a, b, "--json")
    report = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0 if report["equal"] else 1, "")
    assert report["equal"] == (not report["differences"])
    return {item["what"]: (item["a"], item["b"]) for item in report["differences"]}


def test_two_builds_of_the_same_spec_are_equal(built: Path, tmp_path: Path, run: Run) -> None:
    again = build_at(tmp_path)

    assert run("diff", built, again) == (0, "equal\n", "")
    assert differences(run, built, again) == {}


def test_a_changed_value_is_found_in_its_tensor(built: Path, tmp_path: Path, run: Run) -> None:
    found = differences(run, built, changed_tensor(tmp_path))

    assert [what for what in found if what.startswith("tensor ")] == [f"tensor {KEY}"]
    assert set(found) - {"part attachments/sbom.cdx.json"} == {
        f"tensor {KEY}",
        "part weights",
        "input model.safetensors",
    }
    one, other = found[f"tensor {KEY}"]
    assert (one["dtype"], one["shape"]) == (other["dtype"], other["shape"]) == ("float32", [16, 16])
    assert one["sha256"] != other["sha256"]


def test_people_see_both_sides(built: Path, tmp_path: Path, run: Run) -> None:
    outcome = run("diff", built, changed_tensor(tmp_path))

    lines = outcome.out.splitlines()
    at = lines.index(f"tensor {KEY}")
    assert (outcome.code, outcome.err) == (1, "")
    assert lines[at + 1].startswith('  - {"dtype": "float32", "shape": [16, 16], "sha256": "')
    assert lines[at + 2].startswith('  + {"dtype": "float32", "shape": [16, 16], "sha256": "')


def test_declared_facts_that_differ_are_named(built: Path, tmp_path: Path, run: Run) -> None:
    found = differences(run, built, build_at(tmp_path, 'license = "MIT"\nsource = "pkg:huggingface/a/b@c"'))

    assert found["license"] == (None, "MIT")
    assert found["source"] == (None, "pkg:huggingface/a/b@c")


def test_another_model_config_is_named_by_its_key(built: Path, tmp_path: Path, run: Run) -> None:
    write_repo(tmp_path)
    write_json(tmp_path / "model" / "config.json", CONFIG | {"layer_norm_eps": 1e-5})

    found = differences(run, built, build_at(tmp_path))

    one, other = found["model_config encoder"]
    assert (one["layer_norm_eps"], other["layer_norm_eps"]) == (1e-12, 1e-5)


def test_a_part_of_one_side_alone_is_shown(make_tiny: Callable[..., Path], run: Run) -> None:
    readme = AttachedFile(name="README.md", media_type="text/markdown", data=BytesBlob(b"# card"))

    found = differences(run, make_tiny(attachments=()), make_tiny(attachments=(readme,)))

    assert [(what, a is None) for what, (a, _) in found.items()] == [("part attachments/README.md", True)]


def test_another_media_type_alone_still_differs(make_tiny: Callable[..., Path], run: Run) -> None:
    kinds = ("text/plain", "text/markdown")
    attached = [AttachedFile(name="a", media_type=kind, data=BytesBlob(b"x")) for kind in kinds]

    one, other = (make_tiny(attachments=(item,)) for item in attached)

    assert list(differences(run, one, other)) == ["file"]


def test_a_damaged_copy_is_not_called_equal(built: Path, tmp_path: Path, run: Run) -> None:
    data = bytearray(built.read_bytes())
    data[next(part.offset for part in Container(str(built)).artifacts if part.name == "weights") + 9000] ^= 1
    (tmp_path / "copy").write_bytes(data)

    outcome = run("diff", built, tmp_path / "copy")

    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith(f"error: {tmp_path / 'copy'}: weights: sha256 differs")


def test_bytes_that_no_digest_covers_are_compared_too(make_tiny: Callable[..., Path], run: Run) -> None:
    bases = [BaseBinary("a base", BytesBlob(data), "external", "any", "") for data in (b"one", b"two")]

    one, other = (make_tiny(layout=Layout.MOZILLA, base=base) for base in bases)

    assert list(differences(run, one, other)) == ["file"]


@pytest.mark.parametrize("swap", [False, True])
def test_our_layout_and_mozillas_can_be_compared(make_tiny: Callable[..., Path], run: Run, swap: bool) -> None:
    files = [make_tiny(), make_tiny(layout=Layout.MOZILLA)]

    found = differences(run, *(reversed(files) if swap else files))

    assert found["format_profile"] == (("hatch-encoderfile/1", None) if not swap else (None, "hatch-encoderfile/1"))
    assert "part weights" not in found


def test_what_is_no_encoderfile_is_no_difference(built: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "notes").write_text("Just some notes, longer than a footer is.\n")

    assert run("diff", built, tmp_path / "gone").code == 1
    assert run("diff", built, tmp_path / "notes").code == 3
    assert run("diff", built, tmp_path / "notes").out == ""
