"""Pairs of lists among the unseen, and what bounds on their dependence say of the dark figure (METHODS D4, D5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from darknumber.data.table import CaptureTable
from darknumber.inference.estimates import Estimates
from darknumber.kernels.identification import (
    Range,
    all_lists_row,
    exact_range,
    likely_range,
    pair_rows,
    ratios,
)
from darknumber.kernels.odds import OddsRatio
from darknumber.studies.dial import Lever, lever_of
from darknumber.studies.pair_odds import odds_of, two_by_two

Array = NDArray[np.float64]

FEWEST = 5  # people on both lists and another one, seen or expected, below which an odds ratio is no scale for others
BOUNDLESS = 1000.0  # times the dark figure, beyond which a number stands for none
MOST_CELLS = 64  # histories; with more lists the bound on all of them together takes seconds and says nothing

What = Literal["pairs", "all lists"]
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How strongly two lists depend on each other among people on no other list, and what follows from it.

    Parameters
    ----------
    lists
        The two lists.
    implied
        The odds ratio that the model implies, over all strata where both are kept; ``nan`` where it has none.
    observed
        The odds ratio among people on at least one other list, strata held apart, with its limits: as `check` has it.
    given
        The odds ratio among people on each other list: the list, and the ratio.
    people
        On both lists and another one.
    scale
        Whether enough people are, or would be if the lists were independent, to hold other pairs against it.
    independent, strongest, weakest
        Estimate and limits of the total if the odds ratio among the unseen were 1, as strong as the strongest that is
        observed of any pair, and as weak as the weakest; None where that cannot be said.
    lever
        What moves the total.
    """

    lists: tuple[str, str]
    implied: float
    observed: OddsRatio
    given: tuple[tuple[str, OddsRatio], ...]
    people: int
    scale: bool
    lever: Lever
    independent: Point | None = None
    strongest: Point | None = None
    weakest: Point | None = None

    def at(self, odds: float) -> Point | None:
        """Estimate and limits of the total at an odds ratio among people on no other list.

        None where the model has no such odds ratio, or one of nearly nothing: undone, it would give any number.
        """
        if not 0 < self.implied < np.inf or odds > BOUNDLESS * self.implied:
            return None
        return self.lever.at(odds / self.implied)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """The population sizes that agree with bounds on the dependence among the unseen, whatever else is true.

    Parameters
    ----------
    what
        ``pairs``: bounds on the odds ratio of every pair among people on no other list. ``all lists``: on that of all
        lists together.
    least, most
        The bounds.
    exact
        Lowest and highest population size if the counts were just as expected; ``nan`` where that contradicts them.
    likely
        The same over all expected counts that the data do not contradict.
    possible
        Whether there are any.
    binding
        The pair that sets the lowest, or empty.
    """

    what: What
    least: float
    most: float
    exact: tuple[float, float]
    likely: tuple[float, float]
    possible: bool
    binding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """One end of the scale that the observed odds ratios make: the pair, and the odds ratio."""

    pair: Pair
    odds: float


def pairs_of(estimates: Estimates, data: CaptureTable, cells: Array) -> tuple[Pair, ...]:
    """Every pair of lists that were kept together somewhere; none where there are two lists, whose dial says the same.

    Parameters
    ----------
    estimates
        The answer by stratum; or any sums of it, where all lists are kept everywhere.
    data
        The table.
    cells
        ``(strata, 2**K)`` people the model expects in every cell.
    """
    if len(data.lists) < 3:
        return ()
    places, rows = pair_rows(len(data.lists))
    found = ratios(cells, rows)
    pairs = []
    for (i, j), ratio in zip(places, found.T, strict=True):
        together = data.operating[:, i] & data.operating[:, j]
        if not together.any():
            continue
        others = [k for k in range(len(data.lists)) if k not in (i, j)]
        table = two_by_two(data, i, j, others)
        both = float(table[:, 0].sum())
        if_independent = float((table[:, 0] + table[:, 1]).sum() * (table[:, 0] + table[:, 2]).sum()) / max(
            float(table.sum()), 1.0
        )
        whole = len(estimates.observed) != data.strata
        pairs.append(
            Pair(
                lists=(data.lists[i], data.lists[j]),
                implied=_implied(cells[together, 0], ratio[together]),
                observed=odds_of(table, estimates.level),
                given=tuple((data.lists[k], odds_of(two_by_two(data, i, j, [k]), estimates.level)) for k in others),
                people=int(both),
                scale=max(both, if_independent) >= FEWEST,
                lever=lever_of(estimates, np.ones(len(estimates.observed), dtype=bool) if whole else together),
            )
        )
    return tuple(pairs)


