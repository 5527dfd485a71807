"""A stream of texts, tokenized and in batches: unusable texts are reported with their place, truncated ones are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from encoderfile_runtime.errors import EncoderfileError

from .progress import Progress
from .screen import note

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Protocol

    from encoderfile_runtime.tokenizer import Encoding

    from .records import Record

    class Extent(Protocol):
        """A source with its size in bytes, 0 if unknown, and the number of bytes read so far."""

        size: int

        @property
        def done(self) -> int:
            """Bytes read."""

        def close(self) -> None:
            """Close the source."""


_TOKENS = 16384  # of a batch: the hidden states of all of them are in memory at once
_NOTES = 5  # notes about truncated texts; further ones are only counted


class Item(NamedTuple):
    """A tokenized text, or an unusable one: then `encoding` is None and `fault` says why."""

    record: Record
    encoding: Any
    fault: str


class Feed:
    """Batches of a stream of texts, in constant memory.

    Attributes:
        skipped: number of unusable texts.
        cut_texts: number of texts that were truncated.
        cut_tokens: number of tokens that truncation removed in all.
    """

    def __init__(
        self,
        records: Iterable[Record],
        tokenize: Callable[[Sequence[Any]], list[Encoding]],
        options: Namespace,
        *,
        lines: Extent | None = None,
        progress: Progress | None = None,
        most_faults: int | None = None,
    ) -> None:
        """Take the source and the options of the command.

        Args:
            records: the texts.
            tokenize: from texts to encodings.
            options: of the command: batch_size, on_error and truncate are used.
            lines: the source of the records, for progress.
            progress: the progress line.
            most_faults: the number of unusable texts that are noted one by one; None for all.
        """
        self._records = records
        self._tokenize = tokenize
        self._size: int = options.batch_size
        self._skips: bool = options.on_error == "skip"
        self._refuses_long: bool = options.truncate == "error"
        self._lines = lines
        self._progress = progress or Progress(shown=False)
        self._most_faults = most_faults
        self.skipped = self.cut_texts = self.cut_tokens = 0

    def batches(self) -> Iterator[list[Item]]:
        """Batches of items in the order of the texts, including unusable ones if these are skipped.

        Raises:
            EncoderfileError: a text is unusable and the command does not skip these; the items before it were yielded.
        """
        try:
            yield from self._batches()
        finally:
            self._progress.clear()
            if self._lines:
                self._lines.close()
        if self.cut_texts > _NOTES:
            note(f"{self.cut_texts} texts were over the model's limit, {self.cut_tokens} tokens were cut off in all")
        if self.skipped:
            note(f"{self.skipped} {'text was' if self.skipped == 1 else 'texts were'} skipped")

    def _batches(self) -> Iterator[list[Item]]:
        batch: list[Item] = []
        tokens = 0
        for record in self._records:
            item = self._item(record)
            if item.fault and not self._skips:
                yield batch
                raise EncoderfileError(f"{record.place}: {item.fault}")
            if item.fault:
                self.skipped += 1
                if self._most_faults is None or self.skipped <= self._most_faults:
                    self._note(f"{record.place}: {item.fault}; skipped")
            else:
                tokens += len(item.encoding.ids)
            batch.append(item)
            if len(batch) == self._size or tokens >= _TOKENS:
                yield batch
                self._advance(len(batch))
                batch, tokens = [], 0
        yield batch

    def _item(self, record: Record) -> Item:
        """Tokenize one text; what is wrong with it becomes its fault."""
        if record.fault:
            return Item(record, None, record.fault)
        if not record.text:
            return Item(record, None, "is empty, expected a text")
        try:
            [encoding] = self._tokenize([record.text])
        except EncoderfileError as error:
            return Item(record, None, error.diagnostics())
        if encoding.cut:
            if self._refuses_long:
                return Item(record, None, too_long(encoding))
            self.cut_texts += 1
            self.cut_tokens += encoding.cut
            if self.cut_texts <= _NOTES:
                self._note(f"{record.place}: {was_cut(encoding)}")
        return Item(record, encoding, "")

    def _note(self, text: str) -> None:
        self._progress.clear()
        note(text)

    def _advance(self, count: int) -> None:
        lines = self._lines
        self._progress.advance(count, lines.done / lines.size if lines and lines.size else None)


def good(batch: Sequence[Item]) -> list[Item]:
    """The items of a batch without a fault."""
    return [item for item in batch if not item.fault]


def was_cut(encoding: Encoding) -> str:
    """The note about a text that was truncated."""
    return f"{encoding.cut} tokens past the model's limit were cut off"


def too_long(encoding: Encoding) -> str:
    """The error about a text that is too long and may not be truncated."""
    limit = len(encoding.ids)
    return f"has {limit + encoding.cut} tokens, the model takes {limit}: shorten it or allow --truncate end"
