"""Residents: the people among whom victims are counted, from a file of a statistical office."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.ages import Band, classes_of
from darknumber.data.amounts import DECIMALS, Decimal, amounts
from darknumber.data.marks import SPACES, clean
from darknumber.data.names import COUNT_HEADINGS, as_names, check_choice, no_such
from darknumber.data.people import YEAR_NAMES
from darknumber.data.read import first_cells
from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.words import say

Array = NDArray[np.float64]

MAX_ROWS = 10**6  # a century of single years of age by sex and municipality is less
ROUNDING = 1.0  # residents by which a total may differ from each of its rounded parts
# What offices call the number of residents; looked for where the column is not named.
RESIDENT_HEADINGS = COUNT_HEADINGS | {
    *("bevolking", "inwoners", "bevolking op 1 januari", "aantal inwoners", "gemiddelde bevolking"),
    *("population", "residents", "obs_value", "value", "waarde"),
}
YEAR_HEADINGS = YEAR_NAMES | {"jaren", "perioden", "periode", "period", "time_period", "time"}
AGE_HEADINGS = frozenset({"age", "leeftijd", "ages", "leeftijden"})
_ID_HEADINGS = frozenset({"id", "nr", "no", "row", "rij", "index", ""})  # columns that number the rows
_WHOLE_YEAR = re.compile(r"(\d{4})JJ00")  # how Statistics Netherlands writes a year in its open data
_TOTAL_WORDS = ("totaal", "total")  # a level that begins so is a sum over the others
_TOTALS = frozenset({"_t", "alle", "all", "alle leeftijden", "all ages", "both", "both sexes", "beide geslachten"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residents:
    """Numbers of residents by year, sex, age or whatever the file has; print it, or read its columns.

    Parameters
    ----------
    covariates
        What the numbers are split by; the last changes fastest. The year, where there is one, is called as in the file.
    people
        ``(strata,)`` residents, all positive.
    name
        What the file is called.
    """

    covariates: tuple[Covariate, ...]
    people: Array
    name: str = ""

    def __str__(self) -> str:
        by = [covariate.name for covariate in self.covariates]
        return say("rates.residents.split" if by else "rates.residents.whole", name=self.name, by=by, **self._size())

    __repr__ = __str__

    @property
    def time(self) -> Covariate | None:
        """The year; None where the numbers are of one moment."""
        return next((each for each in self.covariates if each.name.casefold() in YEAR_HEADINGS), None)

    def columns(self) -> dict[str, list[Any]]:
        """One row a stratum: its levels and its residents."""
        rows = list(product(*(covariate.levels for covariate in self.covariates)))
        table: dict[str, list[Any]] = {
            covariate.name: [row[place] for row in rows] for place, covariate in enumerate(self.covariates)
        }
        return table | {"residents": self.people.tolist()}

    def of(self, levels: Mapping[str, str], years: Sequence[str] = ()) -> float:
        """Residents with these levels, over the other covariates together; ``nan`` where there are none such.

        Parameters
        ----------
        levels
            A level by covariate of the file, the year left out.
        years
            Of these the annual mean is taken; of all of them where none is named.
        """
        grid = self.people.reshape(tuple(len(covariate.levels) for covariate in self.covariates))
        time = self.time
        for axis, covariate in enumerate(self.covariates):
            wanted = years if covariate is time else [levels[covariate.name]] if covariate.name in levels else ()
            if not set(wanted) <= set(covariate.levels):
                return float("nan")
            places = [covariate.levels.index(level) for level in wanted] or list(range(len(covariate.levels)))
            grid = np.take(grid, places, axis=axis)
        return float(grid.sum()) / (1 if time is None else len(years) or len(time.levels))

    def _size(self) -> dict[str, float]:
        """How many residents there are; on average over the years."""
        return {"people": self.of({})}


def read_residents(
    source: Any,
    *,
    people: str | None = None,
    covariates: Sequence[str] | Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    ages: Mapping[str, Band] | None = None,
    times: float = 1,
    decimal: Decimal | None = None,
    name: str | None = None,
    sheet: str | None = None,
) -> Residents:
    """Read numbers of residents: one row for each combination of year, sex, age or other splits, and their number.

    Rows of totals (*totaal*, *total*, *all*, ...) are not counted again: they are held against the sum of their parts.

    Parameters
    ----------
    source
        The path of a CSV, TSV, Excel or Parquet file, or a data frame, as `darknumber.data.read.read_counts` takes.
    people
        The column with the numbers; by default one with a name such as *residents*, *population* or *bevolking*, else
        the last.
    covariates
        The columns that the residents are split by, each with what it is called in the estimates where that is another
        name: ``{"geslacht": "sex", "leeftijd": "age"}``. By default every other column with more than one value.
        Columns left out are summed over; the year never is.
    levels
        What levels are called in the estimates: ``{"vrouwen": "female"}``. Several may become one.
    ages
        The first and last age of each class to be made of single ages or bands: ``{"minor": (0, 17), "adult": (18,
        None)}``. Ages in no class are left out.
    times
        What the numbers are in: 1,000 where the file is in thousands.
    decimal
        The decimal mark, ``point`` or ``comma``; by default it is told from the column.
    name
        What to call the residents in output; by default the name of the file.
    sheet
        The sheet of a workbook that has several.

    Raises
    ------
    InputError
        A file that cannot be read, a column that is not there, numbers that are none, are negative or not whole, a
        combination that is there twice or not at all or that has nobody, totals that are not the sum of their parts,
        and ages that cannot be put together.
    """
    if decimal is not None:
        check_choice("decimal", decimal, tuple(DECIMALS))
    headings, cells, own_name = first_cells(source, sheet, MAX_ROWS + 1)
    columns = dict(zip(headings, cells, strict=True))
    columns.pop("", None)
    if not columns or not len(next(iter(columns.values()))):
        raise InputError("no_rows")
    if len(next(iter(columns.values()))) > MAX_ROWS:
        raise InputError("too_many_residents", limit=MAX_ROWS)
    counted = _counted(columns, people)
    columns = _without_footer(columns, counted)
    numbers = _numbers(counted, columns[counted], times, decimal)
    named = _named(columns, counted, covariates)
    told = {heading: [_level(heading, cell) for cell in columns[heading]] for heading in _telling(columns, counted)}
    rows = _rows(told | {heading: told.get(heading, columns[heading]) for heading in named}, numbers)
    split = list({**told, **named})
    parts = _summed(_parts(rows), [split.index(heading) for heading in named])
    kept = _renamed(parts, list(named), levels or {}, ages, list(named.values()))
    return _built(kept, list(named.values()), own_name if name is None else name)


def is_total(level: str) -> bool:
    """Whether a level is a sum over the others of its column."""
    plain = level.casefold()
    return plain in _TOTALS or plain.startswith(_TOTAL_WORDS)


def _counted(columns: Mapping[str, Sequence[str]], people: str | None) -> str:
    """The column with the numbers."""
    if people is not None:
        if people.strip() not in columns:
            raise no_such("unknown_column", people.strip(), list(columns))
        return people.strip()
    called = [heading for heading in columns if heading.casefold() in RESIDENT_HEADINGS]
    return called[-1] if called else list(columns)[-1]


def _without_footer(columns: Mapping[str, Sequence[str]], counted: str) -> dict[str, list[str]]:
    """The columns without the last rows that have one filled cell and no number: the source, a date, a remark."""
    rows = len(columns[counted])
    while rows and not columns[counted][rows - 1].strip(SPACES):
        if sum(bool(cells[rows - 1].strip(SPACES)) for cells in columns.values()) > 1:
            break
        rows -= 1
    return {heading: list(cells[:rows]) for heading, cells in columns.items()}


def _named(
    columns: Mapping[str, Sequence[str]], counted: str, covariates: Sequence[str] | Mapping[str, str] | None
) -> dict[str, str]:
    """The columns that the residents are split by, each with what it is called in the estimates."""
    if covariates is None:
        return {heading: heading for heading in _telling(columns, counted)}
    if isinstance(covariates, Mapping):
        wanted = {heading.strip(): called.strip() for heading, called in covariates.items()}
    else:
        wanted = {heading.strip(): heading.strip() for heading in as_names(covariates)}
    year = next((heading for heading in columns if heading.casefold() in YEAR_HEADINGS), None)
    if year is not None and year != counted:  # residents of several years are never summed
        wanted.setdefault(year, year)
    for heading in wanted:
        if heading not in columns or heading == counted:
            raise no_such("unknown_column", heading, [each for each in columns if each != counted])
    twice = [called for called, n in Counter(wanted.values()).items() if n > 1]
    if twice:
        raise InputError("repeated_names", names=twice)
    return wanted


def _telling(columns: Mapping[str, Sequence[str]], counted: str) -> list[str]:
    """The columns that tell rows apart: with more than one value, and not a number for each row by itself."""
    rows = len(columns[counted])
    distinct = {heading: len({*cells}) for heading, cells in columns.items() if heading != counted}
    others = [heading for heading, n in distinct.items() if n > 1]
    return [heading for heading in others if distinct[heading] < rows or len(others) == 1 or not _is_id(heading)]


def _is_id(heading: str) -> bool:
    return heading.casefold() in _ID_HEADINGS


def _level(heading: str, cell: str) -> str:
    """The level in a cell; the year of a period that is a whole one."""
    text = clean(cell)
    year = _WHOLE_YEAR.fullmatch(text) if heading.casefold() in YEAR_HEADINGS else None
    return year[1] if year else text


def _numbers(name: str, cells: Sequence[str], times: float, decimal: Decimal | None) -> list[float]:
    """The number of residents in each row."""
    found = amounts(name, cells, decimal=decimal)
    negative = [row for row, value in enumerate(found) if value < 0]
    if negative:
        raise InputError("negative_residents", name=name, rows=(len(negative), negative[0] + 2))
    if times == 1:
        parts = [row for row, value in enumerate(found) if value != int(value)]
        if parts:
            raise InputError("fractional_residents", name=name, rows=(len(parts), parts[0] + 2))
    return [value * times for value in found]


def _rows(labels: Mapping[str, Sequence[str]], numbers: Sequence[float]) -> dict[tuple[str, ...], float]:
    """The number of each combination as it stands in the file."""
    keys = list(zip(*labels.values(), strict=True)) if labels else [()] * len(numbers)
    empty = [row for row, key in enumerate(keys) if not all(key)]
    if empty:
        heading = next(heading for heading in labels if not labels[heading][empty[0]])
        raise InputError("residents_without_level", name=heading, rows=(len(empty), empty[0] + 2))
    seen: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(keys):
        if key in seen:
            raise InputError("residents_twice", levels=key, first=seen[key] + 2, second=row + 2)
        seen[key] = row
    return dict(zip(keys, numbers, strict=True))


def _summed(rows: Mapping[tuple[str, ...], float], places: Sequence[int]) -> dict[tuple[str, ...], float]:
    """The same over the columns that are not wanted together."""
    kept: dict[tuple[str, ...], float] = defaultdict(float)
    for key, value in rows.items():
        kept[tuple(key[place] for place in places)] += value
    return dict(kept)


def _parts(rows: Mapping[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """The rows that are no totals; totals must be the sum of these."""
    only = [len(set(levels)) == 1 for levels in zip(*rows, strict=True)]
    summed = {key: tuple(is_total(level) and not alone for level, alone in zip(key, only, strict=True)) for key in rows}
    parts = {key: value for key, value in rows.items() if not any(summed[key])}
    sums: dict[tuple[bool, ...], dict[tuple[str, ...], list[float]]] = {}
    for key, value in rows.items():
        pattern = summed[key]
        if not any(pattern):
            continue
        if pattern not in sums:
            found: dict[tuple[str, ...], list[float]] = defaultdict(list)
            for part, number in parts.items():
                found[_left(part, pattern)].append(number)
            sums[pattern] = found
        of = sums[pattern].get(_left(key, pattern), [])
        if of and abs(value - sum(of)) > ROUNDING * len(of):
            raise InputError("totals_do_not_add", levels=key, total=value, parts=sum(of))
    return parts


def _left(key: tuple[str, ...], summed: tuple[bool, ...]) -> tuple[str, ...]:
    return tuple(level for level, gone in zip(key, summed, strict=True) if not gone)


def _renamed(
    rows: Mapping[tuple[str, ...], float],
    headings: Sequence[str],
    levels: Mapping[str, str],
    ages: Mapping[str, Band] | None,
    names: Sequence[str],
) -> dict[tuple[str, ...], float]:
    """The same with levels called as in the estimates, those that are called alike put together."""
    known = {level for key in rows for level in key}
    for level in levels:
        if level not in known:
            raise no_such("unknown_resident_level", level, sorted(known))
    places = [dict(levels) for _ in headings]
    if ages is not None:
        place = _age_column(headings, names)
        held = dict.fromkeys(key[place] for key in rows)
        places[place] = classes_of(headings[place], list(held), ages)
        rows = {key: value for key, value in rows.items() if key[place] in places[place]}
    kept: dict[tuple[str, ...], float] = defaultdict(float)
    for key, value in rows.items():
        kept[tuple(called.get(level, level) for level, called in zip(key, places, strict=True))] += value
    return dict(kept)


def _age_column(headings: Sequence[str], names: Sequence[str]) -> int:
    """The place of the column with ages."""
    for place, called in enumerate(zip(headings, names, strict=True)):
        if any(each.casefold() in AGE_HEADINGS for each in called):
            return place
    raise InputError("no_age_column", known=tuple(headings))


def _built(rows: Mapping[tuple[str, ...], float], names: Sequence[str], name: str) -> Residents:
    """All combinations in order; each must be there, and have somebody."""
    if not rows:
        raise InputError("no_rows")
    found = [Covariate.of(each, {key[place] for key in rows}) for place, each in enumerate(names)]
    every = list(product(*(covariate.levels for covariate in found)))
    missing = [key for key in every if key not in rows]
    if missing:
        raise InputError("residents_missing", n=len(missing), levels=missing[0], names=tuple(names))
    nobody = [key for key in every if not rows[key] > 0]
    if nobody:
        raise InputError("no_residents", n=len(nobody), levels=nobody[0] or (name,))
    people = np.array([rows[key] for key in every])
    people.flags.writeable = False
    return Residents(covariates=tuple(found), people=people, name=name)
