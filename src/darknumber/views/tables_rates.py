"""Tables of rates per resident, and of ratios over several years."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.inference.publish import UNSTABLE, Figures, figures
from darknumber.inference.shown import Shown
from darknumber.studies.printing_rates import both, over_in_words, ratio_cells
from darknumber.studies.rate_figures import RateFigures, rate_figures
from darknumber.studies.rates import Rates
from darknumber.studies.ratios import YearlyRatios
from darknumber.views.labels import capital, crossed, period
from darknumber.views.tables import Cell, Column, Table, count, words
from darknumber.views.tables_estimates import RATIO_DIGITS, table_notes
from darknumber.words import say
from darknumber.words.labels import covariate_name, level_name


def rates_table(found: Rates, *, registered: Sequence[Shown] | None = None, widest: float = UNSTABLE) -> Table:
    """One row a rate: residents, people registered and estimated, both per so many residents, limits and ratio.

    Parameters
    ----------
    found
        The rates.
    registered
        The registered number of each row as it is published; by default exactly.
    widest
        As in `darknumber.inference.publish.figures`.
    """
    rows = rate_figures(found, registered=registered, widest=widest)
    names = [covariate.name for covariate in found.estimates.covariates]
    per, level = found.per, found.estimates.level
    caption = say("rates.table.caption_by", per=per, names=crossed(names)) if names else ""
    caption = caption or say("rates.table.caption", per=per)
    if len(found.years) > 1:
        caption = say("rates.table.mean", caption=caption, period=period(found.years))
    columns = [Column(label=capital(covariate_name(name)), align="left", names=(name,)) for name in names]
    columns += [
        Column(label=say("rates.column.residents"), names=("residents",)),
        Column(label=say("rates.column.row_people"), short=say("view.column.observed_short"), names=("observed",)),
        Column(label=say("rates.column.row_estimate"), names=("estimate",)),
        Column(
            label=say("rates.column.row_registered_rate", per=per),
            short=say("rates.column.short_registered_rate", per=per),
            names=("observed_rate",),
        ),
        Column(
            label=say("rates.column.row_rate", per=per), short=say("rates.column.short_rate", per=per), names=("rate",)
        ),
        Column(
            label=say("rates.column.row_interval", level=level),
            names=("rate_lower", "rate_upper"),
        ),
        Column(label=say("rates.column.row_ratio"), short=say("rates.column.short_ratio"), names=("ratio",)),
    ]
    labels = found.estimates.labels() or [()]
    return Table(
        caption=caption,
        columns=tuple(columns),
        rows=tuple(
            (
                *(Cell(text=level_name(name, each), value=each) for name, each in zip(names, levels, strict=True)),
                *_cells(row),
            )
            for levels, row in zip(labels, rows, strict=True)
        ),
        headings=len(names),
        notes=_notes(found, rows),
    )


def ratios_table(found: YearlyRatios, *, registered: Sequence[Shown] | None = None, widest: float = UNSTABLE) -> Table:
    """The ratio of each year, then the mean of these and the ratio of the sums, each under its name.

    Parameters
    ----------
    found
        The ratios.
    registered
        The registered number of each year as it is published; by default exactly.
    widest
        As in `darknumber.inference.publish.figures`.
    """
    rows = figures(found.estimates, registered=registered, widest=widest)
    columns = (
        Column(label=say("rates.column.what"), align="left", names=("year",)),
        Column(label=say("rates.column.row_people"), short=say("view.column.observed_short"), names=("observed",)),
        Column(label=say("rates.column.row_estimate"), names=("estimate",)),
        Column(label=say("rates.column.row_ratio"), short=say("rates.column.short_ratio"), names=("ratio",)),
        Column(label=say("estimates.column.interval", level=found.estimates.level), names=("lower", "upper")),
    )
    cells = [
        (
            words(year),
            Cell(text=row.observed_text, value=None if row.hidden else row.observed),
            Cell(text=row.estimate_text, value=None if row.range_only else row.estimate),
            Cell(text=row.ratio_text, value=shown_ratio(row)),
            Cell(
                text=row.ratio_interval_text,
                value=_limits(row.ratio_lower, row.ratio_upper) if row.ratio_interval_text else (None, None),
            ),
        )
        for year, row in zip(found.years, rows, strict=True)
    ]
    secret = any(row.hidden for row in rows)  # what is over all years would tell of the year that is not printed
    for name, spread in both(found):
        value, limits = ("", "") if secret else ratio_cells(spread)
        closing = (
            Cell(text=capital(say(f"rates.ratio.{name}")), value=name),
            words(""),
            words(""),
            Cell(text=value, value=None if secret else round(float(spread.value[0]), RATIO_DIGITS)),
            Cell(text=limits, value=_limits(spread.lower[0], spread.upper[0]) if limits else (None, None)),
        )
        cells.append(closing)
    return Table(
        caption=say("rates.table.ratios", period=period(found.years)),
        columns=columns,
        rows=tuple(cells),
        sums=frozenset({len(cells) - 2, len(cells) - 1}),
        notes=(*table_notes(found.estimates, list(rows)), say("rates.ratio.differ")),
    )


def shown_ratio(row: Figures) -> float:
    """The ratio as it is printed; ``nan`` where none is."""
    return round(row.ratio, RATIO_DIGITS) if row.known and not row.range_only else math.nan


def _limits(lower: float, upper: float) -> tuple[float, float]:
    return round(float(lower), RATIO_DIGITS), round(float(upper), RATIO_DIGITS)


def _cells(row: RateFigures) -> tuple[Cell, ...]:
    numbers = row.numbers
    return (
        count(row.residents) if row.given else words(say("rates.not_given")),
        Cell(text=numbers.observed_text, value=None if numbers.hidden else numbers.observed),
        Cell(text=numbers.estimate_text, value=None if numbers.range_only else numbers.estimate),
        Cell(
            text=row.registered_text, value=None if numbers.hidden else round(row.registered, row.registered_decimals)
        ),
        Cell(text=row.rate_text, value=None if numbers.range_only else row.rate),
        Cell(text=row.interval_text, value=(row.lower, row.upper) if row.interval_text else (None, None)),
        Cell(text=numbers.ratio_text, value=shown_ratio(numbers)),
    )


def _notes(found: Rates, rows: Sequence[RateFigures]) -> tuple[str, ...]:
    """What the reader must know about the rates, the cautions about them first."""
    said = [finding.sentence() for finding in found.findings if finding.code.startswith("rates_")]
    notes = [*said, over_in_words(found), say("rates.table.rounded")]
    if not all(row.given for row in rows):
        notes.append(say("rates.table.not_given"))
    return (*notes, *table_notes(found.estimates, [row.numbers for row in rows]))
