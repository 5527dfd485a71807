"""No bit of a file can change unseen, and what a file says twice agrees."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from support.bills import build_tiny
from support.made_bases import base as made_base
from support.manifests import with_manifest

from encoderfile_runtime.errors import EncoderfileError, FormatError, IntegrityError
from encoderfile_runtime.format import agreement
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.verify import as_text, verify
from hatch_encoderfile.bases import BaseBinary
from hatch_encoderfile.bases.description import read_description
from hatch_encoderfile.container.content import AttachedFile
from hatch_encoderfile.files.blob import BytesBlob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_BASE = BaseBinary("a base", BytesBlob(b"\x7fELF"), "external", "x86_64-unknown-linux-gnu", "")


def is_refused(path: Path) -> bool:
    """Whether the file is refused by its name, as a command ends with exit code 3."""
    try:
        verify(Container(str(path)))
    except EncoderfileError as error:
        return error.exit_code == 3 and str(error).startswith(str(path))
    return False


def accepted_flips(path: Path, start: int, end: int) -> list[tuple[int, int]]:
    """The offsets and bits between `start` and `end` that can be flipped and the file still verifies."""
    accepted = []
    with path.open("r+b", buffering=0) as file:
        data = path.read_bytes()
        for at in range(start, end):
            for bit in range(8):
                file.seek(at)
                file.write(bytes([data[at] ^ 1 << bit]))
                if not is_refused(path):
                    accepted.append((at, bit))
            file.seek(at)
            file.write(data[at : at + 1])
    return accepted


def test_every_flipped_bit_outside_the_parts_is_refused(make_tiny: Callable[..., Path]) -> None:
    path = make_tiny(base=_BASE, attachments=())
    container = Container(str(path))
    parts = [*container.artifacts, *container.attachments]
    weights = container.artifacts[0].offset
    # Of the page of zeros before the weights, the last 64 stand for all.
    ranges = [(container.footer.manifest_offset, container.end_of_manifest + 64), (weights - 64, weights)]
    ranges += [(part.end, after.offset) for part, after in itertools.pairwise(parts)]
    ranges.append((parts[-1].end, path.stat().st_size))

    assert [accepted_flips(path, *item) for item in ranges] == [[]] * len(ranges)


def without_digest(path: Path) -> None:
    """Make a file what it would have been before the manifest's digest was recorded."""
    data = path.read_bytes()
    path.write_bytes(data[:-66] + (32).to_bytes(2, "little") + data[-32:])


class TestFilesWrittenBeforeTheDigest:
    def test_verify_and_say_what_no_digest_covers(self, tiny: Path) -> None:
        without_digest(tiny)
        container = Container(str(tiny))
        start, length = container.footer

        report = verify(container)

        assert [tuple(item) for item in report.uncovered] == [("manifest", start, length)]
        assert "not covered by any digest: manifest" in as_text(report)
        assert "every byte is accounted for" not in as_text(report)

    def test_still_have_no_other_byte_that_could_change(self, make_tiny: Callable[..., Path]) -> None:
        path = make_tiny(base=_BASE, attachments=())
        without_digest(path)

        tail = max(part.end for part in Container(str(path)).artifacts)

        assert accepted_flips(path, tail, path.stat().st_size) == []

    def test_a_comment_of_another_length_is_none(self, tiny: Path) -> None:
        data = tiny.read_bytes()
        tiny.write_bytes(data[:-66] + (40).to_bytes(2, "little") + data[-40:])

        with pytest.raises(FormatError, match="the zip end record disagrees with the manifest"):
            verify(Container(str(tiny)))


def test_a_digest_of_another_manifest_is_refused(tiny: Path) -> None:
    data = tiny.read_bytes()
    tiny.write_bytes(data[:-64] + bytes(32) + data[-32:])

    with pytest.raises(IntegrityError, match=f"manifest: sha256 differs: recorded {'00' * 32}, found "):
        verify(Container(str(tiny)))


def told_otherwise(path: Path, edit: Callable[[Any], None]) -> list[str]:
    """What disagrees once the manifest was edited, without changing its length, and its digest recorded anew."""
    size = path.stat().st_size
    with_manifest(path, edit)
    assert path.stat().st_size == size
    changed = Container(str(path))
    with pytest.raises(FormatError):
        verify(changed)
    return list(agreement.faults(changed))


def _set(owner: str, field: str, value: object) -> Callable[[Any], None]:
    def edit(message: Any) -> None:
        target = message
        for name in filter(None, owner.split(".")):
            target = target[int(name)] if name.isdigit() else getattr(target, name)
        setattr(target, field, value)

    return edit


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_tiny(tmp_path_factory.mktemp("repo")).path.read_bytes()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(
            _set("", "name", "tinY"), "^name: the manifest says 'tinY', sbom.cdx.json says 'tiny'$", id="name"
        ),
        pytest.param(_set("", "version", "1.2.4"), "version: the manifest says '1.2.4', ", id="version"),
        pytest.param(_set("", "license", "Apache-1.0"), "licence: the manifest says 'Apache-1.0'", id="licence"),
        pytest.param(_set("", "model_type", 1), "model type: the manifest says 'embedding'", id="model-type"),
        pytest.param(_set("", "weights_format", 2), "weights format: the manifest says 'onnx'", id="weights-format"),
        pytest.param(_set("base", "target", "anx"), "base target: the manifest says 'anx'", id="base-target"),
        pytest.param(
            _set("base", "runtime_version", "0.1.9"), "base: the manifest says .* runtime 0.1.9", id="runtime"
        ),
        pytest.param(_set("base", "flavour", "portablX"), "base flavour: the manifest says 'portablX'", id="flavour"),
        pytest.param(_set("inputs.2", "sha256", bytes(32)), "input config.json: its digest or length", id="config"),
        pytest.param(_set("inputs.5", "sha256", bytes(32)), "input tokenizer.json: its digest or", id="tokenizer"),
        pytest.param(_set("inputs.3", "sha256", bytes(32)), "input:model.safetensors sha256: the man", id="weights"),
        pytest.param(_set("inputs.3", "length", 27026), "input:model.safetensors length: the man", id="length"),
        pytest.param(_set("inputs.3", "path", "model.safetensorz"), "input model.safetensorz: its uri", id="path"),
        pytest.param(_set("inputs.0", "uri", "x" * 91), "input 1_Pooling/config.json: its uri is 'x", id="uri"),
    ],
)
def test_a_manifest_that_tells_another_story_than_the_rest_is_refused(
    real: bytes, tmp_path: Path, edit: Callable[[Any], None], message: str
) -> None:
    path = tmp_path / "real.encoderfile"
    path.write_bytes(real)

    found = told_otherwise(path, edit)

    assert re.search(message, "\n".join(found)), found


