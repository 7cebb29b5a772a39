"""Tables of answers: by year, and by one or more covariates."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import Groups, answer_by
from darknumber.inference.publish import Figures, adds_up, headline_of, time_of
from darknumber.inference.shown import notes as notes_of_shown
from darknumber.kernels import verdicts
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import PEOPLE, About, capital, crossed, period, sum_name
from darknumber.views.tables import Cell, Column, Table, Values, share_shown, words
from darknumber.words import say
from darknumber.words.labels import covariate_name, level_name

RATIO_DIGITS = 1  # of a ratio as it is printed: with more of them an exact registered number would follow


def can_group(estimates: Estimates, names: Sequence[str]) -> bool:
    """Whether these figures can be given by `names`: limits without draws cannot be summed over other covariates."""
    return adds_up(estimates) or {covariate.name for covariate in estimates.covariates} == set(names)


def by_time(estimates: Estimates) -> Estimates | None:
    """The figures by year; None where there is no time, or no way to sum to it."""
    time = time_of(estimates)
    return estimates.by(time.name) if time is not None and can_group(estimates, [time.name]) else None


def annual_mean(
    estimates: Estimates, names: Sequence[str], years: Sequence[str] = (), groupings: Sequence[Groups] = ()
) -> Estimates:
    """The figures by `names`, as a mean over years where there is time that is not one of `names`.

    Parameters
    ----------
    estimates
        Answers that can be summed.
    names
        The covariates or groupings that make the rows.
    years
        The years of the mean; all recorded ones by default.
    groupings
        What a name may mean that is no covariate.
    """
    time = time_of(estimates)
    if time is None or time.name in names:
        return answer_by(estimates, names, groupings)
    return answer_by(estimates, (time.name, *names), groupings).mean(time.name, chosen_years(time, years))


def chosen_years(time: Covariate, years: Sequence[str] = ()) -> tuple[str, ...]:
    """The years asked for, in order, or all recorded ones."""
    return tuple(year for year in time.recorded if not years or year in years)


def estimates_table(
    estimates: Estimates,
    *,
    caption: str = "",
    sums: Sequence[tuple[str, Estimates]] = (),
    notes: Sequence[str] = (),
    protection: Protection | None = None,
) -> Table:
    """One row a stratum: registered, estimated, interval, ratio, share in view.

    Parameters
    ----------
    estimates
        What to show, as it is; use `Estimates.by` first.
    caption
        What the table holds.
    sums
        Named totals or means, each a single stratum, that close the table.
    notes
        More sentences to stand under it.
    protection
        What is shown of registered numbers, with all that goes with them in a row; by default they are exact.
    """
    covariates = estimates.covariates
    rows = list(published(estimates, protection))
    if not covariates:  # everyone together: a headline
        rows = [headline_of(row) for row in rows]
    cells = [
        (*_names(covariates, levels), *_cells(row))
        for levels, row in zip(estimates.labels() or [()], rows, strict=True)
    ]
    headings = max(len(covariates), 1 if sums else 0)
    if not covariates:
        cells = [((words(say("view.table.total")),) if headings else ()) + cell for cell in cells]
    for name, whole in sums:
        row = published(whole, protection)[0]
        rows.append(row)
        cells.append((words(name), *(words("") for _ in range(headings - 1)), *_cells(row)))
    columns = [
        Column(label=capital(covariate_name(covariate.name)), align="left", names=(covariate.name,))
        for covariate in covariates
    ]
    columns = columns or [Column(label="", align="left", names=("name",))] * headings
    return Table(
        caption=caption,
        columns=(*columns, *figure_columns(estimates)),
        rows=tuple(cells),
        headings=headings,
        sums=frozenset(range(len(cells) - len(sums), len(cells))),
        notes=(*table_notes(estimates, rows), *notes),
    )


def named_table(
    rows: Sequence[tuple[str, Estimates]], *, caption: str = "", protection: Protection | None = None
) -> Table:
    """One row for each named answer, each a single stratum.

    Parameters
    ----------
    rows
        The name of each row, and its answer.
    caption
        What the table holds.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    shown = [published(answer, protection)[0] for _, answer in rows]
    return Table(
        caption=caption,
        columns=(Column(label="", align="left", names=("name",)), *figure_columns(rows[0][1])),
        rows=tuple((words(name), *_cells(row)) for (name, _), row in zip(rows, shown, strict=True)),
        notes=table_notes(rows[0][1], shown),
    )


