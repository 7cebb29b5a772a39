"""``python -m benchmarks.bench_latent``: CPU time of one sweep over latent classes, beside that of LCMCR.

LCMCR's times are those of 2,100,000 sweeps, recorded in ``tests/golden/LCMCR.json`` on a machine that was shared too.
"""

from __future__ import annotations

import time

from darknumber.data.examples import example
from darknumber.kernels.latent_chain import PLAIN_WARM_UP, SWEEPS, WARM_UP, rungs_for, sample_classes
from darknumber.kernels.latent_moves import Prior

FLAT = Prior(1.0, 1.0, 0.0, 0.25, 0.25)
THEIR_SWEEPS = 2_100_000
THEIRS = {"new-orleans-2016-5": 25.417, "uk-2013-5": 32.926, "kosovo-1999": 39.922}  # CPU seconds
ROUNDS = 2000
REPEATS = 3


def microseconds(name: str, rungs: int) -> float:
    """CPU time of a sweep, with the moves added to it; the best of several."""
    y = example(name).dense()[0]
    sweeps = (ROUNDS + sum(WARM_UP if rungs > 1 else PLAIN_WARM_UP)) * rungs * SWEEPS
    best = float("inf")
    for seed in range(1 + REPEATS):  # the first compiles
        start = time.process_time()
        sample_classes(y, FLAT, classes=10, rungs=rungs, chains=1, draws=ROUNDS, thin=1, seed=seed)
        took = time.process_time() - start
        best = min(best, took) if seed else best
    return best / sweeps * 1e6


def main() -> None:
    """Print a row for each table: LCMCR, the whole ladder, the table itself."""
    for name, seconds in THEIRS.items():
        people = int(example(name).observed[0])
        theirs, ladder, plain = (
            seconds / THEIR_SWEEPS * 1e6,
            microseconds(name, rungs_for(people)),
            microseconds(name, 1),
        )
        print(f"{name}: LCMCR {theirs:.1f} us, ladder {ladder:.1f} us, table itself {plain:.1f} us", flush=True)


if __name__ == "__main__":
    main()
