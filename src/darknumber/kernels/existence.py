"""Does the dark figure have a finite estimate? The four-way verdict, per stratum (METHODS 4.4).

Write ``d`` for a direction in which the parameters may run off to infinity without the likelihood falling: it leaves
every cell with people where it is (``x_w'd = 0``) and does not raise any empty cell (``x_w'd <= 0``). The log dark
figure moves along ``d`` by ``x_0'd``. If no such direction moves it, it is estimable; if some only raise it, it is
infinite; if some only lower it, it is zero; if both, the data do not identify it. With free stratum totals, a stratum's
total moves so that its cells with people stay where they are.

The cells with people are dealt with by linear algebra (the null space of their design), so that what is left has as
many variables as there are such directions, usually none and rarely more than five. How far ``x_0'd`` can rise along
directions of length one is then the distance of ``x_0`` from the cone of the empty cells (Moreau 1962).

A model has some of the columns of a design. Which cells have people, and which columns have none, is the same for all
models of one table, and many models differ only in columns without people: these share the linear algebra.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, nnls

from darknumber.kernels import verdicts
from darknumber.kernels.design import Design, void_columns
from darknumber.kernels.poisson import information, predictors

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

NULL_SHARE = 1e-9  # an eigenvalue below this share of the largest is zero: columns are of order one, cells at most 1e6
SAME = 1e-7  # entries below this, in rows of order one, are rounding
MOVES = 1e-6  # the dark figure must move this much to count; HiGHS is exact to 1e-7, distances to 1e-12
LONG = 1e2  # walls are rounded at 5e-10: with weights beyond this the rounding could decide whether a distance is MOVES

_Verdicts = NDArray[np.int8]
_CACHE_SIZE = 4096


class Existence:
    """Verdicts for the models of one design, remembering what it has worked out (it repeats over replicates)."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self._solved: dict[tuple[int, bytes, bytes], tuple[float, float]] = {}

    def verdict(self, y: Array) -> _Verdicts:
        """``(strata,)`` verdicts on the dark figures of the model with all columns, given ``(strata, 2**K)`` counts.

        With free totals, a stratum without people has a dark figure of zero whatever the parameters: it is estimable.
        """
        found: _Verdicts = self.of_models(y, np.ones((1, self.design.columns), dtype=bool))[0]
        return found

    def of_models(self, y: Array, inside: Mask) -> _Verdicts:
        """``(models, strata)`` verdicts on one table.

        A void column runs to minus infinity and takes its cells with it: its direction moves no dark figure and makes
        way for any other. So it is left out, and its cells with it.

        Parameters
        ----------
        y
            ``(strata, 2**K)`` counts.
        inside
            ``(models, columns)`` which columns are in each model.
        """
        result = np.full((len(inside), len(y)), verdicts.ESTIMABLE, dtype=np.int8)
        void = void_columns(self.design, y)
        present = (y > 0) & self.design.live
        occupied = present.astype(float)
        gram = information(self.design, occupied, occupied.sum(axis=1))
        for columns, models in _alike(inside & ~void):
            basis = _null_space(gram[np.ix_(columns, columns)])
            if basis.shape[1] == 0:
                continue
            moves = self._moves(columns, basis, present)
            dark = moves[:, 0, :]
            dark = np.where(np.abs(dark) < SAME, 0.0, dark).round(9) + 0.0
            if not np.any(dark):
                continue
            rows, index = np.unique(dark, axis=0, return_inverse=True)
            for gone, among in _alike(inside[models] & void):
                empty = self.design.live & ~present & ~self._cells_of(gone)
                walls = _distinct(moves[empty])
                found = np.array([self._of_row(row, walls) for row in rows], dtype=np.int8)
                result[models[among]] = found[index.reshape(-1)]
        return result

    def _moves(self, columns: Mask, basis: Array, present: Mask) -> Array:
        """``(strata, 2**K, r)`` how every cell moves along each direction, ``(columns, r)``, of some of the columns."""
        directions = np.zeros((basis.shape[1], len(columns)))
        directions[:, columns] = basis.T
        moves = np.stack([predictors(self.design, direction) for direction in directions], axis=2)
        if self.design.conditional:
            first = present.argmax(axis=1)
            moves -= moves[np.arange(len(first)), first][:, None, :]
            moves[~present.any(axis=1)] = 0.0
        return moves

    def _cells_of(self, gone: Mask) -> Mask:
        """``(strata, 2**K)`` the cells of the columns in `gone`."""
        masks = self.design.masks[gone][:, None]
        held = (np.arange(self.design.live.shape[1]) & masks) == masks
        cells: Mask = (self.design.features[:, gone] > 0).astype(float) @ held.astype(float) > 0
        return cells

    def _of_row(self, row: Array, walls: Array) -> int:
        if not np.any(row):
            return verdicts.ESTIMABLE
        low, high = self._range(row, walls)
        if high > MOVES:
            return verdicts.NOT_IDENTIFIED if low < -MOVES else verdicts.INFINITE
        return verdicts.ZERO if low < -MOVES else verdicts.ESTIMABLE

    def _range(self, row: Array, walls: Array) -> tuple[float, float]:
        """The smallest and largest move of the dark figure over short directions that raise no empty cell."""
        key = (len(row), row.tobytes(), walls.tobytes())
        known = self._solved.get(key)
        if known is None:
            known = _range_on_a_line(row, walls) if len(row) == 1 else _range_by_distance(row, walls)
            if len(self._solved) > _CACHE_SIZE:
                self._solved.clear()
            self._solved[key] = known
        return known


def _alike(rows: Mask) -> Iterator[tuple[Mask, Index]]:
    """Each distinct row, and where it stands."""
    places: dict[bytes, list[int]] = {}
    for place, key in enumerate(map(bytes, np.packbits(rows, axis=1))):
        places.setdefault(key, []).append(place)
    for those in places.values():
        yield rows[those[0]], np.array(those, dtype=np.int64)


def _null_space(gram: Array) -> Array:
    """Directions that leave every cell with people in place, from their Gram matrix: ``(columns, r)``, orthonormal."""
    if not len(gram) or _positive_definite(gram):
        return np.zeros((len(gram), 0))
    values, vectors = np.linalg.eigh(gram)
    return vectors[:, values <= NULL_SHARE * max(values[-1], 1.0)]


def _range_on_a_line(row: Array, walls: Array) -> tuple[float, float]:
    """One direction: it may be followed forwards if no wall rises along it, backwards if none falls."""
    forwards = 0.0 if np.any(walls > 0) else float(row[0])
    backwards = 0.0 if np.any(walls < 0) else -float(row[0])
    return min(forwards, backwards, 0.0), max(forwards, backwards, 0.0)


def _range_by_distance(row: Array, walls: Array) -> tuple[float, float]:
    """The moves over directions of length one: how far the row, either way, is from the cone of the walls.

    Walls that are opposite but for their rounding make a cone that holds more than it should. It is reached by long
    weights only, and then linear programmes decide, which take no notice of rounding.
    """
    scaled = row / np.abs(row).max()
    if not len(walls):
        return -float(np.linalg.norm(scaled)), float(np.linalg.norm(scaled))
    ends = []
    for aim in (-scaled, scaled):
        try:
            weights, away = nnls(walls.T, aim)
        except RuntimeError:  # it went round in circles
            return _range_by_programme(row, walls)
        if weights.max() > LONG:
            return _range_by_programme(row, walls)
        ends.append(float(away))
    return -ends[0], ends[1]


def _range_by_programme(row: Array, walls: Array) -> tuple[float, float]:
    """The moves over directions in a unit box."""
    scaled = row / np.abs(row).max()
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
