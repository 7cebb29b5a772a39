"""Who the people of a synthetic register are: a name, a birth date, a citizenship, a place; nobody of them exists.

Names come from the pool of a person's culture (`darknumber.register.synthetic.name_pools`), the rest from the shares in
``identities.toml`` beside this file. Some people are of one family: the same surname, citizenship and place, and as
twins the same birth date.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.register.synthetic.name_pools import Pool, pools, rank_shares
from darknumber.register.synthetic.text_columns import Texts, texts

YEAR_DAYS = 365.25
YOUNGEST, OF_AGE, OLDEST = 12, 18, 65  # years; assumed, but for the second
ADULT_YEARS = 9.0  # mean of the years past 18: half of the adults are under 25, few are past 50; assumed
# Of the years between youngest and of age: most minors are 15 to 17; assumed.
MINOR_SHAPE = (3.0, 1.2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What is settled of people before they get an identity; each array ``(people,)``.

    Parameters
    ----------
    female, adult, dutch, eu
        Sex, age at every report, and whether the citizenship is Dutch, or (None: not asked for) another of the EU.
    form
        Form of exploitation; any text.
    year
        In which they were reported; members of a family are.
    first, last
        The days of the first and the last report.
    """

    female: NDArray[np.bool_]
    adult: NDArray[np.bool_]
    dutch: NDArray[np.bool_]
    eu: NDArray[np.bool_] | None
    form: Texts
    year: NDArray[np.int64]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identities:
    """People, each array ``(people,)``.

    Parameters
    ----------
    given, prefix, surname
        The whole name; an empty prefix where there is none.
    birth
        The day of birth.
    citizenship
        ISO 3166 alpha-3.
    culture
        Where the name comes from, as ``names.toml`` calls it.
    home
        The number of the place in `places`.
    """

    given: Texts
    prefix: Texts
    surname: Texts
    birth: NDArray[np.datetime64]
    citizenship: Texts
    culture: Texts
    home: NDArray[np.int64]


@cache
def mixes() -> Mapping[str, Any]:
    """The shares in ``identities.toml``."""
    return tomllib.loads(files("darknumber.register.synthetic").joinpath("identities.toml").read_text(encoding="utf-8"))


def places() -> tuple[Texts, Texts, NDArray[np.float64]]:
    """Places, the police region of each, and how many people are met there as a share of all."""
    table: Mapping[str, tuple[float, str]] = mixes()["places"]
    shares = np.array([share for share, _ in table.values()], dtype=float)
    return texts(list(table)), texts([region for _, region in table.values()]), shares / shares.sum()


def identities(known: Known, *, families: float, twins: float, rng: np.random.Generator) -> Identities:
    """An identity for each person, which agrees with what is known of them.

    Parameters
    ----------
    families, twins
        The share of people with a member of their family among them, and of those who have a twin.
    """
    sibling, twin = _siblings(known, families, twins, rng)
    citizenship = _citizenships(known, rng)[sibling]
    culture = texts([""] * len(sibling))
    for country, mix in mixes()["names"].items():
        rows = np.flatnonzero(citizenship == country)
        culture[rows] = drawn(mix, len(rows), rng)
    culture = culture[sibling]
    given, prefix, surname = (texts([""] * len(sibling)) for _ in range(3))
    for name, pool in pools().items():
        rows = np.flatnonzero(culture == name)
        if len(rows):
            same = np.searchsorted(rows, sibling[rows])
            given[rows], prefix[rows], surname[rows] = _names(pool, known.female[rows], same, rng)
    _, _, shares = places()
    return Identities(
        given=given,
        prefix=prefix,
        surname=surname,
        birth=_births(known, citizenship, twin, rng),
        citizenship=citizenship,
        culture=culture,
        home=rng.choice(len(shares), len(sibling), p=shares)[sibling],
    )


