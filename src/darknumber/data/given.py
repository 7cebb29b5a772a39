"""Figures from elsewhere, by year: what another study found, or what is known to be true, in a small file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from darknumber.data.amounts import amounts
from darknumber.data.names import no_such
from darknumber.data.read import first_cells
from darknumber.errors import InputError

MAX_ROWS = 10_000  # a file with more rows holds something else
NEEDED = ("year", "estimate")
# What Dutch offices call these columns.
ALSO = {"jaar": "year", "schatting": "estimate", "ondergrens": "lower", "bovengrens": "upper", "bron": "source"}
LIMITS = ("lower", "upper")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRow:
    """A figure of one year.

    Parameters
    ----------
    year
        As the data have it.
    estimate, lower, upper
        People; limits are ``nan`` where there are none.
    source
        Where it is from; may be empty.
    """

    year: str
    estimate: float
    lower: float
    upper: float
    source: str

    @property
    def has_limits(self) -> bool:
        """Whether it has an interval."""
        return not math.isnan(self.lower) and not math.isnan(self.upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Figures from elsewhere.

    Parameters
    ----------
    rows
        In the order of the file.
    name
        Of the file.
    """

    rows: tuple[GivenRow, ...]
    name: str


def read_given(path: str | Path) -> Given:
    """Read figures by year: columns ``year`` and ``estimate``, and if they are there ``lower``, ``upper``, ``source``.

    Headings may be Dutch too: `ALSO`.

    Raises
    ------
    InputError
        A file that cannot be read, a column that is missing, or numbers that are none.
    """
    headings, cells, name = first_cells(path, None, MAX_ROWS)
    folded = [heading.strip().casefold() for heading in headings]
    columns = {ALSO.get(heading, heading): texts for heading, texts in zip(folded, cells, strict=True)}
    for needed in NEEDED:
        if needed not in columns:
            raise no_such("unknown_column", needed, [heading for heading in headings if heading])
    if not columns["year"]:
        raise InputError("no_rows")
    values = amounts("estimate", columns["estimate"])
    limits = {limit: _optional(limit, columns.get(limit), len(values)) for limit in LIMITS}
    sources = columns.get("source", [""] * len(values))
    rows = zip(columns["year"], values, limits["lower"], limits["upper"], sources, strict=True)
    return Given(
        rows=tuple(
            GivenRow(year=year.strip(), estimate=value, lower=lower, upper=upper, source=source.strip())
            for year, value, lower, upper, source in rows
        ),
        name=name,
    )


def _optional(name: str, cells: list[str] | None, rows: int) -> list[float]:
    """Numbers of a column that need not be there, nor be filled in."""
    if cells is None:
        return [math.nan] * rows
    filled = [place for place, cell in enumerate(cells) if cell.strip()]
    found = [math.nan] * rows
    for place, value in zip(filled, amounts(name, [cells[place] for place in filled]), strict=True):
        found[place] = value
    return found
