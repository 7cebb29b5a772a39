"""The exact search against looking at every model.

Three and four lists: random sparse counts with empty lists and pairs, lists not kept everywhere, a covariate in some
and both margins (`search_case` in ``tests/enumerate_models.py`` says how they are drawn); every model is fitted from a
cold start, and some of those listed by a design matrix and linear programmes as well. Five lists: all 6,893 models of
each table. Six lists: all 7,785,061 models of both published tables; those whose parameters alone cost more than the
optimum and `REACH` together are out, because no deviance is below zero, and the others are fitted.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.examples import example
from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.models.family import CERTAIN, Family
from evidence.record import Part, Result
from tests.enumerate_models import (
    Everything,
    SearchCase,
    costs,
    counted,
    every_model,
    fitted,
    saturated,
    search_case,
    slowly,
)

QUESTION = "Is an exact search equal to looking at every model, and do its certificates hold?"
SOURCES = (
    "src/darknumber/kernels/design.py",
    "src/darknumber/kernels/existence.py",
    "src/darknumber/kernels/histories.py",
    "src/darknumber/kernels/ledger.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/search.py",
    "src/darknumber/kernels/stepwise.py",
    "src/darknumber/models/columns.py",
    "src/darknumber/models/criteria.py",
    "src/darknumber/models/family.py",
    "tests/enumerate_models.py",
    "tests/oracles.py",
)

SMALL, FIVE = 1_000, 1_000  # random tables of three or four lists, and of five
SMALL_PART, FIVE_PART, SIX_PART = 100, 25, 500_000  # tables, tables, and models in one part of a run
BEYOND_TESTS = 1_000_000  # other tables than those in the test suite
SIX = ("uk-2013", "netherlands-2010-2015")
CRITERIA = ("bic", "aic", "aicc", "bic-overlap", 1.0)
DELTAS = (2.0, 6.0, 10.0)
BY_ORACLE = 8  # of the models listed for a small table
REACH = 10.0  # how far above the optimum six lists are scanned
NEAR = 6.0
SAME = 2e-5  # of a criterion: the margin of a search, and the errors of two fits
SAME_DARK = 1e-5  # relative

Array = NDArray[np.float64]


def run(part: Part) -> Result:
    """Compare all, and add up what was found."""
    small = [part(f"small {first}", partial(small_tables, first)) for first in range(0, SMALL, SMALL_PART)]
    five = [part(f"five {first}", partial(five_lists, first)) for first in range(0, FIVE, FIVE_PART)]
    return {
        "three or four lists": added(small),
        "five lists": added(five),
        "six lists": {name: six_lists(name, part) for name in SIX},
    }


def added(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts added up, and the largest errors."""
    total: Counter[str] = Counter()
    for found in parts:
        total.update(found["counts"])
    return {**dict(total), **{name: max(found["errors"][name] for found in parts) for name in parts[0]["errors"]}}


def small_tables(first: int) -> dict[str, Any]:
    """One part of the tables of three and four lists."""
    counts, errors = _nothing()
    counts.update({"models by the oracle": 0, "different verdicts": 0})
    errors |= {"largest relative error of a dark figure": 0.0, "largest error of a likelihood": 0.0}
    for seed in range(first, first + SMALL_PART):
        case = search_case(BEYOND_TESTS + seed)
        family = case.family(CRITERIA[seed % len(CRITERIA)])
        y = family.refitter.merge(case.counts)
        everything = fitted(family, y, family.criterion)
        if np.isfinite(everything.criterion).all():  # else AICc has no people left for some models
            compare(family, y, everything, counts, errors)
        compare_slowly(case, family, counts, errors)
    return {"counts": dict(counts), "errors": errors}


def five_lists(first: int) -> dict[str, Any]:
    """One part of the tables of five lists."""
    counts, errors = _nothing()
    for seed in range(first, first + FIVE_PART):
        case = search_case(BEYOND_TESTS + seed, lists=5)
        family = Family(case.table, ("bic", "aic", "bic-overlap")[seed % 3], 4)
        compare(family, case.counts, fitted(family, case.counts, family.criterion), counts, errors)
    return {"counts": dict(counts), "errors": errors}


def _nothing() -> tuple[Counter[str], dict[str, float]]:
    names = ("different optimum", "missing from a set", "closer than certified", "more weight left out than certified")
    return Counter({"tables": 0, "models": 0, **dict.fromkeys(names, 0)}), {"largest error of a criterion": 0.0}


