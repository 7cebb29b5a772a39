"""Figures as they are published, one number a row: what the open data of a study are made of.

Every number is rounded exactly as it is printed, and a registered number is shown as the rule for publication has it.
What is not printed is empty here too, and a status says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from darknumber.data.table import Unit
from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import Groups
from darknumber.inference.publish import Figures, headline_of, rounded, time_of
from darknumber.studies.rate_figures import RateFigures, rate_figures
from darknumber.studies.rates import PER, Rates
from darknumber.views.disclosure import Protection
from darknumber.views.disclosure import published as shown_figures
from darknumber.views.tables_estimates import RATIO_DIGITS, annual_mean, by_time, chosen_years, shown_limits

Measure = Literal["registered", "estimated", "unseen", "ratio", "registered rate", "estimated rate"]
Status = Literal["ok", "hidden", "not estimable", "no upper limit", "unstable"]
MEASURES: tuple[Measure, ...] = ("registered", "estimated", "unseen", "ratio", "registered rate", "estimated rate")
STATUSES: tuple[Status, ...] = ("ok", "hidden", "not estimable", "no upper limit", "unstable")

COLUMNS = ("period", "years", "measure", "value", "lower", "upper", "status")  # beside the covariates
TOTAL = "total"  # stands for a covariate that is summed over

_Numbers = tuple[float | None, float | None, float | None, Status]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One published number.

    Parameters
    ----------
    measure
        ``registered``, ``estimated`` and ``unseen`` people; ``ratio`` of estimated to registered; ``registered rate``
        and ``estimated rate`` per resident.
    levels
        Covariates with their levels; those that are not named are summed over. The year is not among them.
    years
        The years it is of; of more than one the annual mean. Empty where the data know no year.
    value, lower, upper
        The number and its limits as printed; None where there is none.
    status
        ``ok``; ``hidden`` (to protect people); ``not estimable`` (with the least there can be as `lower`, if anything);
        ``no upper limit`` (the lower one stands alone); ``unstable`` (the interval is too wide for a single number, and
        stands alone).
    """

    measure: Measure
    levels: tuple[tuple[str, str], ...]
    years: tuple[str, ...]
    value: float | None
    lower: float | None
    upper: float | None
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The numbers of a publication, each once.

    Parameters
    ----------
    rows
        In the order of the tables they come from.
    covariates
        All covariates of the rows, the year left out.
    level
        Of the limits.
    unit
        What one count is.
    per
        Residents that a rate is for.
    name
        What the data are called.
    """

    rows: tuple[PublishedRow, ...]
    covariates: tuple[str, ...]
    level: float
    unit: Unit
    per: int = PER
    name: str = ""

    def columns(self) -> dict[str, list[Any]]:
        """The rows as plain columns; a covariate that is summed over is `TOTAL`."""
        levels = [dict(row.levels) for row in self.rows]
        return {
            "period": [period_code(row.years) for row in self.rows],
            "years": [len(row.years) for row in self.rows],
            **{name: [each.get(name, TOTAL) for each in levels] for name in self.covariates},
            "measure": [row.measure for row in self.rows],
            "value": [row.value for row in self.rows],
            "lower": [row.lower for row in self.rows],
            "upper": [row.upper for row in self.rows],
            "status": [row.status for row in self.rows],
        }


def published(
    tables: Iterable[Estimates],
    *,
    rates: Iterable[Rates] = (),
    protection: Protection | None = None,
) -> Published:
    """The numbers of these tables and rates, as they are printed.

    Parameters
    ----------
    tables
        Answers as the tables have them: by year, by group, means; see `usual_tables`. At least one.
    rates
        Rates of the same study.
    protection
        What is shown of each registered number; by default exactly. It must have looked at all that stands here.

    Raises
    ------
    InputError
        Nothing to publish, rates for different numbers of residents, or a covariate or level that is called as what
        stands for a sum.
    """
    shown, over = list(tables), list(rates)
    if not shown and not over:
        raise InputError("nothing_published")
    found: list[PublishedRow] = []
    for rows in shown:
        found += rows_of(rows, protection=protection)
    for each in over:
        found += rows_of_rates(each, protection=protection)
    if len({each.per for each in over}) > 1:
        raise InputError("several_pers", known=sorted({each.per for each in over}))
    first = shown[0] if shown else over[0].estimates
    covariates = dict.fromkeys(name for row in found for name, _ in row.levels)
    taken = [name for name in covariates if name in COLUMNS]
    if taken:
        raise InputError("covariate_called_column", names=taken)
    for name, level in sorted({pair for row in found for pair in row.levels}):
        if level == TOTAL:
            raise InputError("level_called_total", name=name, level=level)
    once = {(row.measure, frozenset(row.levels), row.years): row for row in reversed(found)}
    return Published(
        rows=tuple(reversed(once.values())),
        covariates=tuple(covariates),
        level=first.level,
        unit=first.unit,
        per=over[0].per if over else PER,
        name=first.name,
    )


def usual_tables(
    estimates: Estimates,
    groups: Sequence[Sequence[str]] = (),
    means: Sequence[Sequence[str]] = (),
    groupings: Sequence[Groups] = (),
) -> tuple[Estimates, ...]:
    """The tables of a study: by year, the annual mean over all years and over chosen ones, and each group.

    Parameters
    ----------
    estimates
        Answers that can be summed.
    groups
        The covariates of each table; an annual mean where there is time.
    means
        The years of each mean.
    groupings
        What names in `groups` may mean beside covariates.
    """
    yearly, time = by_time(estimates), time_of(estimates)
    tables = [] if yearly is None else [yearly]
    if yearly is None or time is None:
        tables.append(estimates.total())
    else:
        every = [chosen_years(time), *(chosen_years(time, years) for years in means)]
        tables += [yearly.mean(time.name, years) for years in dict.fromkeys(every)]
    return (*tables, *(annual_mean(estimates, names, groupings=groupings) for names in groups))


def rows_of(rows: Estimates, *, protection: Protection | None = None) -> tuple[PublishedRow, ...]:
    """The published numbers of one table: four a row."""
    found: list[PublishedRow] = []
    for place, row in enumerate(shown_figures(rows, protection)):
        told = row if rows.covariates else headline_of(row)
        levels, years = _key(rows, place)
        numbers: dict[Measure, _Numbers] = {
            "registered": _registered(told),
            "estimated": _estimated(told),
            "unseen": _unseen(told, rows, place),
            "ratio": _ratio(told),
        }
        found += _as_rows(numbers, levels, years)
    return tuple(found)


def rows_of_rates(found: Rates, *, protection: Protection | None = None) -> tuple[PublishedRow, ...]:
    """The published rates: two a row, none where there are no residents."""
    if protection is None:
        figures = rate_figures(found)
    else:
        shown = protection.registered(found.estimates)
        figures = rate_figures(found, registered=shown, widest=protection.rules.widest)
    rows: list[PublishedRow] = []
    for place, row in enumerate(figures):
        if not row.given:
            continue
        levels, years = _key(found.estimates, place)
        years = years or found.years
        numbers: dict[Measure, _Numbers] = {
            "registered rate": _registered_rate(row),
            "estimated rate": _estimated_rate(row),
        }
        rows += _as_rows(numbers, levels, years)
    return tuple(rows)


def period_code(years: Sequence[str]) -> str:
    """Years as one word: ``2019``, ``2014-2015``, or ``2010+2015`` where years between them are not meant."""
    if len(years) < 2:
        return "".join(years)
    return f"{years[0]}-{years[-1]}" if in_a_row(years) else "+".join(years)


def in_a_row(years: Sequence[str]) -> bool:
    """Whether these are years that follow each other without gaps."""
    if not years or not all(year.isdigit() for year in years):
        return False
    return [int(year) for year in years] == list(range(int(years[0]), int(years[0]) + len(years)))


def _as_rows(
    numbers: Mapping[Measure, _Numbers], levels: tuple[tuple[str, str], ...], years: tuple[str, ...]
) -> Iterator[PublishedRow]:
    for measure, (value, lower, upper, status) in numbers.items():
        yield PublishedRow(
            measure=measure, levels=levels, years=years, value=value, lower=lower, upper=upper, status=status
        )


def _key(rows: Estimates, place: int) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The levels of a row, the year apart, and its years."""
    names = [covariate.name for covariate in rows.covariates]
    levels = list(zip(names, (rows.labels() or [()])[place], strict=True))
    time = time_of(rows)
    if time is None:
        return tuple(levels), rows.averaged[1:]
    return tuple(pair for pair in levels if pair[0] != time.name), tuple(
        level for name, level in levels if name == time.name
    )


