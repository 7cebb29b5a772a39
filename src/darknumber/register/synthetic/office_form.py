"""Synthetic reports as a Dutch office would send them: semicolons, Dutch headings, codes of its own, the day first.

How the office writes stands in ``office.toml`` beside this file, which is the mapping file that reads it back.
"""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from darknumber.data.targets import folder_for
from darknumber.register.synthetic.synthetic_reports import SyntheticReports
from darknumber.register.synthetic.text_columns import BETWEEN, Texts, texts

REPORTS_NAME, MAPPING_NAME = "meldingen", "koppeling.toml"
YES, NO = "J", "N"
UNKNOWN = "onbekend"  # what stands where the office asked and was not told
ASKED = ("sex", "citizenship", "form")  # the fields in which it says so; elsewhere a cell is left empty


def write_office_reports(
    made: SyntheticReports, folder: str | os.PathLike[str], *, apart: bool = False
) -> tuple[tuple[Path, ...], Path]:
    """Write reports as an office would, and the mapping that reads them.

    Parameters
    ----------
    made
        The reports.
    folder
        Where the files go; it is made where it is not there.
    apart
        A file for each organisation.

    Returns
    -------
    tuple
        The files with reports, and the mapping file.

    Raises
    ------
    InputError
        Nothing can be written there.
    """
    place = folder_for(folder)
    place.mkdir(parents=True, exist_ok=True)
    columns = office_columns(made.columns)
    mapping = place / MAPPING_NAME
    mapping.write_text(_text(), encoding="utf-8")
    rows = np.array(list(zip(*(column.tolist() for column in columns.values()), strict=True)), dtype=object)
    organisation = made.columns["organisation"]
    written = []
    for name in np.unique(organisation.astype(str)).tolist() if apart else [""]:
        path = place / f"{REPORTS_NAME}{f'-{name}' if name else ''}.csv"
        # The mark at the beginning is what spreadsheets in the Netherlands put there.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file, delimiter=";")
            lines.writerow(columns)
            lines.writerows(rows[organisation == name].tolist() if name else rows.tolist())
        written.append(path)
    return tuple(written), mapping


def office_columns(columns: Mapping[str, Texts]) -> dict[str, Texts]:
    """The columns that the office writes, by its headings; fields that it has no heading for are left out."""
    found: dict[str, Texts] = {}
    for name, origin in office().items():
        if name not in columns:
            continue
        if "yes_no" in origin:
            found |= _by_member(columns[name], columns["denied"], origin["yes_no"])
        elif name == "birth_date":
            found[origin["column"]] = _dates(columns[name], columns["birth_year"])
        elif name == "report_date":
            found[origin["column"]] = _dates(columns[name], columns[name])
        else:
            found[origin["column"]] = _coded(columns[name], origin, UNKNOWN if name in ASKED else "")
    return found


@cache
def office() -> Mapping[str, Any]:
    """How each field is written."""
    return tomllib.loads(_text())


def _text() -> str:
    return files("darknumber.register.synthetic").joinpath("office.toml").read_text(encoding="utf-8")


def _coded(column: Texts, origin: Mapping[str, Any], missing: str) -> Texts:
    """The values in the office's codes; what it has no code for stands as it is."""
    code_of = {code: written for written, code in origin.get("codes", {}).items()}
    in_members = {code for each in office().values() for code in each.get("yes_no", {}).values()}

    def written(value: str | None) -> str:
        if value is None:
            return missing
        if "separator" not in origin:
            return str(code_of.get(value, value))
        members = [code for code in value.split(BETWEEN) if code not in in_members]
        return str(origin["separator"]).join(code_of.get(code, code) for code in members)

    return _each(column, written)


def _by_member(column: Texts, denied: Texts, members: Mapping[str, str]) -> dict[str, Texts]:
    """A column for each member of a set, with yes, no or nothing."""
    said, unsaid = ([set((value or "").split(BETWEEN)) for value in each.tolist()] for each in (column, denied))
    return {
        heading: texts([YES if code in yes else NO if code in no else "" for yes, no in zip(said, unsaid, strict=True)])
        for heading, code in members.items()
    }


def _dates(column: Texts, years: Texts) -> Texts:
    """Dates with the day first; a year alone with nothing for day and month."""

    def written(date: str | None, year: str | None) -> str:
        if date is None:
            return "" if year is None else f"00-00-{year}"
        return "-".join(reversed(date.split("-")))

    return texts([written(date, year) for date, year in zip(column.tolist(), years.tolist(), strict=True)])


def _each(column: Texts, change: Callable[[str | None], str]) -> Texts:
    """The column with every value changed; each different value once."""
    different = {value: change(value) for value in set(column.tolist())}
    return texts([different[value] for value in column.tolist()])
