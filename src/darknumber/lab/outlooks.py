"""What is to be expected of lists: limits of an estimate, how often they hold the truth, tables without an answer.

The expected counts of every history are known. From them follow what an estimate tends to and how far it varies by
chance (the delta method). That is for large numbers; how often small ones leave no finite answer is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from darknumber.kernels.populations import independent, log_linear, rasch
from darknumber.lab.projection import Projection, project, terms_up_to, without_limit

Array = NDArray[np.float64]
Lists = Literal["planned", "another", "anchor"]
Scenario = Literal["none", "pair", "people"]
Approach = Literal["independence", "pairs", "anchor"]

USUALLY = 0.5  # of the tables without a finite answer: then the upper limit to be expected is none
ANOTHER = "+"  # the name of one more list, which has none yet
ANCHOR_TERMS = [1, 2]  # somebody is on a list, and in the sample, independently


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is to be expected of one way of estimating, with some lists and some dependence between them.

    Parameters
    ----------
    population
        The true number of people.
    lists
        ``planned``; ``another``: and one more; ``anchor``: and a random sample of the population.
    scenario
        What depends on what: ``none``; ``pair``: two lists; ``people``: people differ in how easily they are found.
    pair
        The two lists, of which one more list is `ANOTHER`; empty elsewhere.
    approach
        ``independence``; ``pairs``: all pairs of lists may depend on each other; ``anchor``: everyone on some list
        against the sample, whatever depends on what among the lists.
    seen
        People expected on some list or in the sample.
    estimate
        What the estimate tends to as numbers grow, for this population.
    lower, upper
        The limits to be expected in large samples, log-normal, of a model fixed in advance; ``inf`` where most tables
        would have no upper limit.
    holds
        How often such an interval would hold the true number, in large samples too.
    no_limit
        The share of tables that would give no finite answer.
    """

    population: int
    lists: Lists = "planned"
    scenario: Scenario = "none"
    pair: tuple[str, ...] = ()
    approach: Approach = "independence"
    seen: float
    estimate: float
    lower: float
    upper: float
    holds: float
    no_limit: float


@dataclass(frozen=True, slots=True)
class Settings:
    """What does not change between outlooks; `z` is the number of standard deviations in half an interval."""

    names: tuple[str, ...]
    reach: Array
    log_odds: float
    sd: float
    z: float
    populations: int
    seed: int


def scenarios(settings: Settings, reach: Array) -> Iterator[tuple[Scenario, tuple[str, ...], Array]]:
    """What may depend on what, and the shares of all histories then; one list more than planned takes part in it."""
    yield "none", (), independent(reach)
    if settings.log_odds:
        names = (*settings.names, ANOTHER)
        for i, j in combinations(range(len(reach)), 2):
            yield "pair", (names[i], names[j]), log_linear(reach, {(i, j): settings.log_odds})
    if settings.sd:
        yield "people", (), rasch(reach, settings.sd)


def with_lists(settings: Settings, size: int, another: float) -> Iterator[Outlook]:
    """The lists as planned and with one more, each scenario estimated in two ways.

    How often there is no finite answer is simulated without dependence, which also stands for one pair of lists that
    go together, and where people differ.
    """
    plans: tuple[tuple[Lists, Array], ...] = (
        ("planned", settings.reach),
        ("another", np.append(settings.reach, another)),
    )
    approaches: tuple[tuple[Approach, int], ...] = (("independence", 1), ("pairs", 2))
    for place, (plan, reach) in enumerate(plans):
        # the term of two lists cannot be told from the dark figure of two lists
        terms = {name: terms_up_to(len(reach), order) for name, order in approaches if order < len(reach)}
        risk: dict[Approach, float] = {}
        for number, (scenario, pair, shares) in enumerate(scenarios(settings, reach)):
            cells = size * shares
            if scenario != "pair":
                tables = _draw(settings, size, (place, number), shares)
                risk = {name: without_limit(tables, masks) for name, masks in terms.items()}
            for name, masks in terms.items():
                found = _outlook(project(cells, masks), cells, settings.z, risk[name])
                yield replace(found, lists=plan, scenario=scenario, pair=pair, approach=name)


def with_anchor(settings: Settings, size: int, m: int) -> Iterator[Outlook]:
    """Everyone on some list against the sample: two lists that are independent by design."""
    for scenario, pair, shares in scenarios(settings, settings.reach):
        cells = size * independent([1 - float(shares[0]), m / size])
        nobody_on_both = float((1 - cells[3] / size) ** size)
        found = _outlook(project(cells, ANCHOR_TERMS), cells, settings.z, nobody_on_both)
        yield replace(found, lists="anchor", scenario=scenario, pair=pair, approach="anchor")


def _draw(settings: Settings, size: int, place: tuple[int, int], shares: Array) -> Array:
    """``(populations, 2**K)`` tables, the same for the same place whatever else is looked at."""
    key = np.array([settings.seed, size], dtype=np.uint64)
    counter = np.array([0, 0, *place], dtype=np.uint64)
    rng = np.random.Generator(np.random.Philox(counter=counter, key=key))
    return rng.multinomial(size, shares, size=settings.populations).astype(np.float64)


def _outlook(found: Projection, cells: Array, z: float, no_limit: float) -> Outlook:
    """Log-normal limits around what the estimate tends to (Chao 1987), and how often they reach the truth."""
    seen = float(cells[1:].sum())
    dark = found.estimate - seen
    spread = float(np.sqrt(np.log1p((found.sd / dark) ** 2)))
    off = float(np.log(cells[0] / dark)) / spread  # how far the truth is from the middle, in standard deviations
    return Outlook(
        population=round(float(cells.sum())),
        seen=seen,
        estimate=found.estimate,
        lower=seen + dark * float(np.exp(-z * spread)),
        upper=np.inf if no_limit > USUALLY else seen + dark * float(np.exp(z * spread)),
        holds=float(ndtr(z - off) - ndtr(-z - off)),
        no_limit=no_limit,
    )


def needed(size: int, seen: float, z: float, within: float) -> int:
    """How many people a sample needs for an interval within a factor.

    Of n people on some list and a sample of m that shares x with them, ``N = n m / x``, whose log has variance
    ``(1 - p) (1 - a) / (N p a)`` with p and a the shares of the population on some list and in the sample.
    """
    variance = (np.log(within) / z) ** 2
    share = 1 / (1 + variance * size * seen / (1 - seen))
    return int(np.ceil(share * size))
