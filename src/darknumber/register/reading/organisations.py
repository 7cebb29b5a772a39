"""Organisations that are named in output, and those of too few reports for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data.engine import fetch
from darknumber.findings import Finding

FEWEST_REPORTS = 10  # of an organisation that is named: what stands fewer times in the column may be a slip, or a name
OTHERS = "others"  # what the small ones together are called


def reports_of_each(frame: nw.LazyFrame[Any], column: str) -> dict[str, int]:
    """How many reports each organisation in a column has."""
    counts = fetch(frame.group_by(column).agg(nw.len().alias("n")))
    return {str(name): int(n) for name, n in zip(counts[column], counts["n"], strict=True) if name}


def may_be_named(reports: Mapping[str, int]) -> list[str]:
    """The organisations with enough reports to be named, in alphabetical order."""
    return sorted(name for name, n in reports.items() if n >= FEWEST_REPORTS)


def too_small(reports: Mapping[str, int]) -> dict[str, int]:
    """The organisations with fewer than `FEWEST_REPORTS` reports, and how many each has.

    None where none has more: then they are all there is. One alone that is called `OTHERS` is none either.
    """
    small = {name: n for name, n in reports.items() if n < FEWEST_REPORTS}
    if len(small) == len(reports) or set(small) == {OTHERS}:
        return {}
    return small


def put_together(names: Mapping[str, int], column: str) -> nw.Expr:
    """The column with `OTHERS` in the place of these names."""
    if not names:
        return nw.col(column)
    return nw.when(nw.col(column).is_in(list(names))).then(nw.lit(OTHERS)).otherwise(nw.col(column))


def small_finding(names: Mapping[str, int]) -> tuple[Finding, ...]:
    """That they were put together, if there are any."""
    if not names:
        return ()
    values = {"n": len(names), "reports": sum(names.values()), "fewest": FEWEST_REPORTS}
    return (Finding(code="small_organisations", severity="caution", values=values),)
