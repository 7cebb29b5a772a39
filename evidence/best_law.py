"""Coverage of the law that fits best, of one list on which people are seen repeatedly, where nobody knows the law.

People are seen by laws that are among those to choose from, with extra ones or not, by a mixture of two kinds of
people, which is not, and by a law whose extra ones are those of people seen. Beside it stands what a Poisson law
alone says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.frequencies import Frequencies
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.sightings import sightings_answer
from darknumber.models import BestLaw, OfSightings, Sightings
from evidence.record import Part, Result

QUESTION = "How often do 95% intervals hold the truth where the law of repeated sightings is not known?"
SOURCES = (
    "src/darknumber/inference/sightings.py",
    "src/darknumber/kernels/sightings.py",
    "src/darknumber/kernels/truncated.py",
    "src/darknumber/models/best_law.py",
    "src/darknumber/models/sighting_rates.py",
    "src/darknumber/models/sightings.py",
)

Times = NDArray[np.int64]
Random = np.random.Generator
SEED = 12
PEOPLE = (500, 3000)
POPULATIONS = 200  # a standard error of 1.5 points at 95%
HOW = Bootstrap(replicates=199)
MODELS: Mapping[str, OfSightings] = {"best-law": BestLaw(), "Poisson": Sightings()}


def run(part: Part) -> Result:
    """Every law, with few people and with more."""
    found = {}
    for number, (name, law) in enumerate(laws().items()):
        for people in PEOPLE:
            title = f"{name}, {people:,} people"
            found[title] = part(title, partial(coverage, law, people, [SEED, number, people]))
    return found


def laws() -> Mapping[str, Callable[[Random, int], Times]]:
    """How often people are seen, by what the law is called."""
    return {
        "Poisson": lambda random, n: random.poisson(0.8, n),
        "geometric": lambda random, n: random.geometric(1 / 1.8, n) - 1,
        "negative binomial": lambda random, n: random.poisson(0.4 * random.gamma(2.0, 1.0, n)),
        "Poisson, 15% seen once": lambda random, n: once(random, random.poisson(1.0, n), 0.15),
        "geometric, 15% seen once": lambda random, n: once(random, random.geometric(0.5, n) - 1, 0.15),
        "Poisson, of those seen 20% once": lambda random, n: once(random, random.poisson(1.0, n), 0.2, of_seen=True),
        "two kinds of people": lambda random, n: random.poisson(np.where(random.random(n) < 0.6, 0.4, 1.6)),
    }


def once(random: Random, times: Times, share: float, *, of_seen: bool = False) -> Times:
    """The same with some people who are seen once whatever the law says: of everybody, or of those seen."""
    some = random.random(len(times)) < share
    return np.where(some & (times > 0) if of_seen else some, 1, times)


def coverage(law: Callable[[Random, int], Times], people: int, seed: list[int]) -> dict[str, Any]:
    """How often limits hold the number of people, where they lie, and how often there is no upper one."""
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in MODELS}
    for place in range(POPULATIONS):
        times, counts = np.unique(law(np.random.default_rng([*seed, place]), people), return_counts=True)
        data = Frequencies.build(times[times > 0], counts[times > 0])
        for name, model in MODELS.items():
            answer = sightings_answer(data, model, HOW, seed=place, workers=1).total()
            rows[name].append((float(answer.estimate[0]), *answer.limits[0].tolist()))
    return {name: summary(np.array(each) / people) for name, each in rows.items()}


def summary(found: NDArray[np.float64]) -> dict[str, float | None]:
    """Of ``(populations, 3)`` estimates and limits as shares of the truth: coverage, and medians where finite."""
    _, lower, upper = found.T
    medians = dict(zip(("estimate", "lower", "upper"), np.median(found, axis=0).tolist(), strict=True))
    return {
        "covered": round(float(((lower <= 1) & (upper >= 1)).mean()), 4),
        **{name: round(value, 4) if np.isfinite(value) else None for name, value in medians.items()},
        "no upper limit": round(float(np.isinf(upper).mean()), 4),
    }
