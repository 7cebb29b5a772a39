"""What the dates in office files mean.

Read are the year first (2014-03-01, 2014/3/1, 20140301), the day first (1-3-2014, 01.03.2014, 01032014, 1 maart 2014,
1-mrt-14), the month first where the mapping says so, the day numbers of spreadsheets (41699), and a year by itself
(1990, 03-1990, 00-00-1990). A time of day behind a date is left out before it comes here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from darknumber.data.dates import FIRST_YEAR, LAST_YEAR
from darknumber.register.reading.meanings import is_missing, plain

Order = Literal["day first", "month first"]
ORDERS: tuple[Order, ...] = ("day first", "month first")
TIME_OF_DAY = r"[Tt ]\s*\d{1,2}:\d{2}.*$"  # what is left out

_MONTHS = ("jan", "feb", "m(?:rt|aa|ar)", "apr", "(?:mei|may)", "jun", "jul", "aug", "sep", "o[kc]t", "nov", "dec")
_NAMED = re.compile(r"([a-z]+)\.?")
_PARTS = re.compile(r"[-/.\s]+")
_EIGHT = re.compile(r"\d{8}")
# The day numbers of spreadsheets count from here. With five digits they run from May 1927 on; with four they would be
# taken for years.
_DAY_0 = date(1899, 12, 30)
_SERIAL = re.compile(r"[1-7]\d{4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a written date means.

    Parameters
    ----------
    day
        The date; None where it is not known to the day.
    year
        The year; None where not even that is known.
    trouble
        ``not_a_date``; ``beyond_time``: of a time in which nobody lives who could be in a report; ``year_only``,
        ``two_digits`` or ``serial`` where only the year was written, the year in two digits, or the day number of a
        spreadsheet; empty where there is nothing to say.
    """

    day: date | None = None
    year: int | None = None
    trouble: str = ""


def day_of(text: str, order: Order, latest: int) -> Day:
    """The day or year that a text stands for.

    Parameters
    ----------
    order
        Whether 1-3-2014 is the first of March or the third of January.
    latest
        The last year that a year in two digits can be; what would be later is of the century before.
    """
    if is_missing(text):
        return Day()
    written = plain(text)
    if _SERIAL.fullmatch(written):
        found = _DAY_0 + timedelta(days=int(written))
        return Day(day=found, year=found.year, trouble="serial")
    if _EIGHT.fullmatch(written):
        year_first = FIRST_YEAR <= int(written[:4]) <= LAST_YEAR
        cuts = (4, 6) if year_first else (2, 4)
        parts = [written[: cuts[0]], written[cuts[0] : cuts[1]], written[cuts[1] :]]
    else:
        parts = [_number_of_month(part) for part in _PARTS.split(written) if part]
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return Day(trouble="not_a_date")
    return _of_parts(parts, order, latest)


def _number_of_month(part: str) -> str:
    """A month in words as a number; everything else as it is."""
    named = _NAMED.fullmatch(part)
    found = [place for place, month in enumerate(_MONTHS, start=1) if named and re.match(month, part)]
    return str(found[0]) if found else part


def _of_parts(parts: list[str], order: Order, latest: int) -> Day:
    """Year, month and day from their digits."""
    lengths = [len(part) for part in parts]
    if 4 not in (lengths[0], lengths[-1]) and not (len(parts) == 3 and max(lengths) <= 2):
        return Day(trouble="not_a_date")
    if lengths[0] == 4:
        year, rest = parts[0], parts[1:]
    else:
        year, rest = parts[-1], parts[:-1]
        if order == "day first" or len(rest) < 2:
            rest = rest[::-1]
    if any(len(part) > 2 for part in rest):
        return Day(trouble="not_a_date")
    month, day = [*map(int, rest), 0, 0][:2]
    two_digits = len(year) == 2
    full = int(year) if not two_digits else _with_century(int(year), latest)
    if month > 12 or day > 31:
        return Day(trouble="not_a_date")
    if not FIRST_YEAR <= full <= LAST_YEAR:
        return Day(trouble="beyond_time")
    if month == 0 or day == 0:
        return Day(trouble="not_a_date") if two_digits else Day(year=full, trouble="year_only")
    try:
        found = date(full, month, day)
    except ValueError:
        return Day(trouble="not_a_date")
    return Day(day=found, year=full, trouble="two_digits" if two_digits else "")


def _with_century(year: int, latest: int) -> int:
    century = latest - latest % 100
    return century + year if century + year <= latest else century - 100 + year
