"""From written dates to days and years, as expressions that run where the rows are.

Read are the year first (2014-03-01, 2014/3/1, 20140301), the day first (1-3-2014, 01.03.2014, 1 maart 2014, 1-mrt-14),
the month first where the mapping says so, the day numbers of spreadsheets, and a year by itself (1990, 00-00-1990,
03-1990); a time of day behind a date is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import narwhals.stable.v2 as nw

from darknumber.data.dates import FIRST_YEAR, LAST_YEAR
from darknumber.data.engine import with_days_after
from darknumber.register.values import is_missing, stripped, whole_number

Order = Literal["day first", "month first"]

_MONTHS = ("jan", "feb", "m(?:rt|aa|ar)", "apr", "(?:mei|may)", "jun", "jul", "aug", "sep", "o[kc]t", "nov", "dec")
_TIME = r"[t ]\d{1,2}:\d{2}.*$"
_YEAR_ONLY = (
    r"^(?:\d{1,2}-|00?-\d{1,2}-|\d{1,2}-00?-)?\d{4}$"  # 1990, 03-1990, 00-03-1990, 01-00-1990
    r"|^\d{4}-(?:00?|00?-\d{1,2}|\d{1,2}-00?)$"  # 1990-00, 1990-00-01, 1990-03-00
)
_YEAR_FIRST = r"^\d{4}-\d{1,2}-\d{1,2}$"
_YEAR_LAST = r"^\d{1,2}-\d{1,2}-\d{4}$"
_TWO_DIGITS = r"^\d{1,2}-\d{1,2}-\d{2}$"
_EIGHT = r"^\d{8}$"
_PLAUSIBLE = r"^(?:19|20|21)"
# Day numbers as spreadsheets keep them; with five digits they run from May 1927 on. With four they would be years.
_SERIAL = r"^[1-7]\d{4}$"
DAY_0 = date(1899, 12, 30)  # of the day numbers of spreadsheets, from March 1900 on


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The columns that a column of dates became.

    Parameters
    ----------
    day
        The date; empty where there is none.
    year
        The year, also where only that is known.
    unread
        Whether a text stood there that is no date.
    beyond
        Whether it is a date of a time in which nobody lives who could be in a report.
    year_only, two_digits, serial
        Whether only the year was written, the year in two digits, or the day number of a spreadsheet.
    """

    day: str
    year: str
    unread: str
    beyond: str
    year_only: str
    two_digits: str
    serial: str

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (self.day, self.year, self.unread, self.beyond, self.year_only, self.two_digits, self.serial)


def with_dates(
    frame: nw.LazyFrame[Any], columns: Sequence[tuple[str, Order]], latest: str
) -> tuple[nw.LazyFrame[Any], dict[str, Written]]:
    """The frame with what the texts in some columns say as dates.

    Parameters
    ----------
    columns
        Columns of text, each with how its dates are written.
    latest
        A column with the last year that a year in two digits can be.
    """
    if not columns:
        return frame, {}
    names = {
        column: Written(**{part: f"{column}__{part}" for part in Written.__dataclass_fields__}) for column, _ in columns
    }
    every = [column for column, _ in columns]
    frame = frame.with_columns(*(_plain(nw.col(each)).alias(f"{each}__text") for each in every))
    frame = frame.with_columns(*(_spaced(nw.col(f"{each}__text")).alias(f"{each}__text") for each in every))
    frame = frame.with_columns(*(each for column, order in columns for each in _pieces(column, order)))
    frame = frame.with_columns(*(_full_year(each, latest) for each in every))
    frame = frame.with_columns(
        *(whole_number(nw.col(f"{each}__text"), nw.col(f"{each}__serial")).alias(f"{each}__n") for each in every)
    )
    frame = with_days_after(frame, DAY_0, {f"{each}__n": f"{each}__counted" for each in every})
    frame = frame.with_columns(*(_exists(each).alias(f"{each}__right") for each in every))
    frame = frame.with_columns(*(part for each in every for part in _found(each, names[each])))
    extra = ("text", "y", "m", "d", "n", "counted", "right")
    return frame.drop(*(f"{each}__{part}" for each in every for part in extra)), names


def _plain(text: nw.Expr) -> nw.Expr:
    """Without capitals, time of day, and the decimals of a number; dashes between the parts."""
    plain = stripped(text).str.to_lowercase().str.replace_all(_TIME, "")
    plain = nw.when(plain.str.contains(r"^\d+[.,]0+$")).then(plain.str.replace_all(r"[.,]0+$", "")).otherwise(plain)
    other = plain.str.contains(r"[^0-9-]")
    return nw.when(other).then(plain.str.replace_all(r"[\s./]+", "-")).otherwise(plain)


