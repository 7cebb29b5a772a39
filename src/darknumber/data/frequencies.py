"""How often people are on one list: how many were seen once, twice, and so on, in each stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data import marks
from darknumber.data.engine import fetch, first_row
from darknumber.data.names import as_names, check_choice, check_distinct, no_such
from darknumber.data.read import open_source
from darknumber.data.table import (
    LIKE_ID,
    MANY_LEVELS,
    MAX_DENSE_CELLS,
    MAX_STRATA,
    UNITS,
    CaptureTable,
    Covariate,
    Unit,
)
from darknumber.data.tabulate import text_column
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding
from darknumber.words import say

MAX_TIMES = 10_000  # a larger number of sightings of one person is an identifier, or an amount
MAX_COMBINATIONS = 10**6  # of times and covariates: more are rows on people, not counts

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frequencies:
    """Counts of people by stratum and by how often each of them is on the one list; what models of sightings take.

    Strata are the full product of the covariates' levels, the last covariate changing fastest. Only non-zero cells are
    kept, sorted by stratum, then times. Arrays are read-only.

    Parameters
    ----------
    covariates
        The covariates that make the strata; may be empty.
    stratum, times, count
        ``(cells,)`` each: the stratum, how often these people were seen (at least once), and how many they are.
    list_name
        What the list is called: the column with the times.
    unit, name
        What one count is, and what the data are called.
    findings
        What reading the data brought up.
    """

    covariates: tuple[Covariate, ...]
    stratum: Index
    times: Index
    count: Index
    list_name: str = "times"
    unit: Unit = "person"
    name: str = ""
    findings: tuple[Finding, ...] = ()

    @classmethod
    def build(
        cls,
        times: Sequence[int] | Index,
        counts: Sequence[int] | Index,
        *,
        covariates: Sequence[Covariate] = (),
        levels: Sequence[Index] = (),
        list_name: str = "times",
        unit: Unit = "person",
        name: str = "",
        findings: Sequence[Finding] = (),
    ) -> Frequencies:
        """Frequencies from cells in any order; equal cells are added up and empty ones left out.

        Parameters
        ----------
        levels
            One ``(cells,)`` array of level numbers for each covariate.

        Raises
        ------
        InputError
            Repeated names, too many strata, counts or times that are not whole, people seen no times or more often
            than `MAX_TIMES`, nobody at all, a covariate that tells people apart.
        """
        covariates = tuple(covariates)
        check_choice("unit", unit, UNITS)
        check_distinct([list_name, *(covariate.name for covariate in covariates)])
        shape = tuple(len(covariate.levels) for covariate in covariates)
        strata = int(np.prod(shape, dtype=np.float64))
        if strata > MAX_STRATA:
            raise InputError("too_many_strata", strata=strata, limit=MAX_STRATA)
        often, count = np.asarray(times), np.asarray(counts)
        wrong = ~((count >= 0) & np.isfinite(count) & (count == np.floor(count)))
        if wrong.any():
            raise InputError("bad_counts", count=float(count[wrong][0]))
        kept = count > 0
        if not kept.any():
            raise InputError("nobody")
        wrong = kept & ~((often >= 1) & (often <= MAX_TIMES) & (often == np.floor(often)))
        if wrong.any():
            raise InputError("bad_times", n=int(count[wrong].sum()), limit=MAX_TIMES)
        place = np.zeros(len(often), dtype=np.int64)
        if covariates:
            place = np.ravel_multi_index([np.asarray(level, dtype=np.int64) for level in levels], shape)
        key, index = np.unique(place[kept] * (MAX_TIMES + 1) + often[kept].astype(np.int64), return_inverse=True)
        total = np.zeros(len(key), dtype=np.int64)
        np.add.at(total, index, count[kept].astype(np.int64))
        people = int(total.sum())
        for covariate in covariates:
            if len(covariate.levels) > max(MANY_LEVELS, LIKE_ID * people):
                raise InputError("covariate_like_id", name=covariate.name, levels=len(covariate.levels), people=people)
        return cls(
            covariates=covariates,
            stratum=_frozen(key // (MAX_TIMES + 1)),
            times=_frozen(key % (MAX_TIMES + 1)),
            count=_frozen(total),
            list_name=list_name,
            unit=unit,
            name=name,
            findings=tuple(findings),
        )

    def __str__(self) -> str:
        values = {"name": self.name, "people": int(self.count.sum()), "once": int(self.count[self.times == 1].sum())}
        if not self.covariates:
            return say("sightings.plain", **values)
        return say("sightings.strata", strata=self.strata, covariates=[c.name for c in self.covariates], **values)

    __repr__ = __str__  # what a notebook shows is a sentence, not the arrays

    @property
    def shape(self) -> tuple[int, ...]:
        """Levels of each covariate."""
        return tuple(len(covariate.levels) for covariate in self.covariates)

    @property
    def strata(self) -> int:
        """How many strata there are, empty ones included; 1 without covariates."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def observed(self) -> Index:
        """``(strata,)`` people who were seen."""
        return np.bincount(self.stratum, weights=self.count, minlength=self.strata).astype(np.int64)

    @property
    def by_times(self) -> Mapping[int, int]:
        """How many people were seen once, twice, and so on; only what occurs."""
        people = np.bincount(self.times, weights=self.count).astype(np.int64)
        return {int(times): int(people[times]) for times in np.flatnonzero(people)}

    def up_to(self, most: int) -> NDArray[np.float64]:
        """``(most,)`` how many people were seen once, twice, and so on; the last holds those seen more often too."""
        people = np.bincount(np.minimum(self.times, most), weights=self.count.astype(np.float64), minlength=most + 1)
        return np.asarray(people[1:], dtype=np.float64)

    def dense(self, times: Index) -> NDArray[np.float64]:
        """``(strata, V)`` people by stratum and number of sightings, for rising `times` that hold all that occur.

        Raises
        ------
        ModelError
            More than `MAX_DENSE_CELLS` cells.
        """
        if self.strata * len(times) > MAX_DENSE_CELLS:
            raise ModelError("too_many_cells", cells=self.strata * len(times), limit=MAX_DENSE_CELLS)
        cells = np.zeros((self.strata, len(times)))
        cells[self.stratum, np.searchsorted(times, self.times)] = self.count
        return cells

    def axis(self, name: str) -> int:
        """Which covariate `name` is, counted from 0; an error that suggests near names where there is none."""
        names = [covariate.name for covariate in self.covariates]
        if name not in names:
            raise no_such("unknown_covariate", name, names)
        return names.index(name)

    def pool(self, names: Sequence[str]) -> Frequencies:
        """The same people without the covariates `names`: their strata are added up."""
        drop = {self.axis(name) for name in names}
        keep = [axis for axis in range(len(self.shape)) if axis not in drop]
        levels = self._levels()
        findings = [finding for finding in self.findings if finding.where not in set(names)]
        return self._built([self.covariates[k] for k in keep], [levels[k] for k in keep], self.count, findings)

    def select(self, name: str, levels: Sequence[str]) -> Frequencies:
        """Only the people with one of these levels of covariate `name`; the covariate keeps those levels.

        Findings that count people of the whole are left out.

        Raises
        ------
        InputError
            No such covariate or level, or nobody is left.
        """
        axis = self.axis(name)
        covariate = self.covariates[axis]
        for level in levels:
            if level not in covariate.levels:
                raise InputError("unknown_level", name=name, level=level, known=covariate.levels)
        places = [place for place, level in enumerate(covariate.levels) if level in set(levels)]
        values = None if covariate.values is None else tuple(covariate.values[place] for place in places)
        kept = Covariate(name=name, levels=tuple(covariate.levels[place] for place in places), values=values)
        renumber = np.full(len(covariate.levels), -1)
        renumber[places] = np.arange(len(places))
        coordinates = self._levels()
        coordinates[axis] = renumber[coordinates[axis]]
        there = coordinates[axis] >= 0
        coordinates[axis] = np.maximum(coordinates[axis], 0)
        covariates = [*self.covariates[:axis], kept, *self.covariates[axis + 1 :]]
        findings = [finding for finding in self.findings if not finding.values]
        return self._built(covariates, coordinates, np.where(there, self.count, 0), findings)

    def _levels(self) -> list[Index]:
        """The level of each cell, for each covariate."""
        return list(np.unravel_index(self.stratum, self.shape)) if self.shape else []

    def _built(
        self, covariates: Sequence[Covariate], levels: Sequence[Index], count: Index, findings: Sequence[Finding]
    ) -> Frequencies:
        return Frequencies.build(
            self.times,
            count,
            covariates=covariates,
            levels=levels,
            list_name=self.list_name,
            unit=self.unit,
            name=self.name,
            findings=findings,
        )

    def table(self) -> CaptureTable:
        """The same people as a capture table of one list, which everybody is on: how often is forgotten."""
        observed = self.observed
        there = np.flatnonzero(observed)
        return CaptureTable(
            lists=(self.list_name,),
            covariates=self.covariates,
            stratum=_frozen(there),
            history=_frozen(np.ones(len(there), dtype=np.uint32)),
            count=_frozen(observed[there]),
            operating=_frozen(np.ones((self.strata, 1), dtype=bool)),
            unit=self.unit,
            name=self.name,
            findings=self.findings,
        )


