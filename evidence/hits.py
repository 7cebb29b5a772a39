"""What intervals are asked to contain, and how often they do; shared by the runs about coverage.

A register has 36 targets: everyone, each level of each covariate, and each pair of levels of two covariates. What an
answer says about them is kept as ``(targets, 4)`` numbers, all divided by the true number: the estimate, the lower and
the upper limit, and the standard deviation of the draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.estimates import Estimates
from darknumber.register.synthesise import Register, truth_by

Array = NDArray[np.float64]

LEVEL = 0.95
POOLED = (0.94, 0.96)  # what the mean coverage over all targets must be within
STANDARD_ERRORS = 3.0  # how far the coverage of one target may be from LEVEL
CHUNK = 50  # registers in one part of a run


def breakdowns(register: Register) -> Iterator[tuple[str, ...]]:
    """The questions asked of a register: everyone, by one covariate, by two."""
    names = [covariate.name for covariate in register.covariates]
    yield ()
    yield from ((name,) for name in names)
    yield from combinations(names, 2)


def labels(register: Register) -> list[str]:
    """What the targets are called, such as ``2016, female``."""
    levels = {covariate.name: covariate.levels for covariate in register.covariates}
    found = []
    for names in breakdowns(register):
        grid = np.indices([len(levels[name]) for name in names]).reshape(len(names), -1).T if names else [()]
        found += [", ".join(levels[name][place] for name, place in zip(names, row, strict=True)) for row in grid]
    return [label or "everyone" for label in found]


def sizes(register: Register) -> list[int]:
    """How many of the covariates each target names: 0 for everyone, 1 for a level, 2 for a pair."""
    return [len(names) for names in breakdowns(register) for _ in range(truth_by(register, *names).size)]


def outcome(estimates: Estimates, register: Register) -> list[list[float]]:
    """What an answer says about each target, as ``(targets, 4)`` numbers relative to the truth."""
    rows = []
    for names in breakdowns(register):
        answer = estimates.by(*names)
        assert answer.draws is not None
        truth = truth_by(register, *names).reshape(-1)
        with np.errstate(invalid="ignore"):  # the spread of draws of which some are infinite is undefined
            spread = answer.draws.std(axis=0)
        rows.append(np.column_stack([answer.estimate, answer.limits, spread]) / truth[:, None])
    return [[round(float(value), 5) for value in row] for row in np.concatenate(rows)]


def summary(outcomes: Sequence[Sequence[Sequence[float]]], register: Register) -> dict[str, Any]:
    """How often the intervals contained the truth: by target, and pooled by how many covariates a target names.

    Parameters
    ----------
    outcomes
        ``(registers, targets, 4)`` as `outcome` gives them.
    """
    values = np.array(outcomes)
    estimate, lower, upper, spread = np.moveaxis(values, 2, 0)
    below, above = lower > 1, upper < 1
    hit = ~(below | above)
    size = np.array(sizes(register))
    groups = {"all targets": size >= 0, "everyone": size == 0, "single levels": size == 1, "pairs of levels": size == 2}
    error = sqrt(LEVEL * (1 - LEVEL) / len(values))
    by_target = {
        label: {
            "coverage": round(float(hit[:, t].mean()), 4),
            "truth_below": round(float(below[:, t].mean()), 4),
            "truth_above": round(float(above[:, t].mean()), 4),
            "mean_estimate": round(float(estimate[:, t].mean()), 4),
            "median_estimate": round(float(np.median(estimate[:, t])), 4),
            "median_width": round(float(np.median(upper[:, t] - lower[:, t])), 4),
            "no_upper_limit": int(np.isinf(upper[:, t]).sum()),
            "spread_of_draws": round(float(np.median(spread[:, t])), 4),
            "spread_of_estimates": round(float(estimate[:, t].std()), 4),
        }
        for t, label in enumerate(labels(register))
    }
    return {
        "registers": len(values),
        "standard_error_of_one_target": round(error, 5),
        "pooled": {name: _pooled(hit[:, chosen]) for name, chosen in groups.items()},
        "outside": [
            label
            for label, target in by_target.items()
            if abs(float(target["coverage"]) - LEVEL) > STANDARD_ERRORS * error
        ],
        "targets": by_target,
    }


def _pooled(hit: NDArray[np.bool_]) -> dict[str, float]:
    """Mean coverage over targets; its standard error is over registers, whose targets hang together."""
    of_register = hit.mean(axis=1)
    return {
        "coverage": round(float(of_register.mean()), 4),
        "standard_error": round(float(of_register.std() / sqrt(len(of_register))), 4),
    }
