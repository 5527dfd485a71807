"""A model that is ready to use: texts in, results out. It keeps no state between calls, so threads may share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import results, tasks
from .architectures import EncoderConfig, encoder_tensors, head_tensors
from .encoder import Encoder
from .errors import EncoderfileError, ModelError, UsageError
from .model_type import ModelType
from .tokenizer import byte_offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .ops import FloatArray
    from .tokenizer import Encoding, Tokenizer

_CLASSIFIERS = (ModelType.SEQUENCE_CLASSIFICATION, ModelType.TOKEN_CLASSIFICATION)


class Model:
    """A tokenizer, an encoder, and the task on top.

    Attributes:
        name: the model's name, `model_id` in responses.
        model_type: the task.
        config: the model_config artifact.
        labels: names of the classes by index.
        tokenizer: text to token ids.
        encoder: token ids to hidden states.
    """

    def __init__(
        self,
        name: str,
        model_type: ModelType,
        config: Mapping[str, Any],
        tokenizer: Tokenizer,
        tensor: Callable[[str], FloatArray],
    ) -> None:
        """Put a model together from its artifacts; `tensor` gives the float32 array of a name.

        Raises:
            ModelError: the model_config artifact does not describe a model that this runtime has.
        """
        faults = _faults(model_type, config)
        if faults:
            raise ModelError("model_config", faults)
        encoder_config = EncoderConfig.from_json(config["encoder"])
        weights = _weights(model_type, encoder_config, config.get("num_labels"), tensor)
        self.name = name
        self.model_type = model_type
        self.config = dict(config)
        self.labels = {int(index): label for index, label in (config.get("id2label") or {}).items()}
        self.tokenizer = tokenizer
        self._typed = any(tokenizer.encode("a").type_ids)  # a template may give a lone text another type than 0
        self.encoder = Encoder(encoder_config, weights.__getitem__)
        self._head = tasks.Head(model_type, encoder_config, weights.__getitem__) if model_type in _CLASSIFIERS else None

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        """One encoding a text; its `cut` says how many tokens truncation removed.

        Raises:
            EncoderfileError: there is no text, or one of them is empty.
        """
        _refuse_empty(texts)
        return [self.tokenizer.encode(text) for text in texts]

    def run(self, encodings: Sequence[Encoding], texts: Sequence[str]) -> dict[str, Any]:
        """The response for encoded texts; the texts themselves are for byte offsets only."""
        return {
            "results": self._results(self._states(encodings), encodings, texts),
            "model_id": self.name,
            "metadata": {},
        }

    def infer(self, texts: Sequence[str]) -> dict[str, Any]:
        """The response to a batch of texts, in the shape of Mozilla Encoderfile for the model type.

        Raises:
            EncoderfileError: there is no text, one of them is empty, or one is too long for the model.
        """
        return self.run(self.tokenize(texts), texts)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Sentence embeddings, (texts, dimensions).

        Raises:
            EncoderfileError: as `infer`; UsageError when the model makes no sentence embeddings.
        """
        if self.model_type is not ModelType.SENTENCE_EMBEDDING:
            raise UsageError(f"{self.name}: expected a model for sentence_embedding, found {self.model_type.label}")
        if self._typed:
            return self._pool(self._states(self.tokenize(texts)))
        _refuse_empty(texts)
        return self._pool(self.encoder.forward([self.tokenizer.encode_ids(text)[0] for text in texts]))

    def _states(self, encodings: Sequence[Encoding]) -> list[FloatArray]:
        return self.encoder.forward([item.ids for item in encodings], [item.type_ids for item in encodings])

    def _pool(self, states: Sequence[FloatArray]) -> FloatArray:
        return tasks.pool(states, self.config["pooling"], normalize=self.config["normalize"])

    def _results(
        self, states: list[FloatArray], encodings: Sequence[Encoding], texts: Sequence[str]
    ) -> list[results.Json]:
        if self.model_type is ModelType.SENTENCE_EMBEDDING:
            return [results.sentence_embedding(vector) for vector in self._pool(states)]
        if self._head is not None and self.model_type is ModelType.SEQUENCE_CLASSIFICATION:
            logits = self._head.sequence_logits(states)
            return [results.sequence_classification(row, self.labels) for row in logits]
        offsets = [byte_offsets(text, item.offsets) for text, item in zip(texts, encodings, strict=True)]
        if self._head is None:
            return [results.token_embeddings(*item) for item in zip(states, encodings, offsets, strict=True)]
        scored = zip(self._head.token_logits(states), encodings, offsets, strict=True)
        return [results.token_classification(rows, self.labels, item, places) for rows, item, places in scored]


def _refuse_empty(texts: Sequence[str]) -> None:
    if not texts:
        raise EncoderfileError("Cannot tokenize empty string: no text was given, expected at least one")
    for number, text in enumerate(texts, 1):
        if not text:
            raise EncoderfileError(f"Cannot tokenize empty string: text {number} of {len(texts)} is empty")


def _weights(
    model_type: ModelType, config: EncoderConfig, num_labels: int | None, tensor: Callable[[str], FloatArray]
) -> dict[str, FloatArray]:
    """The tensors of a model by name, each of the shape that the config asks for."""
    shapes = encoder_tensors(config) | head_tensors(model_type, config, num_labels)
    weights = {name: tensor(name) for name in shapes}
    faults = [
        f"{name}: expected shape {list(shape)}, found {list(weights[name].shape)}"
        for name, shape in shapes.items()
        if weights[name].shape != shape
    ]
    if faults:
        raise ModelError("weights", faults)
    return weights


def _faults(model_type: ModelType, config: Mapping[str, Any]) -> list[str]:
    faults = []
    if model_type is ModelType.IMAGE_CLASSIFICATION:
        faults.append(f"model_type: {model_type.label} is not supported by this runtime")
    if not isinstance(config.get("encoder"), dict):
        faults.append(f"encoder: expected an object, found {config.get('encoder')!r}")
    num_labels = config.get("num_labels")
    if num_labels is not None and (type(num_labels) is not int or not 1 <= num_labels < 1 << 31):
        faults.append(f"num_labels: expected null or a positive integer, found {num_labels!r}")
    labels = config.get("id2label")
    if labels is not None and not (
        isinstance(labels, dict)
        and all(index.isdecimal() and isinstance(label, str) for index, label in labels.items())
    ):
        faults.append(f"id2label: expected null or class numbers with their names, found {labels!r}")
    if model_type is ModelType.SENTENCE_EMBEDDING:
        if config.get("pooling") not in [*tasks.POOLINGS]:
            known = ", ".join(tasks.POOLINGS)
            faults.append(f"pooling: expected one of {known}, found {config.get('pooling')!r}")
        if not isinstance(config.get("normalize"), bool):
            faults.append(f"normalize: expected true or false, found {config.get('normalize')!r}")
    return faults
