"""The golden files, and what our writers make of the same content."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.manifest import PORTABLE
from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.bases import BaseBinary
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.provenance import statement
from hatch_encoderfile.provenance.checkout import Evidence
from hatch_encoderfile.spec import ModelSpec
from hatch_encoderfile.spec.model import ModelFiles

GOLDEN = Path(__file__).parents[1] / "golden"
TINY = GOLDEN / "container" / "tiny.encoderfile"
NAME = "tiny.encoderfile"


def base() -> BaseBinary:
    """The base of the golden file."""
    return BaseBinary("golden base", BytesBlob((GOLDEN / "container" / "base").read_bytes()), PORTABLE, "any", "0.1.0")


def provenance(sha256: str) -> bytes:
    """The statement about the golden file, by a version of this tool and of Python that stay."""
    manifest = Container(str(TINY)).manifest
    spec = ModelSpec(
        origin=Path("pyproject.toml"),
        root=Path(),
        name=manifest.name,
        version=manifest.version,
        model_type=ModelType.EMBEDDING,
        files=ModelFiles(directory=Path("model")),
        source=manifest.source,
        license=manifest.license,
    )
    evidence = Evidence(commit="1f" * 20, uri="https://example.com/models/tiny")
    materials = statement.Materials(spec, PORTABLE, base(), manifest.base, manifest.inputs, evidence)
    started = "2021-08-30T00:00:00Z"
    with (
        patch.dict(os.environ, {"SOURCE_DATE_EPOCH": "1630281601"}, clear=True),
        patch.object(statement, "__version__", "0.1.0"),
        patch("platform.python_version", return_value="3.11.0"),
    ):
        return statement.make_provenance(materials, NAME, sha256, started=started, byproducts={"bill": b"{}"})
