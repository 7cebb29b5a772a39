"""Every pair of lists: people on both, how many independent lists would share, and the odds ratio.

Nobody on no list can be counted, so that the two-by-two table of a pair over everyone lacks a cell. Among the people on
at least one *other* list all four cells are seen, and there the odds ratio has an interval (`pair_odds`). It is the
dependence among people on other lists; it need not be that among the unseen (METHODS 2.2, items 1 and 16).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import exp
from typing import Any

from darknumber.data.table import CaptureTable
from darknumber.kernels.odds import OddsRatio
from darknumber.studies.information import Independent, independence
from darknumber.studies.pair_odds import Counts, odds_of, two_by_two

LEVEL = 0.95  # of the intervals of odds ratios
TELLING = 0.05  # an empty pair tells something where independent lists would so seldom share nobody

Cells = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two lists beside each other.

    Parameters
    ----------
    lists
        Their names.
    overlap
        People on both.
    structural
        Whether they were never kept in the same stratum, so that nobody could be on both.
    expected
        People expected on both if all lists were independent: ``n_i n_j / N`` with N the population size under
        independence.
    chance_of_none
        The chance that independent lists with that expectation share nobody (a Poisson number).
    others
        Among people on at least one other list, in strata where both lists were kept: on both, on the first only, on
        the second only, on neither; of all these strata together. None where there is no other list.
    odds
        The odds ratio among these people with its interval, strata held apart, but not by covariates that some have no
        recorded value of; None where there is no other list.
    """

    lists: tuple[str, str]
    overlap: int
    structural: bool
    expected: float
    chance_of_none: float
    others: Cells | None
    odds: OddsRatio | None

    @property
    def empty(self) -> bool:
        """Whether two lists that were kept together share nobody: a sampling zero."""
        return self.overlap == 0 and not self.structural

    @property
    def telling(self) -> bool:
        """Whether the odds ratio differs from one at the level of its interval."""
        return self.odds is not None and not self.odds.lower <= 1 <= self.odds.upper


def audit_pairs(table: CaptureTable, law: Independent | None = None, level: float = LEVEL) -> tuple[Pair, ...]:
    """Every pair of lists, in the order of the lists.

    Parameters
    ----------
    law
        The lists if they were independent, where that is known already.
    level
        Confidence level of the odds ratios.
    """
    expected = (independence(table) if law is None else law).overlaps
    overlaps, told = table.overlaps, _recorded_of_all(table)
    return tuple(_pair(told, i, j, int(overlaps[i, j]), float(expected[i, j]), level) for i, j in _places(table))


def strongest(pairs: tuple[Pair, ...]) -> tuple[Pair | None, Pair | None]:
    """The pair that is surest to go together, and the one that is surest to avoid each other, by the nearer limit."""
    telling = [pair for pair in pairs if pair.telling and pair.odds is not None]
    positive = [(pair.odds.lower, place) for place, pair in enumerate(telling) if pair.odds and pair.odds.lower > 1]
    negative = [(pair.odds.upper, place) for place, pair in enumerate(telling) if pair.odds and pair.odds.upper < 1]
    most, least = max(positive, default=None), min(negative, default=None)
    return None if most is None else telling[most[1]], None if least is None else telling[least[1]]


def pair_columns(pairs: tuple[Pair, ...]) -> dict[str, list[Any]]:
    """The pairs as plain columns; None where two lists are all there are."""
    odds = [pair.odds for pair in pairs]
    cells = [pair.others for pair in pairs]
    names = ("others_both", "others_first", "others_second", "others_neither")
    return {
        "first": [pair.lists[0] for pair in pairs],
        "second": [pair.lists[1] for pair in pairs],
        "overlap": [pair.overlap for pair in pairs],
        "structural": [pair.structural for pair in pairs],
        "expected": [pair.expected for pair in pairs],
        "chance_of_none": [pair.chance_of_none for pair in pairs],
        **{name: [None if each is None else each[place] for each in cells] for place, name in enumerate(names)},
        "odds_ratio": [None if each is None else each.estimate for each in odds],
        "lower": [None if each is None else each.lower for each in odds],
        "upper": [None if each is None else each.upper for each in odds],
    }


def _recorded_of_all(table: CaptureTable) -> CaptureTable:
    """The table without covariates that some people have no recorded value of.

    Whether there is a value depends on the lists somebody is on: one that a list never records would hold apart people
    on that list alone from all others, and two lists would seem to avoid each other. Not where lists were kept at some
    levels only, which must be known.
    """
    grid = table.operating.reshape(*table.shape, len(table.lists))
    names = [
        covariate.name
        for axis, covariate in enumerate(table.covariates)
        if covariate.has_not_recorded and (grid == grid.take([0], axis=axis)).all()
    ]
    return table.pool(names) if names else table


def _places(table: CaptureTable) -> combinations[tuple[int, int]]:
    return combinations(range(len(table.lists)), 2)


def _pair(table: CaptureTable, i: int, j: int, overlap: int, expected: float, level: float) -> Pair:
    structural = not bool((table.operating[:, i] & table.operating[:, j]).any())
    others = [k for k in range(len(table.lists)) if k not in (i, j)]
    cells = None if structural or not others else two_by_two(table, i, j, others)
    return Pair(
        lists=(table.lists[i], table.lists[j]),
        overlap=overlap,
        structural=structural,
        expected=expected,
        chance_of_none=exp(-expected),
        others=None if cells is None else _together(cells),
        odds=None if cells is None else odds_of(cells, level),
    )


def _together(cells: Counts) -> Cells:
    both, first, second, neither = cells.sum(axis=0).tolist()
    return both, first, second, neither
