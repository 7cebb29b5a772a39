"""Coverage of bootstrap intervals when the data choose the model.

Registers as in the run on given terms, but the terms are found by stepwise search over all pairs of lists and
covariates. The interval is made twice: as if the terms found had been given, and with the search repeated in every
replicate.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.models.log_linear import LogLinear
from darknumber.models.selection import Stepwise
from darknumber.register.small import small_register
from evidence import hits, interval_coverage
from evidence.record import Part, Result

QUESTION = "How often do 95% intervals contain the true number when the model is chosen by stepwise search?"
SOURCES = (
    *interval_coverage.SOURCES,
    "evidence/interval_coverage.py",
    "src/darknumber/kernels/stepwise.py",
    "src/darknumber/models/selection.py",
)

REGISTERS = 300
REPLICATES = 199
CRITERIA = ("bic", "aic")
GIVEN, REPEATED = "search ignored", "search repeated"
MOST_FOUND = 5  # models named in the answer


def run(part: Part) -> Result:
    """Coverage with the search ignored and repeated, for both criteria."""
    register = small_register()
    result: dict[str, Any] = {"replicates": REPLICATES, "true_terms": register.terms}
    for criterion in CRITERIA:
        kept: dict[str, list[Any]] = {GIVEN: [], REPEATED: [], "terms": [], "same": []}
        for first in range(1, REGISTERS + 1, hits.CHUNK):
            seeds = range(first, min(first + hits.CHUNK, REGISTERS + 1))
            answer = part(f"{criterion}, registers from {first}", partial(outcomes, seeds, criterion, REPLICATES))
            for name, rows in kept.items():
                rows += answer[name]
        found = Counter(kept["terms"])
        result[criterion] = {
            "models_found": len(found),
            "most_found": [{"terms": terms, "share": n / REGISTERS} for terms, n in found.most_common(MOST_FOUND)],
            "replicates_with_the_model_found": round(sum(kept["same"]) / REGISTERS, 4),
            GIVEN: hits.summary(kept[GIVEN], register),
            REPEATED: hits.summary(kept[REPEATED], register),
        }
    return result


def outcomes(seeds: range, criterion: str, replicates: int) -> dict[str, list[Any]]:
    """What both intervals say about each register's targets, the terms found, and how often they are found again."""
    found: dict[str, list[Any]] = {GIVEN: [], REPEATED: [], "terms": [], "same": []}
    for seed in seeds:
        register = small_register(seed=seed)
        repeated = estimate(register.table, Stepwise(criterion), Bootstrap(replicates=replicates), seed=seed, workers=1)
        terms = repeated.fits[0].terms or ""
        given = estimate(register.table, LogLinear(terms), Bootstrap(replicates=replicates), seed=seed, workers=1)
        found[REPEATED].append(hits.outcome(repeated, register))
        found[GIVEN].append(hits.outcome(given, register))
        found["terms"].append(terms)
        assert repeated.selection is not None
        shares = dict(zip(repeated.selection.choices, repeated.selection.shares, strict=True))
        found["same"].append(float(shares.get(terms, 0.0)))
    return found
