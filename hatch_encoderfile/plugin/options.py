"""The options of the build hook: a table of fields to read them, from which docs/reference/hatch.md is generated too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from encoderfile_runtime.errors import SpecError
from hatch_encoderfile.messages import joined
from hatch_encoderfile.schema.kinds import Choice, Text
from hatch_encoderfile.schema.reader import Reader, Style
from hatch_encoderfile.schema.tables import Field, ListOf, Table
from hatch_encoderfile.spec.fields import NAME
from hatch_encoderfile.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE = Text("a package such as 'models' or 'company.models'", r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
TAG = Text("a wheel tag such as 'py3-none-manylinux_2_28_x86_64'", r"[a-z0-9_.]+-[a-z0-9_.]+-[a-z0-9_.]+")

OPTIONS = Table(
    (
        Field(
            name="place",
            kind=Choice(("script", "package", "data")),
            defaults={Style.TOML: "script"},
            doc="Where the wheel installs the executable: on `PATH` under the model's name, "
            "inside a package as `NAME.encoderfile`, or as `share/encoderfile/NAME.encoderfile` of the environment.",
        ),
        Field(
            name="package",
            kind=PACKAGE,
            unset="the project's name, with `_` for `-`",
            doc='The package of `place = "package"`.',
        ),
        Field(
            name="models",
            kind=ListOf(NAME, "names of declared models", minimum=1),
            unset="all of them",
            doc="Which models go into the wheel.",
        ),
        Field(
            name="target",
            kind=Choice(TARGETS),
            unset="the one that the models declare; among several `portable`, or else this machine's",
            doc="The target whose executables go into the wheel. The environment variable `ENCODERFILE_TARGET` comes first.",
        ),
        Field(
            name="tag",
            kind=TAG,
            unset="that of the base: `py3-none-any` for the portable one, `py3-none-manylinux…` and the like for standalone ones; "
            "**required** with a base that does not say what it needs",
            doc="The wheel's tag.",
        ),
        Field(
            name="editable",
            kind=Choice(("skip", "build")),
            defaults={Style.TOML: "skip"},
            doc="Whether `pip install -e` builds and installs the executable too.",
        ),
    )
)
# Hatch reads these of any hook: https://hatch.pypa.io/latest/config/build/#build-hooks
_HATCH_OPTIONS = ("dependencies", "enable-by-default", "require-runtime-dependencies", "require-runtime-features")


class HookOptions(NamedTuple):
    """Checked options; None for those that were not given."""

    place: Literal["script", "package", "data"]
    package: str | None
    models: tuple[str, ...] | None
    target: str | None
    tag: str | None
    editable: Literal["skip", "build"]


def read_options(config: Mapping[str, Any], key: str, origin: Path) -> HookOptions:
    """Read and check the options in a hook's table.

    Args:
        config: the table.
        key: its key path, for messages.
        origin: its file.

    Raises:
        SpecError: it lists all faults.
    """
    reader = Reader(Style.TOML, origin.parent)
    values = OPTIONS.read({name: value for name, value in config.items() if name not in _HATCH_OPTIONS}, key, reader)
    if values["package"] is not None and values["place"] != "package":
        reader.fault(joined(key, "package"), 'has a meaning only with place = "package"')
    if values["editable"] == "build" and values["place"] == "package":
        reader.fault(joined(key, "editable"), 'an editable install has the package in the source tree; expected "skip"')
    if reader.faults:
        raise SpecError(str(origin), reader.faults)
    return HookOptions(**values)
