"""``python -m benchmarks.bench_recording``: what values that were not recorded cost, on the synthetic register."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.runner import Case, seconds
from darknumber.data.table import CaptureTable
from darknumber.models import Completed, LogLinear, Model
from darknumber.models.whole import Completing, Whole
from darknumber.register.synthesise import synthesise

REPLICATES = 20


def replicates(table: CaptureTable) -> np.ndarray:
    """``(REPLICATES, strata, 2**K)`` tables like this one."""
    y = table.dense()
    return np.random.default_rng(1).poisson(y, size=(REPLICATES, *y.shape)).astype(float)


def refits(name: str, model: Model, table: CaptureTable) -> Case:
    """A model refitted to tables like this one."""
    return Case(name=name, prepare=lambda: partial(model.refit, model.fit(table), replicates(table)), times=REPLICATES)


def main() -> None:
    """Measure dealing people out, and a replicate with it and without."""
    register = synthesise(seed=1)
    table, given = register.table, LogLinear(register.terms)
    law = Completing(Whole(table))
    cases = (
        Case(name="dealing out", prepare=lambda: partial(law.expected, replicates(table)), times=REPLICATES),
        refits("given terms and dealing out", Completed(given), table),
        refits("given terms, every form recorded", given, register.true_form_table),
    )
    print(f"{int(table.count.sum())} people, {table.strata} strata, {len(table.lists)} lists")
    for case in cases:
        print(f"{case.name}: {1000 * seconds(case):.1f} ms a replicate", flush=True)


if __name__ == "__main__":
    main()
