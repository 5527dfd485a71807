"""The two files that sentence-transformers writes for a whole model, a row for each key.

sentence_bert_config.json is of its Transformer module, config_sentence_transformers.json of what is around the modules.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.format.model_type import ModelType
from encoderfile_runtime.tasks.similarities import SIMILARITIES

from .families.keys import Keys
from .families.rows import Only, derived, harmless
from .tokenizer_facts import lowercases
from .torch_activations import NAMES, runtime_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .families.rows import Row
    from .source import ModelSource

# Its Transformer module takes the first of these that is there; the names differ for models of its first versions.
TRANSFORMER_FILES = tuple(
    f"sentence_{name}_config.json"
    for name in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
MODEL_FILE = "config_sentence_transformers.json"
_TASKS = {ModelType.SEQUENCE_CLASSIFICATION: "sequence-classification"}
_KINDS = {ModelType.SENTENCE_EMBEDDING: "SentenceTransformer", ModelType.SEQUENCE_CLASSIFICATION: "CrossEncoder"}

TRANSFORMER: dict[str, Row] = (
    derived(
        "config_args config_kwargs do_lower_case max_seq_length modality_config model_args model_kwargs module_output_name "
        "processing_kwargs processor_kwargs tokenizer_args transformer_task"
    )
    | {
        "document_length": Only((None,), None),
        "query_expansion": Only((None,), None),
        "query_length": Only((None,), None),
        "tokenizer_name_or_path": Only((None,), None),
    }
    | harmless("unpad_inputs")
)
MODEL: dict[str, Row] = derived(
    "activation_fn default_prompt_name model_type prompts similarity_fn_name truncate_dim"
) | harmless("__version__ keep_in_fp32_modules requirements")

_MODEL_ARGS = harmless(
    "attn_implementation device_map low_cpu_mem_usage torch_dtype dtype trust_remote_code use_safetensors"
)
_CONFIG_ARGS = harmless("trust_remote_code use_cache")
_PROCESSOR_ARGS = derived("model_max_length") | harmless("trust_remote_code use_fast")


class ModelSettings(NamedTuple):
    """The settings in config_sentence_transformers.json; the defaults are those of a model without it.

    Attributes:
        activation: what the scores of a cross-encoder go through, by the runtime's name.
    """

    prompts: Mapping[str, str] = MappingProxyType({})
    default_prompt_name: str | None = None
    similarity: str = "cosine"
    truncate_dim: int | None = None
    activation: str | None = None


def read_transformer(source: ModelSource) -> tuple[str, Any]:
    """The file of the Transformer module, and its maximum length; what is wrong becomes a fault of the source."""
    file = next((name for name in TRANSFORMER_FILES if source.paths.optional(name)), TRANSFORMER_FILES[0])
    keys = source.optional_keys(file)
    if keys.get("do_lower_case") and not lowercases(source.tokenizer.get("normalizer")):
        source.conflict(keys.at("do_lower_case"), keys.get("do_lower_case"), False, "do_lower_case")
    length = keys.get("max_seq_length")
    expected = _TASKS.get(source.spec.model_type, "feature-extraction")
    if keys.get("transformer_task", expected) != expected:
        keys.fault(
            "transformer_task",
            f"{keys.get('transformer_task')!r}, expected {expected!r} for {source.spec.model_type.label}",
        )
    _modalities(keys, expected)
    _processing(keys)
    length = _arguments(source, keys, length)
    source.close(keys, TRANSFORMER)
    return file, length


def _arguments(source: ModelSource, keys: Keys, length: Any) -> Any:
    """Arguments for transformers, under their names of version 6 and before; the maximum length that they leave."""
    for name in ("processor_kwargs", "tokenizer_args"):
        table = keys.table(name)
        if table is not None:
            length = table.get("model_max_length", length)
            _same(table, source.tokenizer_config, _PROCESSOR_ARGS)
    for name in ("config_kwargs", "config_args"):
        if (table := keys.table(name)) is not None:
            _same(table, Keys(source.config, "config.json: "), _CONFIG_ARGS)
    for name in ("model_kwargs", "model_args"):
        if (table := keys.table(name)) is not None:
            for key in table.names:
                if table.get(key) is not None and key not in _MODEL_ARGS:
                    table.fault(key, f"{table.get(key)!r} is not supported: it may change what is computed")
    return length


def _modalities(keys: Keys, task: str) -> None:
    """Texts go through the model's `forward`, and what comes out is what a plain model of the task gives."""
    method, output = ("logits", "scores") if task != "feature-extraction" else ("last_hidden_state", "token_embeddings")
    if keys.get("module_output_name", output) not in (None, output):
        keys.fault("module_output_name", f"{keys.get('module_output_name')!r} is not supported, expected {output!r}")
    modalities = keys.table("modality_config")
    for name in modalities.names if modalities else ():
        one = modalities.table(name) if modalities else None
        if one is None or name not in ("text", "message"):
            keys.fault("modality_config", f"{name!r} is not supported, only 'text'")
        elif name == "text" and (one.get("method"), one.get("method_output_name")) != ("forward", method):
            one.fault(
                "method",
                f"{one.get('method')!r} with {one.get('method_output_name')!r}, expected 'forward' with {method!r}",
            )


