"""The four-way verdict against brute-force linear programmes on random sparse tables.

Three or four lists, one to four strata, list by covariate and three-way terms, both margins: `sparse_case` in
``tests/oracles.py`` says how the tables and models are drawn. The slow side makes the whole design matrix and solves
two linear programmes over all cells for every stratum.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from darknumber.kernels.verdicts import ESTIMABLE, NAMES, ZERO
from evidence.record import Part, Result
from tests.oracles import compare, sparse_case

QUESTION = "Does the verdict on the dark figure agree with brute-force linear programmes on 10,000 sparse tables?"
SOURCES = (
    "src/darknumber/kernels/design.py",
    "src/darknumber/kernels/existence.py",
    "src/darknumber/kernels/histories.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/models/columns.py",
    "src/darknumber/models/log_linear.py",
    "tests/oracles.py",
)

TABLES = 10_000
PART = 1_000
BEYOND_TESTS = 1_000_000  # other tables than those in the test suite


def run(part: Part) -> Result:
    """Compare all tables and add up what was found."""
    parts = [part(f"tables {first}", partial(compared, first)) for first in range(0, TABLES, PART)]
    total: Counter[str] = Counter()
    for found in parts:
        total.update(found["counts"])
    return {
        "tables": TABLES,
        "strata": sum(count for name, count in total.items() if name.startswith("both say ")),
        **dict(sorted(total.items())),
        "largest relative error of a dark figure": max(found["error"] for found in parts),
        "largest relative error of a deviance": max(found["deviance"] for found in parts),
    }


def compared(first: int) -> dict[str, Any]:
    """What one part of the tables gave."""
    counts: Counter[str] = Counter({"different verdicts": 0, "finite where it should not be": 0, "refused": 0})
    error = deviance = 0.0
    for seed in range(first, first + PART):
        found = compare(sparse_case(BEYOND_TESTS + seed))
        for ours, theirs, finite in zip(found.engine, found.oracle, found.finite, strict=True):
            known = theirs in (ESTIMABLE, ZERO)
            counts["both say " + NAMES[ours] if ours == theirs else "different verdicts"] += 1
            counts["finite where it should not be"] += bool(finite and not known)
            counts["refused"] += bool(known and not finite)
        error, deviance = max(error, found.error), max(deviance, found.deviance)
    return {"counts": dict(counts), "error": error, "deviance": deviance}
