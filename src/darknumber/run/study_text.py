"""The text of a study file: every key with what it means, filled in with what is known."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Union, get_args, get_origin

from darknumber.data.toml_text import bare, quoted
from darknumber.run.study import LetterOf, Said, Study
from darknumber.run.study_file import hints_of, meaning
from darknumber.words import say

WIDTH = 100  # characters of a comment line
_NAMED = ("lists", "covariates", "groupings", "definitions")  # tables whose names the user gives
_SEVERAL = ("beside",)  # tables that there may be several of, without a name

# What stands as an example where a table has no key that everybody needs.
_EXAMPLES: Mapping[str, str] = {
    "groupings": '[groupings.four]\nready = "rapporteur-four"',
    "definitions": '[definitions.border]\ncolumn = "border_definition"\nvalues = ["yes"]\ncount = "in"',
    "beside": '[[beside]]\ncountry = "NLD"',
}


def study_text(study: Study) -> str:
    """The text of a study file that says what `study` says, in the language in use; `read_study` reads it back.

    Parameters
    ----------
    study
        What is asked, where the data are, and how the answer is published.
    """
    return commented({item.name: _given(getattr(study, item.name)) for item in fields(Study)})


def commented(given: Mapping[str, Any]) -> str:
    """The text of a study file: every key with what it means, those that are given filled in.

    Parameters
    ----------
    given
        By table of the file, the values that are known: of a table that the user names entries of, by entry.
    """
    blocks = [_comment(say("study.starter"))]
    for item in fields(Study):
        name = item.name
        if name in (*_NAMED, *_SEVERAL):
            blocks.append(_entries(name, given.get(name) or {}))
        else:
            kind = LetterOf if name == "letter" else hints_of(Study)[name]
            blocks.append(_table(name, kind, given.get(name) or {}, quiet=name == "letter" and given.get(name) is None))
    return "\n\n".join(blocks) + "\n"


def _given(value: Any) -> Any:
    """What a part of a study says that is not what it would be anyway, as plain values."""
    if isinstance(value, Said) or value is None:
        return value
    if is_dataclass(value):
        found = {}
        for item in fields(value):
            part = getattr(value, item.name)
            usual = item.default_factory() if item.default_factory is not MISSING else item.default
            if part != usual:
                found[item.name] = _given(part)
        return found
    if isinstance(value, Mapping):
        return {key: _given(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_given(part) for part in value]
    return value


def _table(name: str, kind: type, given: Mapping[str, Any], *, quiet: bool = False) -> str:
    """One table with all its keys: those given as they are, the others as comments with their defaults.

    `quiet` leaves its heading in a comment too, where that heading alone would ask for something.
    """
    heading = f"[{name}]"
    lines = [_comment(meaning(name)), f"# {heading}" if quiet else heading]
    for key, default in _keys(kind):
        value = given.get(key, default)
        lines.append(_comment(meaning(name, key)))
        line = f"{key} = {_toml(value)}"
        lines.append(line if key in given else f"# {line}")
    return "\n".join(lines)


def _entries(name: str, given: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> str:
    """A table of several entries: those that are known, or an example; what each key means goes before."""
    options = get_args(hints_of(Study)[name])
    kind = next(option for option in options if is_dataclass(option))
    assert isinstance(kind, type)
    lines = [_comment(meaning(name))]
    lines += [_comment(f"{key}: {meaning(name, key)}") for key, _ in _keys(kind)]
    named = given.items() if isinstance(given, Mapping) else [("", values) for values in given]
    for entry, values in named:
        lines.append(f"\n[{name}.{bare(entry)}]" if name in _NAMED else f"\n[[{name}]]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
        if not values and "label" in {key for key, _ in _keys(kind)}:
            lines.append(f"# label = {_toml(Said(en=entry, nl=entry))}")
    if not given and name in _EXAMPLES:
        lines += ["", *(f"# {line}" for line in _EXAMPLES[name].splitlines())]
    return "\n".join(lines)


def _keys(kind: type) -> Iterator[tuple[str, Any]]:
    """The keys of a table, each with its default or with a value of the kind that it takes."""
    hints = hints_of(kind)
    for item in fields(kind):
        default = item.default
        if default is MISSING:
            default = item.default_factory() if item.default_factory is not MISSING else ""
        yield item.name, _sample(hints[item.name]) if default is None else default


def _sample(hint: Any) -> Any:
    """A value of the kind that a key takes, for one that has no default."""
    options = [option for option in get_args(hint) if option is not type(None)]
    inner = options[0] if options else hint
    if get_origin(hint) is Union or options:
        choices = get_args(inner)
        if choices and isinstance(choices[0], str):
            return choices[0]
    samples = {int: 2019, float: 10_000.0, str: ""}
    return samples.get(inner, _DAY if inner not in samples and not get_origin(inner) else ())


class _Bare(str):
    """Text that stands in the file without quotes, such as a day."""

    __slots__ = ()


_DAY = _Bare("2020-06-01")


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, _Bare):
        return str(value)
    if isinstance(value, Said):
        if value.en == value.nl:
            return _toml(value.en)
        return f"{{en = {_toml(value.en)}, nl = {_toml(value.nl)}}}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{bare(key)} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    return str(value)


def _comment(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False)
