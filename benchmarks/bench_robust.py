"""How long a doubly robust estimate takes, from rows on people to the answer with its interval.

A population as drpop simulates it, with two numbers and one covariate of three levels, of which so many are on some
list. The own logistic regression learns over five folds. One thread; the first call, which compiles, is left out::

    python benchmarks/bench_robust.py
    python benchmarks/bench_robust.py --people 1000000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darknumber.data.individuals import individuals
from darknumber.data.read import read_records
from darknumber.inference.robust import people_estimate
from darknumber.models import DoublyRobust

SLOPES = (0.4, 0.3, 0.2)
NUMBERS = ("x1", "x2")


def write(path: Path, people: int, lists: int) -> None:
    """A file with the people on some list, of a population in which most are."""
    rng = np.random.default_rng(lists)
    x: NDArray[np.float64] = rng.normal(3.0, 1.5, (2 * people, len(NUMBERS)))
    level = rng.integers(0, 3, len(x))
    on = rng.random((len(x), lists)) < 1 / (1 + np.exp(1.9 - np.outer(x.sum(axis=1), SLOPES[:lists])))
    kept = np.flatnonzero(on.any(axis=1))[:people]
    names = [f"y{place + 1}" for place in range(lists)]
    lines = [",".join([*names, *NUMBERS, "kind"])]
    lines += [
        ",".join([*(str(int(each)) for each in on[row]), *(f"{each:.6f}" for each in x[row]), "abc"[level[row]]])
        for row in kept
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Make the files, answer and print the seconds."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=100_000, help="on some list")
    asked = options.parse_args()
    print(f"{'lists':>5}{'people':>10}{'reading':>10}{'learning':>10}{'all':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for lists in (2, 3):
            path = Path(folder) / f"{lists}.csv"
            write(path, asked.people, lists)
            names = [f"y{place + 1}" for place in range(lists)]
            records = read_records(path, lists=names, covariates=[*NUMBERS, "kind"])
            people_estimate(records, DoublyRobust())
            started = time.perf_counter()
            people = individuals(records, NUMBERS)
            read = time.perf_counter()
            DoublyRobust().fit_people(people)
            learned = time.perf_counter()
            people_estimate(records, DoublyRobust())
            done = time.perf_counter()
            seconds = (read - started, learned - read, done - learned)
            print(f"{lists:>5}{len(people.history):>10,}{seconds[0]:>10.1f}{seconds[1]:>10.1f}{seconds[2]:>8.1f}")


if __name__ == "__main__":
    main()
