"""Counts that are upper limits, because lists hold people who do not belong to the population: which ones they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.data.names import no_such
from darknumber.data.table import CaptureTable
from darknumber.kernels.terms import parse_terms


def limited(table: CaptureTable, censored: Sequence[str]) -> NDArray[np.bool_]:
    """``(2**K,)`` the histories that are named, each by all its lists.

    Raises
    ------
    InputError, ModelError
        Text that cannot be read, or a list that is not there.
    """
    found = np.zeros(1 << len(table.lists), dtype=bool)
    for text in censored:
        for term in parse_terms(text):
            names = [factor.name for factor in term]
            for name in names:
                if name not in table.lists:
                    raise no_such("no_such_list", name, table.lists)
            found[sum(1 << table.lists.index(name) for name in names)] = True
    return found
