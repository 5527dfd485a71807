"""Rows that all families share: what transformers' base class of configurations reads, and what it leaves alone."""

from __future__ import annotations

from .rows import Field, Only, Row, derived, harmless

IDENTITY = derived("architectures auto_map quantization_config")
"""Keys that `identity` beside this file reads."""

LABELS = harmless(
    "id2label label2id model_type num_labels problem_type sbert_ce_default_activation_function sentence_transformers"
)
"""Keys that have code of their own, in `config` one folder up."""

GENERATION = harmless(
    "bad_words_ids begin_suppress_tokens do_sample diversity_penalty early_stopping encoder_no_repeat_ngram_size "
    "encoder_repetition_penalty epsilon_cutoff eta_cutoff exponential_decay_length_penalty forced_bos_token_id "
    "forced_eos_token_id length_penalty max_length min_length no_repeat_ngram_size num_assistant_tokens "
    "num_assistant_tokens_schedule assistant_confidence_threshold assistant_lookbehind num_beam_groups num_beams "
    "num_return_sequences output_scores remove_invalid_values repetition_penalty return_dict_in_generate "
    "suppress_tokens target_lookbehind temperature top_k top_p typical_p use_cache"
)
"""Settings of text generation, which the base class discards."""

BASE: dict[str, Row] = (
    IDENTITY
    | LABELS
    | GENERATION
    | harmless(
        "_attn_implementation _attn_implementation_autoset _commit_hash _name_or_path attention_dropout "
        "attention_probs_dropout_prob attn_implementation bos_token_id chunk_size_feed_forward classifier_dropout "
        "cls_token_id cross_attention_hidden_size decoder_start_token_id dtype eos_token_id finetuning_task "
        "gradient_checkpointing hidden_dropout_prob initializer_range is_encoder_decoder mask_token_id name_or_path "
        "output_attentions output_hidden_states pad_token_id prefix return_dict sep_token_id "
        "task_specific_params tf_legacy_loss tie_encoder_decoder tie_last_hidden_states tie_word_embeddings "
        "tokenizer_class torch_dtype torchscript transformers_version unk_token_id use_bfloat16"
    )
    | {"per_layer_config": Only((None, {}), None), "pruned_heads": Only((None, {}), None)}
)

ENCODER_ONLY: dict[str, Row] = {"is_decoder": Only((False,), False), "add_cross_attention": Only((False,), False)}
"""Where `is_decoder` hides from each token those that follow it."""

NO_DECODER = harmless("is_decoder add_cross_attention")
"""Where the reference has no decoder and looks at neither."""


def sizes(
    *,
    vocab: int,
    hidden: int,
    layers: int,
    heads: int,
    inner: int,
    positions: int,
    types: int | None = None,
    activation: str,
    epsilon: float = 1e-12,
) -> dict[str, Row]:
    """Rows of the settings that most families have under the same names; their defaults. `types` None: no token types, or none at will."""
    rows: dict[str, Row] = {
        "vocab_size": Field("vocab_size", vocab),
        "hidden_size": Field("hidden_size", hidden),
        "num_hidden_layers": Field("num_hidden_layers", layers),
        "num_attention_heads": Field("num_attention_heads", heads),
        "intermediate_size": Field("intermediate_size", inner),
        "max_position_embeddings": Field("max_position_embeddings", positions),
        "hidden_act": Field("hidden_act", activation),
        "layer_norm_eps": Field("layer_norm_eps", epsilon),
    }
    return rows if types is None else rows | {"type_vocab_size": Field("type_vocab_size", types, least=1)}
