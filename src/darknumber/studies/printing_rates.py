"""What ``print(rates(...))`` and ``print(yearly_ratios(...))`` say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.assumed import assumptions_in_words
from darknumber.inference.printing import WIDTH, finding_lines
from darknumber.inference.publish import figures, unit_name
from darknumber.inference.spread import Spread
from darknumber.studies.printing import aligned, filled
from darknumber.studies.rate_figures import rate_figures
from darknumber.words import ratio, say
from darknumber.words.labels import stratum_name
from darknumber.words.numbers import listing

if TYPE_CHECKING:  # Rates and YearlyRatios print themselves through this module
    from darknumber.inference.estimates import Estimates
    from darknumber.studies.rates import Rates
    from darknumber.studies.ratios import YearlyRatios

_GAP = 2  # spaces between columns
_INDENT = "  "
_ROW = 3  # years of which only the first and the last are named
_LEAST = 4  # characters for the names of rows: those of years always fit


def describe_rates(found: Rates, *, width: int = WIDTH) -> str:
    """The rates with the numbers and the ratio beside them, what they are over, and what must be known.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    data = found.estimates.fits[0].data if found.estimates.fits else None
    lines = [
        *(filled(sentence, width) for sentence in (over_in_words(found), say("rates.read"))),
        *finding_lines(found.findings, data, width),
    ]
    assumed = assumptions_in_words(found.estimates)
    lines += [filled(assumed, width)] if assumed else []
    title = say("rates.title", per=found.per)
    return "\n\n".join([_heading(title, found.estimates, width), "\n".join(_rows(found, width)), "\n".join(lines)])


def over_in_words(found: Rates) -> str:
    """Over how many residents the rates are, of which years, and from which file."""
    known = found.residents[np.isfinite(found.residents)]
    if not len(known):
        return say("rates.over.none", source=found.source)
    low, high = float(known.min()), float(known.max())
    word = "one" if low == high else "several"
    told = say(f"rates.over.{word}", low=low, high=high, source=found.source)
    return f"{told} {say('rates.over.years', years=years_in_words(found.years))}" if len(found.years) > 1 else told


def describe_ratios(found: YearlyRatios, *, width: int = WIDTH) -> str:
    """The ratio of each year, and both ratios over the years under their own names.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    level = found.estimates.level
    headings = ("", say("rates.column.registered"), say("rates.column.estimated"))
    rows = [(*headings, say("rates.column.ratio"), say("estimates.column.interval", level=level))]
    yearly = found.estimates.ratio()
    for place, (year, row) in enumerate(zip(found.years, figures(found.estimates), strict=True)):
        rows.append((year, row.observed_text, row.estimate_text, *ratio_cells(yearly, place)))
    rows += [(say(f"rates.ratio.{name}"), "", "", *ratio_cells(spread)) for name, spread in both(found)]
    told = [say("rates.ratio.differ"), *([say("rates.ratio.one")] if len(found.years) == 1 else [])]
    lines = [filled(sentence, width) for sentence in told]
    title = say("rates.ratio.title", years=years_in_words(found.years))
    return "\n\n".join(
        [_heading(title, found.estimates, width), "\n".join(aligned(rows, width)), "\n".join(lines)],
    )


def years_in_words(years: Sequence[str]) -> str:
    """Years in one phrase: the first and the last of a long row without gaps, else all of them."""
    whole = all(year.isdigit() for year in years) and int(years[-1]) - int(years[0]) == len(years) - 1
    return f"{years[0]}–{years[-1]}" if whole and len(years) >= _ROW else listing(years)


def both(found: YearlyRatios) -> tuple[tuple[str, Spread], tuple[str, Spread]]:
    """The two ratios over the years, each with its name in the catalogue."""
    return ("mean_of_ratios", found.mean_of_ratios), ("ratio_of_sums", found.ratio_of_sums)


def ratio_cells(spread: Spread, place: int = 0) -> tuple[str, str]:
    """A ratio and its limits in words."""
    value, lower, upper = (float(each[place]) for each in (spread.value, spread.lower, spread.upper))
    if not np.isfinite(value):
        return ratio(value), ""
    limits = "ratio_interval" if np.isfinite(upper) else "ratio_open"
    return ratio(value), say(f"estimates.{limits}", lower=lower, upper=upper)


def row_names(estimates: Estimates) -> list[str]:
    """What each row is called: its levels, or everyone together."""
    names = [covariate.name for covariate in estimates.covariates]
    return [stratum_name(names, levels) or say("estimates.total") for levels in estimates.labels() or [()]]


def _heading(title: str, estimates: Estimates, width: int) -> str:
    about = ", ".join(filter(None, [estimates.name, unit_name(estimates)]))
    if len(title) + _GAP + len(about) <= width:
        return title + about.rjust(width - len(title))
    return "\n".join(textwrap.wrap(title, width) + textwrap.wrap(about, width))


def _rows(found: Rates, width: int) -> Iterator[str]:
    """A line a row: people registered and estimated, both as rates, the limits of the rate, and the ratio."""
    headings = [
        *(say(f"rates.column.{name}") for name in ("registered", "estimated", "registered", "estimated")),
        say("estimates.column.interval", level=found.estimates.level),
        say("rates.column.ratio"),
    ]
    cells = [
        [
            row.numbers.observed_text,
            row.numbers.estimate_text,
            row.registered_text,
            row.rate_text,
            row.interval_text,
            row.numbers.ratio_text,
        ]
        for row in rate_figures(found)
    ]
    sizes = [max(len(line[column]) for line in [headings, *cells]) for column in range(len(headings))]
    room = width - len(_INDENT) - sum(sizes) - _GAP * len(sizes)
    names = row_names(found.estimates)
    longest = max(len(each) for each in names)
    beside = longest <= max(room, _LEAST)  # else a name stands on a line above its numbers
    name = longest if beside else _LEAST
    yield _line("", _groups(found.per, sizes), (_GAP, _GAP), name)
    yield _line("", headings, sizes, name)
    for text, line in zip(names, cells, strict=True):
        if not beside:
            yield from (_INDENT + part for part in textwrap.wrap(text, width - len(_INDENT)))
        yield _line(text if beside else "", line, sizes, name)


def _groups(per: int, sizes: Sequence[int]) -> list[str]:
    """The line above the headings: which columns are people and which are rates."""
    first = sum(sizes[:2]) + _GAP
    second = sum(sizes[2:5]) + 2 * _GAP
    return [say("rates.column.people").rjust(first), say("rates.column.per", per=per).rjust(second)]


def _line(name: str, cells: Sequence[str], sizes: Sequence[int], width: int) -> str:
    gap = " " * _GAP
    parts = [gap + cell.rjust(size) for cell, size in zip(cells, sizes, strict=True)]
    return (_INDENT + name.ljust(width) + "".join(parts)).rstrip()
