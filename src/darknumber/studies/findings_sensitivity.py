"""What the reader must know about the sensitivity of an answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from darknumber.findings import Finding, by_severity
from darknumber.studies.floors import rounded_down

if TYPE_CHECKING:  # Sensitivity makes its findings through this module
    from darknumber.studies.sensitivity import Sensitivity

AVOIDS = 0.8  # an odds ratio among the unseen below which two lists are said to avoid each other
WIDER = 1.5  # how many times as wide the sensitivity interval must be to be worth a sentence


def sensitivity_findings(found: Sensitivity) -> tuple[Finding, ...]:
    """Thresholds that are passed, bounds and floors that the estimate is below, and what the interval leaves out."""
    if not math.isfinite(found.headline[0]):
        return (Finding(code="sensitivity_no_headline", severity="caution"),)
    return by_severity([*_crossings(found), *_floors(found), *_bounds(found), *_width(found)])


def _crossings(found: Sensitivity) -> Iterator[Finding]:
    crossing, xi = found.dial.crossing, found.dial.declared
    if found.threshold is None:
        return
    threshold = found.threshold
    if crossing is not None and crossing.estimate is not None and 1 / xi <= crossing.estimate <= xi:
        values = {"threshold": threshold, "xi": crossing.estimate, "declared": xi}
        yield Finding(code="sensitivity_tips", severity="caution", values=values)
    if found.linkage.missed_crossing is not None:
        values = {"threshold": threshold, "rate": found.linkage.missed_crossing}
        yield Finding(code="missed_links_tip", severity="caution", values=values)
    if found.linkage.false_crossing is not None:
        values = {"threshold": threshold, "rate": found.linkage.false_crossing}
        yield Finding(code="false_links_tip", severity="caution", values=values)
    everywhere = found.trimmed[0]
    if everywhere.crossing is not None:
        values = {"threshold": threshold, "share": everywhere.crossing}
        yield Finding(code="erroneous_tip", severity="caution", values=values)


def _floors(found: Sensitivity) -> Iterator[Finding]:
    """Below Chao's lower bound; where lists avoid each other that bound need not hold."""
    floor = max(each.estimate for each in found.floors if each.holds)
    if found.headline[0] >= floor:
        return
    avoiding = sorted((pair for pair in found.pairs if pair.implied < AVOIDS), key=lambda pair: pair.implied)
    shown = rounded_down(floor)
    if not avoiding:
        yield Finding(code="below_floor", severity="caution", values={"floor": shown})
        return
    names = tuple(":".join(pair.lists) for pair in avoiding)
    yield Finding(
        code="below_floor_avoiding", severity="note", values={"floor": shown, "pairs": names, "n": len(names)}
    )


def _bounds(found: Sensitivity) -> Iterator[Finding]:
    """Bounds that the data contradict, and an estimate below what the bounds allow."""
    for bound in found.bounds:
        if not bound.possible:
            yield Finding(
                code="bounds_contradicted", severity="caution", values={"least": bound.least, "most": bound.most}
            )
        elif bound.what == "pairs" and bound.least == 1.0 and found.headline[0] < bound.likely[0]:
            implied = {pair.lists: pair.implied for pair in found.pairs}.get(bound.binding)  # type: ignore[arg-type]
            values = {"least": rounded_down(bound.likely[0])}
            if implied is None or not implied < AVOIDS:
                yield Finding(code="below_independent", severity="caution", values=values)
            else:
                values |= {"odds": implied}
                pair = ":".join(bound.binding)
                yield Finding(code="below_independent_pair", severity="note", where=pair, values=values)


def _width(found: Sensitivity) -> Iterator[Finding]:
    _, lower, upper = found.headline
    low, high = found.dial.interval
    width, wider = upper - lower, high - low
    if math.isfinite(wider) and width > 0 and wider > WIDER * width:
        values = {"times": wider / width, "declared": found.dial.declared}
        yield Finding(code="narrower_than_xi", severity="note", values=values)
