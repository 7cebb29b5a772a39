"""Reports as they come in: what is accepted, what becomes *not recorded*, what is set aside, and why.

Every row of the file is either accepted or set aside, and both are counted. Rows are shown by number, never by what
stands in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import narwhals.stable.v2 as nw

from darknumber.data.engine import fetch
from darknumber.register.reading.canonical import REMARKED, ROW, SET_ASIDE
from darknumber.register.reading.intake_printing import describe
from darknumber.register.reading.organisations import FEWEST_REPORTS
from darknumber.register.reading.repeats import ID, REPEAT, several
from darknumber.register.reading.reports import Reports
from darknumber.register.reading.schema import ORGANISATION, YEAR

Severity = Literal["set aside", "not recorded", "note"]
SEVERITIES: tuple[Severity, ...] = ("set aside", "not recorded", "note")

# Why a row is set aside, in the order in which that is looked at; the last only where a report has a number.
REASONS = ("empty_row", "no_organisation", "bad_date", "no_date", "too_early", "in_future", REPEAT)
DUPLICATE = "duplicate_id"

EXAMPLES = 5  # rows shown of each rule
MOST_ORGANISATIONS = 20  # of which the recorded fields are counted apart: more are seldom names of organisations


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that was looked at in every row.

    Parameters
    ----------
    code
        What it is; its sentence is ``intake.rule.<code>``.
    field
        The field it is about; empty for a whole row.
    severity
        ``set aside``: the row is not used; ``not recorded``: the value is not used; ``note``: the value is used.
    rows
        In how many rows it holds: of a row that is set aside only the first reason counts, and values are looked at in
        accepted rows.
    examples
        The numbers of the first of these rows.
    """

    code: str
    field: str
    severity: Severity
    rows: int
    examples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What came of the rows of a file.

    Parameters
    ----------
    name
        What the reports are called.
    rows, accepted
        Rows in the file, and those that can be used; all others are set aside.
    rules
        Everything that was looked at, with in how many rows it holds, which may be none.
    organisations
        Accepted reports of each organisation that has enough of them to be named, the largest first.
    others
        Accepted reports of the other organisations together.
    recorded
        For each field, in how many accepted reports it is recorded: of all, and of each of `organisations`.
    headings
        What each field is called in the file; empty where it was worked out or is the same in every row.
    unused
        Headings of the file that nothing was read from.
    extracted
        The day of the extract.
    files
        How many files they are from; rows are numbered on from one to the next.
    """

    name: str
    rows: int
    accepted: int
    rules: tuple[Rule, ...]
    organisations: Mapping[str, int]
    others: int
    recorded: Mapping[str, tuple[int, ...]]
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    extracted: date
    files: int = 1

    @property
    def set_aside(self) -> int:
        """Rows that are not used."""
        return self.rows - self.accepted

    def found(self, severity: Severity) -> tuple[Rule, ...]:
        """The rules of this severity that hold in some row."""
        return tuple(rule for rule in self.rules if rule.severity == severity and rule.rows)

    def columns(self) -> dict[str, list[Any]]:
        """The rules as columns: what was looked at, in how many rows it holds, and the first of these."""
        return {
            "rule": [rule.code for rule in self.rules],
            "field": [rule.field for rule in self.rules],
            "severity": [rule.severity for rule in self.rules],
            "rows": [rule.rows for rule in self.rules],
            "examples": [list(rule.examples) for rule in self.rules],
        }

    def __str__(self) -> str:
        return describe(self)


def intake(reports: Reports) -> Intake:
    """Look at every row of reports by every rule.

    The rules are worked out where the rows are, in three or four passes; only counts and row numbers come back.

    Parameters
    ----------
    reports
        As `darknumber.register.reading.reports.read_reports` gives them.

    Raises
    ------
    InputError
        The engine that holds the rows cannot read them.
    """
    counted = fetch(reports.frame.group_by(SET_ASIDE, REMARKED).agg(nw.len().alias("n")))
    cells = [
        (aside, int(bits or 0), int(n))
        for aside, bits, n in zip(counted[SET_ASIDE], counted[REMARKED], counted["n"], strict=True)
    ]
    shown = _examples(reports)
    rules = [_reason(code, cells, shown) for code in REASONS if code != REPEAT or ID in reports.fields]
    rules += [_remark(place, reports, cells, shown) for place in range(len(reports.remarks))]
    if ID in reports.fields:
        rules.append(_duplicates(reports))
    organisations, others, recorded = _recorded(reports)
    return Intake(
        name=reports.name,
        rows=sum(n for _, _, n in cells),
        accepted=sum(n for aside, _, n in cells if aside is None),
        rules=tuple(sorted(rules, key=lambda rule: SEVERITIES.index(rule.severity))),
        organisations=organisations,
        others=others,
        recorded=recorded,
        headings={name: origin.column for name, origin in reports.mapping.fields.items()},
        unused=reports.unused,
        extracted=reports.extracted,
        files=max(len(reports.files), 1),
    )


Cell = tuple[str | None, int, int]  # why rows are set aside, the bits of their remarks, and how many these are
Shown = Sequence[tuple[str | None, int, int]]  # the same of some rows, with the number of the row


def _examples(reports: Reports) -> Shown:
    """The first rows of every combination of what there is to say."""
    told = reports.frame.filter(~nw.col(SET_ASIDE).is_null() | (nw.col(REMARKED) > 0)).select(SET_ASIDE, REMARKED, ROW)
    place = nw.col(ROW).rank(method="ordinal").over(SET_ASIDE, REMARKED)
    found = fetch(told.with_columns(place.alias("place")).filter(nw.col("place") <= EXAMPLES))
    rows = zip(found[SET_ASIDE], found[REMARKED], found[ROW], strict=True)
    return sorted(((aside, int(bits or 0), int(row)) for aside, bits, row in rows), key=lambda each: each[2])


def _reason(code: str, cells: Sequence[Cell], shown: Shown) -> Rule:
    rows = sum(n for aside, _, n in cells if aside == code)
    return Rule(
        code=code,
        field="",
        severity="set aside",
        rows=rows,
        examples=tuple(row for aside, _, row in shown if aside == code)[:EXAMPLES],
    )


def _remark(place: int, reports: Reports, cells: Sequence[Cell], shown: Shown) -> Rule:
    remark = reports.remarks[place]
    bit = 1 << place
    return Rule(
        code=remark.code,
        field=remark.field,
        severity=remark.weight,
        rows=sum(n for aside, bits, n in cells if aside is None and bits & bit),
        examples=tuple(row for aside, bits, row in shown if aside is None and bits & bit)[:EXAMPLES],
    )


def _duplicates(reports: Reports) -> Rule:
    """Accepted reports with a number that another one has as well."""
    alike = several(reports.frame)
    rows = int(fetch(alike.select(nw.len().alias("n")))["n"][0])
    first = fetch(alike.select(ROW).sort(ROW).head(EXAMPLES))[ROW] if rows else []
    return Rule(code=DUPLICATE, field=ID, severity="note", rows=rows, examples=tuple(map(int, first)))


def _recorded(reports: Reports) -> tuple[dict[str, int], int, dict[str, tuple[int, ...]]]:
    """Accepted reports by organisation, those of the others, and how often each field is recorded."""
    names = [name for name in reports.fields if name not in (ORGANISATION, YEAR)]
    counts = [nw.len().alias("n"), *(nw.col(name).count().alias(f"count_{name}") for name in names)]
    every = fetch(reports.accepted.select(*counts))
    each = reports.accepted.group_by(ORGANISATION).agg(*counts)
    largest = fetch(each.sort("n", ORGANISATION, descending=[True, False]).head(MOST_ORGANISATIONS))
    kept = [place for place, n in enumerate(largest["n"]) if n >= FEWEST_REPORTS]
    organisations = {largest[ORGANISATION][place]: int(largest["n"][place]) for place in kept}
    recorded = {
        name: (int(every[f"count_{name}"][0] or 0), *(int(largest[f"count_{name}"][place]) for place in kept))
        for name in names
    }
    return organisations, int(every["n"][0]) - sum(organisations.values()), recorded
