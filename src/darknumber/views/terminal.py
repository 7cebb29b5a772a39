"""Answers, checks and paths as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, by_severity
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import describe, finding_lines
from darknumber.inference.publish import adds_up, time_of
from darknumber.models.base import Candidates
from darknumber.views.labels import PEOPLE, About
from darknumber.views.tables_estimates import group_table, year_table
from darknumber.views.tables_lists import lists_table, overlaps_table, path_table
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


def lists(
    data: CaptureTable, findings: Sequence[Finding] = (), *, protect: bool = False, width: int = TEXT_WIDTH
) -> str:
    """The lists of a table: their sizes, their overlaps, and what the reader must know about them.

    Parameters
    ----------
    data
        The capture table.
    findings
        What a check brought up, besides what the table itself carries.
    protect
        Whether overlaps of 1 to 4 people are hidden; on a terminal of one's own they need not be.
    width
        No line is longer.
    """
    blocks = [to_text(lists_table(data, protect=protect), width=width)]
    blocks.append(to_text(overlaps_table(data, protect=protect), width=width))
    found = by_severity((*findings, *data.findings))
    blocks.append("\n".join(finding_lines(found, data, width)))
    return "\n\n".join(block for block in blocks if block)


def path(candidates: Candidates, observed: float, *, criterion: str = "bic", width: int = TEXT_WIDTH) -> str:
    """The models a search looked at, with the estimate at every step.

    Parameters
    ----------
    candidates
        The path.
    observed
        People on some list, in all strata.
    criterion
        ``aic``, ``aicc`` or ``bic``.
    width
        No line is longer.
    """
    return to_text(path_table(candidates, observed, criterion=criterion), width=width)
