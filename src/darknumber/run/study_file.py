"""From a study file (TOML) to a `Study`, and from an error in it to the line where it stands."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from darknumber.data.encoding import encoding_of, open_text
from darknumber.data.files import existing
from darknumber.data.names import no_such
from darknumber.data.toml_text import Key, line_of, spelled, tree_of
from darknumber.errors import DarknumberError, InputError
from darknumber.run.study import Said, Study
from darknumber.words import has, say


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """A study with the file it was read from.

    Parameters
    ----------
    study
        What it says.
    path
        Where it stands; other files are named from its folder.
    text
        All of it.
    """

    study: Study
    path: Path
    text: str

    @property
    def folder(self) -> Path:
        """The folder that names of files in the study start from."""
        return self.path.parent

    @contextmanager
    def at(self, *key: str | int) -> Iterator[None]:
        """Errors inside the block are about the value under `key`, and say on which line it stands."""
        with _placed(self.path.name, self.text, key):
            yield


def read_study(path: str | Path) -> StudyFile:
    """Read a study file and check every key and value in it; data are not looked at.

    Raises
    ------
    InputError
        No such file, no TOML, a key that is not known, or a value that cannot be used; with the line.
    """
    place = existing(Path(path))
    with open_text(place, encoding_of(place)) as file:
        text = file.read().replace("\r\n", "\n")
    tree = _parsed(place.name, text)
    study = _Reader(place.name, text).built(Study, tree, ())
    return StudyFile(study=study, path=place.resolve(), text=text)


@contextmanager
def _placed(name: str, text: str, key: Key) -> Iterator[None]:
    try:
        yield
    except DarknumberError as error:
        if error.code in ("in_study", "cancelled"):
            raise
        raise _in_study(name, text, key, error) from error


def _in_study(name: str, text: str, key: Key, error: DarknumberError) -> InputError:
    """The same error, with the file, the line and the key."""
    return InputError(
        "in_study",
        file=name,
        line=line_of(text, key),
        where=spelled(key),
        what=error.what,
        found=error.got,
        advice=error.hint,
    )


def _parsed(name: str, text: str) -> dict[str, Any]:
    tree, line, shown = tree_of(text)
    if tree is None:
        raise InputError("study_no_toml", file=name, line=line, text=shown)
    return tree


@dataclass(frozen=True, slots=True)
class _Reader:
    """Builds the records of `darknumber.run.study` from plain values, each as its field wants it."""

    name: str
    text: str

    def built(self, kind: type, tree: Any, key: Key) -> Any:
        """An instance of the dataclass `kind` from a table of the file."""
        if not isinstance(tree, dict):
            self.refuse(key, InputError("study_not_table", value=_shown(tree)))
        hints, known = hints_of(kind), {item.name: item for item in fields(kind)}
        for name in tree:
            if name not in known:
                self.refuse((*key, name), no_such("study_unknown_key", name, tuple(known)))
        for name, item in known.items():
            if item.default is MISSING and item.default_factory is MISSING and name not in tree:
                self.refuse(key, InputError("study_key_needed", name=name))
        return kind(**{name: self.value(hints[name], value, (*key, name)) for name, value in tree.items()})

    def value(self, hint: Any, value: Any, key: Key) -> Any:
        """`value` as `hint` wants it."""
        origin, options = get_origin(hint), get_args(hint)
        if origin in (UnionType, Union):
            hint = next(option for option in options if option is not NoneType)
            return self.value(hint, value, key)
        if origin is Literal:
            if value not in options:
                self.refuse(key, InputError("study_choice", value=_shown(value), known=options))
            return value
        if origin is tuple:
            if not isinstance(value, list):
                self.refuse(key, InputError("study_not_list", value=_shown(value)))
            return tuple(self.value(options[0], part, (*key, place)) for place, part in enumerate(value))
        if origin is Mapping or origin is dict:
            if not isinstance(value, dict):
                self.refuse(key, InputError("study_not_table", value=_shown(value)))
            return {name: self.value(options[1], part, (*key, name)) for name, part in value.items()}
        if hint is Said and isinstance(value, str):
            return Said(en=value, nl=value)
        if is_dataclass(hint):
            assert isinstance(hint, type)
            return self.built(hint, value, key)
        return self.plain(hint, value, key)

    def plain(self, hint: type, value: Any, key: Key) -> Any:
        """A word, a number, a date or yes or no; a number where a word is asked for is that word (a year)."""
        right = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
        right = right and not (hint is datetime.date and isinstance(value, datetime.datetime))
        if right:
            return value
        if hint is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if hint is str and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.refuse(key, InputError(f"study_kind_{hint.__name__}", value=_shown(value)))

    def refuse(self, key: Key, error: InputError) -> NoReturn:
        raise _in_study(self.name, self.text, key, error) from error


@cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The types of the fields of a dataclass."""
    return get_type_hints(kind)


def meaning(*key: str) -> str:
    """What a table or key of the file means, in the language in use; names that the user gives are left out of it."""
    name = ".".join(["study", "key", *key])
    return say(f"study.key.{'.'.join(key)}") if has(name) else say(f"study.key.{'.'.join(key)}._")


def _shown(value: Any) -> str:
    """A value of the file as it could be written there, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
