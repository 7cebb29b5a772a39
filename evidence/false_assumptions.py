"""What becomes of estimates and their intervals where an assumption is false, and of a few where it is true.

Of floors and sample coverage where people differ and where lists do; of decomposable graphs where people are of two
kinds; of referrals with other arrows, or none; and how often the data speak for the direction of an arrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap, Interval, LogNormal
from darknumber.kernels.histories import membership
from darknumber.kernels.populations import referrals
from darknumber.models import Chao, Decomposable, LogLinear, Model, ReferralFlow, SampleCoverage, Zelterman
from evidence.record import Part, Result

QUESTION = "Where an assumption is false, how far off are estimates, and how often do 95% intervals hold the truth?"
SOURCES = (
    "src/darknumber/inference/asking.py",
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/estimate.py",
    "src/darknumber/kernels/coverage.py",
    "src/darknumber/kernels/flow*.py",
    "src/darknumber/kernels/graph*.py",
    "src/darknumber/kernels/one_or_two.py",
    "src/darknumber/kernels/populations.py",
    "src/darknumber/models/chao.py",
    "src/darknumber/models/coverage.py",
    "src/darknumber/models/decomposable.py",
    "src/darknumber/models/flow_*.py",
    "src/darknumber/models/referral_flow.py",
)

Array = NDArray[np.float64]
SEED = 13
POPULATIONS = 200  # a standard error of 1.5 points at 95%
BOOTSTRAP = Bootstrap(replicates=199)
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)  # of the normal law


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """People on lists.

    Parameters
    ----------
    people
        How many.
    shares
        ``(2**K,)`` by history.
    """

    people: int
    shares: Array

    def drawn(self, random: np.random.Generator) -> CaptureTable:
        """One table; nobody on no list is in it."""
        counts = random.multinomial(self.people, self.shares)
        history = 1 + np.flatnonzero(counts[1:])
        return CaptureTable.build("ABCDE"[: len(counts).bit_length() - 1], history, counts[history])


def run(part: Part) -> Result:
    """Everything."""
    found: dict[str, dict[str, Any]] = {"bounds": {}, "graphs": {}, "referrals": {}, "directions": {}}
    for number, (name, population) in enumerate(who_differ().items()):
        work = partial(of_bounds, population, number)
        found["bounds"][name] = part(f"bounds, {name}", work)
    for number, (name, population) in enumerate(of_graphs().items(), 10):
        found["graphs"][name] = part(f"graphs, {name}", partial(held, population, Decomposable(), None, number))
    for number, (name, (population, models)) in enumerate(of_referrals().items(), 20):
        found["referrals"][name] = {
            how: part(f"referrals, {name}, {how}", partial(held, population, model, BOOTSTRAP, number))
            for how, model in models.items()
        }
    for how, model in DIRECTIONS.items():
        found["directions"][how] = part(f"directions, {how}", partial(directions, model))
    return found


def held(population: Population, model: Model, interval: Interval | None, number: int) -> dict[str, Any]:
    """How often limits hold everyone, the median estimate as a share of everyone, and that of the limits."""
    rows = []
    for place in range(POPULATIONS):
        table = population.drawn(np.random.default_rng([SEED, number, place]))
        answer = estimate(table, model, interval, seed=place, workers=1).total()
        rows.append((float(answer.estimate[0]), *answer.limits[0].tolist()))
    found = np.array(rows) / population.people
    middle, lower, upper = np.median(np.where(np.isnan(found), np.inf, found), axis=0).tolist()
    return {
        "people": population.people,
        "covered": round(float(((found[:, 1] <= 1) & (found[:, 2] >= 1)).mean()), 4),
        "median": round(middle, 4) if np.isfinite(middle) else None,
        "lower": round(lower, 4) if np.isfinite(lower) else None,
        "upper": round(upper, 4) if np.isfinite(upper) else None,
        "floor held": round(float((found[:, 1] <= 1).mean()), 4),
    }


def of_bounds(population: Population, number: int) -> dict[str, Any]:
    """All floors and forms of sample coverage, each with both intervals."""
    return {
        name: {kind: held(population, model, how, number) for kind, how in INTERVALS.items()}
        for name, model in BOUNDS.items()
    }


BOUNDS: Mapping[str, Model] = {
    "chao(lists=equal)": Chao(lists="equal"),
    "chao": Chao(),
    "zelterman(lists=equal)": Zelterman(lists="equal"),
    "sample-coverage(form=independent)": SampleCoverage("independent"),
    "sample-coverage": SampleCoverage(),
    "sample-coverage(form=high)": SampleCoverage("high"),
}
INTERVALS: Mapping[str, Interval] = {"log-normal": LogNormal(), "bootstrap": BOOTSTRAP}


def on_lists(lists: int) -> Array:
    """``(2**K, K)`` which lists each history is on."""
    return membership(np.arange(1 << lists), lists).astype(np.float64)


def log_linear(mains: Array, pairs: Mapping[tuple[int, int], float] | None = None) -> Array:
    """Shares with these log odds of lists, and log odds ratios of pairs."""
    on = on_lists(len(mains))
    raw: Array = np.exp(on @ mains + sum((value * on[:, i] * on[:, j] for (i, j), value in (pairs or {}).items()), 0.0))
    shares: Array = raw / raw.sum()
    return shares


def differ(middle: float, spread: float) -> Array:
    """Shares on four lists where the log odds of people have a normal law."""
    laws = np.stack([log_linear(np.full(4, middle + spread * node)) for node in NODES])
    shares: Array = WEIGHTS / WEIGHTS.sum() @ laws
    return shares


def who_differ() -> Mapping[str, Population]:
    """For floors and sample coverage; *C* is the sample coverage."""
    laws = {
        "alike, C 49%": log_linear(np.full(4, np.log(0.2 / 0.8))),
        "they differ, C 66%": differ(-1.4, 1.0),
        "they differ, C 88%": differ(0.0, 1.0),
        "alike, lists 10 : 1 in odds": log_linear(np.log([0.08, 0.2, 0.4, 0.8])),
    }
    return {name: Population(people=2000, shares=law) for name, law in laws.items()}


def of_graphs() -> Mapping[str, Population]:
    """For the average over decomposable graphs, with its default priors."""
    triple = np.log(3)
    four = log_linear(np.log([0.25 / 0.75] * 4))
    one = log_linear(np.full(4, np.log(0.25)), {(0, 1): triple})
    two = log_linear(np.full(4, np.log(0.25)), {(0, 1): triple, (2, 3): triple})
    circle = log_linear(np.full(4, np.log(0.2)), {(0, 1): triple, (1, 2): triple, (2, 3): triple, (0, 3): triple})
    kinds = sum(share * log_linear(np.full(5, np.log(p / (1 - p)))) for share, p in ((0.1, 0.5), (0.9, 0.06)))
    three = log_linear(np.log([0.3 / 0.7] * 3))
    return {
        "3 independent lists, chance .3, 500 people": Population(people=500, shares=three),
        "4 independent lists, chance .25, 1,000 people": Population(people=1000, shares=four),
        "4 lists, one pair with odds ratio 3, 2,000 people": Population(people=2000, shares=one),
        "4 lists, two pairs with odds ratio 3, 5,000 people": Population(people=5000, shares=two),
        "4 lists, a circle of four such pairs, which is no decomposable graph, 5,000 people": Population(
            people=5000, shares=circle
        ),
        "5 lists, two kinds of people as above, 5,000 people": Population(people=5000, shares=np.asarray(kinds)),
        "5 lists, two kinds of people as above, 20,000 people": Population(people=20_000, shares=np.asarray(kinds)),
    }


def sent_on(rates: list[float], arrows: Mapping[tuple[int, int], float], absorbing: int | None = None) -> Array:
    """Shares where being on a list multiplies the rate of another by so much, in logs."""
    effects = np.zeros((len(rates), len(rates)))
    for (i, j), value in arrows.items():
        effects[i, j] = value
    return referrals(rates, effects, absorbing)


def of_referrals() -> Mapping[str, tuple[Population, Mapping[str, Model]]]:
    """Populations with referrals, and what is fitted to them."""
    rates = [0.35, 0.3, 0.4, 0.25]
    one = sent_on(rates, {(0, 1): np.log(3)})
    chain = sent_on(rates, {(0, 1): np.log(3), (1, 2): np.log(3)}, 3)
    five = sent_on([*rates, 0.3], {(0, 1): np.log(3), (2, 1): np.log(2), (3, 4): np.log(3)})
    last = ("D",)
    return {
        "1,500 people, 4 lists, A -> B": (
            Population(people=1500, shares=one),
            {"A -> B": ReferralFlow("A -> B"), "independence": LogLinear()},
        ),
        "1,500 people, 4 lists, A -> B -> C, D absorbing": (
            Population(people=1500, shares=chain),
            {
                "the same": ReferralFlow("A -> B -> C", last),
                "C -> B -> A, D absorbing": ReferralFlow("C -> B -> A", last),
                "A -> B -> C, D not absorbing": ReferralFlow("A -> B -> C"),
                "log-linear, A:B + B:C": LogLinear("A:B + B:C"),
            },
        ),
        "5,000 people, 5 lists, A -> B, C -> B, D -> E": (
            Population(people=5000, shares=five),
            {
                "the same": ReferralFlow("A -> B + C -> B + D -> E"),
                "log-linear, A:B + B:C + D:E": LogLinear("A:B + B:C + D:E"),
            },
        ),
    }


DIRECTIONS: Mapping[str, Model] = {
    "A -> B -> C": ReferralFlow("A -> B -> C", ("D",)),
    "C -> B -> A": ReferralFlow("C -> B -> A", ("D",)),
}


def directions(model: Model) -> dict[str, int]:
    """In how many of 20,000 people each the data speak for an arrow that is drawn, or another way fits better."""
    shares = sent_on([0.35, 0.3, 0.4, 0.25], {(0, 1): 1.0, (1, 2): 0.8}, 3)
    population, told, turned = Population(people=20_000, shares=shares), 0, 0
    for place in range(POPULATIONS):
        fit = model.fit(population.drawn(np.random.default_rng([SEED, 30, place])))
        codes = {finding.code for finding in fit.findings}
        told += bool(codes & {"flow_direction_told", "flow_direction_told_among"})
        turned += "flow_turned_better" in codes
    return {"populations": POPULATIONS, "told": told, "turned": turned}
