"""Answers as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import describe
from darknumber.inference.publish import adds_up, time_of
from darknumber.views.labels import PEOPLE, About
from darknumber.views.tables_estimates import group_table, year_table
from darknumber.views.tables_text import TEXT_WIDTH, to_text


def answer(
    estimates: Estimates,
    *,
    by: Sequence[Sequence[str]] = (),
    years: Sequence[str] = (),
    about: About = PEOPLE,
    width: int = TEXT_WIDTH,
) -> str:
    """What `print` says of the total, and a table for each way of grouping.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    by
        The covariates of each table; a table by year alone closes with the annual mean and the sum.
    years
        The years of annual means; all by default.
    about
        Whom the figures are about.
    width
        No line is longer.
    """
    whole = estimates.total() if by and adds_up(estimates) else estimates
    blocks = [describe(whole, width=width)]
    for names in by:
        yearly = year_table(estimates, about=about, years=years) if is_time(estimates, names) else None
        table = yearly or group_table(estimates, names, about=about, years=years)
        blocks.append(to_text(table, width=width))
    return "\n\n".join(blocks)


def is_time(estimates: Estimates, names: Sequence[str]) -> bool:
    """Whether `names` is the year and nothing else."""
    time = time_of(estimates)
    return time is not None and tuple(names) == (time.name,)
