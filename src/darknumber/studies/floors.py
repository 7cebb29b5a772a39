"""How many people there are at least: floors that hold however people differ in how easily they come on a list.

People who are on one list or two tell the most about those on none. Let a person with features z have odds
``a_j exp(z b) u`` of being on list j, where u differs from person to person in whatever way. Then, with ``e1`` and
``e2`` the sums of ``a_j exp(z b)`` over lists and of their products over pairs of lists, the people on one list and
those on two are expected to be ``e1 E[u]`` and ``e2 E[u^2]`` for every person on none, and as ``E[u]^2 <= E[u^2]``,

``f0(z) >= f12(z) / (e1 + e2)``

with f12 the people on one list or two, whose histories give a and b by maximum likelihood (Chao 1987; Bohning,
Vidal-Diez, Lerdsuwansri, Viwatwongkasem & Arnold 2013, whose ``lambda + lambda^2 / 2`` is ``e1 + e2`` for many lists of
equal and small chances). Every list has a chance of its own, as in Mth: the form with one chance for all lists, which
is `chao` here, is no floor where lists differ in size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.inference.publish import FLOOR_DIGITS
from darknumber.kernels import verdicts
from darknumber.kernels.design import live_cells
from darknumber.kernels.heterogeneity import additions_own, chao_corrected
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.one_or_two import OneOrTwo, maximise_shares, runs_off, verdicts_of_chances

Array = NDArray[np.float64]


def rounded_down(value: float) -> float:
    """A number that there are at least, to a few digits, so that it stays true."""
    if not (np.isfinite(value) and value > 0):
        return value
    step = 10.0 ** max(int(np.floor(np.log10(value))) - (FLOOR_DIGITS - 1), 0)
    return float(np.floor(value / step) * step)


def chao(table: CaptureTable) -> float:
    """People on no list at least, if all lists have the same chance, without the bias of small samples (METHODS C2).

    ``(t - 1) / t * f1 (f1 - 1) / (2 (f2 + 1))`` with f1 and f2 the people on one list and on two, and t the lists;
    summed over the sets of lists that were kept in some strata.
    """
    y, dark = table.dense(), 0.0
    for lists, strata in _kept_alike(table):
        if len(lists) > 1:
            on = list_counts(np.arange(y.shape[1]))
            people = np.bincount(on, weights=y[strata].sum(axis=0), minlength=len(lists) + 1)
            dark += float(chao_corrected(people[None, 1 : len(lists) + 1].astype(float), len(lists))[0][0])
    return dark


def chao_of_lists(table: CaptureTable) -> float:
    """People on no list at least, each list with a chance of its own, with what takes out the bias of small samples.

    The additions are those of Rivest & Levesque (2001); with two lists the answer is Chapman's.
    """
    y, dark = table.dense(), 0.0
    for lists, strata in _kept_alike(table):
        if len(lists) > 1:
            counts = y[strata].sum(axis=0, keepdims=True)
            one, two, _ = additions_own(len(lists), "chao")
            histories = np.arange(y.shape[1])
            on = list_counts(histories)
            inside = (histories & ~sum(1 << j for j in lists)) == 0
            counts = counts + np.select([inside & (on == 1), inside & (on == 2)], [one, two], 0.0)
            live = (inside & (on > 0))[None]
            unseen = unseen_at_least(counts, live, np.zeros((1, 0)))
            dark += float(unseen.sum()) if counts.sum() else 0.0
    return dark


def chao_with_covariates(table: CaptureTable) -> tuple[float, tuple[str, ...]]:
    """People on no list at least, where the chances also depend on covariates; and the covariates that took part.

    A covariate takes part if it is recorded for everyone and each of its levels with people on one list also has people
    on two: otherwise nothing can be said of that level.
    """
    y = table.dense()
    on = list_counts(np.arange(y.shape[1]))
    blocks, names = [], []
    for covariate in table.covariates:
        level = table.level_of(covariate.name)
        people = np.stack([y[level == place].sum(axis=0) for place in range(len(covariate.levels))])
        ones, twos = people[:, on == 1].sum(axis=1), people[:, on == 2].sum(axis=1)
        known = [place for place in range(len(covariate.levels)) if ones[place] + twos[place] > 0]
        if covariate.has_not_recorded or len(known) < 2 or (twos[known] == 0).any():
            continue
        names.append(covariate.name)
        blocks.append(np.stack([level == place for place in known[1:]], axis=1).astype(float))
    features = np.hstack([np.zeros((table.strata, 0)), *blocks])
    unseen = unseen_at_least(y, live_cells(table.operating), features)
    return float(unseen.sum()), tuple(names)


def unseen_at_least(y: Array, live: NDArray[np.bool_], features: Array) -> Array:
    """``(strata,)`` people on no list at least, from those on one list or two; ``inf`` where these set no floor.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    live
        ``(strata, 2**K)`` histories that can occur.
    features
        ``(strata, columns)`` what the chances depend on, apart from the list.
    """
    histories = np.flatnonzero(np.isin(list_counts(np.arange(y.shape[1])), (1, 2)))
    on = membership(histories, y.shape[1].bit_length() - 1).astype(float)
    cells = OneOrTwo(on=on, size=on.sum(axis=1), features=features, weight=live[:, histories].astype(float))
    counts = y[:, histories] * cells.weight
    people = counts.sum(axis=1)
    if not (counts @ (cells.size == 2)).sum():
        return np.where(people > 0, np.inf, 0.0)
    whole = maximise_shares(cells, counts)[2]
    told = np.isin(verdicts_of_chances(*runs_off(cells, counts, people)), (verdicts.ESTIMABLE, verdicts.ZERO))
    return np.where(people > 0, np.where(told, people * np.exp(-whole), np.inf), 0.0)


def _kept_alike(table: CaptureTable) -> list[tuple[tuple[int, ...], NDArray[np.int64]]]:
    """The sets of lists that were kept together, each with its strata."""
    kept, group = np.unique(table.operating, axis=0, return_inverse=True)
    return [
        (tuple(np.flatnonzero(row).tolist()), np.flatnonzero(group.reshape(-1) == number))
        for number, row in enumerate(kept)
    ]
