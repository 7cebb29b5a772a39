"""Which cells and which terms of a table lie at minus infinity under flat priors.

Write ``d`` for a direction that leaves every cell with people where it is (``x_w'd = 0``) and raises no other
(``x_w'd <= 0``). Along it the likelihood never falls, so under a flat prior all of the posterior lies at its end: cells
that some ``d`` lowers have nobody in them for sure, and leave the table. A term that some ``d`` moves has no value of
its own; it stays in the model, at minus infinity (Silverman 2020; the face of Fienberg & Rinaldo 2012). The usual case
is a pair of lists that share nobody: it, and all histories that hold both.

Whether the dark figure moves along such a direction, and so has no finite posterior, is what `existence` decides first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

ZERO_SHARE = 1e-9  # a singular value, or what is left of a column, below this share of the largest is rounding
MOVED = 1e-7  # an entry of a unit direction below this is rounding
LOWERED = 0.5  # of the 1 that a cell can be lowered by: at the optimum each is lowered by all of it or by nothing


@dataclass(frozen=True, slots=True)
class Face:
    """What is left of a table and its terms when those at minus infinity are taken out.

    Parameters
    ----------
    live
        ``(2**K,)`` histories that can still occur.
    edge
        ``(p,)`` terms that have no value of their own.
    kept
        ``(p,)`` terms that parametrise what is left; those of `edge` that are not kept are set to zero.
    """

    live: Mask
    edge: Mask
    kept: Mask


def face(y: Array, live: Mask, masks: Index, flat: Mask) -> Face:
    """The face of a table.

    Parameters
    ----------
    y
        ``(2**K,)`` counts.
    live
        ``(2**K,)`` histories that can occur.
    masks
        ``(p,)`` the sets of lists of the terms, as bits.
    flat
        ``(p,)`` terms with a flat prior; the others have a proper one, and never go anywhere.
    """
    edge, kept = np.zeros(len(masks), dtype=bool), np.ones(len(masks), dtype=bool)
    cells = np.flatnonzero(live)
    rows = np.hstack([np.ones((len(cells), 1)), (cells[:, None] & masks[flat]) == masks[flat]])
    occupied = y[cells] > 0
    still = _null_space(rows[occupied])
    if still.shape[1] == 0:
        return Face(live, edge, kept)
    gone = np.zeros(len(cells), dtype=bool)
    gone[~occupied] = _lowered(rows[~occupied] @ still)
    left = live.copy()
    left[cells[gone]] = False
    free = _null_space(rows[~gone])
    edge[flat] = (np.abs(free[1:]) > MOVED).any(axis=1)
    kept[flat] = _independent(rows[~gone])[1:]
    return Face(left, edge, kept)


def _null_space(rows: Array) -> Array:
    """``(columns, r)`` orthonormal directions that move none of the rows."""
    _, values, vectors = np.linalg.svd(rows, full_matrices=True)
    rank = int(np.sum(values > ZERO_SHARE * max(values[0], 1.0))) if len(values) else 0
    null: Array = vectors[rank:].T
    return null


def _lowered(walls: Array) -> Mask:
    """``(rows,)`` which empty cells some direction that raises none of them lowers; one direction lowers them all."""
    walls = np.where(np.abs(walls) < MOVED, 0.0, walls)
    rows, size = walls.shape
    if rows == 0:
        return np.zeros(0, dtype=bool)
    found = linprog(
        np.r_[np.zeros(size), -np.ones(rows)],
        A_ub=np.hstack([walls, np.eye(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(None, None)] * size + [(0, 1)] * rows,
        method="highs",
    )
    lowered: Mask = np.asarray(found.x)[size:] > LOWERED
    return lowered


def _independent(rows: Array) -> Mask:
    """``(columns,)`` the columns that are no combination of those before them."""
    kept = np.zeros(rows.shape[1], dtype=bool)
    basis = np.zeros((rows.shape[0], 0))
    for place, column in enumerate(rows.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)  # twice is enough for what rounding leaves
        if np.linalg.norm(rest) > ZERO_SHARE * max(float(np.linalg.norm(column)), 1.0):
            kept[place] = True
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return kept