def of_age(birth: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """The day on which people born on `birth` come of age; who is born on 29 February does on 1 March."""
    months = birth.astype("datetime64[M]")
    return np.asarray((months + 12 * OF_AGE).astype("datetime64[D]") + (birth - months.astype("datetime64[D]")))


def drawn(mix: Mapping[str, float], n: int, rng: np.random.Generator) -> Texts:
    """``(n,)`` keys of `mix`, each as often as its weight says."""
    weights = np.array(list(mix.values()), dtype=float)
    return np.asarray(texts(list(mix))[rng.choice(len(weights), n, p=weights / weights.sum())])


def _siblings(
    known: Known, families: float, twins: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whose family each person belongs to, and whose twin they are; their own number where to nobody's.

    Members of a family come in pairs of one year, age and nationality.
    """
    eu = np.zeros_like(known.dutch) if known.eu is None else known.eu
    order = np.lexsort((rng.random(len(known.dutch)), eu, known.dutch, known.adult, known.year))
    older, younger = order[0 : len(order) - 1 : 2], order[1::2]
    alike = np.ones(len(older), dtype=bool)
    for value in (known.year, known.adult, known.dutch, eu):
        alike &= value[older] == value[younger]
    chance = rng.random(len(older))
    sibling, twin = np.arange(len(order)), np.arange(len(order))
    one_family = alike & (chance < families)
    sibling[younger[one_family]] = older[one_family]
    born_together = alike & (chance < twins)
    twin[younger[born_together]] = older[born_together]
    return sibling, twin


def _citizenships(known: Known, rng: np.random.Generator) -> Texts:
    """In the mix of the form of exploitation, within the nationality that is known."""
    found = texts(["NLD"] * len(known.dutch))
    tables: Mapping[str, Mapping[str, float]] = mixes()["citizenship"]
    members = frozenset(mixes()["eu"])
    groups: list[tuple[NDArray[np.bool_], bool | None]] = [(~known.dutch, None)]
    if known.eu is not None:
        groups = [(~known.dutch & known.eu, True), (~known.dutch & ~known.eu, False)]
    for form in np.unique(known.form.astype(str)):
        for group, in_eu in groups:
            mix = tables.get(str(form), tables["any"])
            if in_eu is not None:
                mix = {country: share for country, share in mix.items() if (country in members) == in_eu}
            rows = np.flatnonzero((known.form == form) & group)
            found[rows] = drawn(mix, len(rows), rng)
    return found


def _births(
    known: Known, citizenship: Texts, twin: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.datetime64]:
    """Birth dates of people who are minors, or adults, from their first report to their last, twins together."""
    first, last = known.first.copy(), known.last.copy()
    np.minimum.at(first, twin, known.first)
    np.maximum.at(last, twin, known.last)
    n = len(twin)
    years = np.minimum(OF_AGE + rng.exponential(ADULT_YEARS, n), OLDEST)
    grown = first - (np.ceil(years * YEAR_DAYS) + 1).astype("timedelta64[D]")
    years = YOUNGEST + (OF_AGE - YOUNGEST) * rng.beta(*MINOR_SHAPE, n)
    young = last - np.minimum(np.floor(years * YEAR_DAYS), np.floor(OF_AGE * YEAR_DAYS) - 1).astype("timedelta64[D]")
    birth = np.where(known.adult, grown, young)
    guessed = np.zeros(n)
    for country, share in mixes()["new_year"].items():
        guessed[citizenship == country] = share
    new_year = birth.astype("datetime64[Y]").astype("datetime64[D]")
    allowed = known.adult | (of_age(new_year) > last)
    birth = np.where((rng.random(n) < guessed) & allowed, new_year, birth)
    return np.asarray(birth[twin])


def _names(
    pool: Pool, female: NDArray[np.bool_], sibling: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Texts, Texts, Texts]:
    """Given names, prefixes and surnames; members of a family have one surname and different given names."""
    n = len(female)
    wanted = rng.random((4, n))
    shares = np.cumsum(pool.shares)
    one, other = (np.minimum(np.searchsorted(shares, u), len(shares) - 1)[sibling] for u in wanted[:2])
    double = (wanted[2] < pool.double)[sibling] & (one != other)
    surname = np.where(female, pool.women[one], pool.surnames[one])
    beside = np.where(female, pool.women[other], pool.surnames[other])
    beside = np.where(pool.prefixes[other] == "", beside, pool.prefixes[other] + " " + beside)
    surname = np.where(double, surname + pool.joint + beside, surname)
    given = texts([""] * n)
    for names, rows in ((pool.girls, np.flatnonzero(female)), (pool.boys, np.flatnonzero(~female))):
        number = rng.choice(len(names), (2, len(rows)), p=rank_shares(len(names)))
        given[rows] = names[number[0]]
        second = rows[(wanted[3, rows] < pool.second) & (number[0] != number[1])]
        chosen = names[number[1]][(wanted[3, rows] < pool.second) & (number[0] != number[1])]
        given[second] = given[second] + " " + chosen
    namesakes = np.flatnonzero((sibling != np.arange(n)) & (given == given[sibling]))
    for row in namesakes.tolist():
        names = (pool.girls if female[row] else pool.boys).tolist()
        given[row] = names[(names.index(given[row].split(" ")[0]) + 1) % len(names)]
    return given, pool.prefixes[one], surname
