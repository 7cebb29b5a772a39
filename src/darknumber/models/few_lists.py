"""Capture tables as people on one list or two, for the models that use only these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.design import live_cells
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.one_or_two import OneOrTwo, log_odds_of_lists, runs_off, verdicts_of_chances
from darknumber.kernels.terms import closure
from darknumber.models.columns import make_columns, terms_of

Array = NDArray[np.float64]
Lists = Literal["equal", "many", "own"]


@dataclass(frozen=True, slots=True)
class Few:
    """The cells of a table for one of the models; strata that are alike are taken together.

    Parameters
    ----------
    cells
        Over the groups of strata that are alike.
    group
        ``(strata,)`` the group of each.
    place
        ``(2**K, cells)`` which histories a cell holds.
    live
        ``(strata, 2**K)`` which histories can occur.
    many
        Whether the number of lists is a Poisson count.
    """

    cells: OneOrTwo
    group: NDArray[np.int64]
    place: Array
    live: NDArray[np.bool_]
    many: bool

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return len(self.place).bit_length() - 1

    def few(self, counts: Array) -> Array:
        """``(B, strata, cells)`` people on one list or two."""
        return counts @ self.place

    def together(self, values: Array) -> Array:
        """``(B, groups, ...)`` sums of ``(B, strata, ...)`` values."""
        found = np.zeros((len(values), len(self.cells.weight), *values.shape[2:]))
        np.add.at(found.swapaxes(0, 1), self.group, values.swapaxes(0, 1))
        return found

    def everyone(self, theta: Array) -> Array:
        """``(..., groups)`` people on any number of lists for one on none: W over all numbers of lists."""
        eta = log_odds_of_lists(self.cells, theta)
        weight = self.cells.weight[:, self.cells.size == 1]
        with np.errstate(over="ignore"):
            found: Array = np.expm1((np.exp(eta) if self.many else weight * np.logaddexp(0.0, eta)).sum(axis=-1))
        return found

    def slope_of_everyone(self, theta: Array) -> Array:
        """``(groups, columns)`` derivatives of the log of `everyone`."""
        eta = log_odds_of_lists(self.cells, theta)
        weight = self.cells.weight[:, self.cells.size == 1]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            pull = np.exp(eta) if self.many else weight / (1 + np.exp(-eta))
            bend = 1 + 1 / self.everyone(theta)
            slope: Array = bend[:, None] * np.einsum("gs,gsk->gk", pull, self.cells.rows()[:, self.cells.size == 1])
            return slope

    def verdicts(self, few: Array, people: Array) -> NDArray[np.int8]:
        """``(B, groups)`` verdicts, found once for tables with the same empty cells."""
        known: dict[bytes, NDArray[np.int8]] = {}
        found = []
        for y, n in zip(few, people, strict=True):
            key = (y > 0).tobytes() + (n > 0).tobytes()
            if key not in known:
                known[key] = verdicts_of_chances(*runs_off(self.cells, y, n))
            found.append(known[key])
        return np.stack(found)


def few_of(data: CaptureTable, terms: str, lists: Lists) -> Few:
    """A table for chances that depend on `terms`, with lists as in `darknumber.models.chao.Chao`.

    Raises
    ------
    ModelError
        Terms with a list in them.
    """
    histories = np.arange(1 << len(data.lists))
    on, live = list_counts(histories), live_cells(data.operating)
    kept = data.operating.sum(axis=1).astype(np.float64)
    few = histories[(on == 1) | (on == 2)]
    if lists == "own":
        columns, size = membership(few, len(data.lists)).astype(np.float64), on[few].astype(np.float64)
        place, weight = np.eye(len(histories))[:, few], live[:, few].astype(np.float64)
    else:
        size = np.array([1.0, 2.0])
        columns, place = size[:, None], np.equal(on[:, None], size).astype(np.float64)
        pairs = kept * (kept - 1) / 2
        weight = np.stack([kept, pairs], axis=1) if lists == "equal" else np.stack([kept > 0, (pairs > 0) / 2], axis=1)
    features = _features(data, terms)
    alike, group = np.unique(np.hstack([features, weight]), axis=0, return_inverse=True)
    cells = OneOrTwo(
        on=columns,
        size=size,
        features=np.ascontiguousarray(alike[:, : features.shape[1]]),
        weight=np.ascontiguousarray(alike[:, features.shape[1] :]),
    )
    return Few(cells, group.reshape(-1).astype(np.int64), place, live, lists == "many")


def _features(data: CaptureTable, terms: str) -> Array:
    """``(strata, columns)`` of the terms, each of which is of covariates only."""
    wanted = closure(terms_of(terms, data))
    lists = set(data.lists)
    for term in wanted:
        for factor in term:
            if factor.name in lists:
                raise ModelError("term_of_a_list", name=factor.name, terms=terms)
    if not wanted:
        return np.zeros((data.strata, 0))
    columns = make_columns(data, wanted, "modelled")
    design = columns.design
    kept = [not mask and columns.terms[term] in wanted for mask, term in zip(design.masks, design.term, strict=True)]
    return np.asarray(design.features[:, kept])
