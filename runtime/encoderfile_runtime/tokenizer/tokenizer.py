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


_FEW_LETTERS = 16  # up to this many, one search in C for each is faster than a test of every character of the text


class Tokenizer:
    """Turns text into token ids, with the results of the `tokenizers` library. Several threads may share one.

    Attributes:
        typed: whether a single text has type ids other than 0, which `encode_ids` does not return.
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
        """Build the tokenizer that a parsed tokenizer.json defines; messages name `source` as the file.

        Raises:
            FaultsError: it lists every component, option or value that is unknown or invalid, each with its JSON path.
        """
        faults: list[str] = []
        fields = Fields(definition, "", faults)
        if "version" in fields:
            fields.choice("version", ("1.0",))
        fields.ignore("decoder")  # ids are never turned back into text
        model: Model | None = read_model(fields.member("model"))
        normalizer: Normalizer | None = _optional(fields, "normalizer", NORMALIZERS)
        # Only normalizers that can lengthen a text need a bound. A sequence has one inside.
        if normalizer and hasattr(normalizer, "grown"):
            from .growth import Bounded  # imported late: most normalizers only replace characters one by one

            normalizer = Bounded("normalizer", normalizer)
        if normalizer and hasattr(normalizer, "added"):
            from .growth import too_much  # imported late: most normalizers add nothing

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
        """The largest number of tokens of an encoding, special tokens included; None if there is no limit."""
        return self._truncation.max_length

    @max_length.setter
    def max_length(self, length: int | None) -> None:
        limit = Truncation(length, self._truncation.direction, self._truncation.strategy)
        limit.excess(0, added(self._single))  # raises if there is no room for the special tokens
        self._truncation = limit

    @property
    def truncation_side(self) -> str:
        """The side on which tokens are cut: "right", at the end of a text, or "left", at its start."""
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
        """Encode a text or a pair, with special tokens, truncated to `max_length`, never padded.

        Raises: UsageError: the text has half a surrogate pair, or `max_length` or the truncation strategy leaves no way
            to cut it.
        """
        sequences = [self._tokenize(part) for part in (text, pair) if part is not None]
        template = self._single if pair is None else self._pair
        kept, cut = self._truncation.apply(sequences, added(template))
        if self._trim:  # after truncation, as in the library: it looks at which token is the first
            kept = [self._trim(tokens) for tokens in kept]
        return fill(template, kept, cut)

    def encode_ids(self, text: str) -> tuple[list[int], int]:
        """The ids of `encode(text)` and the number of tokens cut, without the work for tokens and offsets."""
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
        """The tokens by id, with an empty string for each id that no token has."""
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
        """Whether the text contains the first character of an added token: a quick test that most texts fail."""
        letters = self._first_letters
        if len(letters) > _FEW_LETTERS:
            return not letters.isdisjoint(text)
        return any(letter in text for letter in letters)

    def _tokenize(self, text: str) -> Tokens:
        _check(text)
        tokens = Tokens([], [], [])
        path = self._shortcut or self._pipeline
        if not self._may_hold_added(text):
            path.add(text, 0, tokens)
            return tokens
        for start, end, token in self._matcher.split(text):
            if token:
                tokens.append(token.id, text[start:end], (start, end))
            else:
                path.add(text[start:end], start, tokens)
        return tokens


def _optional(fields: Fields, key: str, known: dict[str, str]) -> Any:
    return read_component(fields.member(key), known) if fields.given(key) else None


def _check(text: str) -> None:
    """Raise UsageError if the text contains half of a surrogate pair, which UTF-8 cannot encode."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"character {error.start} of the text is U+{ord(text[error.start]):04X}, half of a surrogate pair: "
                "the text was not decoded as it should be"
            ) from None


def _around(template: Template) -> tuple[list[int], list[int]] | None:
    """The ids of the special tokens before and after a single sequence; None if the layout repeats the sequence."""
    places = [index for index, piece in enumerate(template) if piece.sequence is not None]
    if len(places) != 1:
        return None
    before, after = template[: places[0]], template[places[0] + 1 :]
    return [number for piece in before for number in piece.ids], [number for piece in after for number in piece.ids]


def _normalized(
    tokens: list[AddedToken], normalizer: Normalizer | None, faults: list[str]
) -> list[tuple[str, AddedToken]]:
    """The added tokens that are searched for in normalized text, each with its normalized content.

    Of several with the same normalized content the first is found; in the library it varies which one.
    """
    found = [(token.content, token) for token in tokens if token.normalized]
    if found and normalizer:
        try:
            return [(normalizer.plain(content), token) for content, token in found]
        except FaultsError as error:
            faults += error.faults
            return []
    return found
