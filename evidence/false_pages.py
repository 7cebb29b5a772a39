"""What the run on false assumptions found, as tables in the pages of the models it is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence.pages import filled, percent, table
from evidence.record import ROOT

DOCS = ROOT / "docs"

Rows = Mapping[str, Mapping[str, Any]]


def page(name: str, text: str, root: Path = ROOT) -> str:
    """One of the pages with its tables, where the run has been done."""
    return filled(text, "false_assumptions", MADE[name], root)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


def _bounds(found: Rows) -> str:
    populations = found["bounds"]
    models = next(iter(populations.values()))
    rows = []
    for name in models:
        cells = []
        for of_models in populations.values():
            each = of_models[name]
            both = " / ".join(percent(each[how]["covered"]) for how in ("log-normal", "bootstrap"))
            cells.append(f"{both}; {_share(each['bootstrap']['median'])}")
        rows.append([f"`{name}`", *cells])
    return table(["", *populations], rows)


def _graphs(found: Rows) -> str:
    rows = [[name, percent(each["covered"]), f"{each['median'] - 1:+.1%}"] for name, each in found["graphs"].items()]
    return table(["truth", "in the 95% interval", "median error of the total"], rows)


def _referrals(found: Rows) -> str:
    rows = [
        [name if place == 0 else "", how, f"{each['median'] * each['people']:,.0f}", percent(each["covered"])]
        for name, models in found["referrals"].items()
        for place, (how, each) in enumerate(models.items())
    ]
    return table(["population", "fitted", "median estimate", "interval held it"], rows)


def _directions(found: Rows) -> str:
    rows = [
        [how, *(f"{each[of]} of {each['populations']}" for of in ("told", "turned"))]
        for how, each in found["directions"].items()
    ]
    return table(["fitted", "data speak for an arrow", "another way fits better"], rows)


MADE = {
    "bounds.md": {"who differ": _bounds},
    "graphs.md": {"fixed populations": _graphs},
    "referrals.md": {"referrals": _referrals, "directions": _directions},
}


def main() -> None:
    """Write the pages."""
    for name in MADE:
        path = DOCS / name
        path.write_text(page(name, path.read_text(encoding="utf-8")), encoding="utf-8")
