"""tokenizer_config.json, special_tokens_map.json and added_tokens.json against tokenizer.json, which is what runs.

A setting that states otherwise stops the build, unless the spec says that tokenizer.json holds. What a class of transformers
would assume where nothing is said is not looked at: the tokenizers library does not know it either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.files import limits

from . import tokenizer_facts as facts
from .families.rows import Only, derived, harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from .families.keys import Keys
    from .families.rows import Json, Row
    from .source import ModelSource


class Agrees(NamedTuple):
    """A key whose value has to be that of tokenizer.json.

    Attributes:
        found: what tokenizer.json says; None where it has no place for it.
        turned: the key says the opposite.
    """

    found: Callable[[Json], Any]
    turned: bool = False


AGREES: dict[str, Agrees] = {
    # False is what classes write that do not read it, beside special tokens that tokenizer.json adds
    "add_bos_token": Agrees(lambda definition: facts.lacks_special_token(definition, 0)),
    "add_eos_token": Agrees(lambda definition: facts.lacks_special_token(definition, -1)),
    "add_prefix_space": Agrees(facts.adds_prefix_space),
    "do_lower_case": Agrees(lambda definition: facts.lowercases(definition.get("normalizer"))),
    "keep_accents": Agrees(facts.strips_accents, turned=True),
    "split_by_punct": Agrees(facts.cuts_at_punctuation),
    "strip_accents": Agrees(facts.strips_accents),
    "tokenize_chinese_chars": Agrees(facts.sets_chinese_apart),
}
TOKENS = ("bos_token", "cls_token", "eos_token", "mask_token", "pad_token", "sep_token", "unk_token")
LISTS = ("additional_special_tokens", "extra_special_tokens")
_AROUND = ("cls_token", "sep_token")
_TWO_TEXTS = 2
# Classes of transformers whose own `model_input_names` have token_type_ids.
_TYPED = {"BertTokenizer", "DebertaTokenizer", "DebertaV2Tokenizer", "ElectraTokenizer"}
OVERRULED = ("max_length", "model_max_length", "stride", "truncation_side", "truncation_strategy")
_FLAGS = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": None, "special": None}

CONFIG: dict[str, Row] = (
    derived(" ".join((*AGREES, *TOKENS, *LISTS, "added_tokens_decoder model_input_names")))
    # what `tokenizer` beside this file reads
    | derived("pad_to_multiple_of pad_token_type_id padding_side")
    # likewise, unless the spec or a file of sentence-transformers comes first
    | harmless(" ".join(OVERRULED))
    | {
        "do_basic_tokenize": Only((True,), True),
        "never_split": Only((None, []), None),
        "split_special_tokens": Only((False, None), False),
    }
    # names, files of the slow classes, of decoding and of chat, and where offsets of tokens end
    | harmless(
        "auto_map backend chat_template clean_up_tokenization_spaces errors from_slow full_tokenizer_file "
        "init_inputs is_local legacy max_len merges_file model_specific_special_tokens name_or_path processor_class "
        "return_token_type_ids sp_model_kwargs special_tokens_map_file spaces_between_special_tokens tokenizer_class tokenizer_file "
        "tokenizer_type trim_offsets trust_remote_code use_default_system_prompt use_fast verbose vocab_file vocab_type wordpieces_prefix "
        "unk_id"
    )
)
MAP: dict[str, Row] = derived(" ".join((*TOKENS, *LISTS)))


def check(source: ModelSource) -> None:
    """Compare the files; what is wrong becomes a fault of the source."""
    tokens = facts.vocabulary(source.tokenizer)
    config = source.tokenizer_config
    for key, row in AGREES.items():
        _compare(source, config, key, row)
    _special_tokens(source, config, tokens)
    _lists(source, config, tokens)
    _added(source, config)
    _around(source, config, tokens)
    source.close(config, CONFIG)
    special = source.optional_keys("special_tokens_map.json", limits.TOKENIZER_CONFIG)
    _special_tokens(source, special, tokens)
    _lists(source, special, tokens)
    source.close(special, MAP)
    added = source.optional_keys("added_tokens.json", limits.TOKENIZER_CONFIG)
    for token in added.names:
        if added.get(token) != tokens.get(token):
            source.conflict(added.at(token), added.get(token), tokens.get(token), "added_tokens")
    source.close(added, {})


def token_types(source: ModelSource, types: int) -> bool:
    """Whether the model is told which of two texts a token belongs to: unless `model_input_names` leaves that out.

    True too where the model has fewer types than two, and so is told nothing in any case.
    """
    names: Any = source.tokenizer_config.get("model_input_names")
    if names is None:
        kind: Any = source.tokenizer_config.get("tokenizer_class")
        pairs = source.spec.model_type is ModelType.SEQUENCE_CLASSIFICATION and types >= _TWO_TEXTS
        if pairs and str(kind).removesuffix("Fast") not in _TYPED:
            source.note(
                f"tokenizer_config.json: no model_input_names: the second text of a pair has the token type that tokenizer.json "
                f"says; {kind or 'the default class'} of transformers 5 gives no types where nothing is stated"
            )
        return True
    if not isinstance(names, list) or "input_ids" not in names:
        source.fault(f"tokenizer_config.json: model_input_names: expected a list that has input_ids, found {names!r}")
        return True
    return "token_type_ids" in names or types < _TWO_TEXTS


def _compare(source: ModelSource, config: Keys, key: str, row: Agrees) -> None:
    stated: Any = config.get(key)
    found = row.found(source.tokenizer)
    if stated is None or found is None:
        return
    if not isinstance(stated, bool):
        source.fault(f"{config.at(key)}: {stated!r}, expected true, false or null")
    elif stated != (found != row.turned):
        source.conflict(config.at(key), stated, found != row.turned, key)


def _text(value: object) -> str | None:
    """The text of a token, which may be an object with flags."""
    text = value.get("content") if isinstance(value, dict) else value
    return text if isinstance(text, str) else None


def _special_tokens(source: ModelSource, keys: Keys, tokens: dict[str, int]) -> None:
    """Each token is one of tokenizer.json, and the unknown one is the model's."""
    for key in TOKENS:
        value: Any = keys.get(key)
        if value is None:
            continue
        text = _text(value)
        if text is None:
            source.fault(f"{keys.at(key)}: expected a text, found {value!r}")
        elif text not in tokens:
            if key != "pad_token" or keys is not source.tokenizer_config:  # of which `tokenizer` tells
                source.conflict(keys.at(key), text, None, key)
        elif key == "unk_token" and facts.unknown_token(source.tokenizer) not in (None, text):
            source.conflict(keys.at(key), text, facts.unknown_token(source.tokenizer), key)


