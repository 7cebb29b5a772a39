"""How long it takes, and how much memory, to make a capture table of millions of rows on people.

Makes a Parquet file in long format with DuckDB in a temporary folder (six lists, 96 strata, ids of ten characters, the
form of exploitation left out in one row in twenty), then counts it in a process of its own and prints the time, the
processor time and the highest memory use::

    python benchmarks/bench_tabulate.py
    python benchmarks/bench_tabulate.py --rows 1000000 --unit person-year
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

SECONDS = 10.0  # for twenty million rows on two cores
GIGABYTES = 2.5
ROWS = 20_000_000
PEOPLE_PER_ROW = 1.2  # people to draw from; about 0.68 of the rows' number are then drawn at least once

MAKE = """
COPY (
    SELECT 'P' || lpad(person::VARCHAR, 9, '0') AS id,
        ['police', 'border', 'inspectorate', 'coordinators', 'shelters', 'others'][1 + (hash(row, 7) % 6)::INT] AS list,
        2014 + (hash(person, 1) % 4)::INT AS year,
        ['female', 'male'][1 + (hash(person, 2) % 2)::INT] AS sex,
        ['minor', 'adult'][1 + (hash(person, 3) % 2)::INT] AS age,
        ['Dutch', 'other'][1 + (hash(person, 4) % 2)::INT] AS nationality,
        CASE WHEN hash(row, 6) % 20 > 0
            THEN ['sexual', 'labour', 'criminal'][1 + (hash(person, 5) % 3)::INT] END AS form
    FROM (SELECT range AS row, hash(range) % {people} AS person FROM range({rows}))
) TO '{path}' (FORMAT parquet)
"""

COUNT = """
import json, sys, time
started = time.perf_counter()
import darknumber
imported = time.perf_counter()
people = darknumber.read_records(
    sys.argv[1],
    id="id",
    list_column="list",
    covariates=["year", "sex", "age", "nationality", "form"],
    year="year",
    unit=sys.argv[2],
)
table = darknumber.tabulate(people)
print(json.dumps({
    "start": imported - started,
    "seconds": time.perf_counter() - imported,
    "lists": len(table.lists),
    "strata": table.strata,
    "cells": len(table.count),
    "counted": int(table.count.sum()),
    "findings": [finding.sentence() for finding in table.findings],
}))
"""


def main() -> int:
    """Make the data, count them, print the figures; 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--unit", choices=("person", "person-year"), default="person")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-tabulate-") as folder:
        path = Path(folder) / "people.parquet"
        duckdb.connect().execute(MAKE.format(people=int(given.rows * PEOPLE_PER_ROW), rows=given.rows, path=path))
        size = path.stat().st_size
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-c", COUNT, str(path), given.unit]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    gigabytes = after.ru_maxrss * (1 if platform.system() == "Darwin" else 1024) / 1e9
    print(f"{given.rows:,} rows ({size / 1e6:,.0f} MB of Parquet), unit {given.unit}, {os.cpu_count()} cores")
    print(f"{found['counted']:,} counted: {found['lists']} lists, {found['strata']} strata, {found['cells']:,} cells")
    for sentence in found["findings"]:
        print(f"  {sentence}")
    print(f"wall time    {found['seconds']:6.2f} s   (target {SECONDS:.0f} s for {ROWS:,} rows)")
    print(f"processor    {processor:6.2f} s   (the whole process)")
    print(f"peak memory  {gigabytes:6.2f} GB  (target {GIGABYTES} GB)")
    print(f"printed to standard error: {done.stderr!r}")
    return int(found["seconds"] > SECONDS or gigabytes > GIGABYTES)


if __name__ == "__main__":
    sys.exit(main())
