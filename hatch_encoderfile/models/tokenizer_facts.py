"""Settings of tokenizer.json that other files of a tokenizer state as well, to be compared with those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Json = Mapping[str, Any]

_PARTS = ("normalizers", "pretokenizers", "processors")
_MOST = 256  # parts of a component that are looked at: the runtime's tokenizer refuses definitions long before


def parts(component: object) -> Iterator[Json]:
    """A component of tokenizer.json; of a sequence all that are in it."""
    waiting = [component]
    for _ in range(_MOST):
        if not waiting:
            return
        one = waiting.pop(0)
        if not isinstance(one, dict):
            continue
        inner = next((one[key] for key in _PARTS if isinstance(one.get(key), list)), None)
        if inner is None:
            yield one
        else:
            waiting[:0] = inner


def lowercases(normalizer: object) -> bool:
    """Whether a normalizer of tokenizer.json, or one of those in it, makes text lower case."""
    return any(
        part.get("type") == "Lowercase" or (part.get("type") == "BertNormalizer" and part.get("lowercase") is True)
        for part in parts(normalizer)
    )


def strips_accents(definition: Json) -> bool:
    """Whether the normalizer takes marks off letters; BERT's does where nothing is said and it makes text lower case."""
    for part in parts(definition.get("normalizer")):
        kind, own = part.get("type"), part.get("strip_accents")
        if kind == "StripAccents" or (kind == "BertNormalizer" and (part.get("lowercase") if own is None else own)):
            return True
    return False


def sets_chinese_apart(definition: Json) -> bool:
    """Whether each Chinese character is a word."""
    return any(
        part.get("type") == "BertNormalizer" and part.get("handle_chinese_chars") is True
        for part in parts(definition.get("normalizer"))
    )


def adds_prefix_space(definition: Json) -> bool | None:
    """Whether a blank goes before a text; None where tokenizer.json has no component that could."""
    for part in parts(definition.get("pre_tokenizer")):
        if part.get("type") == "ByteLevel":
            return part.get("add_prefix_space") is True
        if part.get("type") == "Metaspace":
            scheme = part.get("prepend_scheme")
            return part.get("add_prefix_space", True) is True if scheme is None else scheme != "never"
    return None


def cuts_at_punctuation(definition: Json) -> bool:
    """Whether the pre-tokenizer cuts at each punctuation mark."""
    return any(
        part.get("type") in ("BertPreTokenizer", "Punctuation") for part in parts(definition.get("pre_tokenizer"))
    )


def unknown_token(definition: Json) -> str | None:
    """The unknown token; None if there is none."""
    model = definition.get("model")
    if not isinstance(model, dict):
        return None
    token, number, vocabulary = model.get("unk_token"), model.get("unk_id"), model.get("vocab")
    if type(number) is int and isinstance(vocabulary, list) and 0 <= number < len(vocabulary):
        entry = vocabulary[number]
        token = entry[0] if isinstance(entry, list) and entry else None
    return token if isinstance(token, str) else None


def vocabulary(definition: Json) -> dict[str, int]:
    """The ids of all tokens, those of the model and the added ones."""
    model = definition.get("model")
    own = model.get("vocab") if isinstance(model, dict) else None
    found: dict[str, int] = {}
    if isinstance(own, dict):
        found.update(own)
    elif isinstance(own, list):
        found.update(
            (entry[0], index)
            for index, entry in enumerate(own)
            if isinstance(entry, list) and entry and isinstance(entry[0], str)
        )
    return found | {token["content"]: token.get("id", -1) for token in added_tokens(definition)}


def added_tokens(definition: Json) -> list[dict[str, Any]]:
    """The added tokens that are well formed; what reads the others tells of them."""
    added = definition.get("added_tokens")
    return [
        token
        for token in (added if isinstance(added, list) else ())
        if isinstance(token, dict) and isinstance(token.get("content"), str)
    ]


def template_tokens(definition: Json) -> list[str]:
    """The special tokens that the post-processor puts around a text; none where it adds nothing."""
    found: list[str] = []
    for part in parts(definition.get("post_processor")):
        for key in ("cls", "sep"):
            pair = part.get(key)
            if isinstance(pair, list) and pair and isinstance(pair[0], str):
                found.append(pair[0])
        single, names = part.get("single"), part.get("special_tokens")
        for piece in single if isinstance(single, list) else ():
            token = piece.get("SpecialToken") if isinstance(piece, dict) else None
            if isinstance(token, dict) and isinstance(token.get("id"), str):
                own = names.get(token["id"]) if isinstance(names, dict) else None
                tokens = own.get("tokens") if isinstance(own, dict) else None
                found += [one for one in tokens if isinstance(one, str)] if isinstance(tokens, list) else [token["id"]]
    return found


def lacks_special_token(definition: Json, place: int) -> bool | None:
    """False where no special token is at a place of a lone text, 0 the first or -1 the last; None where there is one."""
    for part in parts(definition.get("post_processor")):
        single = part.get("single")
        if part.get("type") in ("BertProcessing", "RobertaProcessing"):
            return None
        if isinstance(single, list) and single and isinstance(single[place], dict) and "SpecialToken" in single[place]:
            return None
    return False
