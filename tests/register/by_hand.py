"""Counting people in reports by hand: plain dictionaries, one report after the other."""

from __future__ import annotations

from collections import Counter
from datetime import date

from darknumber.data.table import NOT_RECORDED

OF_AGE = 18


def age_said(report):
    """Minor or adult, as a report says it; None where it does not."""
    year = int(report["report_date"][:4])
    if report["birth_date"] is not None:
        born, day = date.fromisoformat(report["birth_date"]), date.fromisoformat(report["report_date"])
        return "minor" if (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < OF_AGE else "adult"
    if report["birth_year"] is None or year - int(report["birth_year"]) == OF_AGE:
        return None
    return "minor" if year - int(report["birth_year"]) < OF_AGE else "adult"


def nationality_said(report):
    """Dutch or other; None where a report does not say."""
    if report["citizenship"] is None:
        return None
    return "dutch" if report["citizenship"] == "NLD" else "other"


def border_said(report):
    """Whether a report is about art. 273f(1)(3); None where it has no article."""
    if report["legal_basis"] is None:
        return None
    return "yes" if report["legal_basis"] == "273f.3" else "no"


SAID = {
    "year": lambda report: report["report_date"][:4],
    "age": age_said,
    "nationality": nationality_said,
    "border_definition": border_said,
}


def reports(made):
    """Each report as a dictionary, with the true person."""
    names = list(made.columns)
    rows = zip(*(made.columns[name].tolist() for name in names), strict=True)
    return [
        dict(zip(names, row, strict=True)) | {"person": n} for row, n in zip(rows, made.person.tolist(), strict=True)
    ]


def counted(made, covariates, unit):
    """How many people (in a year) have which lists and which levels; an error where reports contradict each other."""
    people = {}
    for report in reports(made):
        key = (report["person"], report["report_date"][:4] if unit == "person-year" else None)
        lists, levels = people.setdefault(key, (set(), {}))
        lists.add(report["organisation"])
        for name in covariates:
            said = SAID[name](report) if name in SAID else report[name]
            if said is not None and levels.setdefault(name, said) != said:
                raise ValueError(name)
    return Counter(
        (frozenset(lists), tuple(levels.get(name, NOT_RECORDED) for name in covariates))
        for lists, levels in people.values()
    )


def cells(table):
    """The same of a table."""
    found = Counter()
    for stratum, history, count in zip(table.stratum, table.history, table.count, strict=True):
        lists = frozenset(name for place, name in enumerate(table.lists) if history >> place & 1)
        levels, rest = [], int(stratum)
        for covariate in reversed(table.covariates):
            rest, level = divmod(rest, len(covariate.levels))
            levels.append(covariate.levels[level])
        found[lists, tuple(reversed(levels))] += int(count)
    return found
