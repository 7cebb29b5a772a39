"""Coverage of calibrated limits, and of plain percentile limits, on truths that nothing was calibrated on.

Two questions about the average over all pairwise models, with four lists. First: for each of several true populations,
some tables are drawn and the limits on each are calibrated as a user would do it; how often each of the nominal levels
found covers is counted on other tables of the same truth. Two of the truths are log-linear in pairs, as the models of
the average are; one has a three-way term, and three are mixtures of two kinds of people, which none of the models
describes. Second: the limits are calibrated on the Kosovo table itself, and the level found is tried on populations
from the models of all orders closest to that table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.inference.calibrate import RANKS, Calibration, covering
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.summaries import percentile_limits
from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.models import Average, Best, LogLinear
from evidence.record import Part, Result

QUESTION = "How often do calibrated and plain 95% limits contain the true number where the truth is another?"
SOURCES = (
    "src/darknumber/data/tables/kosovo-1999.csv",
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/calibrate.py",
    "src/darknumber/inference/estimate.py",
    "src/darknumber/kernels/design.py",
    "src/darknumber/kernels/existence.py",
    "src/darknumber/kernels/ledger.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/search.py",
    "src/darknumber/kernels/summaries.py",
    "src/darknumber/models/average.py",
    "src/darknumber/models/family.py",
    "src/darknumber/models/log_linear.py",
)

LEVEL = 0.95
MODEL = Average()
STUDIES = 5  # tables of each truth on which the limits are calibrated
POPULATIONS = 50  # drawn from each model for one calibration; half of the default, for the time it takes
REPLICATES = 399
JUDGES = 300  # further tables of each truth on which every level is tried: 1.3 points of standard error at 95%
FURTHER = 3  # models of the second question
FAR = 20.0  # they lie up to this far from the best
LISTS = "ABCD"
INNER = round(2 * RANKS / (1 - LEVEL)) - 1  # replicates, so that the nominal levels are those of a calibration

Cells = NDArray[np.float64]

# The last two: Manrique-Vallier 2016, and a variant among the examples of the Human Rights Data Analysis Group, of both
# the first four lists.
MIXTURES: Mapping[str, Sequence[tuple[int, tuple[float, ...]]]] = {
    "mixture, slight": ((1400, (0.15, 0.15, 0.2, 0.25)), (600, (0.3, 0.35, 0.3, 0.4))),
    "mixture, rarely listed": ((1800, (0.033, 0.033, 0.099, 0.132)), (200, (0.660, 0.825, 0.759, 0.990))),
    "mixture, crossed": ((1600, (0.113, 0.113, 0.199, 0.832)), (400, (0.860, 0.925, 0.859, 0.190))),
}


def run(part: Part) -> Result:
    """Both questions."""
    return {
        "replicates": INNER,
        "populations": POPULATIONS,
        "studies": STUDIES,
        "judges": JUDGES,
        "truths": {
            name: part(name, partial(of_truth, cells, number)) for number, (name, cells) in enumerate(truths().items())
        },
        "kosovo": part("closest models of all orders, Kosovo", further),
    }


def truths() -> dict[str, Cells]:
    """Expected people by history, those on no list in the first cell, by name of the truth."""
    kosovo, uk = example("kosovo-1999"), without(example("uk-2013-5"), "GO")
    found = {
        "pairs, a fifth of Kosovo": of_model(kosovo, Best().fit(kosovo).terms or "") / 5,
        "pairs, United Kingdom": of_model(uk, Best().fit(uk).terms or ""),
        "a three-way term, Kosovo": of_model(kosovo, Best(max_order=3).fit(kosovo).terms or ""),
    }
    return found | {name: of_classes(classes) for name, classes in MIXTURES.items()}


def without(table: CaptureTable, name: str) -> CaptureTable:
    """The same people without one list; those who were on that list only are not there."""
    kept = [place for place, each in enumerate(table.lists) if each != name]
    bits = (table.history.astype(np.int64)[:, None] >> np.array(kept)) & 1
    history = bits @ (1 << np.arange(len(kept)))
    return CaptureTable.build([table.lists[place] for place in kept], history[history > 0], table.count[history > 0])


def of_model(table: CaptureTable, terms: str) -> Cells:
    """Expected people of a log-linear model fitted to a table."""
    fit = LogLinear(terms).fit(table)
    assert fit.probabilities is not None
    cells: Cells = fit.probabilities[0] * fit.observed[0]
    cells[0] = fit.unobserved[0]
    return cells


def of_classes(classes: Sequence[tuple[int, tuple[float, ...]]]) -> Cells:
    """Expected people of several kinds, each on the lists independently."""
    on = (np.arange(1 << len(LISTS))[:, None] >> np.arange(len(LISTS))) & 1
    cells: Cells = np.sum([n * np.where(on, p, 1 - np.array(p)).prod(axis=1) for n, p in classes], axis=0)
    return cells


def drawn(cells: Cells, seed: Sequence[int]) -> tuple[NDArray[np.float64], int]:
    """``(1, histories)`` counts of one population, and how many people it has."""
    people = round(float(cells.sum()))
    y = np.random.default_rng(list(seed)).multinomial(people, cells / cells.sum()).astype(float)
    y[0] = 0
    return y[None], people


def table_of(y: NDArray[np.float64]) -> CaptureTable:
    """Counts as a table."""
    return CaptureTable.build(LISTS, np.arange(1, y.shape[1]), y[0, 1:].astype(np.int64))


def of_truth(cells: Cells, number: int) -> dict[str, Any]:
    """What calibration finds on some tables of one truth, and how often each level covers on others."""
    studies = []
    for study in range(STUDIES):
        y, _ = drawn(cells, (number, 0, study))
        how = Bootstrap(replicates=REPLICATES, limits="calibrated", populations=POPULATIONS)
        studies.append(_study(table_of(y), how, study))
    share = judged(cells, number)
    return {
        "people": round(float(cells.sum())),
        "percentile": share[-1],
        "calibrated": round(float(np.mean([share[_rank(study["nominal"]) - 1] for study in studies])), 4),
        "widest": share[0],
        "by_rank": share,
        "studies": studies,
    }


def _study(table: CaptureTable, how: Bootstrap, seed: int) -> dict[str, Any]:
    """One calibration, what it says of itself, and how much wider the interval gets."""
    answer = estimate(table, MODEL, how, level=LEVEL, seed=seed, workers=1)
    found = answer.calibration
    assert found is not None
    assert answer.draws is not None
    widths = [
        float(np.diff(each[0])[0]) for each in (answer.limits, percentile_limits(answer.draws, LEVEL, answer.observed))
    ]
    return {
        "nominal": round(found.nominal, 6),
        "models": len(found.terms),
        "carrying": found.carrying,
        "attained": found.attained,
        "worst": float(found.held_out.min()),
        "wider": round(widths[0] / widths[1], 4) if np.isfinite(widths).all() else None,
    }


def _rank(nominal: float) -> int:
    """The rank of a nominal level."""
    return round((1 - nominal) * (INNER + 1) / 2)


def judged(cells: Cells, number: int) -> list[float]:
    """``(RANKS,)`` how often the limits at each rank, the widest first, contain the true number."""
    held = []
    for judge in range(JUDGES):
        y, people = drawn(cells, (number, 1, judge))
        held.append(covering(MODEL, table_of(y), y, people, replicates=INNER, seed=judge))
    return [round(float(share), 4) for share in np.mean(held, axis=0)]


def further() -> dict[str, Any]:
    """The level found on the Kosovo table, tried on models outside the set it was calibrated on."""
    table = example("kosovo-1999")
    how = Bootstrap(replicates=REPLICATES, limits="calibrated", populations=POPULATIONS)
    found = estimate(table, MODEL, how, level=LEVEL, seed=0, workers=1).calibration
    assert found is not None
    models = {}
    for number, terms in enumerate(outside(table, found)):
        share = judged(of_model(table, terms), 100 + number)
        models[terms] = {"percentile": share[-1], "calibrated": share[_rank(found.nominal) - 1]}
    return {"nominal": found.nominal, "worst": float(found.held_out.min()), "models": models}


def outside(table: CaptureTable, found: Calibration) -> list[str]:
    """The models of all orders closest to a table that were not calibrated on."""
    listed = Best("aic", len(table.lists) - 1, delta=FAR).fit(table).candidates
    assert listed is not None
    near = (listed.distance <= FAR) & (listed.verdict == ESTIMABLE)
    labels = [label for label, there in zip(listed.label, near, strict=True) if there]
    return [label for label in labels if label not in found.terms][:FURTHER]
