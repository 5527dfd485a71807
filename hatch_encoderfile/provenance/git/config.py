"""A git directory's own configuration (git-config(1), "Syntax"). Nothing that it names is opened or run, `include.path` least of all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from hatch_encoderfile.files.limits import GIT_CONFIG

from .folder import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .folder import GitFolder

_SECTION = re.compile(r'\[([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\.)*)")?[ \t]*\]')
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*(=)?")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
# Those that change where objects, refs or trees are found are looked at by name in `check`; these change nothing here.
_HARMLESS = ("noop", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees", "compatobjectformat")


class Setting(NamedTuple):
    """One line; section and key in lower case, the subsection as it is written."""

    section: str
    subsection: str
    key: str
    value: str


class Config:
    """The settings in their order."""

    def __init__(self, settings: list[Setting]) -> None:
        self._settings = settings

    @classmethod
    def read(cls, folder: GitFolder) -> Config:
        """The configuration of a git directory.

        Raises:
            GitError: it cannot be read, or is not well formed.
        """
        data = folder.read("config", GIT_CONFIG.size)
        try:
            text = (data or b"").decode().removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise GitError("config: expected UTF-8") from None
        return cls(list(_settings(text.replace("\r\n", "\n"))))

    def values(self, section: str, subsection: str, key: str) -> list[str]:
        """All values of a key."""
        return [item.value for item in self._settings if item[:3] == (section, subsection, key)]

    def object_format(self) -> str:
        """The hash that names objects: sha1 or sha256.

        Raises:
            GitError: the repository is of a kind that is not understood.
        """
        version = (self.values("core", "", "repositoryformatversion") or ["0"])[-1]
        if version not in ("0", "1"):
            raise GitError(f"config: core.repositoryformatversion is {version!r}, expected 0 or 1")
        found = "sha1"
        for _, _, key, value in (item for item in self._settings if item[:2] == ("extensions", "")):
            if key == "refstorage" and value != "files":
                raise GitError(f"config: refs are stored as {value!r}, which is not read, only files are")
            if key == "objectformat":
                found = value
            elif version == "1" and key not in (*_HARMLESS, "refstorage"):
                raise GitError(f"config: extensions.{key} is not known")
        if found not in ("sha1", "sha256"):
            raise GitError(f"config: extensions.objectformat is {found!r}, expected sha1 or sha256")
        return found


def _settings(text: str) -> Iterator[Setting]:
    section = subsection = ""
    position = 0
    while True:
        position = _after_blanks(text, position)
        if position == len(text):
            return
        if found := _SECTION.match(text, position):
            name, quoted = found[1].lower(), found[2]
            section, _, dotted = name.partition(".")
            subsection = dotted if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            position = found.end()
        elif section and (found := _KEY.match(text, position)):
            value, position = _value(text, found.end()) if found[2] else ("true", found.end())
            yield Setting(section, subsection, found[1].lower(), value)
        else:
            raise GitError(f"config: line {text.count(chr(10), 0, position) + 1} is not understood")


_BLANKS = re.compile(r"(?:[ \t\n]|[#;][^\n]*)*")


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


_PLAIN = re.compile(r'[^"\\#;\n]+')
_QUOTED = re.compile(r'[^"\\\n]+')


def _value(text: str, position: int) -> tuple[str, int]:
    """A value up to its line's end or a comment, and where it ends."""
    value: list[str] = []
    is_quoted, kept = False, 0  # blanks at the end count only inside quotes
    while position < len(text) and text[position] != "\n":
        character = text[position]
        if run := (_QUOTED if is_quoted else _PLAIN).match(text, position):
            value.append(run[0])
            position = run.end()
        elif character == '"':
            is_quoted, position = not is_quoted, position + 1
            kept = len(value)
        elif character == "\\":
            following = text[position + 1 : position + 2]
            if following != "\n" and following not in _ESCAPES:
                raise GitError(f"config: unknown escape of {following!r}")
            value.append(_ESCAPES.get(following, ""))
            position += 2
            kept = len(value)
        else:  # a comment
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
    if is_quoted:
        raise GitError("config: a quoted value does not end")
    tail = "".join(value[kept:]).rstrip(" \t")
    return ("".join(value[:kept]) + tail).lstrip(" \t"), position
