"""Classes that a classifier was not trained for, by natural language inference: does a text entail "This example is sports."?

The method is that of Yin et al. 2019, and the numbers are those of transformers' zero-shot classification pipeline.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from encoderfile_runtime.errors import UsageError
from encoderfile_runtime.texts import Texts

from .scores import ranked, softmax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from encoderfile_runtime.activations import FloatArray
    from encoderfile_runtime.tokenizer import Encoding, Tokenizer

    from .scores import Label

TEMPLATE = "This example is {}."
_PLACE = "{}"


class Classifier(Protocol):
    """What this needs of a model."""

    name: str
    tokenizer: Tokenizer
    config: dict[str, Any]

    @property
    def labels(self) -> Mapping[int, str]:
        """Names of the classes by index."""
        ...

    def vectors(self, encodings: Sequence[Encoding], *, threads: int = 1) -> FloatArray:
        """Logits, one row for each encoding."""
        ...


class ZeroShot:
    """Candidate labels, each as a hypothesis that a text may entail."""

    def __init__(
        self, model: Classifier, labels: Sequence[str], template: str = TEMPLATE, *, independent: bool = False
    ) -> None:
        """Take the labels.

        Args:
            model: a classifier of pairs with a label that begins with "entail".
            labels: the candidates.
            template: a sentence in which {} is put a label.
            independent: several labels may hold, so each has a probability of its own.

        Raises:
            UsageError: the model has no such label, there is no candidate, or the template has no place for it.
        """
        names = sorted(model.labels.items())
        self._entails = next((index for index, name in names if name.lower().startswith("entail")), None)
        if self._entails is None:
            known = ", ".join(name for _, name in names)
            raise UsageError(f"{model.name}: has no label that begins with entail, as models of inference do: {known}")
        if not labels or not all(labels):
            raise UsageError("labels: expected at least one, and none that is empty")
        if _PLACE not in template:
            raise UsageError(f"template: expected {_PLACE} where a label is put, found {template!r}")
        self._model = model
        self._names = dict(enumerate(labels))
        self._hypotheses = [template.replace(_PLACE, label) for label in labels]
        self._independent = independent or len(labels) == 1
        tokenizer = copy(model.tokenizer)
        tokenizer.truncation_strategy = "OnlyFirst"  # a hypothesis is never cut
        self._texts = Texts(model.name, tokenizer, model.config)

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        """Each text with the longest hypothesis: what is cut there is the most that is."""
        longest = max(self._hypotheses, key=len)
        return self._texts.encode([(text, longest) for text in texts], None, bare=True)

    def classify(self, texts: Sequence[str], *, threads: int = 1) -> list[list[Label]]:
        """The candidates of each text with their probabilities, the highest first."""
        pairs = [(text, hypothesis) for text in texts for hypothesis in self._hypotheses]
        logits = self._model.vectors(self._texts.encode(pairs, None, bare=True), threads=threads)
        return [ranked(row, self._names) for row in self._scores(logits.reshape(len(texts), len(self._hypotheses), -1))]

    def _scores(self, logits: FloatArray) -> FloatArray:
        """Probabilities (texts, candidates) of logits (texts, candidates, labels)."""
        entails = logits[..., self._entails]  # (texts, candidates)
        if not self._independent:
            return softmax(entails)
        against = logits[..., -1 if self._entails == 0 else 0]  # (texts, candidates)
        both: FloatArray = softmax(np.stack([against, entails], axis=-1))[
            ..., 1
        ]  # (texts, candidates, 2) before the index
        return both