def _spaced(plain: nw.Expr) -> nw.Expr:
    """Months in words as numbers, and dates in eight digits with dashes."""
    named = plain
    for number, month in enumerate(_MONTHS, start=1):
        there = plain.str.contains(rf"^\d{{1,2}}-{month}[a-z]*-+\d+$")
        named = nw.when(there).then(plain.str.replace_all(r"[a-z]+-*", f"{number}-")).otherwise(named)
    named = nw.when(plain.str.contains(r"[a-z]")).then(named).otherwise(plain)
    year_first = nw.concat_str(
        plain.str.slice(0, 4), nw.lit("-"), plain.str.slice(4, 2), nw.lit("-"), plain.str.slice(6, 2)
    )
    day_first = nw.concat_str(
        plain.str.slice(0, 2), nw.lit("-"), plain.str.slice(2, 2), nw.lit("-"), plain.str.slice(4, 4)
    )
    eight = nw.when(plain.str.contains(_PLAUSIBLE)).then(year_first).otherwise(day_first)
    return nw.when(plain.str.contains(_EIGHT)).then(eight).otherwise(named)


def _pieces(column: str, order: Order) -> list[nw.Expr]:
    """Year, month and day as numbers, where all three are written; the year where only that is."""
    text = nw.col(f"{column}__text")
    first, last = text.str.replace_all(r"-.*$", ""), text.str.replace_all(r"^.*-", "")
    middle = text.str.replace_all(r"^[^-]*-", "").str.replace_all(r"-.*$", "")
    year_first, two = text.str.contains(_YEAR_FIRST), text.str.contains(_TWO_DIGITS)
    year_only = text.str.contains(_YEAR_ONLY)
    full = (year_first | two | text.str.contains(_YEAR_LAST)) & ~year_only
    starts = text.str.contains(r"^\d{4}")
    year = nw.when(starts).then(first).otherwise(last)
    day_last = nw.when(year_first).then(last)
    one, other = (first, middle) if order == "day first" else (middle, first)
    month = nw.when(year_first).then(middle).otherwise(other)
    day = day_last.otherwise(one)
    return [
        whole_number(year, full | year_only).alias(f"{column}__y"),
        whole_number(month, full).alias(f"{column}__m"),
        whole_number(day, full).alias(f"{column}__d"),
        two.alias(f"{column}__two_digits"),
        year_only.alias(f"{column}__year_only"),
        text.str.contains(_SERIAL).alias(f"{column}__serial"),
    ]


def _full_year(column: str, latest: str) -> nw.Expr:
    """A year in two digits with its century: this one, or the last where that would be after the latest."""
    year = nw.col(f"{column}__y")
    full = nw.when(nw.col(latest) < year + 2000).then(year + 1900).otherwise(year + 2000)
    return nw.when(nw.col(f"{column}__two_digits")).then(full).otherwise(year).alias(f"{column}__y")


def _exists(column: str) -> nw.Expr:
    """Whether year, month and day are those of a day."""
    year, month, day = (nw.col(f"{column}__{part}") for part in "ymd")
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    february = nw.when(leap).then(nw.lit(29)).otherwise(nw.lit(28))
    short = nw.when(month.is_in([4, 6, 9, 11])).then(nw.lit(30)).otherwise(nw.lit(31))
    last = nw.when(month == 2).then(february).otherwise(short)
    right = (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
    return right.fill_null(False)


def _found(column: str, written: Written) -> list[nw.Expr]:
    year, month, day = (nw.col(f"{column}__{part}") for part in "ymd")
    counted, serial = nw.col(f"{column}__counted"), nw.col(f"{column}__serial")
    only, right, now = nw.col(f"{column}__year_only"), nw.col(f"{column}__right"), _is_time(year).fill_null(False)
    known = (right | only) & now
    means_something = right | only | serial
    text = nw.concat_str(
        year.cast(nw.String),
        nw.lit("-"),
        _two(month),
        month.cast(nw.String),
        nw.lit("-"),
        _two(day),
        day.cast(nw.String),
    )
    text = nw.when(right & now).then(text).otherwise(nw.lit(None).cast(nw.String))
    no_year = nw.lit(None).cast(nw.Int64)
    of_serial = nw.when(serial).then(counted.dt.year().cast(nw.Int64)).otherwise(no_year)
    return [
        nw.coalesce(text.cast(nw.Date), counted).alias(written.day),
        nw.when(known).then(year).otherwise(of_serial).alias(written.year),
        (~means_something & ~is_missing(nw.col(column))).alias(written.unread),
        ((right | only) & ~now).alias(written.beyond),
        (known & only).alias(written.year_only),
        (known & nw.col(f"{column}__two_digits")).alias(written.two_digits),
        serial.alias(written.serial),
    ]


def _two(number: nw.Expr) -> nw.Expr:
    """What makes a number of one digit into two."""
    return nw.when(number < 10).then(nw.lit("0")).otherwise(nw.lit(""))


def _is_time(year: nw.Expr) -> nw.Expr:
    return (year >= FIRST_YEAR) & (year <= LAST_YEAR)