def _lists(source: ModelSource, keys: Keys, tokens: dict[str, int]) -> None:
    """More special tokens, each of which is one of tokenizer.json."""
    for key in LISTS:
        value: Any = keys.get(key)
        if not isinstance(value, list | dict | None):
            source.fault(f"{keys.at(key)}: expected a list of tokens, found {value!r}")
            continue
        for item in value.values() if isinstance(value, dict) else value or ():
            text = _text(item)
            if text is not None and text not in tokens:
                source.conflict(keys.at(key), text, None, key)


def _added(source: ModelSource, config: Keys) -> None:
    """The added tokens, with their ids and flags, are those of tokenizer.json."""
    decoder = config.table("added_tokens_decoder")
    if decoder is None:
        return
    known = {token["content"]: token for token in facts.added_tokens(source.tokenizer)}
    for number in decoder.names:
        stated = decoder.table(number)
        if stated is None:
            continue
        text = stated.get("content")
        own = known.get(text) if isinstance(text, str) else None
        flags = {key: stated.get(key, default) for key, default in _FLAGS.items()}
        told = {key: value for key, value in flags.items() if value is not None}
        if own is None or str(own.get("id")) != number or {key: own.get(key, False) for key in told} != told:
            shown = {"id": number, "content": text} | told
            source.conflict(decoder.at(number), shown, own, "added_tokens_decoder")
        stated.skip()
    decoder.skip()


def _around(source: ModelSource, config: Keys, tokens: dict[str, int]) -> None:
    """The tokens that a class puts around a text are those that the post-processor does."""
    around = facts.template_tokens(source.tokenizer)
    stated = {key: _text(config.get(key)) for key in _AROUND}
    for key, text in stated.items():
        if around and text in tokens and text not in around:
            source.conflict(config.at(key), text, around, "post_processor")
    if not around and all(stated.values()):
        source.conflict(
            "tokenizer_config.json: cls_token and sep_token",
            stated,
            "no post_processor that adds them",
            "post_processor",
        )
