"""A Hugging Face tokenizer, read from its tokenizer.json (https://github.com/huggingface/tokenizers)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import FaultsError, UsageError
from encoderfile_runtime.fields import Fields, shown

from .added_tokens import Matcher, read_added_tokens
from .components import NORMALIZERS, POST_PROCESSORS, PRE_TOKENIZERS, read_component, read_model
from .encoding import Encoding, Tokens
from .fast.choose import choose
from .pipeline import Pipeline
from .processors.template_processing import TemplateProcessing
from .templates import PLAIN, added, fill
from .truncation import Truncation, read_padding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .added_tokens import AddedToken
    from .interfaces import Model, Normalizer, PostProcessor, PreTokenizer, Shortcut
    from .templates import Template


_FEW_LETTERS = 16  # which a search for each finds sooner than one character by character


class Tokenizer:
    """Turns text into the ids that a model takes, as the `tokenizers` library does. Several threads may share one.

    Attributes:
        typed: whether a lone text has token types other than 0, which `encode_ids` does not tell.
    """

    def __init__(
        self, pipeline: Pipeline, added_tokens: list[AddedToken], processor: PostProcessor, truncation: Truncation
    ) -> None:
        self._pipeline = pipeline
        self._added = added_tokens
        self._first_letters = {token.content[0] for token in added_tokens if not token.normalized}
        self._single, self._pair = processor.templates
        self._trim = processor.trim
        self._truncation = truncation
        self._shortcut: Shortcut | None = choose(pipeline)
        self._around = _around(self._single)
        self.typed = any(piece.type_id for piece in self._single)

    @classmethod
    def from_json(cls, definition: Mapping[str, Any], source: str = "tokenizer.json") -> Tokenizer:
        """The tokenizer that a parsed tokenizer.json defines; `source` is what messages call it.

        Raises:
            FaultsError: every component, option or value that is not known or not valid, each with its JSON path.
        """
        faults: list[str] = []
        fields = Fields(definition, "", faults)
        if "version" in fields:
            fields.choice("version", ("1.0",))
        fields.ignore("decoder")
        model: Model | None = read_model(fields.member("model"))
        normalizer: Normalizer | None = _optional(fields, "normalizer", NORMALIZERS)
        if normalizer and hasattr(normalizer, "grown"):
            from .growth import Bounded  # not for those that only change characters

            normalizer = Bounded("normalizer", normalizer)
        if normalizer and hasattr(normalizer, "added"):
            from .growth import too_much  # not for those that add nothing

            faults += too_much(normalizer) if not faults else ()
        pre_tokenizer: PreTokenizer | None = _optional(fields, "pre_tokenizer", PRE_TOKENIZERS)
        processor: PostProcessor = _optional(fields, "post_processor", POST_PROCESSORS) or TemplateProcessing(PLAIN)
        truncation = Truncation(None)
        if fields.given("truncation"):
            truncation = Truncation.read(fields.member("truncation"), added(processor.templates[0]))
        if fields.given("padding"):
            read_padding(fields.member("padding"))
        added_tokens: list[AddedToken] = []
        if "added_tokens" in fields:
            added_tokens = read_added_tokens(fields, model.vocabulary if model else {})
        fields.close()
        normalized = [] if faults else _normalized(added_tokens, normalizer, faults)
        faults += [
            f"added_tokens: {shown(token.content)} is empty once normalized" for text, token in normalized if not text
        ]
        if faults or not model:
            raise FaultsError(source, faults)
        return cls(Pipeline(normalizer, pre_tokenizer, model, normalized), added_tokens, processor, truncation)

    @cached_property
    def vocabulary_size(self) -> int:
        """One more than the highest id."""
        return 1 + max([*self._pipeline.model.vocabulary.values(), *(token.id for token in self._added)])

    @property
    def max_length(self) -> int | None:
        """How many tokens an encoding has at most, special tokens included; None for any number."""
        return self._truncation.max_length

    @max_length.setter
    def max_length(self, length: int | None) -> None:
        limit = Truncation(length, self._truncation.direction, self._truncation.strategy)
        limit.excess(0, added(self._single))
        self._truncation = limit

    @property
    def truncation_side(self) -> str:
        """Where tokens are cut: "right", at the end of a text, or "left", at its start."""
        return self._truncation.direction.lower()

    @truncation_side.setter
    def truncation_side(self, side: str) -> None:
        self._truncation = Truncation(self._truncation.max_length, side.capitalize(), self._truncation.strategy)

    @property
    def truncation_strategy(self) -> str:
        """Which text of a pair is cut: "LongestFirst", "OnlyFirst" or "OnlySecond"."""
        return self._truncation.strategy

    @truncation_strategy.setter
    def truncation_strategy(self, strategy: str) -> None:
        self._truncation = Truncation(self._truncation.max_length, self._truncation.direction, strategy)

    def encode(self, text: str, pair: str | None = None) -> Encoding:
        """A text, or a pair, with special tokens; cut to `max_length`, never padded.

        Raises:
            UsageError: the text is no Unicode, or `max_length` or the truncation strategy does not allow to cut it.
        """
        sequences = [self._tokenize(part) for part in (text, pair) if part is not None]
        template = self._single if pair is None else self._pair
        kept, cut = self._truncation.apply(sequences, added(template))
        if self._trim:
            kept = [self._trim(tokens) for tokens in kept]
        return fill(template, kept, cut)

    def encode_ids(self, text: str) -> tuple[list[int], int]:
        """The ids of `encode(text)`, and how many tokens were cut, without the work for the rest."""
        truncation = self._truncation
        if not (self._shortcut and self._around) or truncation.strategy != "LongestFirst" or self._may_hold_added(text):
            encoding = self.encode(text)
            return encoding.ids, encoding.cut
        _check(text)
        before, after = self._around
        ids = self._shortcut.ids(text)
        cut = truncation.excess(len(ids), len(before) + len(after))
        if cut:
            ids = ids[cut:] if truncation.direction == "Left" else ids[:-cut]
        return [*before, *ids, *after], cut

    def tokens(self) -> list[str]:
        """The vocabulary by id; an id that no token has is an empty string."""
        tokens = [""] * self.vocabulary_size
        for token, number in self._pipeline.model.vocabulary.items():
            tokens[number] = token
        for added_token in self._added:
            tokens[added_token.id] = added_token.content
        return tokens

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher([(token.content, token) for token in self._added if not token.normalized])

    def _may_hold_added(self, text: str) -> bool:
        letters = self._first_letters
        if len(letters) > _FEW_LETTERS:
            return not letters.isdisjoint(text)
        return any(letter in text for letter in letters)

    def _tokenize(self, text: str) -> Tokens:
        _check(text)
        tokens = Tokens([], [], [])
        way = self._shortcut or self._pipeline
        if not self._may_hold_added(text):
            way.add(text, 0, tokens)
            return tokens
        for start, end, token in self._matcher.split(text):
            if token:
                tokens.append(token.id, text[start:end], (start, end))
            else:
                way.add(text[start:end], start, tokens)
        return tokens


def _optional(fields: Fields, key: str, known: dict[str, str]) -> Any:
    return read_component(fields.member(key), known) if fields.given(key) else None


def _check(text: str) -> None:
    """Raises UsageError for half of a surrogate pair, which is no character."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"character {error.start} of the text is U+{ord(text[error.start]):04X}, half of a surrogate pair: "
                "the text was not decoded as it should be"
            ) from None


def _around(template: Template) -> tuple[list[int], list[int]] | None:
    """The special tokens before and after a single sequence; None where it is there more than once."""
    places = [index for index, piece in enumerate(template) if piece.sequence is not None]
    if len(places) != 1:
        return None
    before, after = template[: places[0]], template[places[0] + 1 :]
    return [number for piece in before for number in piece.ids], [number for piece in after for number in piece.ids]


def _normalized(
    tokens: list[AddedToken], normalizer: Normalizer | None, faults: list[str]
) -> list[tuple[str, AddedToken]]:
    """The tokens to be found in normalized text, as they read there.

    Of several that read the same the first counts here; the library takes any of them, not always the same one.
    """
    found = [(token.content, token) for token in tokens if token.normalized]
    if found and normalizer:
        try:
            return [(normalizer.plain(content), token) for content, token in found]
        except FaultsError as error:
            faults += error.faults
            return []
    return found
