"""Reading a model card: the YAML front matter of a README.md.

Keys: https://huggingface.co/docs/hub/model-cards, model-index:
https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from hatch_encoderfile.files.limits import FRONT_MATTER, MOST_FRONT_MATTER_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRONT_MATTER = re.compile(r"\A\ufeff?\s*---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_LONGEST_TEXT = 500  # characters of a value
_MOST_ITEMS = 500  # of a list
_LINK = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


class Metric(NamedTuple):
    """An evaluation result that the card reports; `where` is the dataset."""

    type: str
    value: str
    where: str | None


class ModelCard(NamedTuple):
    """The declarations of a card as text; empty for those that it does not make.

    Attributes:
        note: why the card could not be read; None if it could.
    """

    licenses: tuple[str, ...] = ()
    license_name: str | None = None
    license_link: str | None = None
    languages: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    library: str | None = None
    metrics: tuple[Metric, ...] = ()
    note: str | None = None


def read(data: bytes) -> ModelCard:
    """Read a README.md; one that cannot be read gives an empty card with a note."""
    try:
        declared = _front_matter(data)
    except ValueError as error:
        return ModelCard(note=str(error))
    return _card(declared) if declared else ModelCard()


def _front_matter(data: bytes) -> dict[Any, Any] | None:
    """The mapping between the first two lines `---`; None if there is no front matter."""
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at offset {error.start}") from None
    found = _FRONT_MATTER.match(text)
    if not found:
        return None
    if len(found[1]) > FRONT_MATTER.size:
        raise ValueError(f"front matter of more than {FRONT_MATTER.size} characters")
    # What PyYAML's time goes with.
    if sum(map(found[1].count, ("- ", ":", ",", "[", "{"))) > MOST_FRONT_MATTER_VALUES:
        raise ValueError(f"front matter of more than {MOST_FRONT_MATTER_VALUES} values")
    import yaml

    try:
        # BaseLoader makes strings, lists and mappings only: safe, and `no` (Norwegian), dates and numbers stay as
        # written.
        declared = yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 2}" if error.problem_mark else ""
        raise ValueError(f"front matter is not YAML{line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):  # PyYAML lets bad escapes through as such
        raise ValueError("front matter is not YAML") from None
    if declared and not isinstance(declared, dict):
        raise ValueError("front matter is no map")
    return declared or None


def _card(declared: dict[Any, Any]) -> ModelCard:
    # A relative link, such as LICENSE, leads nowhere from an SBOM.
    link = clean_text(declared.get("license_link"))
    return ModelCard(
        licenses=_texts(declared.get("license")),
        license_name=clean_text(declared.get("license_name")),
        license_link=link if link and _LINK.fullmatch(link) else None,
        languages=_texts(declared.get("language")),
        datasets=_texts(declared.get("datasets")),
        base_models=_texts(declared.get("base_model")),
        library=clean_text(declared.get("library_name")),
        metrics=_metrics(declared.get("model-index")),
    )


def _metrics(index: Any) -> tuple[Metric, ...]:
    found = [
        metric for model in _maps(index) for result in _maps(model.get("results")) for metric in _result_metrics(result)
    ]
    return tuple(found[:_MOST_ITEMS])


def _result_metrics(result: dict[Any, Any]) -> Iterator[Metric]:
    dataset = result.get("dataset")
    where = None
    if isinstance(dataset, dict):
        parts = (clean_text(dataset.get(key)) for key in ("name", "config", "split"))
        where = ", ".join(filter(None, parts)) or None
    for metric in _maps(result.get("metrics")):
        kind, value = clean_text(metric.get("type")), clean_text(metric.get("value"))
        if kind and value:
            yield Metric(kind, value, where)


def _maps(value: Any) -> list[dict[Any, Any]]:
    return [item for item in value[:_MOST_ITEMS] if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    """One text or a list of texts, without duplicates, in the card's order."""
    items = value[:_MOST_ITEMS] if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for text in map(clean_text, items) if text))


def clean_text(value: Any) -> str | None:
    """A text on one line; None if it is empty, too long, or not printable."""
    if not isinstance(value, str):
        return None
    line = " ".join(value.split())
    return line if 0 < len(line) <= _LONGEST_TEXT and line.isprintable() else None


def dataset_url(name: str) -> str | None:
    """The URL of a dataset on Hugging Face; None if the text cannot be a dataset's name."""
    is_name = re.fullmatch(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?", name, re.ASCII)
    return f"https://huggingface.co/datasets/{quote(name)}" if is_name else None
