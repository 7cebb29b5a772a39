"""What the run about linked reports found, put together, and its tables in ``docs/linkage.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence.record import ROOT

PAGE = ROOT / "docs" / "linkage.md"
TRUE = "true links"

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
