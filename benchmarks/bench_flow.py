"""``python -m benchmarks.bench_flow``: CPU time of a fit of a flow between lists, and of a thousand refits."""

from __future__ import annotations

import time

import numpy as np

from darknumber.data.examples import example
from darknumber.models import ReferralFlow

CASES = (
    ("kosovo-1999", "EXH -> ABA -> OSCE + EXH -> OSCE"),
    ("uk-2013-5", "LA -> NG -> PFNCA -> GO"),
    ("uk-2013", "LA -> NG -> PF -> GO"),
    ("uk-2013", "LA -> NG -> PF -> GO + LA -> GO"),
    ("uk-2013", "LA -> NG -> PF -> GO + GP -> NG"),  # the last arrow ends at zero, and climbs to an end are long
)
REPLICATES = 1000


def main() -> None:
    """Print a row for each table."""
    for name, arrows in CASES:
        table, model = example(name), ReferralFlow(arrows)
        fit = model.fit(table)  # the first compiles
        counts = table.dense()[0]
        people = int(counts.sum())
        drawn = np.random.default_rng(1).multinomial(people, counts / people, REPLICATES)[:, None].astype(float)
        start = time.process_time()
        model.fit(table)
        middle = time.process_time()
        model.refit(fit, drawn)
        took = time.process_time() - middle
        print(f"{name}, {arrows}: fit {1000 * (middle - start):.1f} ms, {REPLICATES} refits {took:.2f} s", flush=True)


if __name__ == "__main__":
    main()
