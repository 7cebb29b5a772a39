"""What a flow between lists says beside the dark figure: how strong each arrow is, and whether its direction shows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.models.flow_search import AGREE, VAGUE, Flow, Tops, search

Array = NDArray[np.float64]

AT_END = 12.0  # log of the effect of an arrow: so many times as fast is at once, so many times as slow is never
AS_WELL = 2.0  # points of log-likelihood within which two models of as many parameters fit about as well
SAME_SHARES = 1e-8  # of the log-likelihood of a person: no number of people would tell the two apart
_FEW_STARTS = 3  # of the same flow with an arrow turned around
_NORMAL_95 = 1.959964


def flow_findings(flow: Flow, table: Array, tops: Tops) -> tuple[Finding, ...]:
    """What must be known of the arrows, from the climbs for one table ``(2**K,)``, the best first."""
    if not flow.arrows:
        return ()
    said = [*_strengths(flow, tops.theta[0], float(table.sum()))]
    if tops.verdict[0] == verdicts.ESTIMABLE:
        said += _directions(flow, table, tops)
    return tuple(said)


def _strengths(flow: Flow, theta: Array, people: float) -> Iterator[Finding]:
    """How many times as fast people come along each arrow, or why that cannot be said."""
    spread = flow.spread(theta, people).diagonal()[flow.lists :]
    for place, (start, end) in enumerate(flow.arrows):
        effect, variance = float(theta[flow.lists + place]), float(spread[place])
        values: dict[str, object] = {"first": start, "second": end}
        where = f"{start}:{end}"
        if not flow.told.arrows[place]:
            yield Finding(code="flow_arrow_untold", severity="caution", where=where, values=values)
        elif effect > AT_END:
            yield Finding(code="flow_arrow_always", where=where, values=values)
        elif effect < -AT_END:
            yield Finding(code="flow_arrow_never", where=where, values=values)
        elif variance > VAGUE:
            yield Finding(code="flow_arrow_unseen", severity="caution", where=where, values=values)
        else:
            half = _NORMAL_95 * np.sqrt(variance)
            values |= {"times": np.exp(effect), "low": np.exp(effect - half), "high": np.exp(effect + half)}
            yield Finding(code="flow_arrow", where=where, values=values)


def _directions(flow: Flow, table: Array, tops: Tops) -> Iterator[Finding]:
    """For each arrow that could point the other way: do the data tell, and would the answer be another?"""
    people = float(table.sum())
    dark = float(tops.odds[0]) * people
    for place, (start, end) in enumerate(flow.arrows):
        if flow.absorbing >> int(flow.target[place]) & 1 or (end, start) in flow.arrows:
            continue
        turned = flow.turned(place)
        other = search(turned, table, _FEW_STARTS)
        behind = float(tops.values[0] - other.values[0])
        values: dict[str, object] = {"first": start, "second": end}
        where = f"{start}:{end}"
        if abs(behind) > AS_WELL:
            code = "flow_direction_told" if behind > 0 else "flow_direction_against"
            values["points"] = abs(behind)
            yield Finding(code=code, severity="note" if behind > 0 else "caution", where=where, values=values)
            continue
        never = _alike(flow, turned, tops.theta[0])
        if other.verdict[0] != verdicts.ESTIMABLE:
            yield Finding(code="flow_direction_decides", severity="caution", where=where, values=values)
            continue
        unseen = float(other.odds[0]) * people
        if max(unseen, dark) <= AGREE * min(unseen, dark):
            yield Finding(code="flow_direction_never" if never else "flow_direction_open", where=where, values=values)
        else:
            values |= {"dark": round(dark), "other": round(unseen)}
            code = "flow_direction_never_moves" if never else "flow_direction_open_moves"
            yield Finding(code=code, severity="caution", where=where, values=values)


def _alike(flow: Flow, turned: Flow, theta: Array) -> bool:
    """Whether the other direction can give the very shares that were fitted."""
    shares = flow.shares(theta)
    there = shares > 0
    highest = float(shares[there] @ np.log(shares[there]))
    return highest - float(search(turned, shares, _FEW_STARTS).values[0]) < SAME_SHARES
