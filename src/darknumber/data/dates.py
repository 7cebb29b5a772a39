"""Which list people come to first, and who referred them: counted where the rows are, so that only counts come back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import combinations, permutations
from operator import or_
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data import marks
from darknumber.data.engine import fetch, first_row
from darknumber.data.names import check_choice
from darknumber.data.people import coded_column
from darknumber.data.records import Records
from darknumber.data.tabulate import text_column
from darknumber.errors import InputError

Counts = NDArray[np.int64]
Undated = Literal["error", "before", "after"]

SOON = 30  # days within which somebody who comes to a second list was most likely sent there: a month
MAX_TEXTS = 100_000  # different dates or marks in a column; more are numbers of another kind
WRITTEN = 10  # characters of a date: what follows is the time of day
# The years of living people; 1900-01-01 and 9999-12-31 are how programs write that they do not know.
FIRST_YEAR, LAST_YEAR = 1901, 2100

NO_DATE = 10**9  # later than any day; a list without a date takes no part
_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")

# The counts of a pair that somebody can add to.
_BY_PAIR = ("both", "dated", "same")
_BY_DIRECTION = ("first", "soon", "referred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How many people came to one list before another.

    Parameters
    ----------
    lists
        The names of the K lists.
    both, dated, same
        ``(K, K)`` symmetric: people on both lists, those of them with a date on both, and with the same date.
    first, soon
        ``(K, K)``: people whose date on the list of the row is before that on the list of the column, and those of them
        with no more than `days` days between.
    days
        What `soon` is.
    referred
        ``(K, K)``: people on both whom the list of the row is said to have referred; None where that is not recorded.
    """

    lists: tuple[str, ...]
    both: Counts
    dated: Counts
    same: Counts
    first: Counts
    soon: Counts
    days: int
    referred: Counts | None


def order_of_lists(records: Records, days: int = SOON) -> Order | None:
    """Count, for each pair of lists, who came to which first; None where neither dates nor referrals were named.

    The first date of a person on a list counts. Dates may be dates, or text with the year first (2019-03-01, 20190301)
    or the day first (1-3-2019, 01/03/2019), with or without a time of day.

    Parameters
    ----------
    records
        Read with `dates` or `referrals`.
    days
        Up to how many days are *soon*.

    Raises
    ------
    InputError
        A column of dates with something else in it.
    """
    if not records.date_columns and records.referrals is None:
        return None
    frame = as_texts(records)
    places = range(len(records.lists))
    people = frame.select(*by_row(records, frame))
    if records.id is not None:
        highest = [name for name in people.collect_schema().names() if name.startswith(("on_", "by_"))]
        people = people.group_by("person").agg(
            *(nw.col(name).max() for name in highest), *(nw.col(f"day_{place}").min() for place in places)
        )
    counts = fetch(people.select(*_sums(records, days)))
    grids = {name: np.zeros((len(places), len(places)), dtype=np.int64) for name in (*_BY_PAIR, *_BY_DIRECTION)}
    for name, found in counts.items():
        kind, i, j = name.split("_")
        grids[kind][int(i), int(j)] = int(found[0] or 0)
    for name in _BY_PAIR:
        grids[name] += grids[name].T
    referred = grids.pop("referred")
    return Order(lists=records.lists, days=days, referred=None if records.referrals is None else referred, **grids)