def year_table(
    estimates: Estimates, *, about: About = PEOPLE, years: Sequence[str] = (), protection: Protection | None = None
) -> Table | None:
    """Figures by year, closed by the annual mean and the sum; None where there is no time.

    Parameters
    ----------
    estimates
        Answers with a year.
    about
        Whom they are about.
    years
        The years of the annual mean; all recorded ones by default.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    rows, time = by_time(estimates), time_of(estimates)
    if rows is None or time is None:
        return None
    sums: list[tuple[str, Estimates]] = []
    if adds_up(rows) and len(time.levels) > 1:
        over = chosen_years(time, years)
        sums.append((say("view.table.mean", period=period(over)), rows.mean(time.name, over)))
        sums.append(
            (say("view.table.sum", period=period(time.recorded), unit=sum_name(estimates, about)), rows.total())
        )
    return estimates_table(rows, caption=say("view.table.by_year"), sums=sums, protection=protection)


def group_table(
    estimates: Estimates,
    names: Sequence[str],
    *,
    about: About = PEOPLE,
    years: Sequence[str] = (),
    groupings: Sequence[Groups] = (),
    protection: Protection | None = None,
) -> Table:
    """Figures by one or more covariates; an annual mean where there are years that are not in the rows.

    Parameters
    ----------
    estimates
        Answers that can be grouped by `names` (see `can_group`).
    names
        The covariates that make the rows.
    about
        Whom they are about.
    years
        The years of the mean; all recorded ones by default.
    groupings
        What a name may mean that is no covariate.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    caption = say("view.table.by", names=crossed(names))
    if not adds_up(estimates):
        return estimates_table(estimates, caption=caption, protection=protection)
    rows = annual_mean(estimates, names, years, groupings)
    whole = say("view.table.sum_of", unit=sum_name(estimates, about))
    if rows.averaged:
        caption = say("view.table.mean_of", caption=caption, period=period(rows.averaged[1:]))
        whole = say("view.table.mean", period=period(rows.averaged[1:]))
    return estimates_table(rows, caption=caption, sums=[(whole, rows.total())], protection=protection)


def figure_columns(estimates: Estimates) -> tuple[Column, ...]:
    """The five columns of figures."""
    return (
        Column(label=say("view.column.observed"), short=say("view.column.observed_short"), names=("observed",)),
        Column(label=say("view.column.estimate"), names=("estimate",)),
        Column(label=say("view.column.interval", level=estimates.level), names=("lower", "upper")),
        Column(label=say("view.column.ratio"), short=say("view.column.ratio_short"), names=("ratio",)),
        Column(label=say("view.column.share"), names=("ascertainment",)),
    )


def table_notes(estimates: Estimates, rows: Sequence[Figures]) -> tuple[str, ...]:
    """What the reader must know about the figures in a table, and nothing that does not occur in it."""
    kinds = {row.kind for row in rows}
    unseen = [row for row in rows if row.known and row.observed > 0 and row.estimate == row.observed]
    parted = sum(row.observed != round(row.observed) for row in rows if not row.hidden)
    plain = all(row.registered.form != "rounded" for row in rows)
    exact = "rounded" if not parted else "rounded_one" if parted == 1 < len(rows) else "rounded_mean"
    notes = [say(f"view.note.{exact if plain else 'parts'}")]
    notes += notes_of_shown(row.registered for row in rows)
    bound = any(row.bound for row in rows)
    if any(row.range_only for row in rows):
        notes.append(say(f"view.note.{'floor_only' if bound else 'range_only'}"))
    if "infinite" in kinds or ("open" in kinds and not bound):
        notes.append(say("view.note.infinite"))
    if "not identified" in kinds:
        notes.append(say("view.note.unknown"))
    if "nobody" in kinds:
        notes.append(say("view.note.nobody"))
    if unseen and (estimates.verdict == verdicts.ZERO).any():
        notes.append(say("view.note.zero"))
    for covariate in estimates.covariates:
        if covariate.has_not_recorded:
            notes.append(say("view.note.not_recorded", level=level_name(covariate.name, NOT_RECORDED)))
    return tuple(notes)


def _names(covariates: Sequence[Covariate], levels: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(
        Cell(text=level_name(covariate.name, level), value=level)
        for covariate, level in zip(covariates, levels, strict=True)
    )


def _cells(row: Figures) -> tuple[Cell, ...]:
    alone = row.known and not row.range_only  # of a range no single number is given, in data neither
    return (
        Cell(text=row.observed_text, value=None if row.hidden else float(round(row.observed))),
        Cell(text=row.estimate_text, value=None if row.range_only or row.hidden else row.estimate),
        Cell(text=row.interval_text, value=shown_limits(row)),
        Cell(text=row.ratio_text, value=round(row.ratio, RATIO_DIGITS) if alone else math.nan),
        Cell(text=row.share_text, value=share_shown(row.share) if alone else math.nan),
    )


def shown_limits(row: Figures) -> Values:
    """The limits that its words give: of an estimate, or the least there can be; None for one that is not given."""
    least = row.lower if row.known else max(row.floor, row.lower if math.isfinite(row.lower) else 0.0)
    upper = row.upper if row.known else math.inf if row.kind == "infinite" else math.nan
    if row.kind == "nobody" or row.hidden:
        return None, None
    return least, upper
