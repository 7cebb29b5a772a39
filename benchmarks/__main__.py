"""``python -m benchmarks [times] [estimators]``: measure, print, and write the tables into ``docs/speed.md``."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.cases import all_cases
from benchmarks.estimators import estimator_cases
from benchmarks.runner import Case, seconds
from evidence.pages import fill, table
from evidence.record import ROOT

PAGE = ROOT / "docs" / "speed.md"
HEADINGS = ("work", "CPU time", "against", "took", "times faster")


def golden_data() -> Path:
    """The folder with the data of the R packages, where the tests look for it too."""
    return Path(os.environ.get("DARKNUMBER_GOLDEN") or ROOT.parent / "shared" / "golden" / "data")


def rows(case: Case, took: float) -> list[list[str]]:
    """One row for each program a case is compared with."""
    ours = [case.name, readable(took)]
    if not case.peers:
        return [[*ours, "", "", ""]]
    return [[*ours, peer.name, readable(peer.seconds), f"{peer.seconds / took:,.0f}"] for peer in case.peers]


def readable(took: float) -> str:
    """Seconds, or milliseconds below half a second."""
    return f"{took:.3g} s" if took >= 0.5 else f"{1000 * took:.3g} ms"


def measure(name: str, cases: Iterable[Case]) -> None:
    """Measure cases, and write them into their part of the page."""
    measured = []
    for case in cases:
        measured += rows(case, seconds(case))
        print(" | ".join(measured[-1]), flush=True)
    versions = ", ".join(f"{package} {version(package)}" for package in ("darknumber", "numpy", "numba"))
    content = f"{table(HEADINGS, measured)}\n\nPython {platform.python_version()}, {versions}."
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), name, content), encoding="utf-8")


def main(wanted: Sequence[str]) -> None:
    """Measure every case of the parts that are named, or of all."""
    data = golden_data()
    parts = {"times": partial(all_cases, data / "mse_simdat.csv"), "estimators": partial(estimator_cases, data)}
    for name in wanted or parts:
        measure(name, parts[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
