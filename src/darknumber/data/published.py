"""Published figures on victims of human trafficking: registered, estimated, and how many times; each with its source.

They stand in ``published.csv`` beside this file. ``quoted`` figures stand in the source; ``computed`` ones follow from
what does, such as a share of a total. Figures known from memory only are not among them. Where sources contradict each
other all of them are there: which is right is not for a program to say.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any, Literal

from darknumber.data.names import no_such

Quantity = Literal["registered", "estimated", "ratio"]
Per = Literal["year", "mean", "sum"]
Form = Literal["exact", "about", "more", "range"]
Basis = Literal["quoted", "computed"]

APART = 0.05  # relative: figures of the same thing that differ by more contradict each other; by less they are revised
APART_ABOUT = 0.1  # the same where one of them is a round number


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published figure.

    Parameters
    ----------
    country, place
        The country by its three letters (ISO 3166), and the place where it is only about part of it.
    first, last
        The years it is about.
    per
        Of one ``year``; the annual ``mean`` of several, or their ``sum``.
    quantity
        People ``registered`` or ``estimated``, or how many times the one is the other (``ratio``).
    group
        Whom it is about; ``all``, or a key of the catalogue.
    value, lower, upper
        The figure and its range; None where only the other is published. A range is as published: mostly a 95%
        interval, not always (see `about`).
    form
        ``exact``, ``about``, ``more`` (than this) or a ``range``.
    issued
        The year of publication.
    basis
        Whether the source says so, or it follows from what it says.
    about
        What else must be known, as a key of the catalogue.
    source, url
        Where it stands.
    """

    country: str
    place: str
    first: int
    last: int
    per: Per
    quantity: Quantity
    group: str
    value: float | None
    lower: float | None
    upper: float | None
    form: Form
    issued: int
    basis: Basis
    about: str
    source: str
    url: str

    @property
    def period(self) -> str:
        """Its year, or its first and last."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def subject(self) -> tuple[object, ...]:
        """What it is a figure of: figures with the same subject can contradict each other."""
        return (self.country, self.place, self.first, self.last, self.per, self.quantity, self.group)


def countries() -> tuple[str, ...]:
    """The countries there are figures of, in the order of the file."""
    return tuple(dict.fromkeys(each.country for each in _all()))


def check_country(country: str) -> None:
    """Refuse a country without published figures.

    Raises
    ------
    InputError
        It suggests the nearest.
    """
    if country not in countries():
        raise no_such("unknown_country", country, countries())


def published(
    country: str | None = None, *, quantity: Quantity | None = None, group: str | None = None
) -> tuple[Published, ...]:
    """The published figures, of one country, quantity or group where these are named; by year.

    Raises
    ------
    InputError
        There are no figures of that country.
    """
    if country is not None:
        check_country(country)
    asked = {"country": country, "quantity": quantity, "group": group}
    kept = [
        each for each in _all() if all(value is None or getattr(each, name) == value for name, value in asked.items())
    ]
    return tuple(sorted(kept, key=lambda each: (each.place, each.first, each.last, each.quantity, each.issued)))


def published_columns(figures: Iterable[Published]) -> dict[str, list[Any]]:
    """Published figures as plain columns."""
    rows = list(figures)
    return {name: [getattr(each, name) for each in rows] for name in Published.__slots__}


def contradicted(figures: Iterable[Published]) -> Mapping[tuple[object, ...], tuple[Published, ...]]:
    """Figures of the same thing that are further apart than their rounding, by what they are figures of."""
    by_subject: dict[tuple[object, ...], list[Published]] = {}
    for each in figures:
        if each.value is not None:
            by_subject.setdefault(each.subject, []).append(each)
    return {
        subject: tuple(rows)
        for subject, rows in by_subject.items()
        if any(_apart(one, other) for one, other in combinations(rows, 2))
    }


def with_ratios(figures: Iterable[Published]) -> tuple[Published, ...]:
    """The figures and, where one source gives people registered and estimated of the same thing, how many times.

    Numbers of different sources are not divided by each other: their definitions differ.
    """
    found = tuple(figures)
    registered = {
        (each.subject[:5], each.group, each.source): each.value
        for each in found
        if each.quantity == "registered" and each.value
    }
    made = []
    for each in found:
        seen = registered.get((each.subject[:5], each.group, each.source))
        if each.quantity == "estimated" and seen:
            value, lower, upper = (None if n is None else n / seen for n in (each.value, each.lower, each.upper))
            made.append(
                replace(
                    each, quantity="ratio", value=value, lower=lower, upper=upper, basis="computed", about="divided"
                )
            )
    return (*found, *made)


def _apart(one: Published, other: Published) -> bool:
    most = APART if one.form == other.form == "exact" else APART_ABOUT
    values = sorted(each.value for each in (one, other) if each.value is not None)
    return len(values) == 2 and values[1] - values[0] > most * values[1]


@cache
def _all() -> tuple[Published, ...]:
    with files("darknumber.data").joinpath("published.csv").open(encoding="utf-8") as lines:
        return tuple(_figure(row) for row in csv.DictReader(lines))


def _figure(row: Mapping[str, str]) -> Published:
    numbers = {name: float(row[name]) if row[name] else None for name in ("value", "lower", "upper")}
    years = {name: int(row[name]) for name in ("first", "last", "issued")}
    return Published(**{**row, **numbers, **years})  # type: ignore[arg-type]
