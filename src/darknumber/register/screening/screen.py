"""Screening: from what was noticed in reports to what they point to; counts only, and never a verdict.

Everything is worked out where the rows are, in three questions to the engine; only counts come back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from darknumber.data.engine import fetch
from darknumber.data.table import NOT_RECORDED
from darknumber.data.tabulate import text_column
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.register.reading.organisations import OTHERS, small_finding, too_small
from darknumber.register.screening.definitions import (
    Definition,
    Rows,
    columns_of,
    definition_of,
    definitions,
    is_recorded,
    rows_of,
    rules_for,
)
from darknumber.register.screening.formulas import Formula, evaluated, with_formulas, with_words
from darknumber.register.screening.questions import CONTRADICTED, NO, UNKNOWN, YES, column_of, questions
from darknumber.register.screening.rulebook import ELEMENTS, READINGS, SIGNAL, Rules, book_of, dimensions, formula_of
from darknumber.register.screening.screening import ASKED, Answered, Combination, Met, Part, Screening

ORGANISATION, YEAR = "organisation", "year"

# Two counts share a sum of 64 bits, because Spark takes very long to plan a query with hundreds of sums.
_MOST_ROWS = 1 << 31

_OTHER_SETS, _REPORTS = "_other_sets", "_reports"


def screen(
    reports: Rows, also: Iterable[str | Definition] = (), *, rules: Rules | None = None, name: str = ""
) -> Screening:
    """What reports point to: by dimension of the ILO, by element of the law, and how many meet each definition.

    Parameters
    ----------
    reports
        Reports, or their rows in the canonical columns; rows that were set aside are left out.
    also
        Definitions to count beside the built-in ones.
    rules
        Whether acts, means and purpose are read off the questions of the law only (``law``), or off the ILO's
        indicators as well (``law+ilo``); by default the latter where the reports have a column for them.
    name
        What the reports are called; by default as they call themselves.

    Raises
    ------
    InputError
        There is nobody in the reports; a definition has a word that is not known.
    ModelError
        A definition cannot be read.
    """
    frame = rows_of(reports)
    there = frame.collect_schema().names()
    chosen = rules_for(there, rules)
    wanted = (*definitions(), *map(definition_of, also))
    asked = {f"_definition_{place}": each for place, each in enumerate(wanted)}
    book = book_of(chosen)
    rows = with_words(frame, (*questions(), *book), book)
    here = _formulas(asked, chosen, chosen)
    results = (*dimensions(), *ELEMENTS, *READINGS)
    counted = [nw.len().alias(_REPORTS), *_counts([*map(column_of, results), *here]), *_remarkable()]
    sums = _sums(with_formulas(rows, here, book), counted)
    # Apart, for the same reason as two counts share a sum.
    sums |= _sums(rows, _counts(map(column_of, questions())))
    if not sums[_REPORTS]:
        raise InputError("nobody")
    for other in sorted({each.rules for each in wanted if each.rules} - {chosen}):
        apart = _formulas(asked, other, chosen)
        sums |= _sums(evaluated(frame, apart, book_of(other)), _counts(apart))
    found = {word: _answered(word, sums, column_of(word)) for word in (*questions(), *results)}
    parts = _parts(rows, there)
    small = _put_together(parts)
    return Screening(
        name=name or ("" if isinstance(reports, nw.LazyFrame) else reports.name),
        reports=sums[_REPORTS],
        rules=chosen,
        results=tuple(found[word] for word in (*ASKED, *dimensions(), *READINGS)),
        combinations=_combinations(parts),
        organisations=_by(parts, ORGANISATION),
        years=_by(parts, YEAR),
        questions=tuple(found[code] for code, each in questions().items() if each.kind != "level"),
        definitions=tuple(_met(each, sums, column, there) for column, each in asked.items()),
        findings=(*_findings(chosen, there, sums), *small_finding(small)),
    )


def _formulas(asked: Mapping[str, Definition], rules: Rules, default: Rules) -> dict[str, Formula]:
    """The formulas of the definitions that go by these rules, by their column."""
    return {column: formula_of(each.formula) for column, each in asked.items() if (each.rules or default) == rules}


def _sums(rows: nw.LazyFrame[Any], counted: Iterable[nw.Expr]) -> dict[str, int]:
    # the sum of no rows at all is nothing
    return {name: int(values[0] or 0) for name, values in fetch(rows.select(*counted)).items()}


def _counts(columns: Iterable[str]) -> Iterator[nw.Expr]:
    """How many rows say yes, and how many say no, in each column: both in one sum."""
    for column in columns:
        yes, no = ((nw.col(column) == answer).cast(nw.Int64) for answer in (YES, NO))
        yield (yes * _MOST_ROWS + no).sum().alias(column)


def _remarkable() -> Iterator[nw.Expr]:
    """How many rows have what the findings are about."""
    other_sets = [nw.col(column_of(word)) == YES for word in ("minor", "sexual")]
    for name, held in ((CONTRADICTED, nw.col(CONTRADICTED)), (_OTHER_SETS, reduce(or_, other_sets))):
        yield held.cast(nw.Int64).sum().alias(name)


def _answered(name: str, sums: Mapping[str, int], column: str) -> Answered:
    yes, no = divmod(sums[column], _MOST_ROWS)
    return Answered(name=name, yes=yes, unknown=sums[_REPORTS] - yes - no, no=no)


def _met(definition: Definition, sums: Mapping[str, int], column: str, there: Sequence[str]) -> Met:
    rules = rules_for(there, definition.rules)
    recorded = is_recorded(columns_of(formula_of(definition.formula), book_of(rules)), there)
    return Met(definition=definition, answered=_answered(definition.name, sums, column), recorded=recorded)


def _parts(rows: nw.LazyFrame[Any], there: Sequence[str]) -> dict[str, list[Any]]:
    """How many reports have each answer on the elements and the signal, by organisation and year."""
    kinds = rows.collect_schema()
    levels = {name: f"_{name}_level" for name in (ORGANISATION, YEAR)}
    texts = [
        (text_column(name, kinds[name]) if name in there else nw.lit("")).alias(column)
        for name, column in levels.items()
    ]
    answers = {word: column_of(word) for word in (*ASKED, SIGNAL)}
    counted = rows.with_columns(*texts).group_by(*levels.values(), *answers.values()).agg(nw.len().alias(_REPORTS))
    found = fetch(counted)
    return {
        **{name: [each or NOT_RECORDED for each in found[column]] for name, column in levels.items()},
        **{word: found[column] for word, column in answers.items()},
        _REPORTS: found[_REPORTS],
    }


def _put_together(parts: dict[str, list[Any]]) -> Mapping[str, int]:
    """Make one of the organisations that are too small to be named; which they were."""
    reports: Counter[str] = Counter()
    for name, n in zip(parts[ORGANISATION], parts[_REPORTS], strict=True):
        reports[name] += int(n)
    del reports[NOT_RECORDED]
    small = too_small(reports)
    parts[ORGANISATION] = [OTHERS if name in small else name for name in parts[ORGANISATION]]
    return small


def _combinations(parts: Mapping[str, Sequence[Any]]) -> tuple[Combination, ...]:
    numbers: dict[tuple[int, ...], int] = {}
    for *answers, reports in zip(*(parts[word] for word in (*ASKED, SIGNAL, _REPORTS)), strict=True):
        key = tuple(int(answer) for answer in answers)
        numbers[key] = numbers.get(key, 0) + int(reports)
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], [-answer for answer in item[0]]))
    return tuple(Combination(answers=key[:-1], signal=key[-1], reports=n) for key, n in ordered)


def _by(parts: Mapping[str, Sequence[Any]], name: str) -> tuple[Part, ...]:
    """The reports of each level; *not recorded* comes last. Nothing where no report has one."""
    levels = sorted(set(parts[name]), key=lambda level: (level == NOT_RECORDED, level))
    if levels == [NOT_RECORDED]:
        return ()
    reports = np.array(parts[_REPORTS], dtype=np.int64)
    answers = {word: np.array(parts[word], dtype=np.int64) for word in (*ASKED, SIGNAL)}
    found = []
    for level in levels:
        here = np.array([each == level for each in parts[name]])

        def number(word: str, answer: int, here: np.ndarray[Any, Any] = here) -> int:
            return int(reports[here & (answers[word] == answer)].sum())

        yes, unknown, no = (number(SIGNAL, answer) for answer in (YES, UNKNOWN, NO))
        found.append(
            Part(
                level=level,
                reports=int(reports[here].sum()),
                signal=Answered(name=SIGNAL, yes=yes, unknown=unknown, no=no),
                unknown={word: number(word, UNKNOWN) for word in ASKED},
            )
        )
    return tuple(found)


def _findings(rules: Rules, there: Sequence[str], sums: Mapping[str, int]) -> tuple[Finding, ...]:
    found = []
    if sums[CONTRADICTED]:
        found.append(Finding(code="yes_and_no", severity="caution", values={"n": sums[CONTRADICTED]}))
    if rules == "law+ilo" and sums[_OTHER_SETS]:
        found.append(Finding(code="other_ilo_sets", severity="caution", values={"n": sums[_OTHER_SETS]}))
    if "indicators" not in there:
        found.append(Finding(code="no_ilo_indicators"))
    return tuple(found)
