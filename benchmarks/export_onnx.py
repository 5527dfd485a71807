"""Export a BERT for ONNX Runtime: `opt.onnx` with its optimisations for transformers, and `int8.onnx`, beside the model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class States(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        return self.model(input_ids, attention_mask, token_type_ids).last_hidden_state


def main() -> None:
    folder = Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    model = transformers.BertModel.from_pretrained(folder, attn_implementation="eager", add_pooling_layer=False)
    ids = torch.ones(2, 8, dtype=torch.long)
    torch.onnx.export(
        States(model.eval()),
        (ids, ids, torch.zeros_like(ids)),
        folder / "raw.onnx",
        input_names=INPUTS,
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*INPUTS, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,
    )
    sizes = {"num_heads": config["num_attention_heads"], "hidden_size": config["hidden_size"]}
    optimized = optimizer.optimize_model(str(folder / "raw.onnx"), model_type="bert", opt_level=1, **sizes)
    optimized.save_model_to_file(str(folder / "opt.onnx"))
    quantize_dynamic(
        folder / "opt.onnx",
        folder / "int8.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": 1},
    )


if __name__ == "__main__":
    main()
