"""``python -m benchmarks``: measure, print, and write the table into ``docs/speed.md``."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.cases import all_cases
from benchmarks.runner import Case, seconds
from evidence.pages import fill, table
from evidence.record import ROOT

PAGE = ROOT / "docs" / "speed.md"
HEADINGS = ("work", "CPU time", "against", "took", "times faster")


def simdat() -> Path:
    """The data file of `mse`, where the tests look for it too."""
    folder = Path(os.environ.get("DARKNUMBER_GOLDEN") or ROOT.parent / "shared" / "golden" / "data")
    return folder / "mse_simdat.csv"


def rows(case: Case, took: float) -> list[list[str]]:
    """One row for each program a case is compared with."""
    ours = [case.name, readable(took)]
    if not case.peers:
        return [[*ours, "", "", ""]]
    return [[*ours, peer.name, readable(peer.seconds), f"{peer.seconds / took:,.0f}"] for peer in case.peers]


def readable(took: float) -> str:
    """Seconds, or milliseconds below half a second."""
    return f"{took:.3g} s" if took >= 0.5 else f"{1000 * took:.3g} ms"


def main() -> None:
    """Measure every case."""
    measured = []
    for case in all_cases(simdat()):
        measured += rows(case, seconds(case))
        print(" | ".join(measured[-1]), flush=True)
    versions = ", ".join(f"{name} {version(name)}" for name in ("darknumber", "numpy", "numba"))
    content = f"{table(HEADINGS, measured)}\n\nPython {platform.python_version()}, {versions}."
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), "times", content), encoding="utf-8")


if __name__ == "__main__":
    main()
