"""What the run on drpop's designs found, as tables in ``docs/doubly_robust.md``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence.pages import NOT_DONE, answer, fill, percent, table
from evidence.record import ROOT, answer_file

PAGE = ROOT / "docs" / "doubly_robust.md"
MARKS = ("designs", "lost", "noise")

Rows = Mapping[str, Mapping[str, Any]]


def page(text: str, root: Path = ROOT) -> str:
    """The page with its three tables, where the run has been done."""
    if not answer_file("drpop_designs", root).is_file():
        for mark in MARKS:
            text = fill(text, mark, NOT_DONE)
        return text
    found = answer("drpop_designs", root)
    for mark, made in zip(MARKS, (_designs, _lost, _noise), strict=True):
        text = fill(text, mark, made(found[mark]))
    return text


def _designs(found: Rows) -> str:
    rows = [
        [
            name,
            *(f"{each[of]:,}" for of in ("populations", "seen", "both")),
            *(f"{each[of]:,.0f}" for of in ("mean", "spread", "error")),
            *(percent(each[of]) for of in ("covered", "plain covered")),
            f"{each['width']:.2f}",
        ]
        for name, each in found.items()
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
        for name, each in found.items()
    ]
    return table(["what learns", "populations", "mean estimate", "covered"], rows)


def _noise(found: Rows) -> str:
    rows = [
        [
            power,
            *(f"{each[of]:,.0f}, {percent(each[f'{of} covered'])}" for of in ("plug-in", "corrected")),
        ]
        for power, each in found.items()
    ]
    return table(["a", "plug-in: mean, covered", "doubly robust: mean, covered"], rows)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
