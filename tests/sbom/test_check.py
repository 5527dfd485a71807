"""What the schema lets pass and our own checks do not."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.bills import GOLDEN, VALIDATOR

from hatch_encoderfile.sbom.check import faults

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = ("base", "encoderfile", "input:config.json", "model")


def small_bill() -> dict[str, Any]:
    """The golden bill with few components, which the schema is checked on sooner."""
    bill: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    bill["components"] = [item for item in bill["components"] if item["bom-ref"] in KEPT]
    bill["components"][0].pop("modelCard")
    for item in bill["dependencies"]:
        item["dependsOn"] = [ref for ref in item.get("dependsOn", []) if ref in KEPT]
    bill["dependencies"] = [item for item in bill["dependencies"] if item["ref"] in KEPT]
    bill["compositions"] = [{"aggregate": "complete", "assemblies": ["encoderfile"]}]
    return bill


BILL = small_bill()
INPUT = next(index for index, item in enumerate(BILL["components"]) if item["bom-ref"] == "input:config.json")


def input_file(bill: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bill["components"][INPUT]
    return found


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a reference twice": (
        lambda bill: input_file(bill).update({"bom-ref": "base"}),
        "base: bom-ref comes twice",
    ),
    "a dangling dependency": (
        lambda bill: bill["dependencies"][0].update(dependsOn=["gone"]),
        "gone: named, but there is no such component",
    ),
    "a dangling composition": (
        lambda bill: bill["compositions"][0]["assemblies"].append("gone"),
        "gone: named, but there is no such component",
    ),
    "dependencies twice": (
        lambda bill: bill["dependencies"].append(bill["dependencies"][0] | {"dependsOn": ["model"]}),
        "dependencies come twice",
    ),
    "a component outside of the graph": (
        lambda bill: bill["components"].append({"type": "file", "bom-ref": "lone", "name": "lone"}),
        "lone: has no dependencies entry",
    ),
    "a component that nothing needs": (
        lambda bill: (
            bill["components"].append({"type": "file", "bom-ref": "lone", "name": "lone"}),
            bill["dependencies"].append({"ref": "lone"}),
        ),
        "lone: nothing depends on it",
    ),
    "a purl without a name": (lambda bill: input_file(bill).update(purl="pkg:npm"), "no canonical package URL"),
    "a purl in capitals": (lambda bill: input_file(bill).update(purl="pkg:PyPI/x"), "no canonical package URL"),
    "a purl that climbs": (
        lambda bill: input_file(bill).update(purl="pkg:pypi/x#a/../b"),
        "no canonical package URL",
    ),
    "a short SHA-512": (
        lambda bill: input_file(bill).update(hashes=[{"alg": "SHA-512", "content": "ab" * 32}]),
        "SHA-512 of 64 characters",
    ),
    "a weak algorithm": (
        lambda bill: input_file(bill).update(hashes=[{"alg": "MD5", "content": "ab" * 16}]),
        "MD5 of 32 characters",
    ),
    "a model card on a file": (
        lambda bill: input_file(bill).update(modelCard={}),
        "modelCard on a component of type 'file'",
    ),
    "the model not first": (lambda bill: bill["components"].reverse(), "components[0]: expected the model"),
    "another root": (
        lambda bill: bill["metadata"]["component"].update(type="machine-learning-model"),
        "expected 'application'",
    ),
    "no serial number": (lambda bill: bill.pop("serialNumber"), "is no UUID"),
    "a time of another zone": (
        lambda bill: bill["metadata"].update(timestamp="2021-08-30T00:00:00+02:00"),
        "metadata.timestamp",
    ),
    "a broken licence expression": (
        lambda bill: bill["components"][0].update(licenses=[{"expression": "MIT AND"}]),
        "licence 'MIT AND'",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_schema_accepts_what_our_checks_refuse(name: str) -> None:
    change, message = CHANGES[name]
    bill = copy.deepcopy(BILL)
    change(bill)

    assert VALIDATOR.validate_str(json.dumps(bill)) is None
    assert any(message in fault for fault in faults(bill)), faults(bill)


def test_the_bill_has_no_faults() -> None:
    assert faults(BILL) == []


@pytest.mark.parametrize(
    "document", [None, [], {}, {"metadata": 1, "components": [1], "dependencies": {}, "compositions": [[]]}]
)
def test_any_document_gets_faults_and_no_exception(document: Any) -> None:
    assert faults(document) != []