def registered_by(records: Records, day: date | str, *, undated: Undated = "error") -> Records:
    """The records as they stood on a day: only what was on a list by then.

    The dates must say when a list registered somebody. With it, one file tells what an earlier extract of the same
    register held, as far as nothing was corrected or taken out since.

    Parameters
    ----------
    records
        Read with `dates`: a date in every row in long format, or one for each list.
    day
        The day of the earlier extract; what was registered on that day is in it.
    undated
        What to do where somebody is on a list without a date: an ``error``, or take it as registered ``before`` or
        ``after`` that day.

    Raises
    ------
    InputError
        Dates that were not named, are no dates, or are missing; a day that is none.
    """
    check_choice("undated", undated, get_args(Undated))
    try:
        last = day.toordinal() if isinstance(day, date) else day_of(day)
    except ValueError:
        last = None
    if last is None:
        raise InputError("not_a_day", day=str(day))
    if not records.dates or None in records.dates:
        dates = (*records.dates, *([None] * len(records.lists)))
        raise InputError("dates_needed", lists=[n for n, d in zip(records.lists, dates, strict=False) if d is None])
    text = as_texts(records)
    pairs = (
        [("list", "date")] if records.list_column else [(f"list_{j}", f"date_{j}") for j in range(len(records.lists))]
    )
    written = {column: kind for column, kind in records.frame.collect_schema().items() if column.startswith("date")}
    frame = records.frame.with_columns(
        *(_written(column, written[column]).alias(f"{column}_text") for _, column in pairs)
    )
    known, kept = NO_DATE - 1, []
    for on, column in pairs:
        heading = records.date_columns[column]
        days = _days(text, column, heading)
        if undated == "error":
            _refuse_undated(records, text, on, column, days, heading)
        early = coded_column(f"{column}_text", days, 0 if undated == "before" else known) <= last
        if records.list_column:
            frame = frame.filter(early)
            continue
        marked = texts_in(text, on)
        yes = sorted(each for each in marked if marks.mark(each) in marks.YES)
        no = next((each for each in sorted(marked) if marks.mark(each) in marks.NO | {""}), "")
        there = text_column(on, records.frame.collect_schema()[on])
        frame = frame.with_columns(nw.when(early | ~there.is_in(yes)).then(there).otherwise(nw.lit(no)).alias(on))
        kept.append(nw.col(on).is_in(yes))
    if kept:
        frame = frame.filter(reduce(or_, kept))
    return replace(records, frame=frame.select(*records.frame.collect_schema().names()))


def _refuse_undated(
    records: Records, text: nw.LazyFrame[Any], on: str, column: str, days: Mapping[str, int], heading: str
) -> None:
    """Refuse marks of a list without a date, by the column, how many rows and the first of them."""
    missing = ~nw.col(column).is_in(sorted(days) or [""])
    if not records.list_column:
        yes = sorted(each for each in texts_in(text, on) if marks.mark(each) in marks.YES)
        missing = missing & nw.col(on).is_in(yes or ["1"])
    n = int(fetch(text.filter(missing).select(nw.len().alias("n")))["n"][0])
    if n:
        raise InputError("undated", name=heading, rows=(n, first_row(text, missing)))


def day_of(text: str) -> int | None:
    """The number of the day that a text stands for; None where it was not recorded.

    Raises
    ------
    ValueError
        ``not_dates``: it is none. A month first (03/25/2019) is refused where it shows; it cannot be told for the first
        twelve days of a month, which are read with the day first.
    """
    written = marks.clean(text).casefold().split("t")[0].split(" ")[0]
    if written in marks.MISSING or text.strip().casefold() in marks.MISSING:
        return None
    year_first, day_first = _YEAR_FIRST.fullmatch(written), _DAY_FIRST.fullmatch(written)
    if year_first:
        year, month, day = year_first[1], year_first[3], year_first[4]
    elif day_first:
        year, month, day = day_first[4], day_first[3], day_first[1]
    else:
        raise ValueError("not_dates")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError("not_dates") from None
    return found.toordinal() if FIRST_YEAR <= found.year <= LAST_YEAR else None


def as_texts(records: Records, also: Sequence[str] = ()) -> nw.LazyFrame[Any]:
    """The columns with lists, dates and referrals as text; of dates only what can be one; `also` others as they are."""
    kinds = records.frame.collect_schema()
    plain = [*records.list_columns, *(["referral"] if records.referrals is not None else [])]
    columns = [text_column(column, kinds[column]) for column in plain]
    columns += [_written(column, kinds[column]).alias(column) for column in records.date_columns]
    return records.frame.select(*([] if records.id is None else [nw.col("person")]), *also, *columns)


def _written(column: str, kind: nw.dtypes.DType) -> nw.Expr:
    """What stands in a column of dates, without spaces and the time of day."""
    return text_column(column, kind).str.strip_chars(marks.SPACES).str.slice(0, WRITTEN)


