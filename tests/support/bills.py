"""Bills of materials for tests: of the tiny model repo, and the checks that every bill must pass."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from encoderfile_runtime.format.manifest import PORTABLE
from hatch_encoderfile.bases import BaseBinary
from hatch_encoderfile.build import build
from hatch_encoderfile.container.content import Content
from hatch_encoderfile.container.measure import measure
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models import InputFiles, load
from hatch_encoderfile.sbom import document as sbom
from hatch_encoderfile.sbom.check import faults
from hatch_encoderfile.spec import read_spec
from support.model_repo import tensors, write_repo, write_safetensors

if TYPE_CHECKING:
    from hatch_encoderfile.build import BuildResult

GOLDEN = Path(__file__).parents[1] / "golden" / "sbom" / "tiny.cdx.json"
COMMIT = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
LINES = f"""
created = 2021-08-30T00:00:00Z
source = "pkg:huggingface/someone/tiny@{COMMIT}"
license = "Apache-2.0"
"""
CARD = """---
language: en
license: mit
library_name: sentence-transformers
base_model: someone/larger
datasets:
- snli
- someone/else
model-index:
- name: tiny
  results:
  - dataset: {name: STS, split: test}
    metrics: [{type: cosine_spearman, value: 0.80}]
---
# tiny
"""
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def build_tiny(root: Path, lines: str = LINES, card: bytes | str | None = CARD) -> BuildResult:
    """Build the tiny repo with these lines in its spec and this model card."""
    spec = write_repo(root, lines)
    if card is not None:
        (root / "model" / "README.md").write_bytes(card.encode() if isinstance(card, str) else card)
    [declared] = read_spec(spec)
    return build(declared, target="portable")


def outer_of(result: BuildResult) -> dict[str, Any]:
    """The bill beside a file that was built."""
    [path] = [path for path in result.sidecars if path.name.endswith(".cdx.json")]
    return checked(path.read_bytes())


def checked(bill: bytes) -> dict[str, Any]:
    """A bill that the strict schema and our own checks accept."""
    assert VALIDATOR.validate_str(bill.decode()) is None
    document: dict[str, Any] = json.loads(bill)
    assert faults(document) == []
    return document


def component(document: dict[str, Any], ref: str) -> dict[str, Any]:
    """The component of that reference."""
    [found] = [item for item in document["components"] if item["bom-ref"] == ref]
    assert isinstance(found, dict)
    return found


def hashes(item: dict[str, Any]) -> dict[str, str]:
    """Digests by algorithm."""
    return {entry["alg"]: entry["content"] for entry in item["hashes"]}


def properties(item: dict[str, Any]) -> dict[str, str]:
    """Properties by name."""
    return {entry["name"]: entry["value"] for entry in item["properties"]}


def golden_bill(root: Path) -> bytes:
    """The bill of the tiny repo with weights of zeros, on a base and of a version that stay."""
    spec = write_repo(root, LINES)
    (root / "model" / "README.md").write_text(CARD, encoding="utf-8", newline="\n")
    zeros = {name: np.zeros_like(array) for name, array in tensors().items()}
    write_safetensors(root / "model" / "model.safetensors", zeros)
    [declared] = read_spec(spec)
    with InputFiles(declared.pins, declared.source, Boundary(declared.root)) as inputs:
        model = load(declared, inputs)
        content = Content(
            name=declared.name,
            version=declared.version,
            model_type=declared.model_type,
            layout=declared.layout,
            base=BaseBinary("base", BytesBlob(b"base"), PORTABLE, "any", "0.1.0"),
            artifacts=model.artifacts,
            weights_format=model.weights_format,
            attachments=model.attachments,
            license=declared.license or "",
            source=declared.source or "",
        )
        parts = {"base": content.base.data, **content.artifacts}
        with patch.object(sbom, "__version__", "0.1.0"):
            bill = sbom.InnerSbom(content, inputs, declared.created)
            return bill.render(
                {name: measure(name, blob, sha512=name == "base").digests for name, blob in parts.items()}
            )


def pretty(bill: bytes) -> str:
    """A bill in many lines, for diffs."""
    return json.dumps(json.loads(bill), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    # `python tests/bills.py` writes the golden bill anew.
    with tempfile.TemporaryDirectory() as folder:
        GOLDEN.write_text(pretty(golden_bill(Path(folder))), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{GOLDEN}\n")
