"""How often the interval of a revision contains the true change, and what comparing two studies as if apart would give.

Populations are drawn from the law of the small register (four lists, four years, two forms of two sexes). The later
extract holds everyone on a list. The earlier one lacks marks that came in late: each by itself with the same chance, so
that both extracts have the same people to estimate and the true change is nothing; or all marks of some people, so that
the earlier extract is about fewer people and the true change is known. Both studies have the same kind of model: the
true terms, or pairs of lists and year found stepwise by BIC, with the choice repeated in every draw.

*Apart* is the interval that two studies would give whose draws have nothing to do with each other; *overlap* is how
often their own two intervals overlap, which is often taken for there being no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from darknumber.data.linked import ABSENT, Extract, Linked, Side
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear, Model, Stepwise
from darknumber.register.law import draw
from darknumber.register.small import small_law
from darknumber.studies.revise import revise
from evidence.record import Part, Result

QUESTION = "How often does the interval of a revision contain the true change, where both studies share their people?"
SOURCES = (
    "src/darknumber/data/linked.py",
    "src/darknumber/data/reshape.py",
    "src/darknumber/data/table.py",
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/estimate.py",
    "src/darknumber/inference/spread.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/stepwise.py",
    "src/darknumber/kernels/summaries.py",
    "src/darknumber/models/log_linear.py",
    "src/darknumber/models/selection.py",
    "src/darknumber/register/law.py",
    "src/darknumber/register/small.py",
    "src/darknumber/register/targets.csv",
    "src/darknumber/studies/chain.py",
    "src/darknumber/studies/linked_draws.py",
    "src/darknumber/studies/revise.py",
)

POPULATIONS = 400
SELECTING = 200  # populations on which models are chosen, which takes five times as long
PART = 20
REPLICATES = 199
LEVEL = 0.95
APART = 10**6  # other random numbers than those of the study itself

# What came in late: the chance of a mark by itself, and of all marks of a person.
LATE: Mapping[str, tuple[float, float]] = {"marks 5%": (0.05, 0.0), "marks 20%": (0.2, 0.0), "people 5%": (0.0, 0.05)}
SELECTED = "marks 5%"  # the models that select are tried on this one

Outcome = tuple[float, float, float, float, float, bool]


def run(part: Part) -> Result:
    """Draw all populations and count."""
    known = small_law()
    truth = float(known.population.sum())
    models: dict[str, Model] = {"true terms": LogLinear(known.terms), "stepwise by BIC": Stepwise()}
    result: dict[str, object] = {"replicates": REPLICATES, "true size": truth}
    for name, model in models.items():
        for late, chances in LATE.items():
            if isinstance(model, Stepwise) and late != SELECTED:
                continue
            found: list[Outcome] = []
            for first in range(0, SELECTING if isinstance(model, Stepwise) else POPULATIONS, PART):
                found += part(f"{name}, {late}, {first}", partial(outcomes, first, model, chances))
            result[f"{name}, {late}"] = {"populations": len(found)} | _told(
                np.array(found, dtype=float), truth * chances[1]
            )
    return result


def outcomes(first: int, model: Model, chances: tuple[float, float]) -> list[Outcome]:
    """The change, its interval, that of two studies apart, and whether the two own intervals overlap."""
    return [_outcome(seed, model, chances) for seed in range(first, first + PART)]


def _outcome(seed: int, model: Model, chances: tuple[float, float]) -> Outcome:
    linked = vintages(seed, *chances)
    how = Bootstrap(replicates=REPLICATES)
    old, new = (answered(linked.table(side), model, how, level=LEVEL, seed=seed, workers=1) for side in ("old", "new"))
    found = revise(old, new, linked=linked, replicates=REPLICATES, seed=seed, workers=1)
    whole = found.whole()
    apart = answered(linked.table("old"), model, how, level=LEVEL, seed=seed + APART, workers=1)
    draws = np.sort(new.total().draws[:, 0] - apart.total().draws[:, 0])  # type: ignore[index]
    k = int((REPLICATES + 1) * (1 - LEVEL) / 2)
    limits = [answer.total().limits[0] for answer in (old, new)]
    overlap = bool(limits[0][0] <= limits[1][1] and limits[1][0] <= limits[0][1])
    value, lower, upper = (float(each[-1]) for each in (whole.value, whole.lower, whole.upper))
    return value, lower, upper, float(draws[k - 1]), float(draws[-k]), overlap


def vintages(seed: int, late: float, late_people: float) -> Linked:
    """The two extracts of one population, person-year by person-year."""
    known = small_law()
    rng = np.random.default_rng([83, seed])
    seen = draw(known, rng)
    seen[:, 0] = 0
    stratum, history = np.nonzero(seen)
    people = np.repeat(np.arange(len(stratum)), seen[stratum, history])
    bits = 1 << np.arange(len(known.lists))
    marks = (history[people, None] & bits) > 0
    early = marks & (rng.random(marks.shape) >= late) & (rng.random((len(people), 1)) >= late_people)
    before = early @ bits
    sides: tuple[tuple[Side, NDArray[np.int64]], ...] = (("old", before), ("new", history[people]))
    extracts = {
        side: Extract(
            lists=known.lists,
            covariates=known.covariates,
            stratum=np.where(histories > 0, stratum[people], ABSENT),
            history=histories.astype(np.uint32),
            unit="person-year",
        )
        for side, histories in sides
    }
    return Linked.build(extracts, np.ones(len(people), dtype=np.int64))


def _told(found: NDArray[np.float64], truth: float) -> dict[str, float]:
    value, lower, upper, low, high, overlap = found.T
    covered, apart = (lower <= truth) & (truth <= upper), (low <= truth) & (truth <= high)
    return {
        "true change": truth,
        "mean change": float(value.mean()),
        "standard deviation of the change": float(value.std(ddof=1)),
        "coverage": float(covered.mean()),
        "standard error of the coverage": float(np.sqrt(covered.mean() * (1 - covered.mean()) / len(value))),
        "mean width / 3.92": float((upper - lower).mean() / 3.92),
        "more than noise": float(((lower > 0) | (upper < 0)).mean()),
        "apart: coverage": float(apart.mean()),
        "apart: mean width / 3.92": float((high - low).mean() / 3.92),
        "apart: more than noise": float(((low > 0) | (high < 0)).mean()),
        "the two intervals overlap": float(overlap.mean()),
    }
