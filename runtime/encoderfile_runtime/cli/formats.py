"""Writers of results as text: a JSON response, JSON Lines (https://jsonlines.org), CSV (RFC 4180), plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from encoderfile_runtime.escaping import data_line, dumped, line, shown

from .screen import is_ascii, is_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.model import Model

    from .feed import Item

Json = dict[str, Any]
Row = dict[Any, Any]  # cells by column name; numbers of a vector by their index


def writer(kind: str, out: TextIO, model: Model) -> Writer:
    """The writer for a format, one of json, jsonl, csv and text."""
    return {"json": Response, "jsonl": JsonLines, "csv": Csv, "text": Text}[kind](out, model)


class Writer:
    """Writes results to a stream, batch by batch."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self._out = out
        self._model = model
        self._ascii = is_ascii(out)
        self._is_data = is_file(out)

    def write(self, batch: list[Item], results: Iterator[Json]) -> None:
        """Write a batch; `results` has one for each of its items without a fault, in their order."""
        for item in batch:
            if item.fault:
                self.skip(item)
            else:
                self.result(item, next(results))
        self._out.flush()

    def result(self, item: Item, result: Json) -> None:
        """Write one result."""
        raise NotImplementedError

    def skip(self, item: Item) -> None:
        """Handle an unusable text; most formats leave it out."""

    def finish(self) -> None:
        """Write what the format needs after the last result."""

    def _json(self, value: Any, indent: int | None = None) -> str:
        return dumped(value, indent=indent, ascii_only=self._ascii)

    def _harmless(self, text: str) -> str:
        """A line as a terminal or a log may have it."""
        return line(text)

    def _line(self, text: str) -> None:
        if not self._is_data:
            text = self._harmless(text)
        if (
            self._ascii
        ):  # JSON is ASCII already; in CSV and text, escapes are better than a failure in the last of many lines
            text = text.encode(self._out.encoding or "ascii", "backslashreplace").decode(self._out.encoding or "ascii")
        self._out.write(text + "\n")


class JsonLines(Writer):
    """One object a text: the members of its input object, its result, the number of tokens `cut` if any; or its `error`."""

    def result(self, item: Item, result: Json) -> None:
        """Write the result as an object."""
        cut = {"cut": item.encoding.cut} if item.encoding.cut else {}
        self._line(self._json((item.record.extra or {}) | result | cut))

    def skip(self, item: Item) -> None:
        """Write an object with the error in place of the result, so that input and output lines correspond."""
        self._line(self._json((item.record.extra or {}) | {"error": f"{item.record.place}: {item.fault}"}))


class Response(Writer):
    """One JSON object in the shape of Mozilla Encoderfile's response, written incrementally."""

    _begun = False

    def result(self, _item: Item, result: Json) -> None:
        """Append to the list `results`."""
        text = self._json(result, 2).replace("\n", "\n    ")
        before = "," if self._begun else '{\n  "results": ['
        self._begun = True
        self._out.write(f"{before}\n    {text}")

    def finish(self) -> None:
        """Close the list and write the other members."""
        end = "\n  ]" if self._begun else '{\n  "results": []'
        self._out.write(f'{end},\n  "model_id": {self._json(self._model.name)},\n  "metadata": {{}}\n}}\n')


class Csv(Writer):
    """A header, then one row a text or a token; the first column is the number of the text."""

    def __init__(self, out: TextIO, model: Model) -> None:
        super().__init__(out, model)
        import csv

        self._rows = csv.writer(_Encodable(self), lineterminator="")
        self._begun = False

    def result(self, item: Item, result: Json) -> None:
        """Write the rows of a result."""
        for row in _cells(result):
            if not self._begun:
                self._begun = True
                self._rows.writerow(["line", *self._columns(row, result)])
            self._rows.writerow([item.record.number, *row.values()])

    def _harmless(self, text: str) -> str:
        return data_line(text)

    def _columns(self, row: Row, result: Json) -> list[str]:
        """The names of columns: numbers are named by class label if they are logits, by index if they are an embedding."""
        labels = self._model.labels
        classes = "embedding" not in result and "embeddings" not in result
        return [labels.get(key, f"LABEL_{key}") if classes and isinstance(key, int) else str(key) for key in row]


class _Encodable:
    """A file-like object for csv, whose writer knows no encoding: rows go through the escapes of `_line`."""

    def __init__(self, target: Writer) -> None:
        self.write = target._line  # noqa: SLF001 - of this module


class Text(Writer):
    """Plain lines: an embedding as numbers with spaces, a class as label and score, a token a line, a blank line a text."""

    def result(self, _item: Item, result: Json) -> None:
        """Write the lines of a result."""
        if "embedding" in result:
            self._line(" ".join(map(str, result["embedding"])))
        elif "predicted_label" in result:
            best = result["predicted_index"]
            self._line(f"{shown(str(result['predicted_label'] or best))}\t{result['scores'][best]}")
        else:
            for token in result.get("embeddings", ()):
                self._line(f"{shown(token['token_info']['token'])}\t{' '.join(map(str, token['embedding']))}")
            for token in result.get("tokens", ()):
                self._line(f"{shown(token['token_info']['token'])}\t{shown(token['label'])}\t{token['score']}")
            self._line("")


def _cells(result: Json) -> Iterator[Row]:
    """The rows of a result: named cells, then the numbers by index."""
    if "embedding" in result:
        yield dict(enumerate(result["embedding"]))
    elif "logits" in result:
        yield {key: result[key] for key in ("predicted_label", "predicted_index")} | dict(enumerate(result["logits"]))
    for token in result.get("embeddings", ()):
        yield token["token_info"] | dict(enumerate(token["embedding"]))
    for token in result.get("tokens", ()):
        named = {key: token[key] for key in ("label", "score")}
        yield token["token_info"] | named | dict(enumerate(token["scores"]))
