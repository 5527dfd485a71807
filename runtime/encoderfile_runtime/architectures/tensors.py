"""The tensors that a model must have: their names and shapes, in the order in which a weights file holds them."""

from encoderfile_runtime.errors import ModelError
from encoderfile_runtime.format.model_type import ModelType

from .architecture import Architecture, HeadNames
from .catalogue import architecture
from .config import EncoderConfig

Shapes = dict[str, tuple[int, ...]]


def encoder_tensors(config: EncoderConfig) -> Shapes:
    """Names and shapes of the encoder's tensors.

    The weights of query, key and value lie next to each other and can be seen as one [3·hidden, hidden] matrix.
    """
    kind = architecture(config.architecture)
    tensors = _embedding_tensors(kind, config)
    for number in range(config.num_hidden_layers):
        tensors |= _layer_tensors(kind, config, number)
    if kind.final_norm is not None:
        tensors |= _affine(kind, "norm", (config.hidden_size,), kind.final_norm)
    return {f"{config.prefix}{name}": shape for name, shape in tensors.items()}


def _embedding_tensors(kind: Architecture, config: EncoderConfig) -> Shapes:
    """Names and shapes of the tensors that are used before the first layer."""
    width, hidden = config.embedding_width, config.hidden_size
    tensors: Shapes = {f"{kind.word_embeddings}.weight": (config.vocab_size, width)}
    if kind.position_embeddings is not None and config.position_biased_input:
        tensors[f"{kind.position_embeddings}.weight"] = (config.max_position_embeddings, width)
    if kind.token_type_embeddings is not None and config.type_vocab_size:
        tensors[f"{kind.token_type_embeddings}.weight"] = (config.type_vocab_size, width)
    tensors |= _affine(kind, "norm", (hidden if kind.norm_projected else width,), kind.embeddings_norm)
    if config.is_projected:
        tensors |= _affine(kind, "projection", (hidden, width), str(kind.projection))
    if kind.positions == "relative":
        tensors[f"{kind.tables['distances']}.weight"] = (RELATIVE_BUCKETS, config.num_attention_heads)
    if kind.positions == "disentangled":
        tensors[f"{kind.tables['distances']}.weight"] = (2 * config.position_buckets, hidden)
        tensors |= _affine(kind, "norm", (hidden,), kind.tables["distances_norm"])
    return tensors


RELATIVE_BUCKETS = 32
"""Buckets of MPNet's relative positions: a constant of its published code, not a setting."""


def _layer_tensors(kind: Architecture, config: EncoderConfig, number: int) -> Shapes:
    hidden, inner = config.hidden_size, config.intermediate_size
    names = kind.layer.numbered(number)
    both = inner if kind.gate is None else 2 * inner
    tensors = _affine(kind, "qkv", (3 * hidden // len(names.qkv), hidden), *names.qkv)
    tensors |= _affine(kind, "attention_output", (hidden, hidden), names.attention_output)
    if number or kind.first_norm:
        tensors |= _affine(kind, "norm", (hidden,), names.attention_norm)
    tensors |= _affine(kind, "inner", (both // len(names.inner), hidden), *names.inner)
    tensors |= _affine(kind, "output", (hidden, inner), names.output)
    return tensors | _affine(kind, "norm", (hidden,), names.output_norm)


def _affine(kind: Architecture, role: str, shape: tuple[int, ...], *modules: str) -> Shapes:
    """Weights of several modules, then their biases."""
    tensors = {f"{module}.weight": shape for module in modules}
    if role not in kind.unbiased:
        tensors |= {f"{module}.bias": shape[:1] for module in modules}
    return tensors


def head_names(model_type: ModelType, config: EncoderConfig) -> HeadNames | None:
    """The full module names of the classification head; None for model types without one."""
    head = architecture(config.architecture).heads.get(model_type)
    if head and head.dense:
        return head._replace(dense=head.dense.format(prefix=config.prefix))
    return head


def head_tensors(model_type: ModelType, config: EncoderConfig, num_labels: int | None) -> Shapes:
    """Names and shapes of the classification head's tensors, after the encoder's; none for embeddings."""
    head = head_names(model_type, config)
    if head is None:
        return {}
    if not num_labels:
        raise ModelError("encoder config", [f"num_labels: {model_type.label} needs at least 1, found {num_labels!r}"])
    hidden = config.hidden_size
    tensors: Shapes = {}
    if head.dense is not None:
        tensors[f"{head.dense}.weight"] = (hidden, hidden)
        if head.dense_bias:
            tensors[f"{head.dense}.bias"] = (hidden,)
    if head.norm is not None:
        tensors |= _affine(architecture(config.architecture), "norm", (hidden,), head.norm)
    return tensors | {f"{head.output}.weight": (num_labels, hidden), f"{head.output}.bias": (num_labels,)}
