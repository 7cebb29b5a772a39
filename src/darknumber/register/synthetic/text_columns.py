"""Columns of texts of any length, where None is not recorded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]

BETWEEN = ";"  # of the members of a set, in canonical columns


def texts(values: Sequence[object]) -> Texts:
    """A column of these."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def is_there(column: Texts) -> NDArray[np.bool_]:
    """``(rows,)`` whether something is recorded."""
    return np.array([value is not None for value in column.tolist()], dtype=bool)


def without(column: Texts, rows: NDArray[np.bool_]) -> Texts:
    """The column with nothing recorded in these rows."""
    rest = column.copy()
    rest[rows] = None
    return rest


def either(rows: NDArray[np.bool_], yes: str, no: str) -> Texts:
    """A column with one text in these rows and another in all others."""
    return np.asarray(texts([no, yes])[rows.astype(np.int64)])
