"""What a flow between lists says beside the dark figure: how strong each arrow is, and whether its direction shows.

A chain turned around as a whole may fit as well where none of its arrows can be turned alone. So arrows are turned in
all ways together, and the data speak for a direction only where every way that turns it fits worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.models.flow_search import AGREE, ALIKE, VAGUE, Flow, Tops, search

Array = NDArray[np.float64]

AT_END = 12.0  # log of the effect of an arrow: so many times as fast is at once, so many times as slow is never
AS_WELL = 2.0  # points of log-likelihood within which two models of as many parameters fit about as well
SAME_SHARES = 1e-8  # of the log-likelihood of a person: no number of people would tell the two apart
ALL_WAYS = 14  # lists and arrows to turn, together: with more, all ways of turning them would take many seconds
WIDER = 1.1  # factor by which arrows turned together take the answer further: less adds little to what was told
_FEW_STARTS = 3  # of the same flow with arrows turned around
_NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The flow with some arrows turned around.

    Parameters
    ----------
    places
        Which arrows.
    lead
        Points of log-likelihood by which it fits better than the flow that was named.
    dark
        People unseen; not a number where they have no finite estimate.
    """

    places: tuple[int, ...]
    lead: float
    dark: float


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
    free = tuple(
        place
        for place, (start, end) in enumerate(flow.arrows)
        if not flow.absorbing >> int(flow.target[place]) & 1 and (end, start) not in flow.arrows
    )
    ways = [_way(flow, table, tops, places) for places in turns(flow, free)]
    every = len(ways) == 2 ** len(free) - 1
    if any(way.lead > AS_WELL for way in ways):
        yield _better(flow, ways, every=every)
        return
    near = [way for way in ways if way.lead >= -AS_WELL]
    answers = [float(tops.odds[0]) * float(table.sum())]
    for place in free:
        start, end = flow.arrows[place]
        values: dict[str, object] = {"first": start, "second": end}
        where = f"{start}:{end}"
        turned = [way for way in near if place in way.places]
        if not turned:
            behind = [-way.lead for way in ways if place in way.places]
            values |= {"points": min(behind)} if every else {"n": len(behind), "points": min(behind)}
            code = "flow_direction_told" if every else "flow_direction_told_among"
            yield Finding(code=code, where=where, values=values)
            continue
        # An arrow by itself before others with it: the sentence is about this one.
        least = turned[0].lead if len(turned[0].places) == 1 else max(way.lead for way in turned)
        other = next(way for way in turned if way.lead >= least - ALIKE * float(table.sum()))
        answers.append(other.dark)
        if not np.isfinite(other.dark):
            yield Finding(code="flow_direction_decides", severity="caution", where=where, values=values)
            continue
        never = _alike(flow, flow.turned(other.places), tops.theta[0])
        if _apart(other.dark, answers[:1]) <= AGREE:
            yield Finding(code="flow_direction_never" if never else "flow_direction_open", where=where, values=values)
        else:
            values |= {"dark": round(answers[0]), "other": round(other.dark)}
            code = "flow_direction_never_moves" if never else "flow_direction_open_moves"
            yield Finding(code=code, severity="caution", where=where, values=values)
    yield from _together(flow, near, answers)


def turns(flow: Flow, free: Sequence[int]) -> list[tuple[int, ...]]:
    """Sets of arrows to turn, those of the fewest first.

    With many these are each arrow, each two that share a list, each group that hangs together, and all of them.
    """
    if len(free) + flow.lists <= ALL_WAYS:
        return [places for size in range(1, len(free) + 1) for places in combinations(free, size)]
    ends = {place: {*flow.arrows[place]} for place in free}
    pairs = [pair for pair in combinations(free, 2) if ends[pair[0]] & ends[pair[1]]]
    groups: list[set[int]] = []
    for place in free:
        met = [group for group in groups if any(ends[place] & ends[other] for other in group)]
        groups = [*(group for group in groups if group not in met), {place}.union(*met)]
    found = dict.fromkeys([*((place,) for place in free), *pairs, *(tuple(sorted(group)) for group in groups)])
    return sorted({**found, tuple(free): None}, key=len)


def _way(flow: Flow, table: Array, tops: Tops, places: tuple[int, ...]) -> Way:
    """How well the flow fits with some arrows turned around, and what it says."""
    ends = search(flow.turned(places), table, _FEW_STARTS)
    finite = ends.verdict[0] in (verdicts.ESTIMABLE, verdicts.ZERO)
    dark = float(ends.odds[0]) * float(table.sum()) if finite else np.nan
    return Way(places=places, lead=float(ends.values[0] - tops.values[0]), dark=dark)


def _better(flow: Flow, ways: Sequence[Way], *, every: bool) -> Finding:
    """That some other way fits better: of those about as good as the best, the one that turns the fewest arrows."""
    best = max(way.lead for way in ways)
    good = [way for way in ways if way.lead > AS_WELL and way.lead >= best - AS_WELL]
    way = min(good, key=lambda way: (len(way.places), -way.lead))
    start, end = flow.arrows[way.places[0]]
    if every and len(way.places) == 1:
        turned, kept = (
            max((each.lead for each in ways if (way.places[0] in each.places) is within), default=0.0)
            for within in (True, False)
        )
        points = turned - max(kept, 0.0)
        if points > AS_WELL:
            values = {"first": start, "second": end, "points": points}
            return Finding(code="flow_direction_against", severity="caution", where=f"{start}:{end}", values=values)
    return Finding(
        code="flow_turned_better",
        severity="caution",
        values={"n": len(way.places), "pairs": _pairs(flow, way), "points": way.lead},
    )


def _together(flow: Flow, near: Sequence[Way], answers: Sequence[float]) -> Iterator[Finding]:
    """What several arrows turned together do to the answer, where that is more than was told of single ones."""
    if not near or not np.isfinite(answers).all():
        return
    for way in near:
        if not np.isfinite(way.dark):
            yield Finding(code="flow_turned_decides", severity="caution", values={"pairs": _pairs(flow, way)})
            return
    way = max(near, key=lambda way: _apart(way.dark, answers))
    dark, other = round(answers[0]), round(way.dark)
    if _apart(way.dark, answers) > WIDER and dark != other:
        values = {"pairs": _pairs(flow, way), "dark": dark, "other": other}
        yield Finding(code="flow_turned_moves", severity="caution", values=values)


def _pairs(flow: Flow, way: Way) -> tuple[str, ...]:
    return tuple(":".join(flow.arrows[place]) for place in way.places)


def _apart(dark: float, others: Sequence[float]) -> float:
    """By what factor a dark figure lies outside others."""
    return max(dark / max(others), min(others) / dark)


def _alike(flow: Flow, turned: Flow, theta: Array) -> bool:
    """Whether the other direction can give the very shares that were fitted."""
    shares = flow.shares(theta)
    there = shares > 0
    highest = float(shares[there] @ np.log(shares[there]))
    return highest - float(search(turned, shares, _FEW_STARTS).values[0]) < SAME_SHARES