def by_row(records: Records, frame: nw.LazyFrame[Any]) -> list[nw.Expr]:
    """For each row: the person, ``on_J`` and ``day_J`` for list J, and ``by_I_J`` where list I referred to list J."""
    days = {column: _days(frame, column, heading) for column, heading in records.date_columns.items()}
    marked = {column: texts_in(frame, column) for column in records.list_columns}
    columns = [] if records.id is None else [nw.col("person")]
    on = []
    for place, name in enumerate(records.lists):
        if records.list_column:
            column, stamp = "list", "date"
            texts = {text: 1 for text in marked[column] if marks.label(text) == name}
        else:
            column, stamp = f"list_{place}", f"date_{place}"
            texts = {text: 1 for text in marked[column] if marks.mark(text) in marks.YES}
        on.append(coded_column(column, texts))
        day = coded_column(stamp, days[stamp], NO_DATE) if stamp in days else nw.lit(NO_DATE).cast(nw.Int64)
        late = nw.lit(NO_DATE).cast(nw.Int64)
        columns += [
            on[place].alias(f"on_{place}"),
            nw.when(on[place] == 1).then(day).otherwise(late).alias(f"day_{place}"),
        ]
    if records.referrals is not None:
        columns += _referrals(records, frame, on)
    return columns


def _referrals(records: Records, frame: nw.LazyFrame[Any], on: list[nw.Expr]) -> list[nw.Expr]:
    named = {text: marks.label(text).casefold() for text in texts_in(frame, "referral")}
    by = [
        coded_column("referral", {text: 1 for text, said in named.items() if said == name.casefold()})
        for name in records.lists
    ]
    return [(by[i] * on[j]).alias(f"by_{i}_{j}") for i, j in permutations(range(len(on)), 2)]


def _sums(records: Records, days: int) -> list[nw.Expr]:
    """Every count of every pair, as one row."""
    sums = []
    for i, j in combinations(range(len(records.lists)), 2):
        both = (nw.col(f"on_{i}") + nw.col(f"on_{j}")) == 2
        one, other = nw.col(f"day_{i}"), nw.col(f"day_{j}")
        dated = both & (one < NO_DATE) & (other < NO_DATE)
        sums += [
            _number(both, f"both_{i}_{j}"),
            _number(dated, f"dated_{i}_{j}"),
            _number(dated & (one == other), f"same_{i}_{j}"),
        ]
        for before, after in ((i, j), (j, i)):
            gap = nw.col(f"day_{after}") - nw.col(f"day_{before}")
            sums.append(_number(dated & (gap > 0), f"first_{before}_{after}"))
            sums.append(_number(dated & (gap > 0) & (gap <= days), f"soon_{before}_{after}"))
            if records.referrals is not None:
                sums.append(_number(both & (nw.col(f"by_{before}_{after}") == 1), f"referred_{before}_{after}"))
    return sums


def _number(condition: nw.Expr, name: str) -> nw.Expr:
    one, none = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
    return nw.when(condition).then(one).otherwise(none).sum().alias(name)


def _days(frame: nw.LazyFrame[Any], column: str, heading: str) -> Mapping[str, int]:
    """The day of each text in a column that stands for one."""
    found: dict[str, int] = {}
    wrong: set[str] = set()
    for text in texts_in(frame, column):
        day = _or_none(day_of, text, wrong)
        if day is not None:
            found[text] = day
    if wrong:
        there = nw.col(column).is_in(sorted(wrong))
        n = int(fetch(frame.filter(there).select(nw.len().alias("n")))["n"][0])
        raise InputError("not_dates", name=heading, rows=(n, first_row(frame, there)))
    return found


def _or_none(read: Callable[[str], int | None], text: str, wrong: set[str]) -> int | None:
    try:
        return read(text)
    except ValueError:
        wrong.add(text)
    return None


def texts_in(frame: nw.LazyFrame[Any], column: str) -> list[str]:
    """The distinct texts in a column."""
    found: list[str] = fetch(frame.select(column).unique().head(MAX_TEXTS + 1))[column]
    if len(found) > MAX_TEXTS:
        raise InputError("too_many_dates", limit=MAX_TEXTS)
    return found