def compare(family: Family, y: Array, everything: Everything, counts: Counter[str], errors: dict[str, float]) -> None:
    """One table: the optimum, the sets, the certificates, and the weight an average leaves out."""
    counts["tables"] += 1
    counts["models"] += len(everything.models)
    place = {int(model): row for row, model in enumerate(everything.models)}
    lowest, whole = everything.criterion.min(), float(np.exp(-everything.distance / 2).sum())
    searches = [(delta, family.near(y, delta)) for delta in DELTAS] + [(0.0, family.weighed(y))]
    for delta, found in searches:
        listed = {int(model) for model in found.models}
        rows = [place[model] for model in found.models.tolist()]
        unlisted = everything.criterion[~np.isin(everything.models, found.models)]
        left_out = everything.weight_without(found)
        error = float(np.abs(found.criterion - everything.criterion[rows]).max())
        errors["largest error of a criterion"] = max(errors["largest error of a criterion"], error)
        counts["different optimum"] += int(abs(found.criterion[0] - lowest) > SAME)
        counts["missing from a set"] += len(everything.near(delta - SAME) - listed)
        counts["closer than certified"] += int(unlisted.min(initial=np.inf) < found.floor - SAME)
        counts["more weight left out than certified"] += int(left_out > found.omitted * (1 + SAME) + 1e-12)
    counts["more weight left out than certified"] += int(left_out > CERTAIN * whole)


def compare_slowly(case: SearchCase, family: Family, counts: Counter[str], errors: dict[str, float]) -> None:
    """Some of the models listed for a table, by a design matrix and linear programmes."""
    found = family.near(family.refitter.merge(case.counts), NEAR)
    found = found.take(np.arange(min(BY_ORACLE, len(found.models))))
    dark, verdict = family.dark(case.counts, found)
    asked = (case.counts.sum(axis=1) > 0) | (case.margin == "modelled")
    merging = family._of_merging(case.counts)
    for row, model in enumerate(found.models):
        slow = slowly(case.table, case.counts, family.label(int(model)), case.margin)
        both = asked & (verdict[row] == ESTIMABLE) & (slow.verdict == ESTIMABLE)
        wrong = np.abs(dark[row][both] - slow.dark[both]) / (1 + np.abs(slow.dark[both]))
        name, other = "largest relative error of a dark figure", "largest error of a likelihood"
        errors[name] = max(errors[name], float(wrong.max(initial=0.0)))
        errors[other] = max(errors[other], abs(float(found.minus_two[row] + merging - slow.minus_two)))
        counts["models by the oracle"] += 1
        counts["different verdicts"] += int((verdict[row][asked] != slow.verdict[asked]).sum())


def six_lists(name: str, part: Part) -> dict[str, Any]:
    """A published table of six lists: the search, and the scan of all models."""
    table = example(name)
    family, y = Family(table, "bic", 5), table.dense()
    found = family.near(y, NEAR, (family.local(y),))
    models = every_model(family)
    limit = float(found.criterion[0]) + REACH
    possible = models[saturated(y) + costs("bic", y, counted(family, models)) < limit]
    scanned: dict[int, float] = {}
    for first in range(0, len(possible), SIX_PART):
        rows = part(f"{name} {first}", partial(scan, family, y, possible[first : first + SIX_PART], limit))
        scanned |= {int(model): criterion for model, criterion in rows}
    lowest = min(scanned.values())
    close = {model for model, criterion in scanned.items() if criterion <= lowest + NEAR}
    listed = found.take(np.flatnonzero(found.distance <= NEAR))
    errors = [abs(scanned.get(int(m), np.inf) - c) for m, c in zip(listed.models, listed.criterion, strict=True)]
    return {
        "models": len(models),
        "fitted in the scan": len(possible),
        "fitted in the search": len(found.models),
        "same optimum": scanned[int(found.models[0])] == lowest,
        "same set": close == set(listed.models.tolist()),
        "largest error of a criterion": float(max(errors)),
        "certified": found.beyond(NEAR),
        "next in the scan": min(c for c in scanned.values() if c > lowest + NEAR) - lowest,
        "set": [
            {"model": family.label(int(model)), "distance": float(distance), "estimate": float(y.sum() + dark)}
            for model, distance, dark in zip(listed.models, listed.distance, listed.dark[:, 0], strict=True)
        ],
    }


def scan(family: Family, y: Array, models: NDArray[np.int64], limit: float) -> list[list[float]]:
    """The models with a criterion below the limit, and it."""
    everything = fitted(family, y, "bic", models)
    good = everything.criterion < limit
    return [[int(m), float(c)] for m, c in zip(everything.models[good], everything.criterion[good], strict=True)]
