"""The doubly robust estimator on drpop's simulation designs (Das, Kennedy & Jewell 2023; METHODS, S6).

Three questions: how often intervals hold the truth where what learns can be right; what becomes of the answer where the
numbers that were kept have lost part of what lists depend on, whatever learns; and what the correction is worth where
probabilities are off by a known amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from darknumber.data.read import read_records
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap, Influence
from darknumber.inference.robust import people_estimate
from darknumber.kernels.influence import gains, odd_histories, sums
from darknumber.models import DoublyRobust
from evidence.record import Part, Result
from tests.robust import SLOPES, expit, frame, logit, seen

QUESTION = "On drpop's designs, how often do doubly robust intervals hold the truth, and where do they go wrong?"
SOURCES = (
    "src/darknumber/inference/robust.py",
    "src/darknumber/kernels/influence.py",
    "src/darknumber/models/doubly_robust.py",
    "src/darknumber/models/learners.py",
    "src/darknumber/models/one_step.py",
    "tests/robust.py",
)

Array = NDArray[np.float64]
SEED = 6
MANY, SOME, FEW = 300, 60, 20  # populations, by what one costs: standard errors of 1.3, 2.8 and 5 points at 95%
NOISY = 1000
NORMAL = 1.96  # of a standard error: the limits of ``influence(scale=plain)``, which need no draws
MARGIN = 0.005
FOREST = DoublyRobust(
    learner="sklearn.ensemble.RandomForestClassifier", settings=("min_samples_leaf=25", "random_state=0")
)
BOOSTING = DoublyRobust(
    learner="sklearn.ensemble.HistGradientBoostingClassifier", settings=("max_depth=3", "max_iter=40", "random_state=0")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """People with normal numbers; log odds of a list are a constant plus its slope times the sum of the numbers.

    Parameters
    ----------
    people, numbers, lists, constant
        Of a population.
    model
        What is asked of it.
    interval
        How.
    populations
        How many.
    """

    people: int
    numbers: int
    lists: int
    constant: float
    model: DoublyRobust = field(default_factory=DoublyRobust)
    interval: Influence | Bootstrap = field(default_factory=Influence)
    populations: int = MANY


def run(part: Part) -> Result:
    """All three."""
    return {
        "designs": {name: part(name, partial(coverage, each)) for name, each in designs().items()},
        "lost": {name: part(f"lost, {name}", partial(what_is_lost, *each)) for name, each in learners().items()},
        "noise": {f"{power:g}": part(f"noise {power:g}", partial(noise, power)) for power in (0.1, 0.25, 0.3)},
    }


def designs() -> Mapping[str, Design]:
    """The populations of the first question, by what they are called."""
    two = Design(people=1000, numbers=2, lists=2, constant=-2.0)
    three = Design(people=5000, numbers=2, lists=3, constant=-2.0)
    return {
        "1,000 people, 1 number, 2 lists": Design(people=1000, numbers=1, lists=2, constant=-1.0),
        "5,000 people, 1 number, 2 lists": Design(people=5000, numbers=1, lists=2, constant=-1.0),
        "1,000 people, 2 numbers, 2 lists": two,
        "the same, bootstrap": replace(two, interval=Bootstrap(replicates=199), populations=SOME),
        "5,000 people, 3 numbers, 2 short lists": Design(people=5000, numbers=3, lists=2, constant=-4.0),
        "5,000 people, 3 numbers, 2 lists": Design(people=5000, numbers=3, lists=2, constant=-3.0),
        "5,000 people, 2 numbers, 3 lists": three,
        "the same, `lists=(y1, y2)`": replace(three, model=DoublyRobust(lists=("y1", "y2"))),
    }


def asked(
    data: pd.DataFrame, model: DoublyRobust, interval: Influence | Bootstrap | None = None, *, seed: int
) -> Estimates:
    """The answer from rows on people, lists called y1, y2, ... and numbers x1, x2, ...."""
    lists, numbers = ([name for name in data if str(name).startswith(letter)] for letter in "yx")
    return people_estimate(read_records(data, lists=lists, covariates=numbers), model, interval, seed=seed, workers=1)


def coverage(design: Design) -> dict[str, float]:
    """How often limits hold the number of people, and how far standard errors are from the spread of estimates."""
    rows = []
    for place in range(design.populations):
        random = np.random.default_rng([SEED, design.people, design.numbers, design.lists, place])
        data = frame(design.people, design.numbers, design.lists, design.constant, random)
        answer = asked(data, design.model, design.interval, seed=place)
        estimate, (lower, upper) = float(answer.estimate[0]), answer.limits[0]
        error = float(np.sqrt(answer.fits[0].variance[0]))  # type: ignore[index] # it has one
        plain = abs(estimate - design.people) <= NORMAL * error
        both = int(((data["y1"] == 1) & (data["y2"] == 1)).sum())
        held = lower <= design.people <= upper
        rows.append((len(data), both, estimate, error, held, plain, (upper - lower) / design.people))
    counted, both, estimates, errors, held, plain, width = np.array(rows, dtype=float).T
    return {
        "populations": design.populations,
        "seen": round(float(counted.mean())),
        "both": round(float(both.mean())),
        "mean": round(float(estimates.mean()), 1),
        "spread": round(float(estimates.std(ddof=1)), 1),
        "error": round(float(errors.mean()), 1),
        "covered": round(float(held.mean()), 4),
        "plain covered": round(float(plain.mean()), 4),
        "width": round(float(np.median(width)), 4),
    }


def learners() -> Mapping[str, tuple[DoublyRobust, int]]:
    """What learns where covariates have lost something, and of how many populations."""
    return {
        "logistic": (DoublyRobust(), SOME),
        "logistic, `degree=3`": (DoublyRobust(degree=3), SOME),
        "random forest": (FOREST, FEW),
        "gradient boosting": (BOOSTING, FEW),
    }


def what_is_lost(model: DoublyRobust, populations: int) -> dict[str, float]:
    """The answer from numbers turned as drpop turns them, which cannot be turned back."""
    people, estimates, held = 5000, [], []
    for place in range(populations):
        data = frame(people, 3, 2, -3.0, np.random.default_rng([SEED, people, place]))
        answer = asked(turned(data), model, seed=place)
        estimates.append(float(answer.estimate[0]))
        held.append(bool(answer.limits[0, 0] <= people <= answer.limits[0, 1]))
    return {
        "populations": populations,
        "people": people,
        "mean": round(float(np.mean(estimates)), 1),
        "covered": round(float(np.mean(held)), 4),
    }


def turned(data: pd.DataFrame) -> pd.DataFrame:
    """drpop's functions of the numbers: the sign of one is lost, and the others are mixed."""
    x1, x2, x3 = (data[name].to_numpy(dtype=float) for name in ("x1", "x2", "x3"))
    return data.assign(
        x1=np.exp(np.abs(x1 - 2) / 2),
        x2=x2 / (1 + np.exp(x1)) + 10,
        x3=(x1 * x3 / 25 + 0.6) ** 3,
    )


