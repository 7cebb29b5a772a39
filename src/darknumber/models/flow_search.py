"""A flow between the lists of a table: the top of its likelihood, and what that says of the dark figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.arrows import Arrow
from darknumber.kernels.flow import flow_shares
from darknumber.kernels.flow_fit import (
    BARELY,
    Told,
    climb_many,
    in_general,
    information,
    starting_points,
)
from darknumber.kernels.histories import list_counts

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MOST_LISTS = 12  # beyond it chances of being on nearly all lists lose their digits, and a fit takes minutes
STARTS = 8  # from which the search begins; the first of them is nearly always enough
ENDLESS = 1e6  # unseen people for each one seen, or the other way around: the likelihood has no top in between
VAGUE = 1e4  # variance of a logarithm that is as good as none
ALIKE = 1e-6  # of the log-likelihood of a person: as high
AGREE = 1.01  # dark figures that are further apart than this factor are two answers
_INSIDE_ARROW, _INSIDE_RATE = 4.0, -8.0  # logs: nothing leads away from an end, so a replicate begins before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Arrows between the lists of a table.

    Parameters
    ----------
    lists
        How many.
    arrows
        By name.
    source, target
        ``(A,)`` the lists at their ends.
    absorbing
        A bit mask of lists.
    """

    lists: int
    arrows: tuple[Arrow, ...]
    source: Index
    target: Index
    absorbing: int

    @property
    def told(self) -> Told:
        """What so many lists tell, whatever the data."""
        return in_general(self.lists, tuple(self.source.tolist()), tuple(self.target.tolist()), self.absorbing)

    def impossible(self, tables: Array) -> NDArray[np.bool_]:
        """``(B,)`` whether somebody is on two absorbing lists."""
        two = list_counts(np.arange(tables.shape[1]) & self.absorbing) > 1
        found: NDArray[np.bool_] = tables[:, two].sum(axis=1) > 0
        return found

    def turned(self, places: Sequence[int]) -> Flow:
        """The same with some arrows the other way around."""
        around = [*places]
        source, target = self.source.copy(), self.target.copy()
        source[around], target[around] = self.target[around], self.source[around]
        arrows = tuple(arrow[::-1] if place in around else arrow for place, arrow in enumerate(self.arrows))
        return Flow(lists=self.lists, arrows=arrows, source=source, target=target, absorbing=self.absorbing)

    def shares(self, theta: Array) -> Array:
        """``(2**K,)`` share of each observable history among the people seen."""
        nothing = np.empty((0, 1 << self.lists))
        found: Array = np.maximum(flow_shares(theta, self.source, self.target, self.absorbing, nothing), 0.0)
        found[0] = 0.0
        found /= found.sum()
        return found

    def spread(self, theta: Array, people: float) -> Array:
        """``(K + A, K + A)`` covariance of the parameters that so many people seen give; huge where they give none."""
        info = np.empty((len(theta), len(theta)))
        information(people, theta, self.source, self.target, self.absorbing, info)
        return np.asarray(np.linalg.inv(info + BARELY * np.eye(len(theta))), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tops:
    """Ends of climbs.

    Parameters
    ----------
    theta, values
        ``(B, K + A)`` and ``(B,)`` parameters and log-likelihoods.
    odds
        ``(B,)`` unseen people for each one seen; 0 where nobody is.
    verdict
        ``(B,)`` codes.
    """

    theta: Array
    values: Array
    odds: Array
    verdict: NDArray[np.int8]


def place_arrows(arrows: Sequence[Arrow], absorbing: Sequence[str], lists: Sequence[str]) -> Flow:
    """The flow between the lists of a table.

    Raises
    ------
    ModelError
        A name that is no list, or too many lists.
    """
    if len(lists) > MOST_LISTS:
        raise ModelError("too_many_lists_for_flow", n=len(lists), limit=MOST_LISTS)
    for name in (*(end for arrow in arrows for end in arrow), *absorbing):
        if name not in lists:
            raise ModelError("unknown_list_in_flow", name=name, known=tuple(lists))
    ends = np.array([[lists.index(end) for end in arrow] for arrow in arrows], dtype=np.int64).reshape(-1, 2)
    return Flow(
        lists=len(lists),
        arrows=tuple(arrows),
        source=np.ascontiguousarray(ends[:, 0]),
        target=np.ascontiguousarray(ends[:, 1]),
        absorbing=sum(1 << lists.index(name) for name in {*absorbing}),
    )


def search(flow: Flow, table: Array, starts: int = STARTS) -> Tops:
    """The end of a climb from each of some starts, for one table ``(2**K,)``; the best one first."""
    tables = np.repeat(table[None], starts, axis=0)
    points = starting_points(tables[:1], flow.lists, len(flow.source), starts)
    ends = climbed(flow, tables, np.ascontiguousarray(points[0][:, None]))
    # Of tops as high the first, so that rounding does not choose.
    best = int(np.argmax(ends.values >= ends.values.max() - ALIKE * table.sum()))
    order = np.array([best, *(place for place in range(starts) if place != best)])
    ends = Tops(**{name: getattr(ends, name)[order] for name in ("theta", "values", "odds", "verdict")})
    high = ends.odds[ends.values >= ends.values[0] - ALIKE * table.sum()]
    if ends.verdict[0] == verdicts.ESTIMABLE and high.max() > AGREE * high.min():
        ends.verdict[0] = verdicts.NOT_IDENTIFIED
    return ends


def search_again(flow: Flow, tables: Array, near: Array) -> Tops:
    """The better end of two climbs for each of ``(B, 2**K)`` tables: from a top nearby, and without effects."""
    starts = starting_points(tables, flow.lists, len(flow.source), 2)
    empty = np.isneginf(starts[:, 0])
    rates, effects = near[: flow.lists], near[flow.lists :]
    starts[:, 1, : flow.lists] = np.maximum(rates, _INSIDE_RATE)
    starts[:, 1, flow.lists :] = np.clip(effects, -_INSIDE_ARROW, _INSIDE_ARROW)
    starts[:, 1][empty] = -np.inf
    return climbed(flow, tables, starts)


def climbed(flow: Flow, tables: Array, starts: Array) -> Tops:
    """The best end for each of ``(B, 2**K)`` tables, from its own ``(B, S, K + A)`` starts."""
    size = len(tables)
    theta, values, loose = starts[:, 0].copy(), np.zeros(size), np.zeros(size)
    odds, verdict = np.zeros(size), np.full(size, verdicts.ESTIMABLE, dtype=np.int8)
    there, impossible = tables[:, 1:].sum(axis=1) > 0, flow.impossible(tables)
    able = np.flatnonzero(there & ~impossible)
    if len(able):
        found, reached, vague = theta[able], values[able], loose[able]
        climb_many(tables[able], starts[able], flow.source, flow.target, flow.absorbing, found, reached, vague)
        theta[able], values[able], loose[able] = found, reached, vague
        odds[able] = 1 / np.expm1(np.exp(found[:, : flow.lists]).sum(axis=1))
    lost = impossible | (loose > VAGUE) | (not flow.told.dark)
    verdict[there & lost] = verdicts.NOT_IDENTIFIED
    if flow.told.dark:
        verdict[there & ~impossible & (odds > ENDLESS)] = verdicts.INFINITE
        verdict[there & ~impossible & (odds < 1 / ENDLESS)] = verdicts.ZERO
    return Tops(theta=theta, values=values, odds=odds, verdict=verdict)
