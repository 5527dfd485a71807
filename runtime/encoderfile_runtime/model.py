"""A model that is ready to use: texts in, results out. Threads may share it, and processes get it by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from . import tasks
from .encoder import Encoder
from .errors import UsageError
from .format.model_type import ModelType
from .model_parts import check_config, take_weights
from .tasks import results
from .texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .activations import FloatArray
    from .tasks.entities import Entity
    from .tasks.ranking import Ranked
    from .tasks.scores import Label
    from .texts import Text
    from .tokenizer import Encoding, Tokenizer

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


class WordMarks(NamedTuple):
    """The prefix by which a tokenizer marks tokens that continue a word, and the id of its unknown token."""

    prefix: str | None = None
    unknown: int | None = None


class Model:
    """A tokenizer, an encoder, and the task on top.

    Attributes:
        name: the model's name, `model_id` in responses.
        model_type: the task.
        config: the model_config artifact.
        labels: names of the classes by index.
        tokenizer: text to token ids.
        encoder: token ids to hidden states.
        path: the file that the model came from; None for one that was put together in memory.
    """

    def __init__(
        self,
        name: str,
        model_type: ModelType,
        config: Mapping[str, Any],
        tokenizer: Tokenizer,
        tensor: Callable[[str], FloatArray],
        *,
        words: WordMarks | None = None,
        path: str | None = None,
        reopen: Callable[[str], Model] | None = None,
    ) -> None:
        """Put a model together from its artifacts.

        Args:
            name: of the model.
            model_type: its task.
            config: the model_config artifact.
            tokenizer: of its texts.
            tensor: gives the float32 array of a name.
            words: how tokens show that they continue a word.
            path: the file that all this came from.
            reopen: makes the model of that path again; what is pickled is the path, so that processes map the same file.

        Raises:
            ModelError: the model_config artifact does not describe a model that this runtime has.
        """
        encoder_config = check_config(model_type, config)
        weights = take_weights(model_type, encoder_config, config, tensor)
        self.name = name
        self.model_type = model_type
        self.config = dict(config)
        self.labels = {int(index): label for index, label in (config.get("id2label") or {}).items()}
        self.tokenizer = tokenizer
        self.path = path
        self._reopen = reopen
        self._words = words or WordMarks()
        self._texts = Texts(name, tokenizer, config)
        # Without a type for the second text, or where the tokenizer does not give the model types, all are of type 0.
        self._typed = encoder_config.type_vocab_size > 1 and config.get("token_types") is not False
        self.encoder = Encoder(encoder_config, weights.__getitem__)
        self._head = self._sentence = None
        if model_type in _CLASSIFIERS:
            self._head = tasks.Head(model_type, encoder_config, weights.__getitem__)
        elif model_type is ModelType.SENTENCE_EMBEDDING:
            self._sentence = tasks.SentenceEmbedding(config, encoder_config.hidden_size, weights.__getitem__)

    def __reduce__(self) -> tuple[Any, ...]:
        """By path, so that processes map the same file."""
        if self.path is None or self._reopen is None:
            raise TypeError(
                f"{self.name} was put together in memory; only a model that was loaded from a file is pickled"
            )
        return self._reopen, (self.path,)

    def tokenize(self, texts: Sequence[Text], *, prompt: str | None = None, bare: bool = False) -> list[Encoding]:
        """One encoding a text; its `cut` says how many tokens truncation removed.

        Args:
            texts: texts or pairs of texts.
            prompt: the name of the prompt to put before each text; None for the model's default, "" for none.
            bare: leave out tokens, offsets and special, which only results for tokens need, where that is faster.

        Raises:
            EncoderfileError: there is no text, or one of them is empty; UsageError: there is no such prompt.
        """
        return self._texts.encode(texts, prompt, bare=bare)

    def run(
        self,
        encodings: Sequence[Encoding],
        texts: Sequence[str],
        *,
        offsets: str = "bytes",
        dimensions: int | None = None,
        threads: int = 1,
    ) -> dict[str, Any]:
        """The response for encoded texts.

        Args:
            encodings: the result of `tokenize` for these texts.
            texts: the texts themselves, in which offsets of tokens are counted.
            offsets: the unit of offsets: "bytes" of UTF-8 as in Mozilla's runtime, or "characters".
            dimensions: as for `encode`.
            threads: how many threads share the work.

        Raises:
            EncoderfileError: a result is not finite.
        """
        if self.makes_tokens:
            found = self._token_results(encodings, texts, offsets, threads)
        elif self.model_type is ModelType.SENTENCE_EMBEDDING:
            rows = self.vectors(encodings, dimensions=dimensions, threads=threads)
            found = [results.sentence_embedding(row) for row in rows]
        else:
            rows = self.vectors(encodings, threads=threads)
            found = [results.sequence_classification(row, self.labels) for row in rows]
        return {"results": found, "model_id": self.name, "metadata": {}}

    @property
    def makes_tokens(self) -> bool:
        """Whether a result has an entry for each token of a text, rather than one for the whole text."""
        return self.model_type in (ModelType.EMBEDDING, ModelType.TOKEN_CLASSIFICATION)

    def vectors(self, encodings: Sequence[Encoding], *, dimensions: int | None = None, threads: int = 1) -> FloatArray:
        """One row of numbers for each encoded text: sentence embeddings, or the logits of a sequence classifier.

        Raises:
            UsageError: the model has results for tokens only; EncoderfileError: a row is not finite.
        """
        if self._sentence is not None:
            prompts = [item.prompt for item in encodings]
            rows = self._sentence(self._states(encodings, threads), dimensions, prompts)
        elif self._head is not None and self.model_type is ModelType.SEQUENCE_CLASSIFICATION:
            rows = self._head.sequence_logits(self._states(encodings, threads))
        else:
            raise UsageError(f"{self.name}: a model for {self.model_type.label} makes no vector for a whole text")
        results.refuse_infinite(rows)
        return rows

    def infer(self, texts: Sequence[str]) -> dict[str, Any]:
        """The response to a batch of texts, in the shape of Mozilla Encoderfile for the model type.

        Raises:
            EncoderfileError: there is no text, one of them is empty, or one is too long for the model.
        """
        return self.run(self.tokenize(texts), texts)

    def encode(
        self, texts: Sequence[str], *, prompt: str | None = None, dimensions: int | None = None, threads: int = 1
    ) -> FloatArray:
        """Sentence embeddings, (texts, dimensions), float32.

        Args:
            texts: any number from 1.
            prompt: as for `tokenize`.
            dimensions: how many of the first ones to keep, for models that are trained for it (Matryoshka); None for all.
            threads: how many threads share the work.

        Raises:
            EncoderfileError: as `infer`; UsageError when the model makes no sentence embeddings, or not that many dimensions.
        """
        if self._sentence is None:
            raise self._other_task(ModelType.SENTENCE_EMBEDDING)
        return self.vectors(self.tokenize(texts, prompt=prompt, bare=True), dimensions=dimensions, threads=threads)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """As `encode`, all dimensions."""
        return self.encode(texts)

    def classify(self, texts: Sequence[Text], *, top: int | None = None, threads: int = 1) -> list[list[Label]]:
        """The classes of each text or pair with their scores, the highest first; `top` of them, or all.

        Scores are probabilities, independent for each class where labels don't exclude each other. A regression's are values,
        and so are those of a cross-encoder with an activation of its own.
        """
        return [labels[:top] for labels in self.labels_of(self.tokenize(texts, bare=True), threads=threads)]

    def zero_shot(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        template: str | None = None,
        independent: bool = False,
        threads: int = 1,
    ) -> list[list[Label]]:
        """Labels of your own for each text with their probabilities, the highest first, by a model of natural language inference.

        Args:
            texts: any number from 1.
            labels: the candidates.
            template: a sentence in which {} is put a label; None for "This example is {}.".
            independent: several labels may hold, so each has a probability of its own, instead of all of them together 1.
            threads: how many threads share the work.

        Raises:
            UsageError: the model has no label that begins with "entail".
        """
        from .tasks.zero_shot import TEMPLATE, ZeroShot

        if self.model_type is not ModelType.SEQUENCE_CLASSIFICATION:
            raise self._other_task(ModelType.SEQUENCE_CLASSIFICATION)
        return ZeroShot(self, labels, template or TEMPLATE, independent=independent).classify(texts, threads=threads)

    def labels_of(self, encodings: Sequence[Encoding], *, threads: int = 1) -> list[list[Label]]:
        """As `classify`, of encoded texts."""
        from .tasks.scores import ranked, scores

        if self.model_type is not ModelType.SEQUENCE_CLASSIFICATION:
            raise self._other_task(ModelType.SEQUENCE_CLASSIFICATION)
        return [ranked(row, self.labels) for row in scores(self.vectors(encodings, threads=threads), self.config)]

    def entities(self, texts: Sequence[str], *, aggregation: str = "simple", threads: int = 1) -> list[list[Entity]]:
        """The entities of each text; `aggregation` is one of `tasks.entities.AGGREGATIONS`."""
        if self.model_type is not ModelType.TOKEN_CLASSIFICATION:
            raise self._other_task(ModelType.TOKEN_CLASSIFICATION)
        return self.entities_of(self.tokenize(texts), texts, aggregation=aggregation, threads=threads)

    def entities_of(
        self, encodings: Sequence[Encoding], texts: Sequence[str], *, aggregation: str = "simple", threads: int = 1
    ) -> list[list[Entity]]:
        """As `entities`, of encoded texts."""
        from .tasks.entities import continuations, entities

        if self._head is None or self.model_type is not ModelType.TOKEN_CLASSIFICATION:
            raise self._other_task(ModelType.TOKEN_CLASSIFICATION)
        logits = self._head.token_logits(self._states(encodings, threads))
        for row in logits:
            results.refuse_infinite(row)
        return [
            entities(text, item, rows, self.labels, aggregation, continues=continuations(text, item, *self._words))
            for text, item, rows in zip(texts, encodings, logits, strict=True)
        ]

    def rank(self, query: str, documents: Sequence[str], *, top: int | None = None, threads: int = 1) -> list[Ranked]:
        """Documents by how well they fit the query, best first; `top` of them, or all.

        A cross-encoder, which is a sequence classifier of one label, reads query and document together. With a model of
        sentence embeddings the score is its similarity, the cosine unless the model names another; its prompts "query" and
        "document" or "passage" are used if it has them.
        """
        from .tasks.ranking import Query, best

        asked = Query(self, query)
        return best(asked.scores(asked.tokenize(documents), threads=threads))[:top]

    def _other_task(self, expected: ModelType) -> UsageError:
        return UsageError(f"{self.name}: expected a model for {expected.label}, found {self.model_type.label}")

    def _states(self, encodings: Sequence[Encoding], threads: int) -> list[FloatArray]:
        types = [item.type_ids for item in encodings] if self._typed else None
        return self.encoder.forward([item.ids for item in encodings], types, threads=threads)

    def _token_results(
        self, encodings: Sequence[Encoding], texts: Sequence[str], unit: str, threads: int
    ) -> list[results.Json]:
        offsets = [results.offsets(text, item, unit) for text, item in zip(texts, encodings, strict=True)]
        states = self._states(encodings, threads)
        rows = states if self._head is None else self._head.token_logits(states)
        for row in rows:
            results.refuse_infinite(row)
        together = zip(rows, encodings, offsets, strict=True)
        if self._head is None:
            return [results.token_embeddings(*item) for item in together]
        return [results.token_classification(row, self.labels, item, places) for row, item, places in together]