def read_frequencies(
    source: Any,
    *,
    times: str,
    covariates: Sequence[str] = (),
    count: str | None = None,
    unit: Unit = "person",
    name: str | None = None,
    sheet: str | None = None,
) -> Frequencies:
    """Read how often people are on one list: a row for each person, or for each combination with a count.

    Rows are added up in the engine that holds them; what comes back is counts, and no row is kept.

    Parameters
    ----------
    source
        The path of a CSV, TSV, Excel or Parquet file, or any data frame that narwhals knows.
    times
        The column that says how often somebody was seen: 1, 2, ...
    covariates
        The columns to make strata of.
    count
        The column with how many people a row stands for; by default every row is one person.
    unit
        What one count is.
    name
        What to call the data in output; by default the name of the file.
    sheet
        The sheet of a workbook that has several.

    Raises
    ------
    InputError
        A file that cannot be read, a column that is not there, times or counts that are not whole numbers, people seen
        no times, and what `Frequencies.build` refuses.
    """
    named = [heading.strip() for heading in as_names(covariates)]
    check_distinct([times.strip(), *named, *([count.strip()] if count else [])])
    opened = open_source(source, sheet)
    wanted = {"times": times, **({"count": count} if count else {})}
    wanted |= {f"covariate_{place}": heading for place, heading in enumerate(named)}
    frame = opened.frame.select(*(opened.column(heading).alias(column) for column, heading in wanted.items()))
    kinds = frame.collect_schema()
    frame = frame.select(*(text_column(column, kinds[column]) for column in wanted))
    seen = fetch(frame.group_by(*wanted).agg(nw.len().alias("rows")).head(MAX_COMBINATIONS + 1))
    rows = np.array(seen["rows"], dtype=np.int64)
    if not len(rows):
        raise InputError("no_rows")
    if len(rows) > MAX_COMBINATIONS:
        raise InputError("too_many_combinations", limit=MAX_COMBINATIONS)
    often = _times(frame, times, seen["times"], rows)
    people = rows * _counts(frame, count, seen["count"], rows) if count else rows
    if (people[often == 0] > 0).any():
        texts = {text for text, number in zip(seen["times"], often, strict=True) if number == 0}
        raise InputError("seen_no_times", name=times, rows=_rows(frame, "times", texts, int(rows[often == 0].sum())))
    kept = people > 0
    found, levels = [], []
    for place, heading in enumerate(named):
        labels = [marks.label(text) for text in seen[f"covariate_{place}"]]
        covariate = Covariate.of(heading, {label for label, keep in zip(labels, kept, strict=True) if keep})
        number = {level: at for at, level in enumerate(covariate.levels)}
        found.append(covariate)
        levels.append(np.array([number.get(label, 0) for label in labels], dtype=np.int64)[kept])
    return Frequencies.build(
        often[kept],
        people[kept],
        covariates=found,
        levels=levels,
        list_name=times.strip(),
        unit=unit,
        name=opened.name if name is None else name,
    )


