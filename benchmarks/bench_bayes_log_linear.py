"""``python -m benchmarks.bench_bayes_log_linear``: Bayesian log-linear models, against R's conting where it has a time.

The times of conting are CPU seconds of one chain, recorded with R 4.2.2 and single-threaded linear algebra on
21 November 2026, on a machine that was shared too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.runner import Case, Peer, seconds
from darknumber.data.examples import example
from darknumber.models import BayesLogLinear

DRAWS = 40_000  # worth more independent ones than the 9,000 that conting keeps


def cases() -> tuple[Case, ...]:
    """Both priors on Kosovo, and larger families."""
    times = {"unit-information": 23.468, "hyper-g": 21.226}
    kosovo = tuple(
        Case(
            name=f"Kosovo, 4 lists: bayes-log-linear, {model.prior}, {DRAWS:,} draws",
            prepare=partial(_work, model, "kosovo-1999"),
            peers=(Peer(name="conting, bict, 10,000 steps", seconds=times[model.prior]),),
        )
        for model in (BayesLogLinear(draws=DRAWS), BayesLogLinear(draws=DRAWS, prior="hyper-g"))
    )
    others = (
        ("UK, 5 lists: bayes-log-linear", "uk-2013-5", BayesLogLinear()),
        ("UK, 5 lists: bayes-log-linear, hyper-g", "uk-2013-5", BayesLogLinear(prior="hyper-g")),
        ("UK, 5 lists: bayes-log-linear, all orders", "uk-2013-5", BayesLogLinear(max_order=5)),
        ("UK, 6 lists: bayes-log-linear", "uk-2013", BayesLogLinear()),
    )
    return (*kosovo, *(Case(name=what, prepare=partial(_work, model, name)) for what, name, model in others))


def _work(model: BayesLogLinear, name: str) -> Callable[[], object]:
    return partial(model.fit, example(name), seed=1)


def main() -> None:
    """Measure every case and print it."""
    for case in cases():
        took = seconds(case)
        against = "".join(
            f"; {peer.name}: {peer.seconds:.1f} s, {peer.seconds / took:.0f} times" for peer in case.peers
        )
        print(f"{case.name}: {took:.2f} s{against}", flush=True)


if __name__ == "__main__":
    main()