@pytest.mark.parametrize(
    ("bill", "message"),
    [
        pytest.param(b"no JSON", "is not a bill of this tool", id="no-json"),
        pytest.param(b"[" * 100_000, "is not a bill of this tool", id="deep"),
        pytest.param(b'{"bomFormat":"x","bomFormat":"CycloneDX"}', "is not a bill of this tool", id="key-twice"),
        pytest.param(b"[]", "is not a bill of this tool", id="no-object"),
        pytest.param(b'{"bomFormat":"SPDX"}', "is not a bill of this tool", id="another-format"),
        *(
            pytest.param(
                json.dumps(
                    {
                        "bomFormat": kind,
                        "metadata": {"component": {"bom-ref": root}},
                        "components": [{"bom-ref": model}],
                    }
                ).encode(),
                "is not a bill of this tool",
                id=f"{kind}-{root}-{model}",
            )
            for kind, root, model in (
                ("SPDX", "encoderfile", "model"),
                ("CycloneDX", "other", "model"),
                ("CycloneDX", "encoderfile", "other"),
            )
        ),
        pytest.param(
            json.dumps(
                {
                    "bomFormat": "CycloneDX",
                    "metadata": {"component": {"bom-ref": "encoderfile"}},
                    "components": [{"bom-ref": "model", "hashes": "x", "properties": [None], "licenses": 5}],
                }
            ).encode(),
            "name: the manifest says 'test-model', sbom.cdx.json says None",
            id="empty",
        ),
        pytest.param(
            json.dumps(
                {
                    "bomFormat": "CycloneDX",
                    "metadata": {"component": {"bom-ref": "encoderfile"}},
                    "components": [{"bom-ref": "model"}, {"bom-ref": "model"}],
                }
            ).encode(),
            "two components have one bom-ref",
            id="component-twice",
        ),
    ],
)
def test_a_bill_that_tells_nothing_is_refused(make_tiny: Callable[..., Path], bill: bytes, message: str) -> None:
    path = make_tiny(attachments=(AttachedFile(name=agreement.BILL, media_type="x/y", data=BytesBlob(bill)),))

    with pytest.raises(FormatError, match=message):
        verify(Container(str(path)))


def test_an_attached_tokenizer_that_is_no_input_is_refused(make_tiny: Callable[..., Path]) -> None:
    attached = AttachedFile(name="tokenizer.json", media_type="x/y", data=BytesBlob(b"another"))

    with pytest.raises(FormatError, match=r"attachment tokenizer\.json: no input has its digest and length"):
        verify(Container(str(make_tiny(attachments=(attached,)))))


@pytest.mark.parametrize("flavour", ["static", "assembled"])
def test_a_base_that_is_called_ours_and_is_not_is_refused(make_tiny: Callable[..., Path], flavour: str) -> None:
    with pytest.raises(FormatError, match=f"base: the manifest says that it is {flavour}, but it does not describe"):
        verify(Container(str(make_tiny(base=_BASE._replace(flavour=flavour)))))


@pytest.mark.parametrize(
    "change", [{"flavour": "assembled"}, {"flavour": "external"}, {"target": "other"}, {"runtime_version": "9"}]
)
def test_a_base_that_describes_itself_otherwise_is_refused(
    make_tiny: Callable[..., Path], change: dict[str, Any]
) -> None:
    described = read_description(memoryview(made_base()), "made")
    assert described
    told = (described.flavour, described.target, described.runtime_version)
    sound = BaseBinary("made", BytesBlob(made_base()), *told)
    verify(Container(str(make_tiny(base=sound))))

    with pytest.raises(FormatError, match=f"base: its {next(iter(change))} is "):
        verify(Container(str(make_tiny(base=sound._replace(**change)))))


def test_a_bill_is_read_up_to_its_limit(real: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "real.encoderfile"
    path.write_bytes(real)
    [bill] = [item for item in Container(str(path)).manifest.attachments if item.name == agreement.BILL]

    assert agreement.MAX_BILL == 1 << 24
    monkeypatch.setattr(agreement, "MAX_BILL", bill.raw_length)
    verify(Container(str(path)))
    monkeypatch.setattr(agreement, "MAX_BILL", bill.raw_length - 1)
    with pytest.raises(FormatError, match=f"{bill.raw_length} bytes, expected at most {bill.raw_length - 1}"):
        verify(Container(str(path)))


def test_the_content_id_is_the_digest_that_the_file_records(tiny: Path) -> None:
    report = verify(Container(str(tiny)))

    assert tiny.read_bytes()[-64:-32].hex() == report.content_id
    assert report.content_id == hashlib.sha256(Container(str(tiny)).manifest_bytes).hexdigest()
