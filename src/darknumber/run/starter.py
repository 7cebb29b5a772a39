"""A study file to start from: every key with what it means, filled in as far as the data tell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from darknumber.data.archive import names_in
from darknumber.data.examples import example, examples
from darknumber.data.read import first_cells
from darknumber.data.roles import roles_of
from darknumber.errors import InputError
from darknumber.inference.groups import CROSSING, FORM
from darknumber.register.reading.mapping import are_of_reports
from darknumber.register.reading.organisations import OTHERS, may_be_named, reports_of_each, too_small
from darknumber.register.reading.reports import read_reports
from darknumber.register.reading.schema import ORGANISATION
from darknumber.run.study_text import commented
from darknumber.words import language

_OF_REPORTS = ("year", "sex", "age", "form", "crossing")  # covariates that most registers have


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
    return commented(given)


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
    data = {"source": _from_folder(path, folder)}
    found = {role.replace(" ", "_"): roles.of(role) for role in ("count", "list column", "times")}
    found |= {"sheet": (sheet,) if sheet else ()}
    if not roles.of("times"):
        data |= {"rows": roles.rows}
    if roles.rows == "people" and not roles.of("times"):
        found |= {"id": roles.of("id"), "year": (roles.year,) if roles.year else ()}
    return {
        "study": {"languages": (language(),)},
        "data": data | {key: names[0] for key, names in found.items() if names},
        "lists": {name: {} for name in roles.of("list")},
        "covariates": {name: {} for name in roles.of("covariate")},
        **_groupings(roles.of("covariate")),
    }


def are_reports(path: Path, sheet: str | None) -> bool:
    """Whether the rows of a file are reports."""
    headings, _, _ = first_cells(path, sheet, 1)
    return are_of_reports(headings)


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
