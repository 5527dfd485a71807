"""A script for the interpreter of the base's Python version: finds all modules that can be imported and compiles them.

    python -I -S -B freezer.py < request > answer

Imports are read from the syntax tree; no module is run. The request is JSON; the answer is a line of JSON, followed by
the marshalled code objects. Only the standard library may be imported here.
"""

from __future__ import annotations

import ast
import json
import marshal
import sys
from pathlib import Path
from typing import Any, Iterator, NamedTuple  # noqa: UP035 - typing is loaded anyway

# Later versions mark objects for back references by their reference counts, which depend on what ran before.
_MARSHAL_VERSION = 2


class Source(NamedTuple):
    """A module: name, source text, file name for tracebacks, and whether it is a package."""

    name: str
    text: bytes
    shown: str
    is_package: bool


class Import(NamedTuple):
    """An imported module; `later` if the import is inside a function and so not run when its module is imported."""

    name: str
    later: bool


class Imports(ast.NodeVisitor):
    """Collects the imports of a module in order, except those under `if TYPE_CHECKING`."""

    def __init__(self, source: Source) -> None:
        self.package = source.name if source.is_package else source.name.rpartition(".")[0]
        self.found: list[Import] = []
        self.depth = 0

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b`."""
        self.found += [Import(item.name, self.depth > 0) for item in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from a import b`, where b may be a module too."""
        module = node.module or ""
        if node.level:
            parts = self.package.split(".")
            module = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [module])])
        self.found += [
            Import(name, self.depth > 0) for name in (module, *(f"{module}.{item.name}" for item in node.names))
        ]

    def visit_If(self, node: ast.If) -> None:
        """All but the body of `if TYPE_CHECKING:`."""
        test = node.test
        name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
        for statement in node.orelse if name == "TYPE_CHECKING" else [*node.body, *node.orelse]:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function; its imports happen later, if ever."""
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - named by ast


class Walk:
    """The modules that imports can reach, those needed at start first; names in none of the folders are `unresolved`."""

    def __init__(self, folders: list[str], left_out: list[str], empty: list[str]) -> None:
        self.folders = folders
        self.left_out = left_out
        self.empty = empty
        self.sources: dict[str, Source] = {}
        self.unresolved: set[str] = set()
        self._later: list[str] = []

    def reach(self, name: str) -> None:
        """Add a module and all modules that it imports, directly or indirectly."""
        self._add(name)
        while self._later:
            self._add(self._later.pop(0))

    def _add(self, name: str) -> None:
        parent = name.rpartition(".")[0]
        if parent and parent not in self.sources:
            self._add(parent)
        if name in self.sources or self._is_left_out(name):
            return
        source = self._find(name)
        if source is None:
            if parent not in self.sources:  # `from a import b` asks for a.b, which mostly is no module
                self.unresolved.add(name)
            return
        self.sources[name] = source
        imports = Imports(source)
        imports.visit(ast.parse(source.text, source.shown))
        for item in imports.found:
            if item.later:
                self._later.append(item.name)
            else:
                self._add(item.name)

    def _is_left_out(self, name: str) -> bool:
        return any(name == item or name.startswith(f"{item}.") for item in self.left_out)

    def _find(self, name: str) -> Source | None:
        relative = name.replace(".", "/")
        if name in self.empty:
            return Source(name, b"", f"<encoderfile>/{relative}.py", is_package=False)
        for folder in self.folders:
            for end, is_package in (("/__init__.py", True), (".py", False)):
                path = Path(folder, f"{relative}{end}")
                if path.is_file():
                    return Source(name, path.read_bytes(), f"<encoderfile>/{relative}{end}", is_package)
        return None


def compiled(source: Source, optimize: int) -> bytes:
    """A module's marshalled code; `optimize` 1 removes asserts, 2 docstrings as well."""
    code = compile(source.text, source.shown, "exec", dont_inherit=True, optimize=optimize)
    return marshal.dumps(code, _MARSHAL_VERSION)


def answer(request: dict[str, Any]) -> Iterator[bytes]:
    """The answer: a line of JSON with name, package flag and code length of each module in order, then their code."""
    walk = Walk(request["folders"], request["left_out"], request["empty"])
    for name in request["roots"]:
        walk.reach(name)
    modules, codes = [], []
    for source in walk.sources.values():
        codes.append(compiled(source, request["optimize"]))
        modules.append([source.name, source.is_package, len(codes[-1])])
    heading = {"version": sys.version.partition(" ")[0], "modules": modules, "unresolved": sorted(walk.unresolved)}
    yield json.dumps(heading).encode() + b"\n"
    yield from codes


if __name__ == "__main__":
    try:
        sys.stdout.buffer.writelines(answer(json.load(sys.stdin.buffer)))
    except SyntaxError as error:
        sys.exit(f"{error.filename}, line {error.lineno}: {error.msg}")
