"""The model in the SBOM: a component of type machine-learning-model, with its model card."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.standards.purl import Purl
from hatch_encoderfile.weights.embd import EmbdBlob

from . import cyclonedx, licenses
from .model_card import ModelCard, clean_text, dataset_url, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatch_encoderfile.container.content import Content
    from hatch_encoderfile.files.digests import Digests

    from .model_card import Metric

REF = "model"

# Hugging Face's names of the tasks: https://huggingface.co/tasks
_TASKS = {
    ModelType.EMBEDDING: "feature-extraction",
    ModelType.SENTENCE_EMBEDDING: "sentence-similarity",
    ModelType.SEQUENCE_CLASSIFICATION: "text-classification",
    ModelType.TOKEN_CLASSIFICATION: "token-classification",
    ModelType.IMAGE_CLASSIFICATION: "image-classification",
}
# The fields that were copied from the spec and the model card; all others were computed from the files.
_DECLARED = (
    "group,licenses,name,pedigree,purl,supplier,version,encoderfile:created,encoderfile:language,encoderfile:library"
)
_SIZES = {
    "vocab_size": "vocabulary",
    "hidden_size": "hidden-size",
    "num_hidden_layers": "layers",
    "num_attention_heads": "attention-heads",
    "intermediate_size": "intermediate-size",
    "max_position_embeddings": "positions",
}


def component(content: Content, card: ModelCard, weights: Digests, created: str | None) -> dict[str, Any]:
    """The component of the model; its hashes are those of the weights artifact."""
    purl = Purl.parse(content.source)
    page = purl.hugging_face if purl else None
    choice = (
        licenses.declared(content.license)
        if content.license
        else licenses.from_card(card.licenses, card.license_name, card.license_link)
    )
    return cyclonedx.component(
        "machine-learning-model",
        REF,
        purl.name if purl else content.name,
        group=purl and purl.namespace,
        version=(purl and purl.version) or content.version,
        supplier=_supplier(purl),
        licenses=choice,
        hashes=cyclonedx.hashes(weights),
        purl=str(purl) if purl else None,
        pedigree=_pedigree(card),
        externalReferences=_references(page, purl, content.source),
        modelCard=_model_card(content, card),
        properties=cyclonedx.properties(_facts(content, card, created)),
    )


def read_card(content: Content) -> ModelCard:
    """The declarations of the attached README.md; empty if there is none."""
    for item in content.attachments:
        if item.name == "README.md" and isinstance(item.data, BytesBlob):
            return read(item.data.data)
    return ModelCard()


def _supplier(purl: Purl | None) -> dict[str, Any] | None:
    if purl is None or not purl.namespace:
        return None
    on_hub = {"url": [f"https://huggingface.co/{purl.namespace}"]} if purl.hugging_face else {}
    return {"name": purl.namespace} | on_hub


def _pedigree(card: ModelCard) -> dict[str, Any] | None:
    """The base models of the card as ancestors; the card gives no revisions of them."""
    ancestors = [{"type": "machine-learning-model", "name": name} for name in card.base_models]
    return {"ancestors": ancestors} if ancestors else None


def _references(page: str | None, purl: Purl | None, source: str) -> list[dict[str, str]]:
    if page and purl:
        revision = purl.version or "main"
        return [
            {"type": "model-card", "url": f"{page}/blob/{revision}/README.md"},
            {"type": "vcs", "url": page},
        ]
    return [{"type": "source-distribution", "url": source}] if source and not purl else []


def _model_card(content: Content, card: ModelCard) -> dict[str, Any]:
    config = model_config(content)
    parameters: dict[str, Any] = {
        "task": _TASKS[content.model_type],
        "architectureFamily": config.get("model_type"),
        "modelArchitecture": _architecture(content),
        "inputs": [{"format": "string"}],
        "outputs": [{"format": _output(content.model_type, config)}],
        "datasets": [_dataset(name) for name in card.datasets],
    }
    made: dict[str, Any] = {
        "modelParameters": {key: value for key, value in parameters.items() if value},
        "properties": cyclonedx.properties(
            {
                "encoderfile:evidence": cyclonedx.COMPUTED,
                "encoderfile:declared": "datasets,modelArchitecture,performanceMetrics",
            }
        ),
    }
    if card.metrics:
        made["quantitativeAnalysis"] = {"performanceMetrics": [_metric(item) for item in card.metrics]}
    return made


def _architecture(content: Content) -> str | None:
    """The first of the `architectures` in config.json."""
    for item in content.attachments:
        if item.name == "config.json" and isinstance(item.data, BytesBlob):
            config = json.loads(item.data.data)
            names = config.get("architectures") if isinstance(config, dict) else None
            return clean_text(names[0]) if isinstance(names, list) and names else None
    return None


def _dataset(name: str) -> dict[str, Any]:
    url = dataset_url(name)
    return {"type": "dataset", "name": name} | ({"contents": {"url": url}} if url else {})


def _metric(metric: Metric) -> dict[str, str]:
    return {"type": metric.type, "value": metric.value} | ({"slice": metric.where} if metric.where else {})


def _output(model_type: ModelType, config: Mapping[str, Any]) -> str:
    """Element type and shape of the output, such as "float32[tokens, 384]"; unknown sizes are "n"."""
    labels = config.get("id2label")
    if model_type in (ModelType.EMBEDDING, ModelType.SENTENCE_EMBEDDING):
        size = _encoder(config).get("hidden_size")
    else:
        size = len(labels) if isinstance(labels, dict) else None
    per_token = model_type in (ModelType.EMBEDDING, ModelType.TOKEN_CLASSIFICATION)
    return f"float32[{'tokens, ' if per_token else ''}{size or 'n'}]"


def _facts(content: Content, card: ModelCard, created: str | None) -> dict[str, object]:
    config = model_config(content)
    facts: dict[str, object] = {
        "encoderfile:evidence": cyclonedx.COMPUTED,
        "encoderfile:created": created,
        "encoderfile:declared": _DECLARED,
        "encoderfile:language": ",".join(card.languages),
        "encoderfile:library": card.library,
        "encoderfile:max-length": config.get("max_length"),
        "encoderfile:model-type": content.model_type.label,
        "encoderfile:pooling": config.get("pooling"),
    }
    facts |= {f"encoderfile:{name}": _encoder(config).get(key) for key, name in _SIZES.items()}
    weights = content.artifacts["weights"]
    if isinstance(weights, EmbdBlob):
        facts |= {
            "encoderfile:dtypes": ",".join(sorted({entry.dtype.name.lower() for entry in weights.entries})),
            "encoderfile:parameters": sum(math.prod(entry.shape) for entry in weights.entries),
            "encoderfile:tensors": len(weights.entries),
        }
    return facts


def model_config(content: Content) -> dict[str, Any]:
    """The parsed model_config artifact; empty if there is none."""
    blob = content.artifacts.get("model_config")
    config = json.loads(blob.data) if isinstance(blob, BytesBlob) else {}
    return config if isinstance(config, dict) else {}


def _encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    encoder = config.get("encoder")
    return encoder if isinstance(encoder, dict) else {}
