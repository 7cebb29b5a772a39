"""Someone who reads everything that is published about registered people, and works out the small numbers from it.

Nothing here is shared with the code that decides what is published: the cells are those of the full cross of all
covariates and capture histories, and what each published number sums is worked out anew. The attacker knows the rule,
that the number of people is exactly what it is, and of every hidden number that is not small that it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.optimize import linprog

from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import Groups, answer_by
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.shown import Shown
from darknumber.models import Independence
from darknumber.views.disclosure import (
    STRICT,
    Disclosure,
    Protection,
    disclose,
    overlaps_shown,
    shared_shown,
    sizes_shown,
    without_shown,
)

MILD = Disclosure(floor=5, base=1)
RULES = (STRICT, MILD, Disclosure(floor=5, base=5), Disclosure(floor=4, base=2))
KINDS = ("one way", "two way", "three way", "hierarchy", "years", "lists", "lists and groups", "lists not kept")


@dataclass(frozen=True)
class Publication:
    """A table of people, and what is published of it."""

    kind: str
    data: CaptureTable
    groups: tuple[tuple[str, ...], ...]
    groupings: tuple[Groups, ...]
    years: tuple[str, ...]
    lists: bool
    rules: Disclosure

    def protection(self) -> Protection:
        """What is decided for it."""
        return disclose(
            answer_of(self.data),
            self.rules,
            groups=self.groups,
            groupings=self.groupings,
            years=self.years,
            lists=self.lists,
        )


@dataclass(frozen=True)
class Number:
    """A number as the attacker sees it: which of the fine cells it sums, how many these are, and what is printed."""

    name: str
    cells: np.ndarray
    value: int
    shown: Shown | None


def answer_of(data: CaptureTable) -> Estimates:
    """An answer with these registered numbers, and no estimate worth the name."""
    observed = data.observed.astype(float)
    fit = type("Fit", (), {"data": data, "active": (), "model": Independence()})()
    return Estimates(
        covariates=data.covariates,
        observed=observed,
        unobserved=3 * observed,
        verdict=np.zeros(len(observed), dtype=np.int8),
        at_least=observed,
        draws=np.repeat(4 * observed[None], 2, axis=0),
        level=0.95,
        interval=Bootstrap(),
        seed=0,
        fits=(fit,),
        unit=data.unit,
    )


def random_publication(seed: int) -> Publication:
    """One of the kinds, with counts that are small here and there."""
    random = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    rules = RULES[seed // len(KINDS) % len(RULES)]
    names = {"one way": ("form",), "lists": (), "years": ("year", "form"), "hierarchy": ("form", "sex")}.get(kind)
    if names is None:
        names = ("form", "sex", "age") if kind == "three way" else ("form", "sex")
    if kind == "lists not kept":
        names = ("form",)
    covariates = tuple(_covariate(name, int(random.integers(2, 5))) for name in names)
    lists = ("A", "B", "C", "D")[: int(random.integers(2, 5))] if kind == "lists" else ("A", "B", "C")
    if "lists" not in kind:
        lists = ("A", "B")
    data = _people(random, covariates, lists, kept=kind != "lists not kept")
    groupings: tuple[Groups, ...] = ()
    groups: list[tuple[str, ...]] = [(name,) for name in names if name != "year"]
    if kind in ("two way", "three way", "lists and groups"):
        groups += list(combinations(names, 2))
    if kind == "three way" and random.random() < 0.5:
        groups.append(names)
    if kind == "hierarchy":
        groupings = (_coarser(covariates[0]),)
        groups += [("coarse",), ("form", "sex"), ("coarse", "sex")]
    years: tuple[str, ...] = ()
    if kind == "years":
        groups += [("year", "form")] if random.random() < 0.5 else []
        years = covariates[0].levels[: int(random.integers(1, len(covariates[0].levels) + 1))]
    return Publication(kind, data, tuple(groups), groupings, years, "lists" in kind, rules)


def _covariate(name: str, levels: int) -> Covariate:
    labels = [str(2010 + k) for k in range(levels)] if name == "year" else [f"{name} {k}" for k in range(levels)]
    return Covariate.of(name, labels)


def _coarser(covariate: Covariate) -> Groups:
    first, *rest = covariate.levels
    return Groups(name="coarse", of=(covariate.name,), levels={"first": ((first,),), "rest": (tuple(rest),)})


def _people(
    random: np.random.Generator, covariates: Sequence[Covariate], lists: Sequence[str], kept: bool
) -> CaptureTable:
    """Counts that differ much from cell to cell, so that some are empty, some small and some large."""
    shape = tuple(len(covariate.levels) for covariate in covariates)
    strata = int(np.prod(shape))
    operating = np.ones((strata, len(lists)), dtype=bool)
    if not kept:
        operating[0, 0] = False
    while True:
        rate = np.exp(random.normal(0.0, 1.2, size=strata)) * np.exp(random.uniform(0.5, 3.5))
        rows = []
        for stratum, history in product(range(strata), range(1, 1 << len(lists))):
            on = [j for j in range(len(lists)) if history >> j & 1]
            if operating[stratum, on].all():
                mean = rate[stratum] * 0.25 ** (len(on) - 1) * random.gamma(1.5, 1 / 1.5)
                rows.append((stratum, history, int(random.poisson(mean))))
        cells = np.array(rows)
        sizes = [cells[(cells[:, 1] >> j & 1) == 1, 2].sum() for j in range(len(lists))]
        if min(sizes) > 0 and cells[:, 2].sum() < 4000:
            break
    levels = [axis.astype(np.int64) for axis in np.unravel_index(cells[:, 0], shape)] if shape else []
    return CaptureTable.build(
        lists, cells[:, 1], cells[:, 2], covariates=covariates, levels=levels, operating=operating
    )


class Cells:
    """The full cross of covariates and histories; without those that cannot occur."""

    def __init__(self, publication: Publication) -> None:
        data = publication.data
        self.data, self.lists = data, publication.lists
        histories = range(1, 1 << len(data.lists)) if publication.lists else (0,)
        every = np.array(list(product(range(data.strata), histories)))
        on = (every[:, 1:] >> np.arange(len(data.lists))) & 1 == 1
        self.stratum, self.history = every[~(on & ~data.operating[every[:, 0]]).any(axis=1)].T
        self.levels = np.unravel_index(self.stratum, data.shape) if data.shape else ()

    def numbers(self, publication: Publication, protection: Protection) -> list[Number]:
        """Everything that is published, and what follows from that for one or two lists."""
        answer = answer_of(self.data)
        found = self._rows("all", answer.total(), protection, [])
        time = next((c for c in self.data.covariates if c.name == "year"), None)
        if time is not None:
            years = answer.by("year")
            found += self._rows("year", years, protection, publication.groupings)
            chosen = publication.years or time.levels
            found += self._rows("mean", years.mean("year", chosen), protection, [])
        for names in publication.groups:
            rows = answer_by(answer, names, publication.groupings)
            if time is not None and "year" not in names:
                rows = answer_by(answer, ("year", *names), publication.groupings).mean(
                    "year", publication.years or time.levels
                )
                found += self._rows("mean of all", rows.total(), protection, [])
            found += self._rows(":".join(names), rows, protection, publication.groupings)
        return [*found, *(self._of_lists(protection) if self.lists else [])]

    def _rows(self, name: str, rows: Estimates, protection: Protection, groupings: Sequence[Groups]) -> list[Number]:
        years = max(len(rows.averaged) - 1, 1)
        found = []
        for levels, observed, shown in zip(
            rows.labels() or [()], rows.observed, protection.registered(rows), strict=True
        ):
            inside = np.ones(len(self.stratum), dtype=bool)
            for covariate, level in zip(rows.covariates, levels, strict=True):
                inside &= self._at(covariate.name, level, groupings)
            if rows.averaged:
                inside &= np.any([self._at("year", year, groupings) for year in rows.averaged[1:]], axis=0)
            printed = Shown(
                form=shown.form,
                value=None if shown.value is None else round(shown.value * years),
                limit=shown.limit * (years if shown.form == "small" else 1),
            )
            found.append(Number(f"{name} {levels}", inside, round(observed * years), printed))
        return found

    def _at(self, name: str, level: str, groupings: Sequence[Groups]) -> np.ndarray:
        names = [covariate.name for covariate in self.data.covariates]
        if name in names:
            axis = names.index(name)
            return np.asarray(self.levels[axis] == self.data.covariates[axis].levels.index(level))
        (grouping,) = (each for each in groupings if each.name == name)
        return np.asarray(
            np.any([self._at(grouping.of[0], old, groupings) for old in grouping.levels[level][0]], axis=0)
        )

    def _of_lists(self, protection: Protection) -> list[Number]:
        data, count = self.data, len(self.data.lists)
        on = [(self.history >> j) & 1 == 1 for j in range(count)]
        depth = np.sum(on, axis=0)
        found = [self._number("several", depth > 1, shared_shown(data, protection))]
        for j, shown in enumerate(sizes_shown(data, protection)):
            found.append(self._number(f"on {j}", on[j], shown))
            found.append(self._number(f"on {j} and others", on[j] & (depth > 1), shared_shown(data, protection, j)))
            found.append(self._number(f"without {j}", ~(on[j] & (depth == 1)), without_shown(data, protection, j)))
            found.append(self._number(f"only {j}", on[j] & (depth == 1), None))
            found.append(self._number(f"not {j}", ~on[j], None))
        for (i, j), shown in overlaps_shown(data, protection).items():
            found.append(self._number(f"both {i} {j}", on[i] & on[j], shown))
            found.append(self._number(f"{i} not {j}", on[i] & ~on[j], None))
            found.append(self._number(f"{j} not {i}", on[j] & ~on[i], None))
            found.append(self._number(f"neither {i} {j}", ~on[i] & ~on[j], None))
        return found + [self._number(f"on {k} lists", depth == k, None) for k in range(1, count + 1)]

    def _number(self, name: str, cells: np.ndarray, shown: Shown | None) -> Number:
        kept = {(int(s), int(h)) for s, h in zip(self.stratum[cells], self.history[cells], strict=True)}
        data = self.data
        value = sum(int(c) for s, h, c in zip(data.stratum, data.history, data.count, strict=True) if (s, h) in kept)
        return Number(name, cells, value, shown)


def known(number: Number, rules: Disclosure) -> tuple[float, float]:
    """What the attacker knows of a number from what is printed of it."""
    shown, floor = number.shown, rules.floor
    if shown is None:
        return 0.0, np.inf
    if shown.form == "small":
        assert shown.limit == floor
        return 1.0, floor - 1.0
    if shown.form == "hidden":
        return (1.0 if number.value < floor else float(floor)), np.inf
    assert shown.value is not None
    if shown.form == "exact":
        assert shown.value == number.value
        return float(shown.value), float(shown.value)
    near = [n for n in range(int(shown.value) - rules.base, int(shown.value) + rules.base + 1) if n >= floor]
    inside = [n for n in near if np.floor(n / rules.base + 0.5) * rules.base == shown.value]
    return float(min(inside)), float(max(inside))


def ends(cells: np.ndarray, rows: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """The least and the most that a sum of whole cells can be."""
    finite = np.isfinite(high)
    matrix, limits = np.vstack([-rows, rows[finite]]), np.concatenate([-low, high[finite]])
    found = []
    for sign in (1.0, -1.0):
        answer = linprog(
            sign * cells, A_ub=matrix, b_ub=limits, integrality=np.ones(len(cells), dtype=np.int64), method="highs"
        )
        end = np.inf if answer.fun is None else float(answer.fun)  # without limit, or nothing was found
        found.append(sign * end if answer.status == 0 else np.inf if answer.status in (3, 4) else np.nan)
    return round(found[0]), found[1] if np.isinf(found[1]) else round(found[1])


def attack(publication: Publication, protection: Protection | None = None) -> list[tuple[str, float, float, float]]:
    """The small numbers that can be bounded more tightly than the rule allows: name, range, and the least it allows.

    The rule allows the range from 1, or from as many people as a number has parts that are said to hold somebody, to
    the floor less 1.
    """
    protection = publication.protection() if protection is None else protection
    numbers = Cells(publication).numbers(publication, protection)
    rules = publication.rules
    rows = np.array([number.cells for number in numbers]).astype(float)
    low, high = np.array([known(number, rules) for number in numbers]).T
    printed = np.array([number.shown is not None for number in numbers])
    value = np.array([number.value for number in numbers])
    somebody = np.where(printed & (value > 0), 1.0, 0.0)
    nobody = np.where(printed & (value == 0), 0.0, np.inf)
    found, seen = [], set()
    for number in numbers:
        if not 0 < number.value < rules.floor or number.cells.tobytes() in seen:
            continue
        seen.add(number.cells.tobytes())
        cells = number.cells.astype(float)
        least, most = ends(cells, rows, low, high)
        if least <= 1 and most >= rules.floor - 1:
            continue
        allowed, _ = ends(cells, rows, somebody, nobody)
        if least > max(allowed, 1) or most < rules.floor - 1:
            found.append((number.name, least, most, allowed))
    return found


def small_numbers(publication: Publication) -> int:
    """How many of the published numbers are small."""
    protection = publication.protection()
    numbers = Cells(publication).numbers(publication, protection)
    return len({n.cells.tobytes() for n in numbers if n.shown is not None and 0 < n.value < publication.rules.floor})
