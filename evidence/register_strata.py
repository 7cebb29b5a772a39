"""Coverage of partial pooling on synthetic registers of many strata, most of which share too few people to stand alone.

The national register has 80 strata by year, sex, age and nationality. What puts people on its lists depends on two
more covariates; so it is asked of the law over those four that comes nearest to the register's, under which the terms
of the model are true, of one under which fewer people are on lists, and of the register itself, summed over the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.inference.asking import estimate
from darknumber.models import PartialPooling
from darknumber.models.partial_pooling import shrinkage
from darknumber.register.law import Law, columns, draw, law, shares
from darknumber.register.small import small_law
from darknumber.register.synthesise import generator, tabulated
from darknumber.register.truth import national_law
from evidence.record import Part, Result

QUESTION = "How often do 95% intervals of partial pooling contain the truth on registers of 24 and of 80 strata?"
SOURCES = (
    "src/darknumber/inference/estimate.py",
    "src/darknumber/kernels/pooling*.py",
    "src/darknumber/models/own_order.py",
    "src/darknumber/models/partial_pooling.py",
    "src/darknumber/models/pooled_*.py",
    "src/darknumber/register/coefficients.csv",
    "src/darknumber/register/law.py",
    "src/darknumber/register/small.py",
    "src/darknumber/register/synthesise.py",
    "src/darknumber/register/targets.csv",
    "src/darknumber/register/truth.py",
)

Array = NDArray[np.float64]
SUMMED = ("form", "crossing")  # of the national covariates: 10 years by 2 sexes, 2 ages and 2 nationalities are left
FIRST_SEED = 101  # the packaged register and those that were looked at while the model was made are others
CHUNK = 10  # registers in one part of the run
SMALL, NATIONAL, FEW = 40, 40, 12  # registers: half a second of work for a small one, six for a national one
NEWTON_STEPS, NEWTON_CLOSE = 50, 1e-6  # about ten do; people
NEWTON_LONGEST = 1.0  # log scale; keeps the first steps from overshooting


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """Registers of one kind, and how they are asked.

    Parameters
    ----------
    law
        What they are drawn from.
    model
        What is fitted.
    registers
        How many are drawn.
    summed
        Covariates that the table is summed over.
    """

    law: Callable[[], Law]
    model: PartialPooling
    registers: int
    summed: tuple[str, ...] = ()


def run(part: Part) -> Result:
    """Every kind of register."""
    found = {}
    for name, kind in kinds().items():
        rows: list[Mapping[str, float]] = []
        for first in range(FIRST_SEED, FIRST_SEED + kind.registers, CHUNK):
            seeds = range(first, min(first + CHUNK, FIRST_SEED + kind.registers))
            rows += part(f"{name}, registers from {first}", partial(outcomes, kind, seeds))
        found[name] = summary(rows)
    return found


def kinds() -> Mapping[str, Registers]:
    """By what they are called."""
    every = PartialPooling()
    named, wider = replace(every, terms=true_pairs(nearest())), replace(every, term_sd=2 * every.term_sd)
    return {
        "24 strata, 4 lists": Registers(law=small_law, model=every, registers=SMALL),
        "80 strata, 6 lists, the true pairs named": Registers(law=nearest, model=named, registers=FEW),
        "80 strata, 6 lists, all 15 pairs": Registers(law=nearest, model=every, registers=NATIONAL),
        "- twice as wide a prior of pairs": Registers(law=nearest, model=wider, registers=FEW),
        "- a third fewer people on lists": Registers(law=shortened, model=every, registers=FEW),
        "- a third fewer, and twice as wide a prior": Registers(law=shortened, model=wider, registers=FEW),
        "- summed over covariates that matter": Registers(law=national_law, model=every, registers=FEW, summed=SUMMED),
    }


@cache
def shortened() -> Law:
    """The national law as it is, without what form and crossing do; on average they bring people on lists."""
    known = national_law()
    axes = tuple(place for place, covariate in enumerate(known.covariates) if covariate.name in SUMMED)
    people = known.population.reshape([len(covariate.levels) for covariate in known.covariates]).sum(axis=axes)
    covariates = [covariate for covariate in known.covariates if covariate.name not in SUMMED]
    kept = [each for each in known.coefficients if each.within not in SUMMED]
    return law(known.lists, covariates, people.reshape(-1), kept)


@cache
def nearest() -> Law:
    """The law without form and crossing that comes nearest to the national one, of all such laws with its other terms.

    It has the sizes of lists, in all and by year and level, and the overlaps of pairs that the register's has.
    """
    known, start = national_law(), shortened()
    axes = tuple(place for place, covariate in enumerate(known.covariates) if covariate.name in SUMMED)
    shape = [len(covariate.levels) for covariate in known.covariates]
    people, kept = start.population, start.coefficients
    cells = known.expected.reshape(*shape, -1).sum(axis=axes).reshape(len(people), -1)
    applies, values = columns(kept, known.lists, start.covariates), np.array([each.value for each in kept])
    for _ in range(NEWTON_STEPS):
        share = shares(applies, values)
        expected = people[:, None] * share
        gap = np.einsum("sw,swk->k", cells - expected, applies)
        if np.abs(gap).max() < NEWTON_CLOSE:
            break
        mean = np.einsum("sw,swk->sk", share, applies)
        within = np.einsum("sw,swk,swl->kl", expected, applies, applies, optimize=True)
        step = np.linalg.solve(within - (mean.T * people) @ mean, gap)
        values = values + step * min(1.0, NEWTON_LONGEST / np.abs(step).max())
    found = [replace(each, value=float(value)) for each, value in zip(kept, values, strict=True)]
    return law(known.lists, start.covariates, people, found)


def true_pairs(known: Law) -> str:
    """The pairs of lists that depend on each other."""
    return " + ".join(dict.fromkeys(each.term for each in known.coefficients if len(each.lists) > 1))


def drawn(kind: Registers, seed: int) -> tuple[CaptureTable, Array]:
    """A register as a table, and everyone by its strata."""
    known = kind.law()
    seen = draw(known, generator(seed))
    seen[:, 0] = 0
    axes = tuple(place for place, covariate in enumerate(known.covariates) if covariate.name in kind.summed)
    people = known.population.reshape([len(covariate.levels) for covariate in known.covariates]).sum(axis=axes)
    return tabulated(known, seen, "").pool(kind.summed), people.reshape(-1).astype(float)


def outcomes(kind: Registers, seeds: range) -> list[dict[str, float]]:
    """What is found of each register."""
    return [outcome(kind, seed) for seed in seeds]


def outcome(kind: Registers, seed: int) -> dict[str, float]:
    """Whether limits hold the truth, and squared errors of the log of the number of people, one register."""
    table, truth = drawn(kind, seed)
    answer = estimate(table, kind.model, seed=seed, workers=1)
    grid = truth.reshape(table.shape)
    levels = []
    for axis, covariate in enumerate(table.covariates):
        rest = tuple(other for other in range(grid.ndim) if other != axis)
        levels.append(holds(answer.by(covariate.name).limits, grid.sum(axis=rest)))
    beside = shrinkage(answer.fits[0])
    own = np.isfinite(beside.times)
    with np.errstate(divide="ignore", invalid="ignore"):  # strata without anybody are in neither
        off = [np.log((beside.observed + dark) / truth) ** 2 for dark in (beside.alone, beside.pooled)]
    total = answer.total()
    return {
        "strata": float(holds(answer.limits, truth)[truth > 0].mean()),
        "levels": float(np.concatenate(levels).mean()),
        "total": float(holds(total.limits, truth.sum(keepdims=True))[0]),
        "ratio": float(total.estimate[0] / truth.sum()),
        "lower": float(total.limits[0, 0] / truth.sum()),
        "upper": float(total.limits[0, 1] / truth.sum()),
        "seen": float(table.count.sum()),
        "leaning": float(beside.leans.sum()),
        "error alone": float(off[0][own].mean()),
        "error pooled": float(off[1][own].mean()),
        "error leaning": float(off[1][beside.leans].mean()) if beside.leans.any() else 0.0,
    }


def holds(limits: Array, truth: Array) -> NDArray[np.bool_]:
    """Which limits hold the truth."""
    return (limits[:, 0] <= truth) & (truth <= limits[:, 1])


def summary(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Means over registers, with the standard error of each coverage."""
    columns_of = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    covered = {}
    for name in ("strata", "levels", "total"):
        each = columns_of[name]
        covered[name] = round(float(each.mean()), 4)
        covered[f"{name} error"] = round(float(each.std() / np.sqrt(len(each))), 4)
    return {
        "registers": len(rows),
        **covered,
        **{name: round(float(np.median(columns_of[name])), 4) for name in ("ratio", "lower", "upper")},
        **{name: round(float(columns_of[name].mean())) for name in ("seen", "leaning")},
        **{name: round(float(np.sqrt(columns_of[f"error {name}"].mean())), 4) for name in ("alone", "pooled")},
        "lean": round(float(np.sqrt(columns_of["error leaning"].mean())), 4),
    }
