"""Does the dark figure have a finite estimate? The four-way verdict, per stratum (METHODS 4.4).

Write ``d`` for a direction in which the parameters may run off to infinity without the likelihood falling: it leaves
every cell with people where it is (``x_w'd = 0``) and does not raise any empty cell (``x_w'd <= 0``). The log dark
figure moves along ``d`` by ``x_0'd``. If no such direction moves it, it is estimable; if some only raise it, it is
infinite; if some only lower it, it is zero; if both, the data do not identify it. With free stratum totals, a stratum's
total moves so that its cells with people stay where they are.

The cells with people are dealt with by linear algebra (the null space of their design), so that the linear programmes
that are left have as many variables as there are such directions, usually none and rarely more than five.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from darknumber.kernels import verdicts
from darknumber.kernels.design import Design, bury, void_columns
from darknumber.kernels.poisson import information, predictors

Array = NDArray[np.float64]

NULL_SHARE = 1e-9  # an eigenvalue below this share of the largest is zero: columns are of order one, cells at most 1e6
SAME = 1e-7  # entries below this, in rows of order one, are rounding
MOVES = 1e-6  # a linear programme in a unit box must gain this much to count; HiGHS is exact to 1e-7

_Verdicts = NDArray[np.int8]
_CACHE_SIZE = 4096


class Existence:
    """Verdicts for one design, remembering linear programmes it has already solved (they repeat over replicates)."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self._solved: dict[tuple[int, bytes, bytes], tuple[float, float]] = {}
        self._buried: dict[bytes, Existence] = {}

    def verdict(self, y: Array) -> _Verdicts:
        """``(strata,)`` verdicts on the dark figures, given ``(strata, 2**K)`` counts.

        With free totals, a stratum without people has a dark figure of zero whatever the parameters: it is estimable.
        """
        void = void_columns(self.design, y)
        if void.any():
            return self._without(void).verdict(y)
        result = np.full(y.shape[0], verdicts.ESTIMABLE, dtype=np.int8)
        basis = self._null_space(y)
        if basis.shape[1] == 0:
            return result
        walls, dark = self._project(y, basis)
        if not np.any(dark):
            return result
        rows, index = np.unique(dark, axis=0, return_inverse=True)
        found = np.array([self._of_row(row, walls) for row in rows], dtype=np.int8)
        return found[index.reshape(-1)]

    def _without(self, void: NDArray[np.bool_]) -> Existence:
        """The same question without void columns: their directions move no dark figure and make way for any other."""
        key = void.tobytes()
        if key not in self._buried:
            if len(self._buried) > _CACHE_SIZE:
                self._buried.clear()
            self._buried[key] = Existence(bury(self.design, void))
        return self._buried[key]

    def _null_space(self, y: Array) -> Array:
        """Directions that leave every cell with people in place: ``(columns, r)``, orthonormal."""
        present = ((y > 0) & self.design.live).astype(float)
        gram = information(self.design, present, present.sum(axis=1))
        if not len(gram):
            return np.zeros((0, 0))
        if _positive_definite(gram):
            return np.zeros((len(gram), 0))
        values, vectors = np.linalg.eigh(gram)
        return vectors[:, values <= NULL_SHARE * max(values[-1], 1.0)]

    def _project(self, y: Array, basis: Array) -> tuple[Array, Array]:
        """How empty cells move, ``(rows, r)`` distinct, and dark figures, ``(strata, r)``, along each direction."""
        moves = np.stack([predictors(self.design, column) for column in np.ascontiguousarray(basis.T)], axis=2)
        present = (y > 0) & self.design.live
        if self.design.conditional:
            occupied = present.any(axis=1)
            first = present.argmax(axis=1)
            anchor = moves[np.arange(len(first)), first]
            moves = moves - anchor[:, None, :]
            moves[~occupied] = 0.0
        empty = self.design.live & ~present
        walls = _distinct(moves[empty])
        dark = moves[:, 0, :]
        return walls, np.where(np.abs(dark) < SAME, 0.0, dark).round(9) + 0.0

    def _of_row(self, row: Array, walls: Array) -> int:
        if not np.any(row):
            return verdicts.ESTIMABLE
        low, high = self._range(row, walls)
        if high > MOVES:
            return verdicts.NOT_IDENTIFIED if low < -MOVES else verdicts.INFINITE
        return verdicts.ZERO if low < -MOVES else verdicts.ESTIMABLE

    def _range(self, row: Array, walls: Array) -> tuple[float, float]:
        """The smallest and largest move of the dark figure over directions in a unit box that raise no empty cell."""
        key = (len(row), row.tobytes(), walls.tobytes())
        if key not in self._solved:
            if len(self._solved) > _CACHE_SIZE:
                self._solved.clear()
            self._solved[key] = _range_on_a_line(row, walls) if len(row) == 1 else _range_by_programme(row, walls)
        return self._solved[key]


def _range_on_a_line(row: Array, walls: Array) -> tuple[float, float]:
    """One direction: it may be followed forwards if no wall rises along it, backwards if none falls."""
    forwards = 0.0 if np.any(walls > 0) else float(row[0])
    backwards = 0.0 if np.any(walls < 0) else -float(row[0])
    return min(forwards, backwards, 0.0), max(forwards, backwards, 0.0)


def _range_by_programme(row: Array, walls: Array) -> tuple[float, float]:
    scaled = row / np.abs(row).max()
    walls = walls if len(walls) else np.zeros((1, len(row)))
    still = np.zeros(len(walls))
    ends = [linprog(sign * scaled, A_ub=walls, b_ub=still, bounds=(-1, 1), method="highs").fun for sign in (1, -1)]
    return float(ends[0] or 0.0), -float(ends[1] or 0.0)


def _distinct(rows: Array) -> Array:
    """Distinct non-zero rows up to a positive factor, each with its largest entry 1."""
    size = np.abs(rows).max(axis=1, initial=0.0)
    rows = rows[size > SAME] / size[size > SAME][:, None]
    return np.unique(np.where(np.abs(rows) < SAME, 0.0, rows).round(9) + 0.0, axis=0)


def _positive_definite(gram: Array) -> bool:
    """Whether a Gram matrix clearly has full rank; a doubtful one is left to the eigenvalues."""
    diagonal = np.sqrt(np.diag(gram))
    if np.any(diagonal == 0):
        return False
    try:
        factor = np.linalg.cholesky(gram / diagonal[:, None] / diagonal[None, :])
    except np.linalg.LinAlgError:
        return False
    return bool(np.diag(factor).min() > 1e-4)  # its square, 1e-8, is ten times the share that counts as zero
