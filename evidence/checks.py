"""Two more questions to the simulations behind the default (docs/choosing.md).

Is a low-information finding raised where intervals cover too little, and not where they cover enough? And does the
sensitivity interval hold the truth at exactly the dependence that it is declared for?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.wider import untested_limits
from darknumber.lab.designs import Design
from darknumber.lab.projection import without_top_term
from darknumber.lab.runs import Runs
from darknumber.lab.scores import holds, stated_limits

Array = NDArray[np.float64]

TOO_LOW = 0.90  # coverage of a design below which the finding should be raised
ENOUGH = 0.93  # and from which it should not
RAISED = 0.95  # how often it should be raised in the first
# Measures of which a small value is alarming; of the others a large one is, so their sign is turned. The people that
# an estimate rests on are taken down too, and left out here: they are searched for better now than when the runs were.
MEASURES = ("recaptures", "expected_recaptures", "share_twice", "coverage", "smallest")
TURNED = ("log_error",)
MOST_LOG_WIDTH = 12.0  # of an interval without an upper limit

Result = Mapping[str, Any]


def information(runs: Sequence[Runs], held_out: Sequence[bool]) -> Result:
    """How well each measure tells designs that are covered too little from those that are covered enough.

    Its threshold is set on the designs that are not held out, so that 95% of the answers on designs covered too little
    raise it; how often it is raised on the others, and on those held out, is what comes out.

    Parameters
    ----------
    runs
        Of one candidate, one a design.
    held_out
        Which designs are.
    """
    coverage = np.array([holds(each).mean() for each in runs])
    back = np.array(held_out)
    found: dict[str, Any] = {}
    for name in (*MEASURES, *TURNED, "width"):
        values = [_alarming_when_small(each, name) for each in runs]
        low = _together(values, (coverage < TOO_LOW) & ~back)
        if not len(low):
            continue
        threshold = float(np.quantile(low, RAISED, method="inverted_cdf"))
        found[name] = {
            "threshold": threshold,
            **{
                f"{which}{' held out' if out else ''}": _share(_together(values, chosen & (back == out)) <= threshold)
                for which, chosen in (("too low", coverage < TOO_LOW), ("enough", coverage >= ENOUGH))
                for out in (False, True)
            },
        }
    best = min(found, key=lambda name: found[name]["enough"] or 0.0) if found else None
    counts = {
        "too low": int((coverage < TOO_LOW).sum()),
        "between": int(((coverage >= TOO_LOW) & (coverage < ENOUGH)).sum()),
        "enough": int((coverage >= ENOUGH).sum()),
    }
    return {"designs": counts, "measures": found, "best": best}


def boundary(designs: Sequence[Design], runs: Sequence[Runs]) -> list[Result]:
    """The sensitivity interval on truths whose lists all depend on each other together, at exactly that dependence.

    The oracle knows the odds ratio: its interval is that of the model, turned by it.
    """
    found: list[Result] = []
    for design, each in zip(designs, runs, strict=True):
        if design.kind != "k-way":
            continue
        cells = design.expected[0]
        times = float(cells[0] / without_top_term(cells))  # as many people are on no list as the others would say
        lower, upper = stated_limits(each)
        limits = np.stack([lower, upper], axis=1)
        declared = untested_limits(each.observed, limits, max(times, 1 / times))
        oracle = each.observed[:, None] + (limits - each.observed[:, None]) * times
        finite = np.isfinite(upper)
        found.append(
            {
                "design": design.name,
                "times": times,
                "plain": float(_held(limits, each.truth).mean()),
                "declared": float(_held(declared, each.truth).mean()),
                "oracle": float(_held(oracle, each.truth).mean()),
                "width": _ratio(declared[finite], oracle[finite]),
            }
        )
    return found


def _held(limits: Array, truth: Array) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = (limits[:, 0] <= truth) & (truth <= limits[:, 1])
    return held


def _ratio(wide: Array, narrow: Array) -> float | None:
    """The median of how many times as wide."""
    widths = narrow[:, 1] - narrow[:, 0]
    if not len(widths) or not (widths > 0).any():
        return None
    return float(np.median((wide[:, 1] - wide[:, 0])[widths > 0] / widths[widths > 0]))


def _alarming_when_small(runs: Runs, name: str) -> Array:
    if name == "width":
        lower, upper = stated_limits(runs)
        with np.errstate(divide="ignore", invalid="ignore"):
            widths = np.log(np.maximum(upper, 1.0) / np.maximum(lower, 1.0))
        return -np.nan_to_num(widths, nan=MOST_LOG_WIDTH, posinf=MOST_LOG_WIDTH)
    values = runs.measures.get(name, np.full(len(runs), np.nan))
    values = np.where(runs.refused, np.nan, values)
    turned = -values if name in TURNED else values
    return np.nan_to_num(turned, nan=-np.inf)  # what cannot be measured is alarming


def _together(values: Sequence[Array], chosen: NDArray[np.bool_]) -> Array:
    kept = [each for each, wanted in zip(values, chosen, strict=True) if wanted]
    return np.concatenate(kept) if kept else np.zeros(0)


def _share(raised: NDArray[np.bool_]) -> float | None:
    return float(raised.mean()) if len(raised) else None
