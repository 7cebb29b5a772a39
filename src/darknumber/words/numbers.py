"""Numbers, dates and intervals as the reader's language writes them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from darknumber.words.language import language

LEAST_SHARE = 0.001  # a share closer to nothing than half of this, or closer to everything, is not told apart further
LEVEL_DIGITS = 12  # of a level as it was typed; what follows is how a computer keeps it

LISTED = 16  # names in one sentence; nobody reads more, and a mistaken column of ids must not be printed whole
_MORE = {"en": "{} more", "nl": "nog {}"}
_INFINITY = {"en": "no upper limit", "nl": "geen bovengrens"}
_UNKNOWN = {"en": "n.e.", "nl": "n.t.s."}
_ROWS = {
    "en": ("row", "{} rows", "{} rows, the first is row {}"),
    "nl": ("rij", "{} rijen", "{} rijen, de eerste is rij {}"),
}


@lru_cache(maxsize=8)
def _locale(code: str) -> Locale:
    return Locale.parse(code)


def _special(value: float) -> str | None:
    if math.isnan(value):
        return _UNKNOWN[language()]
    if math.isinf(value):
        return _INFINITY[language()]
    return None


def people(value: float) -> str:
    """A number of people: whole, with the thousands separator; ``n.e.`` where it is not estimable."""
    return _special(value) or format_decimal(round(value), format="#,##0", locale=_locale(language()))


def number(value: float, decimals: int = 1) -> str:
    """A plain number with at most `decimals` decimals."""
    pattern = "#,##0." + "#" * decimals if decimals else "#,##0"
    return _special(value) or format_decimal(value, format=pattern, locale=_locale(language()))


def fixed(value: float, decimals: int) -> str:
    """A number with exactly so many decimals, for a column of them."""
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return _special(value) or format_decimal(value, format=pattern, locale=_locale(language()))


def tenths(value: float) -> str:
    """A number with its decimal, for a column of them."""
    return _special(value) or format_decimal(value, format="#,##0.0", locale=_locale(language()))


def hundredths(value: float) -> str:
    """A number with both decimals, for what is held against a threshold."""
    return _special(value) or format_decimal(value, format="#,##0.00", locale=_locale(language()))


def percent(value: float) -> str:
    """A share between 0 and 1 as a whole percentage; one decimal below 10% and from 99.5%.

    What is not nothing is never 0%, and what is not everything is never 100%.
    """
    if 0 < value < LEAST_SHARE / 2:
        return f"<{format_percent(LEAST_SHARE, format='0.0%', locale=_locale(language()))}"
    if 1 - 5 * LEAST_SHARE <= value < 1:
        value = min(value, 1 - LEAST_SHARE)
        return format_percent(value, format="0.0%", locale=_locale(language()))
    pattern = "#,##0.0%" if 0 < abs(value) < 0.0995 else "#,##0%"
    return _special(value) or format_percent(value, format=pattern, locale=_locale(language()))


def level(value: float) -> str:
    """A confidence level with all the digits it was given in, such as 97.5%: it is a name, and is never rounded."""
    return format_percent(round(value, LEVEL_DIGITS), format="0.##########%", locale=_locale(language()))


def ratio(value: float) -> str:
    """How many times the registered number, one decimal."""
    return _special(value) or format_decimal(value, format="#,##0.0", locale=_locale(language()))


def interval(lower: float, upper: float) -> str:
    """A pair of limits, such as ``4,000 to 6,700``."""
    joiner = {"en": "to", "nl": "tot"}[language()]
    if math.isinf(upper):
        return {"en": "{} or more", "nl": "{} of meer"}[language()].format(people(lower))
    return f"{people(lower)} {joiner} {people(upper)}"


def date(value: datetime.date) -> str:
    """A date in words, such as ``21 November 2026``."""
    return format_date(value, format="d MMMM y", locale=_locale(language()))


def listing(values: Iterable[object]) -> str:
    """Names in a row: ``a, b and c``; of many only the first, and how many more there are."""
    names = [str(value) for value in values]
    if len(names) > LISTED:
        names[LISTED - 1 :] = [_MORE[language()].format(people(len(names) - LISTED + 1))]
    return format_list(names, locale=_locale(language()))


def rows(value: tuple[int, int | None]) -> str:
    """How many rows of a file, and which is the first where that is known: ``12 rows, the first is row 5``."""
    n, first = value
    one, many, several = _ROWS[language()]
    if first is None:
        return many.format(people(n)) if n != 1 else f"1 {one}"
    return several.format(people(n), first) if n != 1 else f"{one} {first}"


def plural(n: float) -> str:
    """The plural category (``one``, ``other``) of a count."""
    return str(_locale(language()).plural_form(abs(n)))
