"""Texts to token ids, in one thread: ours against the `tokenizers` library, which is written in Rust.

WordPiece is MiniLM's own; BPE as in RoBERTa and Unigram as in XLM-RoBERTa are trained here, on other texts than the measured.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from texts import docstrings, paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ROUNDS = 5
_VOCABULARY = 30_000


def figures(model: Path) -> dict[str, dict[str, float]]:
    """MB of UTF-8 a second, and the ratio; both start without what they remember of texts."""
    if not find_spec("tokenizers"):
        print("tokenizer: not measured, the library tokenizers is missing")
        return {}
    os.environ |= {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    texts = paragraphs()
    definitions = {"WordPiece": (model / "tokenizer.json").read_text(), "BPE": _bpe(), "Unigram": _unigram()}
    return {name: _compare(definition, texts) for name, definition in definitions.items()}


def _compare(definition: str, texts: list[str]) -> dict[str, float]:
    import tokenizers

    from encoderfile_runtime.tokenizer import Tokenizer

    parsed = json.loads(definition) | {"truncation": None, "padding": None}
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(_ROUNDS):
        own = Tokenizer.from_json(parsed, "tokenizer")
        other = tokenizers.Tokenizer.from_str(json.dumps(parsed))
        seconds, ids = _timed(lambda own=own: [own.encode_ids(text)[0] for text in texts])  # type: ignore[misc]
        ours.append(seconds)
        seconds, expected = _timed(lambda other=other: [item.ids for item in other.encode_batch_fast(texts)])  # type: ignore[misc]
        theirs.append(seconds)
        if ids != expected:
            raise SystemExit("the ids differ")
    size = sum(len(text.encode()) for text in texts) / 1e6
    own_speed, other_speed = size / statistics.median(ours), size / statistics.median(theirs)
    return {
        "ours, MB/s": round(own_speed, 2),
        "Rust library, MB/s": round(other_speed, 2),
        "ours / Rust library": round(own_speed / other_speed, 3),
    }


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()  # of this process: what else runs does not count
    result = call()
    return time.process_time() - started, result


def _bpe() -> str:
    import tokenizers
    from tokenizers import models, pre_tokenizers, processors, trainers

    learner = tokenizers.Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    learner.train_from_iterator(docstrings(), trainer)
    learner.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return str(learner.to_str())


def _unigram() -> str:
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers, processors, trainers

    learner = tokenizers.Tokenizer(models.Unigram())
    learner.normalizer = normalizers.NFKC()
    learner.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=_VOCABULARY, special_tokens=special, unk_token=special[3], show_progress=False
    )
    learner.train_from_iterator(docstrings(), trainer)
    learner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair=None, special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return str(learner.to_str())