def _registered(row: Figures) -> _Numbers:
    return (None, None, None, "hidden") if row.hidden else (float(round(row.observed)), None, None, "ok")


def _estimated(row: Figures) -> _Numbers:
    lower, upper = (_number(limit) for limit in shown_limits(row))
    return _number(row.estimate) if row.known and not row.range_only else None, lower, upper, _status(row)


def _unseen(row: Figures, rows: Estimates, place: int) -> _Numbers:
    """The dark figure, rounded by its own interval, which is that of the estimate."""
    if not row.known:
        return None, None, None, _status(row)
    observed = float(rows.observed[place])
    lower, upper = (float(limit) - observed for limit in rows.limits[place])
    near = rounded(float(rows.unobserved[place]), lower, upper)
    return None if row.range_only else near.value, _number(near.lower), _number(near.upper), _status(row)


def _ratio(row: Figures) -> _Numbers:
    if not row.known:
        return None, None, None, _status(row)
    value, lower, upper = (_number(each, RATIO_DIGITS) for each in (row.ratio, row.ratio_lower, row.ratio_upper))
    if lower is None and upper is None:  # of nobody there is no ratio
        return None, None, None, "not estimable"
    return None if row.range_only else value, lower, upper, _status(row)


def _registered_rate(row: RateFigures) -> _Numbers:
    if row.numbers.hidden:
        return None, None, None, "hidden"
    return _number(row.registered, row.registered_decimals), None, None, "ok"


def _estimated_rate(row: RateFigures) -> _Numbers:
    if not row.numbers.known:
        return None, None, None, _status(row.numbers)
    value = None if row.numbers.range_only else _number(row.rate, row.decimals)
    return value, _number(row.lower, row.decimals), _number(row.upper, row.decimals), _status(row.numbers)


def _status(row: Figures) -> Status:
    if row.hidden:
        return "hidden"
    if not row.known:
        return "not estimable"
    if row.kind == "open":
        return "no upper limit"
    return "unstable" if row.range_only else "ok"


def _number(value: object, decimals: int = 0) -> float | None:
    """A finite number as it is printed; None for any other."""
    return float(round(value, decimals)) if isinstance(value, float) and math.isfinite(value) else None
