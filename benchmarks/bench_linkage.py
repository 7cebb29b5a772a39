"""From reports to tables: how many reports a second, and how much memory, step by step.

    python benchmarks/bench_linkage.py 10000 100000 1000000
    python benchmarks/bench_linkage.py --measure FOLDER     reports.parquet and people.csv that are there

Each size runs in a process of its own, so that its peak of memory is its own. Synthetic reports, seed 1; the true
people are known, so that precision and recall at the threshold of 0.5 stand beside the times.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

THRESHOLD = 0.5
REPORTS, PEOPLE = "reports.parquet", "people.csv"
COVARIATES = ("year", "sex", "age", "form")


def main(sizes: list[int]) -> None:
    """One process for each size."""
    print("  reports step       seconds   reports/s   peak GB")
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            for step in (("--write", str(size), place), ("--measure", place)):
                subprocess.run([sys.executable, __file__, *step], check=True)


def write(size: int, place: Path) -> None:
    """The reports and who they are truly about."""
    from darknumber.register.synthetic.synthetic_files import write_reports

    write_reports(place / REPORTS, reports=size, seed=1, truth=place / PEOPLE)


def measure(place: Path) -> None:
    """Every step on the reports in a folder."""
    from darknumber.register.linkage.drawn import linked_tables
    from darknumber.register.linkage.link import link
    from darknumber.register.linkage.link_quality import link_quality
    from darknumber.register.reading.intake import intake
    from darknumber.register.reading.reports import read_reports

    person = duckdb.read_csv(str(place / PEOPLE)).project("person").fetchnumpy()["person"].astype(np.int64)
    rows = len(person)
    clock = time.perf_counter()

    def tell(step: str) -> None:
        nonlocal clock
        seconds = time.perf_counter() - clock
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{rows:9,d} {step:9s} {seconds:8.1f} {rows / seconds:11,.0f} {peak:9.2f}", flush=True)
        clock = time.perf_counter()

    reports = read_reports(place / REPORTS)
    tell("read")
    intake(reports)
    tell("intake")
    links = link(reports, seed=1)
    tell("link")
    linked_tables(links, COVARIATES, unit="person-year", draws=20, seed=1)
    tell("tables")
    found = link_quality(links, person[links.row - 2], thresholds=(THRESHOLD,))
    print(f"{'':10}precision {found.precision[0]:.4f}, recall {found.recall[0]:.4f} at {THRESHOLD}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write(int(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]))
    else:
        main([int(each) for each in sys.argv[1:]])