def ends_of_scale(pairs: Sequence[Pair]) -> tuple[End | None, End | None]:
    """The strongest and the weakest observed dependence, among the pairs that many people show; None without any.

    An odds ratio that is infinite as observed counts as its lower limit among the strongest, and one of 0 as its upper
    limit among the weakest.
    """
    known = [pair for pair in pairs if pair.scale and not np.isnan(pair.observed.estimate)]
    strong = [End(pair, _between(pair.observed.estimate, pair.observed.lower)) for pair in known]
    weak = [End(pair, _between(pair.observed.estimate, pair.observed.upper)) for pair in known]
    strong, weak = ([end for end in ends if 0 < end.odds < np.inf] for ends in (strong, weak))
    return max(strong, key=_odds, default=None), min(weak, key=_odds, default=None)


def _between(value: float, limit: float) -> float:
    return value if 0 < value < np.inf else limit


def _odds(end: End) -> float:
    return end.odds


def with_points(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs with the total at no dependence, and at the strongest and the weakest that is observed."""
    strongest, weakest = ends_of_scale(pairs)
    return tuple(
        replace(
            pair,
            independent=pair.at(1.0),
            strongest=None if strongest is None else pair.at(strongest.odds),
            weakest=None if weakest is None else pair.at(weakest.odds),
        )
        for pair in pairs
    )


def bounds_of(data: CaptureTable, odds: tuple[float, float], xi: float, level: float) -> tuple[Bounded, ...]:
    """Population sizes within bounds on all pairs, and within a factor xi of no dependence of all lists together.

    The bounds are on people of all strata together, or of all that kept the same lists; the lowest and highest of these
    are added up, which is a little wider than need be.
    """
    drop = float(chdtri(1.0, 1.0 - level)) / 2
    found = [_bounded(data, "pairs", odds, drop)]
    if 1 << len(data.lists) <= MOST_CELLS and len(data.lists) > 2:
        found.append(_bounded(data, "all lists", (1 / xi, xi), drop))
    return tuple(found)


def _bounded(data: CaptureTable, what: What, bounds: tuple[float, float], drop: float) -> Bounded:
    y = data.dense()
    kept, group = np.unique(data.operating, axis=0, return_inverse=True)
    exact, likely = [], []
    binding: tuple[str, ...] = ()
    for number, row in enumerate(kept):
        places = np.flatnonzero(row)
        counts = y[group.reshape(-1) == number].sum(axis=0)
        if len(places) < 2 or not counts.sum():
            continue
        own = np.arange(1 << len(places))
        counts = counts[((own[:, None] >> np.arange(len(places)) & 1) << places).sum(axis=1)]
        pairs, rows = pair_rows(len(places))
        if what == "all lists":
            rows = all_lists_row(len(places))
        exact.append(exact_range(counts, rows, bounds))
        likely.append(likely_range(counts, rows, bounds, drop))
        if what == "pairs" and len(kept) == 1 and bounds[0] > 0:
            alone = [likely_range(counts, row[None], bounds, drop).lower for row in rows]
            i, j = pairs[int(np.argmax(alone))]
            binding = (data.lists[places[i]], data.lists[places[j]])
    observed = float(data.observed.sum())
    return Bounded(
        what=what,
        least=bounds[0],
        most=bounds[1],
        exact=_summed(observed, exact),
        likely=_summed(observed, likely),
        possible=all(each.possible for each in likely),
        binding=binding,
    )


def _summed(observed: float, found: Sequence[Range]) -> tuple[float, float]:
    if not all(each.possible for each in found):
        return np.nan, np.nan
    return observed + sum(each.lower for each in found), observed + sum(each.upper for each in found)


def _implied(dark: Array, ratio: Array) -> float:
    """The odds ratio that gives the dark figure of all these strata, if it were the same in each."""
    somewhere = (dark > 0) | (ratio > 0)
    whole, each = float(dark[somewhere].sum()), float(ratio[somewhere].sum())
    return whole / each if 0 < whole < np.inf and 0 < each < np.inf else np.nan
