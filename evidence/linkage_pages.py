"""What the run about linked reports found, put together, and its tables in ``docs/linkage.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence.pages import NOT_DONE, answer, fill, percent, table
from evidence.record import ROOT, answer_file

PAGE = ROOT / "docs" / "linkage.md"
TRUE = "true links"
# What the ways of linking are called on the page.
WAYS = {
    TRUE: "by the true person",
    "with doubt": "all draws of who is who",
    "best table only": "only the table at the threshold",
    "unlinkable counted": "all draws, `--unlinkable count`",
    "rules": "two exact rules",
    "rules, everything counted": "two exact rules, `--unlinkable count`",
}

Array = NDArray[np.float64]


def summary(outcomes: Sequence[Mapping[str, Any]], truth: float, edges: Sequence[float]) -> dict[str, Any]:
    """What is told of the populations of one design.

    Parameters
    ----------
    outcomes
        As `evidence.linkage.outcome` gives them.
    truth
        How many people there are.
    edges
        Probabilities between which pairs are counted together.
    """
    answers = {name: np.array([each["answers"][name] for each in outcomes]) for name in outcomes[0]["answers"]}
    shares = [each["linkage"] for each in outcomes if each["linkage"] is not None]
    return {
        "populations": len(outcomes),
        "ways": {name: _way(found, answers[TRUE], truth) for name, found in answers.items()},
        "links": _links([each["pairs"] for each in outcomes]),
        "rules": _links([each["ruled"] for each in outcomes]),
        "calibration": _calibration(np.array([each["calibration"] for each in outcomes]).sum(axis=0), edges),
        "distinct tables": round(float(np.mean([each["tables"] for each in outcomes])), 2),
        "linkage share of the variance": round(float(np.mean(shares)), 4),
    }


def _way(found: Array, true: Array, truth: float) -> dict[str, float]:
    """One way of linking: how often its interval holds the truth, how far it is off, and how wide it is."""
    estimate, lower, upper = found.T
    coverage = float(((lower <= truth) & (truth <= upper)).mean())
    bias, moved = np.log(estimate / truth), np.log(estimate / true[:, 0])
    return {
        "coverage": round(coverage, 4),
        "standard error of the coverage": round(sqrt(coverage * (1 - coverage) / len(found)), 4),
        "truth below": round(float((truth < lower).mean()), 4),
        "truth above": round(float((truth > upper).mean()), 4),
        "mean error of log N": round(float(bias.mean()), 5),
        "its standard error": round(_error(bias), 5),
        "moved from the true links": round(float(moved.mean()), 5),
        "its standard error, moved": round(_error(moved), 5),
        "width to that from the true links": round(float(((upper - lower) / (true[:, 2] - true[:, 1])).mean()), 4),
    }


def _error(values: Array) -> float:
    return float(values.std(ddof=1) / sqrt(len(values)))


def _links(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Pairs of all populations together."""
    total = {name: float(sum(each[name] for each in found)) for name in found[0]}
    return {
        "reports": total["reports"] / len(found),
        "left out": round(total["left out"] / total["reports"], 4),
        "precision": round(total["both"] / total["linked"], 4),
        "recall": round(total["both"] / total["true"], 4),
        "expected to true": round(total["expected"] / total["true"], 4),
        "across: precision": round(total["across: both"] / total["across: linked"], 4),
        "across: recall": round(total["across: both"] / total["across: true"], 4),
        "across: expected to true": round(total["across: expected"] / total["across: true"], 4),
    }


def _calibration(counts: Array, edges: Sequence[float]) -> list[dict[str, float]]:
    """Of pairs with about the same probability: that probability, and the share that is one person."""
    return [
        {
            "from": low,
            "to": high,
            "pairs": int(n),
            "probability": round(float(expected / max(n, 1)), 5),
            "true": round(float(true / max(n, 1)), 5),
        }
        for low, high, (n, expected, true) in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def page(text: str, root: Path = ROOT) -> str:
    """The page on linkage with the tables of the run, where that has been done."""
    ways = links = right = NOT_DONE
    if answer_file("linkage", root).is_file():
        designs = answer("linkage", root)["designs"]
        ways = "\n\n".join(_ways_table(name, found) for name, found in designs.items())
        links, right = _links_table(designs), _calibration_table(designs)
    return fill(fill(fill(text, "coverage of linked", ways), "links found", links), "pairs by probability", right)


def _ways_table(name: str, found: Mapping[str, Any]) -> str:
    rows = [
        [
            called,
            f"{percent(way['coverage'])} ± {100 * way['standard error of the coverage']:.1f}",
            f"{100 * way['mean error of log N']:+.1f}% ± {100 * way['its standard error']:.1f}",
            f"{100 * way['moved from the true links']:+.1f}% ± {100 * way['its standard error, moved']:.1f}",
            f"{way['width to that from the true links']:.2f}",
        ]
        for called, way in ((called, found["ways"][key]) for key, called in WAYS.items())
    ]
    headings = [f"{name} ({found['populations']})", "holds the truth", "error of N", "of which by linking", "width"]
    return table(headings, rows)


def _links_table(designs: Mapping[str, Any]) -> str:
    rows = [
        [
            name,
            percent(links["precision"]),
            percent(links["recall"]),
            percent(links["across: recall"]),
            percent(links["across: expected to true"]),
            percent(links["left out"]),
            percent(found["linkage share of the variance"]),
        ]
        for name, links, found in ((name, found["links"], found) for name, found in designs.items())
    ]
    headings = [
        "",
        "links that are right",
        "links found",
        "found between lists",
        "expected by the model",
        "reports left out",
        "of the variance",
    ]
    return table(headings, rows)


def _calibration_table(designs: Mapping[str, Any]) -> str:
    """All designs beside each other: of the pairs in each bin, the share that is one person."""
    first = next(iter(designs.values()))["calibration"]
    rows = [
        [
            f"{each['from']:g} - {each['to']:g}",
            *(_share_true(found["calibration"][k]) for found in designs.values()),
        ]
        for k, each in enumerate(first)
    ]
    return table(["probability", *designs], rows)


def _share_true(each: Mapping[str, float]) -> str:
    if not each["pairs"]:
        return "-"
    return f"{percent(each['true'])} of {each['pairs']:,} (mean {percent(each['probability'])})"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
