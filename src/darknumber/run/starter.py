"""A study file to start from: every key with what it means, filled in as far as the data tell."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from darknumber.data.archive import names_in
from darknumber.data.examples import example, examples
from darknumber.data.read import first_cells
from darknumber.data.roles import roles_of
from darknumber.data.toml_text import bare, quoted
from darknumber.errors import InputError
from darknumber.inference.groups import CROSSING, FORM
from darknumber.register.reading.mapping import guess_mapping
from darknumber.register.reading.organisations import OTHERS, may_be_named, reports_of_each, too_small
from darknumber.register.reading.reports import read_reports
from darknumber.register.reading.schema import ORGANISATION, REPORT_DATE, YEAR
from darknumber.run.study import LetterOf, Said, Study
from darknumber.run.study_file import hints_of, meaning
from darknumber.words import language, say

WIDTH = 100  # characters of a comment line
_NAMED = ("lists", "covariates", "groupings", "definitions", "beside")  # tables whose names the user gives
_WHO = frozenset({"surname", "given_name", "birth_date"})  # fields that say who a report is about
_OF_REPORTS = ("year", "sex", "age", "form", "crossing")  # covariates that most registers have

# What stands as an example where a table has no key that everybody needs.
_EXAMPLES: Mapping[str, str] = {
    "groupings": '[groupings.four]\nready = "rapporteur-four"',
    "definitions": '[definitions.border]\ncolumn = "border_definition"\nvalues = ["yes"]\ncount = "in"',
    "beside": '[[beside]]\ncountry = "NLD"',
}


def starter(source: str | Path, *, folder: Path | None = None, sheet: str | None = None) -> str:
    """The text of a study file about a file with data, in the language in use.

    Parameters
    ----------
    source
        The file with the data, or the name of an example.
    folder
        Where the study file will stand: the data are named from there.
    sheet
        The sheet of a workbook that has several.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    given = _from_example(str(source)) if _is_example(source) else _from_file(Path(source), folder, sheet)
    blocks = [_comment(say("study.starter"))]
    for item in fields(Study):
        name = item.name
        if name in _NAMED:
            blocks.append(_named(name, given.get(name, {})))
        else:
            kind = LetterOf if name == "letter" else hints_of(Study)[name]
            blocks.append(_table(name, kind, given.get(name, {}), quiet=name == "letter"))
    return "\n\n".join(blocks) + "\n"


def _is_example(source: str | Path) -> bool:
    return not Path(source).exists() and str(source) in {entry.name for entry in examples()}


def _from_example(name: str) -> dict[str, Any]:
    given = {"study": {"languages": (language(),)}, "data": {"source": name}}
    return {**given, **_groupings([covariate.name for covariate in example(name).covariates])}


def _from_file(path: Path, folder: Path | None, sheet: str | None) -> dict[str, Any]:
    """What the file tells: its lists, covariates and how its rows are to be read."""
    if path.is_file() and names_in(path):
        raise InputError("study_of_kept", name=path.name)
    if are_reports(path, sheet):
        return _from_reports(path, folder, sheet)
    roles = roles_of(path, sheet=sheet)
    data = {"source": _from_folder(path, folder), "rows": roles.rows}
    found = {"count": roles.of("count"), "list_column": roles.of("list column"), "sheet": (sheet,) if sheet else ()}
    if roles.rows == "people":
        found |= {"id": roles.of("id"), "year": (roles.year,) if roles.year else ()}
    return {
        "study": {"languages": (language(),)},
        "data": data | {key: names[0] for key, names in found.items() if names},
        "lists": {name: {} for name in roles.of("list")},
        "covariates": {name: {} for name in roles.of("covariate")},
        **_groupings(roles.of("covariate")),
    }


def are_reports(path: Path, sheet: str | None) -> bool:
    """Whether the rows are reports: an organisation, a day or a year, and something that says who somebody is."""
    headings, _, _ = first_cells(path, sheet, 1)
    there = set(guess_mapping(headings).fields)
    return ORGANISATION in there and bool({REPORT_DATE, YEAR} & there) and bool(_WHO & there)


def _from_reports(path: Path, folder: Path | None, sheet: str | None) -> dict[str, Any]:
    """What a file of reports tells: its organisations are the lists."""
    reports = read_reports(path, sheet=sheet)
    counts = reports_of_each(reports.accepted, ORGANISATION)
    lists = [*may_be_named(counts), *([OTHERS] if too_small(counts) else [])]
    columns = reports.accepted.collect_schema().names()
    covariates = [name for name in _OF_REPORTS if name in columns]
    return {
        "study": {"languages": (language(),)},
        "data": {"source": _from_folder(path, folder), "rows": "reports"} | ({"sheet": sheet} if sheet else {}),
        "reports": {"method": "probabilistic"},
        "lists": {name: {} for name in lists},
        "covariates": {name: {} for name in covariates},
        **_groupings(covariates),
    }


def _groupings(covariates: Sequence[str]) -> dict[str, Any]:
    """The Rapporteur's groups, where the data have what they are made of."""
    able = FORM in covariates and CROSSING in covariates
    return {"groupings": {"four": {"ready": "rapporteur-four"}}} if able else {}


def _from_folder(path: Path, folder: Path | None) -> str:
    """The way to a file from the folder of the study file, with forward slashes."""
    if folder is None:
        return path.name
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return str(path.resolve())


def _table(name: str, kind: type, given: Mapping[str, Any], *, quiet: bool = False) -> str:
    """One table with all its keys: those given as they are, the others as comments with their defaults.

    `quiet` leaves its heading in a comment too, where that heading alone would ask for something.
    """
    heading = f"[{name}]"
    lines = [_comment(meaning(name)), f"# {heading}" if quiet and not given else heading]
    for key, default in _keys(kind):
        value = given.get(key, default)
        lines.append(_comment(meaning(name, key)))
        line = f"{key} = {_toml(value)}"
        lines.append(line if key in given else f"# {line}")
    return "\n".join(lines)


def _named(name: str, given: Mapping[str, Mapping[str, Any]]) -> str:
    """A table whose entries the user names: those that are known, or an example; what each key means goes before."""
    options = get_args(hints_of(Study)[name])
    kind = next(option for option in options if is_dataclass(option))
    assert isinstance(kind, type)
    lines = [_comment(meaning(name))]
    lines += [_comment(f"{key}: {meaning(name, key)}") for key, _ in _keys(kind)]
    for entry, values in given.items():
        lines.append(f"\n[{name}.{bare(entry)}]")
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
