"""Ages as offices write them: a single age, a band, or everyone from an age up; put together into classes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from darknumber.errors import InputError

Band = tuple[int, int | None]  # first and last age, both included; no last age where there is no upper end

OLDEST = 95  # a column of single ages may end here: so few are older that a class is complete without them

_YEARS = r"(?:\s*(?:jaar|jarigen|jr\.?|years?|yrs?))?(?:\s*old)?"
# Each way of writing, the first age and the last in groups; a last age named `below` is itself not included. Statistics
# Netherlands means ages 0 to 4 by "0 tot 5 jaar".
_WAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"y?(?P<one>\d+){_YEARS}",
        rf"y?(?P<first>\d+){_YEARS}\s*(?:-|–|t|to|tot en met|t/m|through){_YEARS}\s*(?P<last>\d+){_YEARS}",
        rf"(?P<first>\d+){_YEARS}\s*tot\s*(?P<below>\d+){_YEARS}",
        rf"(?:under|below|younger than|less than|jonger dan|tot|<|y_lt)\s*(?P<below>\d+){_YEARS}",
        rf"(?:≥|>=|y_ge|vanaf|from)\s*(?P<open>\d+){_YEARS}",
        rf"(?P<open>\d+){_YEARS}\s*(?:\+|(?:of|en|and|or)\s*(?:ouder|meer|hoger|over|older|more|above))",
    )
)


def band_of(text: str) -> Band | None:
    """The ages that a label stands for; None where it names none."""
    plain = " ".join(text.casefold().split())
    for way in _WAYS:
        found = way.fullmatch(plain)
        if found is None:
            continue
        ages = {name: int(value) for name, value in found.groupdict().items() if value is not None}
        if "one" in ages:
            return ages["one"], ages["one"]
        if "open" in ages:
            return ages["open"], None
        first, last = ages.get("first", 0), ages["last"] if "last" in ages else ages["below"] - 1
        return (first, last) if first <= last else None
    return None


def classes_of(name: str, labels: Sequence[str], classes: Mapping[str, Band]) -> dict[str, str]:
    """The class of each label; labels whose ages are in no class are left out.

    Parameters
    ----------
    name
        The column, for the errors.
    labels
        The distinct labels of ages.
    classes
        First and last age of each class; None for no upper end.

    Raises
    ------
    InputError
        A label that names no ages, bands that overlap or that lie across the edge of a class, a class with ages that
        are in no band.
    """
    bands: dict[str, Band] = {}
    for label in labels:
        band = band_of(label)
        if band is None:
            raise InputError("not_an_age", name=name, label=label)
        bands[label] = band
    ordered = sorted(bands, key=lambda label: _ends(bands[label]))
    for one, other in pairwise(ordered):
        if _ends(bands[one])[1] >= bands[other][0]:
            raise InputError("ages_overlap", name=name, one=one, other=other)
    found: dict[str, str] = {}
    for called, wanted in classes.items():
        low, high = _ends(wanted)
        inside = [label for label in ordered if _ends(bands[label])[1] >= low and bands[label][0] <= high]
        across = [label for label in inside if bands[label][0] < low or _ends(bands[label])[1] > high]
        if across:
            raise InputError("ages_across", name=name, label=across[0], group=called)
        _check_whole(name, called, wanted, [bands[label] for label in inside])
        found |= dict.fromkeys(inside, called)
    return found


def _check_whole(name: str, called: str, wanted: Band, inside: Sequence[Band]) -> None:
    """Refuse a class with ages that are in no band."""
    age, end = _ends(wanted)
    for first, last in inside:
        if first > age:
            break
        age = _ends((first, last))[1] + 1
    if age <= end and not (wanted[1] is None and age > OLDEST):
        raise InputError("ages_missing", name=name, group=called, age=age)


def _ends(band: Band) -> tuple[int, int]:
    """First and last age as numbers; no last age is beyond all others."""
    return band[0], 10**6 if band[1] is None else band[1]