def _times(frame: nw.LazyFrame[Any], heading: str, texts: Sequence[str], rows: Index) -> Index:
    """How often people were seen, from the texts in the column."""
    wrong = np.array([bool(marks.count_trouble(text)) for text in texts])
    if wrong.any():
        strange = {text for text, found in zip(texts, wrong, strict=True) if found}
        raise InputError("times_not_whole", name=heading, rows=_rows(frame, "times", strange, int(rows[wrong].sum())))
    return np.array([marks.count(text) for text in texts], dtype=np.int64)


def _counts(frame: nw.LazyFrame[Any], heading: str, texts: Sequence[str], rows: Index) -> Index:
    """How many people each row stands for."""
    trouble = [marks.count_trouble(text) for text in texts]
    code = next(filter(None, trouble), "")
    if code:
        wrong = {text for text, found in zip(texts, trouble, strict=True) if found == code}
        n = int(sum(number for number, found in zip(rows, trouble, strict=True) if found == code))
        raise InputError(code, name=heading, rows=_rows(frame, "count", wrong, n))
    return np.array([marks.count(text) for text in texts], dtype=np.int64)


def _rows(frame: nw.LazyFrame[Any], column: str, texts: set[str], n: int) -> tuple[int, int | None]:
    """How many rows have one of these texts in a column, and the first of them."""
    return n, first_row(frame, nw.col(column).is_in(sorted(texts)))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
