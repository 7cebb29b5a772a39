"""Data files of the R packages as capture tables, and their models as terms."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from darknumber.data.table import CaptureTable, Covariate

SIMDAT_LISTS = 4


def read(path: Path) -> tuple[list[str], np.ndarray]:
    """Names and whole numbers of a data file."""
    with path.open(newline="") as stream:
        head, *rows = csv.reader(stream)
    return head, np.array(rows, dtype=int)


def table_of(path: Path) -> CaptureTable:
    """A table of counts, or of one row a unit where no column is wider than 0 and 1."""
    head, body = read(path)
    one_each = body.max() <= 1
    marks = body if one_each else body[:, :-1]
    count = np.ones(len(body), dtype=int) if one_each else body[:, -1]
    history = marks @ (1 << np.arange(marks.shape[1]))
    return CaptureTable.build(head[: marks.shape[1]], history[history > 0], count[history > 0])


def simdat(path: Path, *, covariates: bool = True) -> CaptureTable:
    """The simulated register of the package mse: one row a person, four lists, X1 to X4 and the year Y."""
    head, body = read(path)
    history = body[:, :SIMDAT_LISTS] @ (1 << np.arange(SIMDAT_LISTS))
    kept = history > 0
    columns = range(SIMDAT_LISTS, len(head)) if covariates else ()
    return CaptureTable.build(
        head[:SIMDAT_LISTS],
        history[kept],
        np.ones(int(kept.sum()), dtype=int),
        covariates=[Covariate.of(head[c], map(str, body[:, c])) for c in columns],
        levels=[np.searchsorted(np.unique(body[:, c]), body[kept, c]) for c in columns],
    )


def terms_of(model: str, lists: Sequence[str]) -> str:
    """``[12,3]`` as ``A:B``: digits are lists, main effects need not be said."""
    groups = model.strip("[]").split(",")
    return terms_from(([int(digit) - 1 for digit in group] for group in groups), lists)


def terms_from(groups: object, lists: Sequence[str]) -> str:
    """Interactions of the lists with these numbers."""
    return " + ".join(
        ":".join(f"`{lists[place]}`" for place in group)
        for group in groups  # type: ignore[attr-defined]
        if len(group) > 1
    )
