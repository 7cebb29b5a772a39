"""Records: who is on which list, one row per person or per person and list, wherever the rows happen to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import narwhals.stable.v2 as nw

from darknumber.data.table import Unit

Rule = Literal["error", "not recorded", "lowest"]
RULES: tuple[Rule, ...] = ("error", "not recorded", "lowest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """People on lists, not yet counted; `darknumber.data.tabulate.tabulate` counts them.

    The rows stay where they are (a file, a database, a cluster, a data frame in memory) and are never copied or
    printed.

    Parameters
    ----------
    frame
        The rows, lazily. Columns ``person`` (where there is an id), ``list`` (long format) or ``list_0``,
        ``list_1``, ... (one per list), and ``covariate_0``, ``covariate_1``, ...; where they were named, ``date`` (long
        format) or ``date_0``, ``date_1``, ... (numbered as the lists), and ``referral``.
    lists, covariates
        Their names, in the order of the columns.
    rules
        For each covariate, what to do with a person who has two values: an ``error``; take it as ``not recorded``;
        or the ``lowest`` level, such as the first year.
    id
        What the id column is called in the source; None where every row is a person of its own.
    list_column
        What the column with list names is called in the source; None where each list has a column.
    year
        The covariate that is the year, or None.
    unit
        What one count will be.
    name
        What the data are called in output, such as the file name.
    dates
        What the columns with dates are called in the source: one in long format, otherwise one for each list, None for
        a list without; empty where none was named. `darknumber.data.dates.order_of_lists` reads them.
    referrals
        What the column that says which list referred somebody is called in the source, or None.
    """

    frame: nw.LazyFrame[Any] = field(repr=False)
    lists: tuple[str, ...]
    covariates: tuple[str, ...]
    rules: tuple[Rule, ...]
    id: str | None
    list_column: str | None
    year: str | None
    unit: Unit
    name: str
    dates: tuple[str | None, ...] = ()
    referrals: str | None = None

    @property
    def list_columns(self) -> tuple[str, ...]:
        """The columns of `frame` that say on which list somebody is."""
        return ("list",) if self.list_column else tuple(f"list_{place}" for place in range(len(self.lists)))

    @property
    def covariate_columns(self) -> tuple[str, ...]:
        """The columns of `frame` that hold the covariates."""
        return tuple(f"covariate_{place}" for place in range(len(self.covariates)))

    @property
    def date_columns(self) -> dict[str, str]:
        """The columns of `frame` that hold dates, each with what it is called in the source."""
        columns = ["date"] if self.list_column else [f"date_{place}" for place in range(len(self.dates))]
        return {column: heading for column, heading in zip(columns, self.dates, strict=False) if heading is not None}
