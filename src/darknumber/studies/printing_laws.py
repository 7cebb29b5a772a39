"""What is said of one list under every law of how often people are seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from darknumber.inference.other_laws import NEAR, Law
from darknumber.inference.printing import WIDTH, finding_lines
from darknumber.inference.publish import UNSTABLE, rounded
from darknumber.models.sightings import Sightings
from darknumber.studies.floors import rounded_down
from darknumber.studies.printing import aligned, filled, heading
from darknumber.studies.printing_omit import short
from darknumber.words import interval, people, say
from darknumber.words.numbers import tenths

if TYPE_CHECKING:  # Laws prints itself through this module
    from darknumber.studies.laws import Laws


def describe_laws(found: Laws, *, width: int = WIDTH) -> str:
    """A row for each law, that of the answer first, and what the reader must know of them.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    data = found.estimates.fits[0].data
    headings = ("", say("laws.column.distance"), say("estimates.column.estimate"))
    rows = [(*headings, say("estimates.column.interval", level=found.estimates.level))]
    observed = float(data.count.sum())
    rows += [(law_name(law.model), distance_text(law), *figures_text(law, observed)) for law in found.laws]
    return "\n".join(
        [
            heading(say("laws.title"), data, width),
            filled(say("laws.first"), width),
            "",
            *aligned(rows, width),
            "",
            filled(say("laws.read"), width),
            *finding_lines(found.findings, data, width),
        ]
    )


def laws_in_words(found: Laws) -> str:
    """How many laws fit about as well as the best, and how far apart they are."""
    near = [law.estimate for law in found.laws if law.near]
    finite = [value for value in near if math.isfinite(value)]
    word = "none" if not finite else "alone" if len(near) == 1 else "some" if len(finite) == len(near) else "open"
    low, high = (min(finite), max(finite)) if finite else (math.nan, math.nan)
    return say(f"laws.near.{word}", n=len(near), points=NEAR, low=short(low), high=short(high))


def law_name(model: Sightings) -> str:
    """What a law is called, with what it makes of people seen once."""
    if model.most:
        return say(f"laws.name.{'zelterman' if model.whole else 'chao'}", most=model.most)
    return say("laws.name.law", law=model.law, ones=model.ones)


def distance_text(law: Law) -> str:
    """How much worse it fits than the best, in points of AIC; nothing where that cannot be compared."""
    return "" if math.isnan(law.distance) else tenths(law.distance)


def figures_text(law: Law, observed: float) -> tuple[str, str]:
    """The estimate and its interval; of a floor, that there are at least so many.

    Parameters
    ----------
    law
        What it says.
    observed
        People on the list, which no rounding may pass.
    """
    if not math.isfinite(law.estimate):
        return people(law.estimate), ""
    if law.floor:
        return say("estimates.at_least", n=max(rounded_down(law.estimate), observed)), ""
    whole = rounded(law.estimate, law.lower, law.upper, floor=observed)
    text = say("estimates.range_only") if wide(law) else people(whole.value)
    return text, interval(whole.lower, whole.upper)


def wide(law: Law) -> bool:
    """Whether the limits are too far apart for a single number, as of an answer."""
    return law.upper > UNSTABLE * law.lower
