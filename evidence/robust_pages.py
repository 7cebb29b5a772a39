"""What the run on drpop's designs found, as tables in ``docs/doubly_robust.md``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence.pages import filled, percent, table
from evidence.record import ROOT

PAGE = ROOT / "docs" / "doubly_robust.md"

Rows = Mapping[str, Mapping[str, Any]]


def page(text: str, root: Path = ROOT) -> str:
    """The page with its three tables, where the run has been done."""
    made = {"designs": _designs, "lost": _lost, "noise": _noise}
    return filled(text, "drpop_designs", made, root)


def _designs(found: Rows) -> str:
    rows = [
        [
            name,
            *(f"{each[of]:,}" for of in ("populations", "seen", "both")),
            *(f"{each[of]:,.0f}" for of in ("mean", "spread", "error")),
            *(percent(each[of]) for of in ("covered", "plain covered")),
            f"{each['width']:.2f}",
        ]
        for name, each in found["designs"].items()
    ]
    headings = [
        "design",
        "populations",
        "seen",
        "on lists 1 and 2",
        "mean estimate",
        "its spread",
        "mean standard error",
        "covered",
        "covered, plain limits",
        "median width / truth",
    ]
    return table(headings, rows)


def _lost(found: Rows) -> str:
    rows = [
        [name, f"{each['populations']:,}", f"{each['mean']:,.0f}", percent(each["covered"])]
        for name, each in found["lost"].items()
    ]
    return table(["what learns", "populations", "mean estimate", "covered"], rows)


def _noise(found: Rows) -> str:
    rows = [
        [
            power,
            *(f"{each[of]:,.0f}, {percent(each[f'{of} covered'])}" for of in ("plug-in", "corrected")),
        ]
        for power, each in found["noise"].items()
    ]
    return table(["a", "plug-in: mean, covered", "doubly robust: mean, covered"], rows)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
