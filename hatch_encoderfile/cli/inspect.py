"""`encoderfile inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from encoderfile_runtime.format import describe as report
from encoderfile_runtime.format.container import Container

from . import output
from .groups import Command
from .parameters import File, Json

if TYPE_CHECKING:
    from .output import Table

EXAMPLES = """\
Examples:
encoderfile inspect dist/minilm-1.0.0-portable.encoderfile
encoderfile inspect minilm.encoderfile --json | jq .content_id
"""

app = typer.Typer(add_completion=False)


@app.command(cls=Command, epilog=EXAMPLES)
def inspect(file: File, *, as_json: Json = False) -> None:
    """Show what is in a file: parts, model, tensors, inputs, licence, content id."""
    facts = report.describe(Container(str(file), to_look_at=True))
    if as_json:
        output.print_json(facts)
    else:
        _show(facts)
    report.refuse_faults(facts)


def _show(facts: dict[str, Any]) -> None:
    output.show_table(_facts_table(facts))
    for line in report.transform_lines(facts):
        output.show(line)
    parts = output.table("part", "offset", "length", "share", "sha256", "evidence", right=("offset", "length", "share"))
    for part in facts["parts"]:
        digest = part["sha256"] or "not recorded"
        share = f"{part['share']:.2%}"
        parts.add_row(part["name"], part["offset"], part["length"], share, digest, part.get("evidence", ""))
    output.show_table(parts, "Parts")
    if facts["base"] and facts["base"].get("ingredients"):
        ingredients = output.table("library", "version", "licence", "texts")
        for item in facts["base"]["ingredients"]:
            texts = " ".join(item["licenses"])
            ingredients.add_row(item["name"], item["version"], item["license"], texts)
        output.show_table(ingredients, "In the base")
    if facts["inputs"]:
        inputs = output.table("input", "length", "sha256", right=("length",))
        for item in facts["inputs"]:
            inputs.add_row(item["path"], item["length"], item["sha256"])
        output.show_table(inputs, "Built from")
    if isinstance(facts["tensors"], list) and facts["tensors"]:
        tensors = output.table("tensor", "dtype", "shape", "offset", "length", right=("offset", "length"))
        for item in facts["tensors"]:
            shape = "×".join(map(str, item["shape"]))
            tensors.add_row(item["name"], item["dtype"], shape, item["offset"], item["length"])
        output.show_table(tensors, "Tensors")
    for fault in facts["faults"]:
        output.show(f"fault: {fault}")


def _facts_table(facts: dict[str, Any]) -> Table:
    base = facts["base"]
    rows = {
        "name": f"{facts['name']} {facts['version']}",
        "model type": facts["model_type"],
        "architecture": facts["model_config"].get("model_type"),
        "parameters": f"{facts['parameters']:,}" if facts["parameters"] else None,
        "dtypes": ", ".join(sorted({item["dtype"] for item in facts["tensors"] if "dtype" in item})),
        "weights": facts["weights_format"],
        "licence": facts["license"],
        "source": facts["source"],
        "base": base and f"{base['flavour']}, target {base['target']}, runtime {base['runtime_version'] or 'unknown'}",
        "runs on": base and base.get("floor"),
        "size": f"{output.size(facts['size'])} ({facts['size']} bytes)",
        "content id": facts["content_id"],
    }
    return output.facts(rows)
