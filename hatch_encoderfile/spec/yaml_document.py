"""YAML as plain data, by the core schema (YAML 1.2.2, section 10.3): no dates, no yes and no, no merge keys, no Python tags.

PyYAML parses the document into nodes; these are converted here, so that duplicate keys are reported with their path,
and aliases cannot multiply the data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from hatch_encoderfile.messages import joined, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatch_encoderfile.schema.reader import Reader

STR = "tag:yaml.org,2002:str"
COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
# The tags of section 10.3.2, with bounds on the digits of an integer; longer ones are floats, as in other readers.
SCALARS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "tag:yaml.org,2002:null": (re.compile(r"(?:null|Null|NULL|~|)\Z"), lambda _: None),
    "tag:yaml.org,2002:bool": (re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), lambda text: text[0] in "tT"),
    "tag:yaml.org,2002:int": (
        re.compile(r"(?:[-+]?[0-9]{1,20}|0o[0-7]{1,22}|0x[0-9a-fA-F]{1,16})\Z"),
        lambda text: int(text, 0 if text[1:2] in {"o", "x"} else 10),
    ),
    "tag:yaml.org,2002:float": (
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
        lambda text: float(re.sub(r"\.(?=[iInN])", "", text)),
    ),
    STR: (re.compile(r"(?s).*\Z"), str),
}


class CoreLoader(yaml.SafeLoader):
    """PyYAML's safe loader, with the scalars of the core schema."""


CoreLoader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _) in SCALARS.items():
    if _tag != STR:
        CoreLoader.add_implicit_resolver(_tag, _pattern, None)


def plain_data(text: str, reader: Reader) -> Any:
    """Convert a document to plain data; tags and keys that are not allowed are noted as faults.

    Raises:
        yaml.YAMLError: it is not valid YAML.
    """
    root = yaml.compose(text, CoreLoader)
    return None if root is None else _Conversion(reader).value(root, "")


class _Conversion:
    """Converts nodes to values. An aliased node is converted once, so nested aliases do not expand exponentially."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.done: dict[yaml.Node, Any] = {}
        self.open: set[yaml.Node] = set()

    def value(self, node: yaml.Node, key: str) -> Any:
        if node in self.open:  # YAML allows `&a [*a]`, which has no finite value
            self.reader.fault(key, "holds itself, through an alias")
            return None
        if node not in self.done:
            self.open.add(node)
            self.done[node] = self._converted(node, key)
            self.open.remove(node)
        return self.done[node]

    def _converted(self, node: yaml.Node, key: str) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key)
        if node.tag not in COLLECTIONS:
            self.reader.fault(key, f"the tag {quoted(node.tag)} has no place here")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{key}[{index}]") for index, item in enumerate(node.value)]
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = self._scalar(key_node, key) if isinstance(key_node, yaml.ScalarNode) else key_node.value
            line = key_node.start_mark.line + 1
            if not isinstance(name, str):
                self.reader.fault(key, f"expected a string as the key in line {line}; put it in quotes")
                continue
            if name in mapping:
                self.reader.fault(joined(key, name), f"given twice, again in line {line}; take one out")
                continue
            mapping[name] = self.value(value_node, joined(key, name))
        return mapping

    def _scalar(self, node: yaml.ScalarNode, key: str) -> Any:
        pattern, convert = SCALARS.get(node.tag, (None, None))
        if pattern is None or convert is None or not pattern.match(node.value):
            self.reader.fault(key, f"the tag {quoted(node.tag)} has no place here")
            return None
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            self.reader.fault(key, "half of a surrogate pair is no character")
            return None
        return convert(node.value)
