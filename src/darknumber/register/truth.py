"""The true population of the synthetic register, and the coefficients that put it on lists.

Both are worked out from `darknumber.register.targets`: the population by raking a flat table to the published and
assumed shares, the coefficients by solving for those under which the lists have the expected sizes, composition and
overlaps. The solution is kept, rounded, in ``coefficients.csv``, which is what the register is drawn with.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darknumber.register.law import POWERS, TREND, Coefficient, Law, columns, law, shares
from darknumber.register.targets import COVARIATES, LISTS, members, targets

DECIMALS = 3  # of a kept coefficient: 0.001 changes an expected count by a tenth of a percent
RAKING_TOLERANCE = 1e-9  # largest gap between a share and its target; far below one person
RAKING_ROUNDS = 2000  # a few hundred do, as long as the targets can be met together
EQUAL = 6  # decimals: raking is that exact, and what differs beyond them differs by machine
NEWTON_TOLERANCE = 1e-6  # people; the targets are whole numbers
NEWTON_STEPS = 50  # about ten do
LONGEST_STEP = 1.0  # log scale; keeps the first steps from overshooting


@cache
def national_law() -> Law:
    """The population of the synthetic register and the law of its histories, with the coefficients that are kept."""
    return law(LISTS, COVARIATES, population(), kept_coefficients())


def population() -> NDArray[np.int64]:
    """``(strata,)`` everyone, on a list or not, over the strata of `COVARIATES`.

    A table that is flat within each year is raked: each target share in turn, then the yearly totals, until all hold.
    Of all tables with these shares that is the one that assumes nothing else. Counts are then made whole by year.
    """
    years = [(members(target.whole, COVARIATES), target.value) for target in targets("population")]
    goals = [
        (members(target.part, COVARIATES), members(target.whole, COVARIATES), target.value)
        for target in targets("population_share")
    ]
    people = sum((inside * total / inside.sum() for inside, total in years), np.zeros(len(years[0][0])))
    for _ in range(RAKING_ROUNDS):
        gap = 0.0
        for part, whole, goal in goals:
            share = people[part & whole].sum() / people[whole].sum()
            gap = max(gap, abs(share - goal))
            people[part & whole] *= goal / share
            people[~part & whole] *= (1 - goal) / (1 - share)
        for inside, total in years:
            people[inside] *= total / people[inside].sum()
        if gap < RAKING_TOLERANCE:
            break
    counts = np.zeros(len(people), dtype=np.int64)
    for inside, _ in years:
        counts[inside] = _whole(people[inside])
    return counts


def calibrate(people: NDArray[np.int64]) -> tuple[Coefficient, ...]:
    """The coefficients under which the lists are expected to meet their targets, one coefficient for each target.

    A list with one size has a main effect; a list with sizes in three periods also a trend, which has two coefficients.
    A pair has its overlap, a level of a covariate its people on the list.

    Parameters
    ----------
    people
        ``(strata,)`` the population.
    """
    goals: list[
        tuple[Coefficient, str, float]
    ] = []  # a coefficient, the group of people it is for, how many on the list
    sizes = {name: [target for target in targets("list_size") if target.list == name] for name in LISTS}
    totals = {name: sum(target.value for target in sizes[name]) for name in LISTS}
    for name in LISTS:
        start = Coefficient(lists=(name,), value=float(np.log(totals[name] / people.sum())))
        trend = (Coefficient(lists=(name,), within=TREND, level=level, value=0.0) for level in POWERS)
        for coefficient, target in zip((start, *trend), sizes[name], strict=False):
            goals.append((coefficient, target.whole, target.value))
    for target in targets("overlap"):
        goals.append((Coefficient(lists=tuple(target.list.split(":")), value=0.0), "", target.value))
    for target in targets("list_share"):
        covariate, _, level = target.part.partition("=")
        coefficient = Coefficient(lists=(target.list,), within=covariate, level=level, value=0.0)
        goals.append((coefficient, target.part, target.value * totals[target.list]))
    coefficients, groups, numbers = zip(*goals, strict=True)
    values = _solve(coefficients, groups, np.array(numbers), people)
    return tuple(
        replace(coefficient, value=round(float(value), DECIMALS))
        for coefficient, value in zip(coefficients, values, strict=True)
    )


def kept_coefficients() -> tuple[Coefficient, ...]:
    """The coefficients in ``coefficients.csv``."""
    with files("darknumber.register").joinpath("coefficients.csv").open(encoding="utf-8") as lines:
        return tuple(
            Coefficient(
                lists=tuple(row["lists"].split(":")),
                within=row["within"],
                level=row["level"],
                value=float(row["value"]),
            )
            for row in csv.DictReader(lines)
        )


def write_coefficients(path: Path) -> None:
    """Calibrate anew and write the coefficients; for when a target in ``targets.csv`` changes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("lists", "within", "level", "value"))
        for c in calibrate(population()):
            writer.writerow((":".join(c.lists), c.within, c.level, f"{c.value:.{DECIMALS}f}"))


def _solve(
    coefficients: tuple[Coefficient, ...],
    groups: tuple[str, ...],
    goals: NDArray[np.float64],
    people: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Newton's method on expected people, of each group on the lists of its coefficient, minus the goal."""
    applies = columns(coefficients, LISTS, COVARIATES)
    mains = columns([Coefficient(lists=c.lists, value=0.0) for c in coefficients], LISTS, COVARIATES)
    counted = mains * np.stack([members(group, COVARIATES) for group in groups], axis=1)[:, None, :]
    flat_applies, flat_counted = (array.reshape(-1, len(coefficients)) for array in (applies, counted))
    values = np.array([coefficient.value for coefficient in coefficients])
    for _ in range(NEWTON_STEPS):
        share = shares(applies, values)
        expected = (people[:, None] * share).reshape(-1, 1)
        gap = goals - (flat_counted * expected).sum(axis=0)
        if np.abs(gap).max() < NEWTON_TOLERANCE:
            break
        means = [np.einsum("xw,xwk->xk", share, array) for array in (counted, applies)]
        slope = flat_counted.T @ (flat_applies * expected) - means[0].T @ (means[1] * people[:, None])
        step = np.linalg.solve(slope, gap)
        values = values + step * min(1.0, LONGEST_STEP / np.abs(step).max())
    return values


def _whole(people: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers with the same (whole) total: rounded down, the largest remainders up, the first of equal ones."""
    exact = np.round(people, EQUAL)
    down = np.floor(exact)
    missing = round(exact.sum() - down.sum())
    down[np.argsort(down - exact, kind="stable")[:missing]] += 1
    return down.astype(np.int64)