def noise(power: float) -> dict[str, float]:
    """Plug-in and correction where true probabilities are off by noise of ``n**-power`` on the logit scale.

    Both have the standard error of the correction, as in drpop.
    """
    people, constant = 5000, -1.0
    size = people**-power
    found = np.empty((NOISY, 3))
    for place in range(NOISY):
        random = np.random.default_rng([SEED, round(100 * power), place])
        x, history = seen(people, 1, 2, constant, random)
        p = expit(constant + np.outer(x[:, 0], SLOPES[:2]))
        joint = np.stack([p[:, 0] * (1 - p[:, 1]), p[:, 1] * (1 - p[:, 0]), p.prod(axis=1)], axis=1)
        share = joint / joint.sum(axis=1, keepdims=True)
        gain, odds = gains(expit(logit(share) + random.normal(size, size, share.shape)), odd_histories(2), MARGIN)
        own = gain[np.arange(len(history)), history - 1]
        dark, variance = sums(np.zeros(len(history), dtype=np.int64), 1, np.ones(len(history)), own)
        found[place] = len(history) + odds.sum(), len(history) + dark[0], variance[0]
    plug_in, corrected, variance = found.T
    return {
        "populations": NOISY,
        "people": people,
        "plug-in": round(float(plug_in.mean()), 1),
        "plug-in covered": held_by(plug_in, variance, people),
        "corrected": round(float(corrected.mean()), 1),
        "corrected covered": held_by(corrected, variance, people),
    }


def held_by(estimates: Array, variances: Array, people: int) -> float:
    """How often normal limits hold the number of people."""
    return round(float((np.abs(estimates - people) <= NORMAL * np.sqrt(variances)).mean()), 4)
