"""How many pseudonyms can be guessed from how often they occur, by somebody who knows how common names are.

Two synthetic registers of the same law: of one the attacker has the codes, of the other the names with their
frequencies. The most frequent code is taken for the most frequent name, the second for the second, and so on. Prints,
for each sort of code, the share of reports whose value is guessed right, and of distinct values::

    python benchmarks/bench_guessing.py
    python benchmarks/bench_guessing.py --reports 20000 --known 50000
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from darknumber.data.engine import fetch
from darknumber.register.names.forms import forms
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.synthetic_files import write_reports

SORTS = ("given", "given_full", "initial", "surname", "birth_date", "birth_month_day", "birth_year", "place")


def values(folder: Path, reports: int, seed: int) -> dict[str, list[str]]:
    """The cleaned forms of a synthetic register."""
    path = folder / f"{seed}.parquet"
    write_reports(path, reports=reports, seed=seed)
    return fetch(forms(read_reports(path).accepted).select(*SORTS))


def guessed(coded: list[str], known: list[str]) -> tuple[float, float, int]:
    """The share of reports and of distinct values that are guessed right, and how many values there are."""
    there, elsewhere = (Counter(value for value in column if value is not None) for column in (coded, known))
    ranked = ([value for value, _ in each.most_common()] for each in (there, elsewhere))
    right = [value for value, guess in zip(*ranked, strict=False) if value == guess]
    return sum(there[value] for value in right) / there.total(), len(right) / len(there), len(there)


def main() -> None:
    """Make both registers and print what is guessed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reports", type=int, default=100_000, help="reports under pseudonyms")
    options.add_argument("--known", type=int, default=400_000, help="reports that the frequencies come from")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        coded = values(Path(folder), asked.reports, 1)
        known = values(Path(folder), asked.known, 2)
    print(f"{'sort':18}{'values':>8}{'reports right':>15}{'values right':>14}")
    for sort in SORTS:
        reports, distinct, n = guessed(coded[sort], known[sort])
        print(f"{sort:18}{n:>8,}{reports:>15.1%}{distinct:>14.1%}")


if __name__ == "__main__":
    main()
