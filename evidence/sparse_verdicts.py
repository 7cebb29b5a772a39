"""Silent failures and false refusals on many sparse tables: fitted, searched and averaged.

Three to five lists that hold 1% to 30%, 50 to 2,000 people, independent lists or pairs that hang together. Each table
gives one model drawn at random to `LogLinear`, and is searched by `Best` or averaged by `Average` in turn; the models
with most weight among those listed are judged too. A *silent failure* is a finite number where the dark figure is
infinite or not identified; a *false refusal* is none where it is estimable or zero.

The judge is `verdict_quickly` in ``tests/oracles.py``: where a table with the observed margins and no empty cell is
found, the maximum exists and no linear programme can say otherwise; everywhere else two programmes over all cells
decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, NAMES, ZERO
from darknumber.models.average import Average
from darknumber.models.best import Best
from darknumber.models.log_linear import LogLinear
from evidence.record import Part, Result
from tests.oracles import random_table, random_terms, verdict_quickly

QUESTION = "On 100,000 sparse tables, is a number ever printed that does not exist, or one refused that does?"
SOURCES = (
    "src/darknumber/kernels/design.py",
    "src/darknumber/kernels/existence.py",
    "src/darknumber/kernels/histories.py",
    "src/darknumber/kernels/ledger.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/search.py",
    "src/darknumber/models/average.py",
    "src/darknumber/models/best.py",
    "src/darknumber/models/columns.py",
    "src/darknumber/models/criteria.py",
    "src/darknumber/models/family.py",
    "src/darknumber/models/log_linear.py",
    "tests/oracles.py",
)

TABLES = 100_000
PART = 1_000
BEYOND_TESTS = 1_000_000  # other tables than those in the test suite
LISTS, SHARES = (3, 4, 5), (0.5, 0.4, 0.1)  # five lists take most of the time
PEOPLE = (50, 2_000)
LISTED = 3  # models of a list that are judged

COUNTED = (
    "models",
    "by linear programmes",
    "different verdicts",
    "silent failures",
    "false refusals",
    "averages that could not be certified",
)

Judged = tuple[str, int, bool]  # the terms, what we said, and whether we gave a number


def run(part: Part) -> Result:
    """Judge all tables and add up what was found."""
    total: Counter[str] = Counter()
    for first in range(0, TABLES, PART):
        total.update(part(f"tables {first}", partial(judged, first)))
    return {"tables": TABLES, **dict(sorted(total.items()))}


def judged(first: int) -> dict[str, int]:
    """What one part of the tables gave."""
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    for seed in range(BEYOND_TESTS + first, BEYOND_TESTS + first + PART):
        rng = np.random.default_rng([61, seed])
        table = sparse_table(rng)
        y = table.dense()[0]
        for terms, said, number in answers(rng, table, counts, searched=seed % 2 == 0):
            true, programmes = verdict_quickly(y, terms)
            known = true in (ESTIMABLE, ZERO)
            counts["models"] += 1
            counts["by linear programmes"] += int(programmes)
            counts["both say " + NAMES[said] if said == true else "different verdicts"] += 1
            counts["silent failures"] += int(number and not known)
            counts["false refusals"] += int(known and not number)
    return dict(counts)


def sparse_table(rng: np.random.Generator) -> CaptureTable:
    """One table."""
    people = float(np.exp(rng.uniform(*np.log(PEOPLE))))
    return random_table(
        rng, lists=int(rng.choice(LISTS, p=SHARES)), people=people, dependence=float(rng.choice([0, 1]))
    )


def answers(rng: np.random.Generator, table: CaptureTable, counts: Counter[str], *, searched: bool) -> Iterator[Judged]:
    """What is said about a random model, and about those that a search or an average lists."""
    lists = len(table.lists)
    terms = random_terms(rng, table, order=int(rng.integers(2, max(lists, 3))), keep=rng.uniform(0.1, 0.9))
    fit = LogLinear(terms).fit(table)
    yield terms, int(fit.verdict[0]), bool(np.isfinite(fit.unobserved[0]))
    criterion = ("bic", "aic", "bic-overlap")[int(rng.integers(3))]
    if searched:
        fit = Best(criterion, int(rng.choice([2, lists]))).fit(table)
        yield fit.terms or "", int(fit.verdict[0]), bool(np.isfinite(fit.unobserved[0]))
    else:
        try:
            fit = Average(criterion).fit(table)
        except ModelError:
            counts["averages that could not be certified"] += 1
            return
    listed = fit.candidates
    assert listed is not None
    for row in range(min(LISTED, len(listed.label))):
        yield listed.label[row], int(listed.verdict[row]), bool(np.isfinite(listed.unobserved[row]))
