"""Coverage of bootstrap intervals when the model is given and true.

Small synthetic registers are drawn one after the other from one population, and the true terms are fitted to each.
Three intervals are compared: percentile limits from the observed-table law (the default), BCa limits from the same
draws, and percentile limits from the parametric law.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.models.log_linear import LogLinear
from darknumber.register.small import small_register
from evidence import hits
from evidence.record import Part, Result

QUESTION = "How often do 95% intervals contain the true number when the true terms are given?"
SOURCES = (
    "evidence/hits.py",
    "src/darknumber/kernels/design.py",
    "src/darknumber/kernels/existence.py",
    "src/darknumber/kernels/histories.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/summaries.py",
    "src/darknumber/kernels/terms.py",
    "src/darknumber/kernels/verdicts.py",
    "src/darknumber/models/base.py",
    "src/darknumber/models/columns.py",
    "src/darknumber/models/log_linear.py",
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/estimate.py",
    "src/darknumber/inference/estimates.py",
    "src/darknumber/register/law.py",
    "src/darknumber/register/small.py",
    "src/darknumber/register/synthesise.py",
    "src/darknumber/register/targets.csv",
    "src/darknumber/register/truth.py",
)

REGISTERS = 2000
REPLICATES = 399  # the limits are then the 10th smallest and largest
PERCENTILE, BCA, PARAMETRIC = "observed, percentile", "observed, BCa", "parametric, percentile"


def run(part: Part) -> Result:
    """Coverage of the three intervals."""
    kept: dict[str, list[Any]] = {PERCENTILE: [], BCA: [], PARAMETRIC: []}
    for first in range(1, REGISTERS + 1, hits.CHUNK):
        seeds = range(first, min(first + hits.CHUNK, REGISTERS + 1))
        answer = part(f"registers from {first}", partial(outcomes, seeds, REPLICATES))
        for name, rows in kept.items():
            rows += answer[name]
    register = small_register()
    return {"replicates": REPLICATES} | {name: hits.summary(rows, register) for name, rows in kept.items()}


def outcomes(seeds: range, replicates: int) -> dict[str, list[Any]]:
    """What each interval says about the targets of each register."""
    found: dict[str, list[Any]] = {PERCENTILE: [], BCA: [], PARAMETRIC: []}
    for seed in seeds:
        register = small_register(seed=seed)
        model = LogLinear(terms=register.terms)
        corrected = Bootstrap(replicates=replicates, limits="bca")
        parametric = Bootstrap(replicates=replicates, law="parametric")
        answer = estimate(register.table, model, corrected, seed=seed, workers=1)
        found[BCA].append(hits.outcome(answer, register))
        # Without the jackknife the same draws give percentile limits.
        found[PERCENTILE].append(hits.outcome(replace(answer, jackknife=None), register))
        answer = estimate(register.table, model, parametric, seed=seed, workers=1)
        found[PARAMETRIC].append(hits.outcome(answer, register))
    return found