def _processing(keys: Keys) -> None:
    """Options of each call of the tokenizer: none that changes what it makes of a text."""
    table = keys.table("processing_kwargs")
    for name in table.names if table else ():
        options = table.table(name) if table else None
        for key in options.names if options is not None and name in ("common", "text") else ():
            value = options.get(key) if options else None
            plain = key in ("padding", "pad_to_multiple_of", "return_tensors", "logits_to_keep") or (
                key in ("truncation", "add_special_tokens") and value in (True, "longest_first")
            )
            if options is not None and not plain:
                options.fault(
                    key, f"{value!r} is not supported: set it in the tokenizer's files or in the spec's tokenizer table"
                )


def _same(table: Keys, others: Keys, rows: dict[str, Row]) -> None:
    """Options that come before a file are those that the file has, or change nothing."""
    for key in table.names:
        if key not in rows and table.get(key) != others.get(key):
            table.fault(key, f"{table.get(key)!r}, but {others.at(key)} is {others.get(key)!r}: correct one of them")


def read_model(source: ModelSource) -> ModelSettings:
    """config_sentence_transformers.json; what is wrong becomes a fault of the source."""
    keys = source.optional_keys(MODEL_FILE)
    _check_kind(source, keys)
    settings = ModelSettings(activation=_activation(source, keys))
    prompts, default = _prompts(keys), keys.get("default_prompt_name")
    if default is not None and not (isinstance(default, str) and default in prompts):
        keys.fault("default_prompt_name", f"{default!r} is not among the prompts: {', '.join(prompts) or 'none'}")
        default = None
    similarity = keys.get("similarity_fn_name")
    if similarity is not None and similarity not in [*SIMILARITIES]:
        keys.fault("similarity_fn_name", f"{similarity!r} is not supported, expected one of {', '.join(SIMILARITIES)}")
        similarity = None
    kept = keys.get("truncate_dim")
    if kept is not None and (type(kept) is not int or kept < 1):
        keys.fault("truncate_dim", f"{kept!r}, expected a number from 1")
        kept = None
    if source.spec.model_type is not ModelType.SENTENCE_EMBEDDING:
        if default is not None and prompts[default]:
            keys.fault(
                "default_prompt_name", f"{default!r}: prompts are not supported for {source.spec.model_type.label}"
            )
        elif any(prompts.values()):
            source.note(f"{keys.at('prompts')}: not used for {source.spec.model_type.label}")
    source.close(keys, MODEL)
    # A default of no text is the same as none.
    default = default if default is None or prompts[default] else None
    return settings._replace(
        prompts=prompts, default_prompt_name=default, similarity=similarity or "cosine", truncate_dim=kept
    )


def _check_kind(source: ModelSource, keys: Keys) -> None:
    """A model that makes sparse embeddings, or several of a text, is no plain encoder."""
    kind, expected = keys.get("model_type"), _KINDS.get(source.spec.model_type)
    if kind is not None and kind not in (expected, *(() if expected else _KINDS.values())):
        keys.fault(
            "model_type",
            f"{kind!r} is not supported for {source.spec.model_type.label}, expected {expected or 'one of a plain encoder'}",
        )


def _activation(source: ModelSource, keys: Keys) -> str | None:
    path = keys.get("activation_fn")
    if path is None or source.spec.model_type is not ModelType.SEQUENCE_CLASSIFICATION:
        return None
    return activation(source, keys.at("activation_fn"), path)


def activation(source: ModelSource, where: str, path: object) -> str | None:
    """The runtime's name of a cross-encoder's activation; None and a fault where it has none."""
    name = runtime_name(path)
    if name == "rrelu":  # which the reference leaves in training mode
        source.fault(f"{where}: {path!r} is not supported: it makes scores depend on chance")
    elif name is None:
        source.fault(f"{where}: {path!r} is not supported, expected torch.nn's {', '.join(NAMES)}")
    return name


def _prompts(keys: Keys) -> dict[str, str]:
    """Texts by their names; null is no text."""
    prompts: Any = keys.get("prompts")
    if prompts is None:
        return {}
    if isinstance(prompts, dict) and all(text is None or isinstance(text, str) for text in prompts.values()):
        return {name: text or "" for name, text in prompts.items()}
    keys.fault("prompts", "expected names with their texts")
    return {}
