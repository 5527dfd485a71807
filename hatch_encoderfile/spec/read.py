"""Reading specs: find the declaring file of a directory, parse it, and read all models in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoderfile_runtime.errors import SpecError, UsageError
from hatch_encoderfile.files import limits
from hatch_encoderfile.files.boundary import is_there
from hatch_encoderfile.schema.reader import Reader, Style
from hatch_encoderfile.schema.tables import Field, Missing, Table
from hatch_encoderfile.spec.declaration import Declaration, model_spec
from hatch_encoderfile.standards import toml

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.spec.model import ModelSpec

TOML_KEY = "tool.encoderfile"
YAML_KEY = "encoderfile"
YAML_NAMES = ("encoderfile.yml", "encoderfile.yaml")
YAML_DOCUMENT = Table((Field(name=YAML_KEY, kind=Declaration(), doc="The model.", required=(Style.YAML,)),))


def find_spec(directory: Path) -> Path:
    """The declaring file of a directory: pyproject.toml if it has our table, else encoderfile.yml or encoderfile.yaml.

    Raises:
        UsageError: there is none.
    """
    pyproject = directory / "pyproject.toml"
    if _is_found(pyproject) and _declared(_toml(pyproject)) is not None:
        return pyproject
    for name in YAML_NAMES:
        if _is_found(directory / name):
            return directory / name
    raise UsageError(
        f"{directory}: no spec here; looked for [{TOML_KEY}] in pyproject.toml, {' and '.join(YAML_NAMES)}"
    )


def _is_found(path: Path) -> bool:
    """Whether there is a declaring file that does not lie elsewhere; one that is a link out of its folder has to be named."""
    if not is_there(path):
        return False
    if not path.resolve().is_relative_to(path.parent.resolve()):
        raise UsageError(f"{path}: is a link out of its folder: if that is meant, name it with --file")
    return True


def read_spec(path: Path) -> list[ModelSpec]:
    """The models that a pyproject.toml or an encoderfile.yml declares.

    Raises:
        SpecError: it lists all faults.
        UsageError: the file cannot be read, or has another suffix.
    """
    origin = path.absolute()
    if path.suffix == ".toml":
        reader = Reader(Style.TOML, origin.parent)
        declarations = _read_toml(_toml(path), reader)
    elif path.suffix in {".yml", ".yaml"}:
        reader = Reader(Style.YAML, origin.parent)
        declarations = _read_yaml(path, reader)
    else:
        raise UsageError(f"{path}: expected a pyproject.toml, an encoderfile.yml or an encoderfile.yaml")
    if reader.faults:
        raise SpecError(str(path), reader.faults)
    return [model_spec(values, origin) for values in declarations]


def _read_toml(data: dict[str, Any], reader: Reader) -> list[dict[str, Any]]:
    declared = _declared(data)
    inherited = _from_project(data.get("project"))
    if declared is None:
        reader.fault(TOML_KEY, f"required, but missing; add a table [{TOML_KEY}]")
        return []
    if not isinstance(declared, list):
        return [Declaration().read(declared, TOML_KEY, reader, inherited)]
    if not declared:
        reader.fault(TOML_KEY, "expected a table or an array of tables, found an empty array")
    # Several models cannot all be named like the project.
    inherited["name"] = Missing("each table of an array has a name of its own")
    models = []
    first: dict[str, int] = {}
    for index, table in enumerate(declared):
        key = f"{TOML_KEY}[{index}]"
        models.append(Declaration().read(table, key, reader, inherited))
        name = models[-1].get("name")
        # Names become file names, and some file systems do not distinguish case.
        if name is not None and first.setdefault(name.lower(), index) != index:
            reader.fault(f"{key}.name", f"{name!r} is the name of {TOML_KEY}[{first[name.lower()]}]; give another")
    return models


def _read_yaml(path: Path, reader: Reader) -> list[dict[str, Any]]:
    import yaml

    from hatch_encoderfile.spec.yaml_document import plain_data

    try:
        data = plain_data(_text(path, limits.SPEC_YAML), reader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SpecError(str(path), [f"not valid YAML: {where}{error.problem or error.context}"]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # PyYAML lets bad escapes and digits through as such
        raise SpecError(str(path), [f"not valid YAML: {' '.join(str(error).split())}"]) from error
    except RecursionError as error:
        raise SpecError(str(path), ["not valid YAML: nested too deeply"]) from error
    if data is not None and not isinstance(data, dict):
        reader.fault(YAML_KEY, f"expected a map with this key, found {reader.style.type_of(data)}")
        return []
    return [YAML_DOCUMENT.read(data or {}, "", reader)[YAML_KEY]]


def _from_project(project: object) -> dict[str, str | Missing]:
    """The name and version in [project], or for each that is missing an advice."""
    if not isinstance(project, dict):
        project = {}
    inherited: dict[str, str | Missing] = {}
    dynamic = project.get("dynamic")
    for key in ("name", "version"):
        value = project.get(key)
        if isinstance(value, str):
            inherited[key] = value
        elif isinstance(dynamic, list) and key in dynamic:
            inherited[key] = Missing(f"project.{key} is dynamic, so set '{key}' in [{TOML_KEY}]")
        else:
            inherited[key] = Missing(f"set it here, or project.{key}")
    return inherited


def _declared(data: dict[str, Any]) -> Any:
    tool = data.get("tool")
    return tool.get("encoderfile") if isinstance(tool, dict) else None


def _toml(path: Path) -> dict[str, Any]:
    data = _content(path, limits.SPEC_TOML)
    try:
        return toml.parse(data)
    except ValueError as error:
        raise SpecError(str(path), [str(error)]) from error


def _text(path: Path, limit: limits.Limit) -> str:
    try:
        return _content(path, limit).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(str(path), [f"not valid UTF-8 at offset {error.start}"]) from error


def _content(path: Path, limit: limits.Limit) -> bytes:
    try:
        return limit.read(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SpecError(str(path), [str(error)]) from None
