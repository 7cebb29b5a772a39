"""Tables of an answer as they are asked for: by year, by one or more covariates, long or wide, or of everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from darknumber.errors import ModelError
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, time_of, to_step
from darknumber.models.partial_pooling import PartialPooling, shrinkage
from darknumber.views.asked import Asked, NotRecorded, check_years, prepared, protection_of
from darknumber.views.disclosure import Protection, published, two_digits
from darknumber.views.labels import capital, crossed, period, sum_name
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.views.tables_estimates import annual_mean, chosen_years, estimates_table, group_table, year_table
from darknumber.views.tables_wide import wide_table
from darknumber.words import people, say


def numbers_table(estimates: Estimates, asked: Asked) -> Table:
    """Registered and estimated numbers by what is asked for; by default by year, or of everyone where there is none.

    Parameters
    ----------
    estimates
        The answer with all its covariates.
    asked
        How it is shown.
    """
    check_years(estimates, asked.years)
    names = _names(estimates, asked)
    if asked.layout == "wide":
        return _wide(estimates, names, asked)
    rows, time = prepared(estimates, names, asked.not_recorded), time_of(estimates)
    protection = protection_by(estimates, names, asked)
    yearly = None
    if time is not None and names == (time.name,):
        yearly = year_table(rows, about=asked.about, years=asked.years, protection=protection)
    if yearly is not None:
        return yearly
    if names:
        return group_table(rows, names, about=asked.about, years=asked.years, protection=protection)
    whole = everyone(rows, asked)
    caption = say("figures.caption.everyone", unit=sum_name(estimates, asked.about))
    if whole.averaged:
        caption = say("view.table.mean_of", caption=caption, period=period(whole.averaged[1:]))
    return estimates_table(whole, caption=capital(caption), protection=protection)


def shrinkage_table(estimates: Estimates, asked: Asked) -> Table | None:
    """Every stratum with what it says by itself, where strata lean on each other; None of another model.

    Parameters
    ----------
    estimates
        The answer with all its covariates.
    asked
        How it is shown.
    """
    fit = estimates.fits[0] if estimates.fits else None
    if fit is None or not isinstance(fit.model, PartialPooling) or estimates.covariates != fit.data.covariates:
        return None
    beside = shrinkage(fit)
    protection = protection_of(estimates, asked, lambda _: [estimates])
    base = 1 if protection is None else protection.rules.base
    whole = estimates_table(estimates, caption=say("pooling.caption"), protection=protection)
    rows = []
    for row, shown, own in zip(
        whole.rows, published(estimates, protection), beside.observed + beside.alone, strict=True
    ):
        if shown.observed or shown.hidden:
            near = to_step(
                two_digits(float(own)), base
            )  # no finer than the registered: where nobody is unseen it is that
            rows.append((*row, words("") if shown.hidden else Cell(text=people(near), value=near)))
    column = Column(label=say("pooling.alone"), names=("alone",))
    notes = (*whole.notes, say("pooling.alone_note"))
    return replace(whole, columns=(*whole.columns, column), rows=tuple(rows), notes=notes)


def protection_by(estimates: Estimates, names: Sequence[str], asked: Asked) -> Protection | None:
    """What is shown of the registered numbers of a long table by `names`."""
    return protection_of(estimates, asked, lambda shares: _printed(prepared(estimates, names, shares), names, asked))


def _names(estimates: Estimates, asked: Asked) -> tuple[str, ...]:
    """The covariates of the rows: those asked for, else the year; all where limits do not add up."""
    if asked.by is not None:
        return asked.by
    if not adds_up(estimates):
        return tuple(covariate.name for covariate in estimates.covariates)
    time = time_of(estimates)
    return (time.name,) if time is not None and not asked.years else ()


def everyone(rows: Estimates, asked: Asked) -> Estimates:
    """The sum, or the mean over the years that are asked for."""
    return annual_mean(rows, (), asked.years) if asked.years else rows.total()


def _printed(rows: Estimates, names: Sequence[str], asked: Asked) -> list[Estimates]:
    """All that a long table holds."""
    time = time_of(rows)
    if not adds_up(rows):
        return [rows]
    if not names:
        return [everyone(rows, asked)]
    if time is not None and tuple(names) == (time.name,):
        return [rows, rows.mean(time.name, chosen_years(time, asked.years)), rows.total()]
    means = annual_mean(rows, names, asked.years)
    return [means, means.total()]


def _wide(estimates: Estimates, names: Sequence[str], asked: Asked) -> Table:
    """The first covariate down, the others across; closed by the annual mean where years are down."""
    if len(names) < 2:
        raise ModelError("figure_wide", names=names or ("-",))
    rows, means = _crossed(estimates, names, asked, asked.not_recorded)

    def printed(shares: NotRecorded) -> list[Estimates]:
        own, averaged = _crossed(estimates, names, asked, shares)
        return [own, own.by(names[0]), *(each for mean in averaged for each in (mean, mean.total()))]

    caption = say("view.table.by", names=crossed(names))
    if rows.averaged:
        caption = say("view.table.mean_of", caption=caption, period=period(rows.averaged[1:]))
    return wide_table(
        rows,
        caption=caption,
        sums=[(say("view.table.mean", period=period(mean.averaged[1:])), mean) for mean in means],
        protection=protection_of(estimates, asked, printed),
    )


def _crossed(
    estimates: Estimates, names: Sequence[str], asked: Asked, shares: NotRecorded
) -> tuple[Estimates, list[Estimates]]:
    """The rows of a wide table, and the means that close it."""
    rows = prepared(estimates, names, shares)
    time = time_of(rows)
    if time is None or time.name not in names:
        return annual_mean(rows, names, asked.years), []
    rows = rows.by(*names)
    if names[0] != time.name or len(time.levels) < 2:
        return rows, []
    return rows, [rows.mean(time.name, chosen_years(time, asked.years))]
