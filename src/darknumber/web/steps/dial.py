"""What no data can show, on a slider: how the answer moves with it, at once, from the draws of the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, rounded
from darknumber.models.base import expected_cells
from darknumber.studies.dial import shifted, times_of
from darknumber.studies.identification import Pair, pairs_of
from darknumber.web.forms import number_of
from darknumber.web.visit import Visit, environment, frame
from darknumber.words import interval, people, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import fixed

REACH = 2.0  # the dials go from a quarter to four times: as far as powers of two with this exponent
PAIR_REACH = 4.0  # of one pair of lists from a sixteenth to sixteen times
STEP = 0.05  # of the exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One slider and what the answer is there.

    Parameters
    ----------
    name
        ``xi`` for all lists together, ``odds`` for one pair.
    reach, step, value
        How far it goes both ways, in which steps, and where it stands: exponents of two.
    shown
        The odds ratio there, in words.
    text
        The answer there, in words.
    """

    name: str
    reach: float
    value: float
    shown: str
    text: str
    step: float = STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Dials:
    """Both sliders.

    Parameters
    ----------
    all_lists
        The odds ratio of all lists together, as a multiple of what the model implies.
    pair
        That of one pair of lists; None where there are two lists, or the model has none.
    pairs
        All pairs to choose from, by number, and the one that is chosen.
    chosen
        Its number.
    """

    all_lists: Dial
    pair: Dial | None
    pairs: tuple[tuple[str, str], ...]
    chosen: str


def show(visit: Visit) -> Response:
    """Only the sliders with their answers, for a page that is there already."""
    found: Estimates | None = visit.held("answer")
    if found is None or not adds_up(found):
        return HTMLResponse("", status_code=204)
    dials = dials_of(found, visit.query)
    text = environment().get_template("dials.html").render(**frame(visit), dials=dials)
    return HTMLResponse(text)


def dials_of(found: Estimates, query: Mapping[str, str]) -> Dials | None:
    """The sliders of an answer, where the address puts them; None of one list, or where it has no finite total."""
    whole = found.total()
    if not math.isfinite(float(whole.estimate[0])) or not found.fits or len(found.fits[0].data.lists) < 2:
        return None
    data = found.fits[0].data
    kept = data.operating.sum(axis=1)
    lists = int(kept[0]) if (kept == kept[0]).all() else None
    exponent = _within(number_of(query.get("xi", ""), 0.0), REACH)
    xi = 2.0**exponent
    times = float(times_of(xi, lists))
    ends = [float(whole.estimate[0]), float(whole.limits[0, 0]), float(whole.limits[0, 1])]
    observed = float(whole.observed[0])
    moved = [float(shifted(observed, end, times)) for end in ends]
    all_lists = Dial(
        name="xi", reach=REACH, value=exponent, shown=fixed(xi, 2), text=_answer(moved, observed, xi == 1.0)
    )
    pairs = pairs_of(found, data, expected_cells(found.fits[0]))
    able = [(str(place), pair) for place, pair in enumerate(pairs) if pair.at(pair.implied) is not None]
    chosen = query.get("pair", "")
    pair = next((each for number, each in able if number == chosen), None)
    if pair is None and able:
        chosen, pair = able[0]
    return Dials(
        all_lists=all_lists,
        pair=None if pair is None else _pair(pair, query, observed),
        pairs=tuple((number, f"{list_name(each.lists[0])} – {list_name(each.lists[1])}") for number, each in able),
        chosen=chosen,
    )


def _pair(pair: Pair, query: Mapping[str, str], observed: float) -> Dial | None:
    exponent = _within(number_of(query.get("odds", ""), 0.0), PAIR_REACH)
    odds = pair.implied * 2.0**exponent
    point = pair.at(odds)
    if point is None:
        return None
    text = _answer(point, observed, exponent == 0.0)
    return Dial(name="odds", reach=PAIR_REACH, value=exponent, shown=fixed(odds, 2), text=text)


def _answer(point: tuple[float, float, float] | list[float], observed: float, assumed: bool) -> str:
    middle, low, high = point
    near = rounded(middle, low, high, floor=observed)
    values = {"estimate": people(near.value), "interval": interval(near.lower, near.upper)}
    return say("web.dial.assumed", **values) if assumed else say("web.dial.moved", **values)


def _within(value: float, reach: float) -> float:
    return 0.0 if math.isnan(value) else max(-reach, min(reach, value))
