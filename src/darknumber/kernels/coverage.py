"""Sample coverage: how many people there are, from how many of those on one list are on another (Chao & Tsay 1998).

Of list j, ``S_j`` people are on no other. ``D = n - mean_j S_j`` is how many people are known without a list, on
average over the lists, and ``C = 1 - mean_j S_j / n_j`` the share of a list that is known from others. With people who
are all alike and lists that are independent of each other there are ``D / C`` people. Dependence shows in the
coefficients of covariation ``ccv_ij = N B_ij / (n_i n_j) - 1``, with ``B_ij`` the people on both lists; they depend on
N. So ``N = (D + sum_ij A_ij ccv_ij / K) / C``, with ``A_ij = y_i + y_j + 2 y_ij`` (people on exactly those lists), is
solved for N (the high-coverage form), or worked out twice, from ``D / C`` on (the low-coverage form).

All are functions of the counts that double when the counts double.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels import verdicts
from darknumber.kernels.histories import membership

Array = NDArray[np.float64]
Form = Literal["independent", "low", "high"]

STEP = 1e-20  # of a derivative by a step in the imaginary direction, which subtracts nothing and so loses no digits
NOTHING = 1e-9  # a share or a denominator below this is rounding: the numbers it is made of are of order one
PAIR = 2  # so many lists are one pair, and nothing tells its dependence from the size of the population


@dataclass(frozen=True, slots=True)
class Sums:
    """What the estimators are made of, for B tables of counts; lists nobody is on are left out.

    Parameters
    ----------
    people
        ``(B,)`` n.
    known
        ``(B,)`` D.
    coverage
        ``(B,)`` C.
    lists
        ``(B,)`` how many lists have people on them.
    only
        ``(B, pairs)`` A.
    both
        ``(B, pairs)`` ``B_ij / (n_i n_j)``; zero where a list has nobody.
    there
        ``(B, pairs)`` whether both lists have people.
    """

    people: Array
    known: Array
    coverage: Array
    lists: Array
    only: Array
    both: Array
    there: NDArray[np.bool_]


def pairs_of(lists: int) -> tuple[tuple[int, int], ...]:
    """The pairs of lists in order."""
    return tuple(combinations(range(lists), 2))


def sums_of(counts: Array) -> Sums:
    """The sums of ``(B, 2**K)`` counts, real or complex; cell 0 does not count."""
    lists = counts.shape[1].bit_length() - 1
    seen = counts[:, 1:]
    on = membership(np.arange(1, 1 << lists), lists).astype(np.float64)
    sizes, alone = seen @ on, counts[:, [1 << j for j in range(lists)]]
    present = sizes.real > 0
    kept = np.maximum(present.sum(axis=1), 1).astype(np.float64)
    shares = np.where(present, alone / np.where(present, sizes, 1.0), 0.0)
    people = seen.sum(axis=1)
    only, both, there = [], [], []
    for i, j in pairs_of(lists):
        ok = present[:, i] & present[:, j]
        overlap = seen @ (on[:, i] * on[:, j])
        only.append(np.where(ok, alone[:, i] + alone[:, j] + 2 * counts[:, 1 << i | 1 << j], 0.0))
        both.append(np.where(ok, overlap / np.where(ok, sizes[:, i] * sizes[:, j], 1.0), 0.0))
        there.append(ok)
    return Sums(
        people=people,
        known=people - alone.sum(axis=1) / kept,
        coverage=np.where(kept > 0, 1.0, 0.0) - shares.sum(axis=1) / kept,
        lists=kept,
        only=np.stack(only, axis=1),
        both=np.stack(both, axis=1),
        there=np.stack(there, axis=1),
    )


def sizes_of(sums: Sums, form: Form) -> Array:
    """``(B,)`` population sizes as the formula has them, which may be below n or not a number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        plain: Array = sums.known / sums.coverage
        if form == "independent":
            return plain
        if form == "high":
            top = sums.lists * sums.known - sums.only.sum(axis=1)
            root: Array = top / (sums.lists * sums.coverage - (sums.only * sums.both).sum(axis=1))
            return root
        size = plain
        for _ in range(2):  # the covariation at D / C, and at the estimate that gives
            ccv = np.where(sums.there, sums.both * size[:, None] - 1, 0.0)
            size = plain + (sums.only * ccv).sum(axis=1) / (sums.lists * sums.coverage)
        return size


def dark_of(counts: Array, form: Form) -> tuple[Array, NDArray[np.int8]]:
    """``(B,)`` dark figures and verdicts of ``(B, 2**K)`` counts.

    Not identified: one list; for the high form also two lists, or an equation whose root is not above zero, as where
    what the lists share is more than its dependence leaves room for. Infinite: nobody is on two lists. Zero: the
    formula ends at or below the people counted.
    """
    sums = sums_of(counts)
    size = sizes_of(sums, form)
    people, lists = sums.people, sums.there.any(axis=1)
    verdict = np.full(len(counts), verdicts.ESTIMABLE, dtype=np.int8)
    verdict[size - people <= NOTHING * people] = verdicts.ZERO
    if form == "high":
        free = sums.lists * sums.coverage - (sums.only * sums.both).sum(axis=1)
        verdict[(free <= NOTHING) | (sums.lists <= PAIR)] = verdicts.NOT_IDENTIFIED
    verdict[sums.coverage <= NOTHING] = verdicts.INFINITE
    verdict[~lists] = verdicts.NOT_IDENTIFIED
    verdict[people == 0] = verdicts.ESTIMABLE
    dark = np.where(verdict == verdicts.ESTIMABLE, size - people, 0.0)
    return np.where(people > 0, dark, 0.0), verdict


def variances_of(counts: Array, form: Form) -> Array:
    """``(B,)`` large-sample variances of the estimate for a fixed population (delta method).

    With g the derivatives to the counts, ``sum y g^2 - N``, as N is of first degree in the counts.
    """
    found = np.empty(len(counts))
    for b, y in enumerate(counts):
        cells = np.flatnonzero(y)
        turned = np.repeat(y[None].astype(np.complex128), len(cells), axis=0)
        turned[np.arange(len(cells)), cells] += 1j * STEP
        slope = sizes_of(sums_of(turned), form).imag / STEP
        found[b] = y[cells] @ slope**2 - y[cells] @ slope
    return np.maximum(found, 0.0)


def covariation(sums: Sums, size: Array) -> Array:
    """``(B, pairs)`` coefficients of covariation for population sizes ``(B,)``; nan where a list has nobody."""
    return np.where(sums.there, size[:, None] * sums.both - 1, np.nan)
