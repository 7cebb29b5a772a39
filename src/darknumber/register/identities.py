"""Who the people of a synthetic register are: a name, a birth date, a citizenship, a place; nobody of them exists."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.register.name_pools import Pool, pools, rank_shares

WOMEN = 0.72  # of people whose sex the table does not say; 2017, European Commission country page
DUTCH = 0.3  # of people whose nationality the table does not say; about the register's
MINORS = 0.14  # of people whose age the table does not say; 2014, CoMensha
YEAR_DAYS = 365.25
YOUNGEST, OF_AGE = 12, 18  # years
ADULT_YEARS = 9.0  # mean of the years past 18: half of the adults are under 25, few are past 50
OLDEST = 65


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """People, each array ``(people,)``.

    Parameters
    ----------
    given, prefix, surname
        The name in full; an empty prefix where there is none.
    birth
        Date of birth, in days.
    female
        Whether a woman or girl.
    citizenship
        ISO 3166 alpha-3.
    place
        Number of the place in `PLACES`.
    """

    given: NDArray[np.object_]
    prefix: NDArray[np.object_]
    surname: NDArray[np.object_]
    birth: NDArray[np.datetime64]
    female: NDArray[np.bool_]
    citizenship: NDArray[np.object_]


@cache
def mixes() -> Mapping[str, Any]:
    """The shares in ``identities.toml``."""
    return tomllib.loads(files("darknumber.register").joinpath("identities.toml").read_text(encoding="utf-8"))


def citizenships(form: NDArray[np.object_], dutch: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.object_]:
    """``(people,)`` a citizenship for each, in the mix of their form of exploitation."""
    found = np.full(len(form), "NLD", dtype=object)
    tables = mixes()["citizenship"]
    for name in np.unique(form.astype(str)):
        mix = tables.get(name, tables["any"])
        of_form = np.flatnonzero((form == name) & ~dutch)
        found[of_form] = _drawn(mix, len(of_form), rng)
    return found


def births(
    adult: NDArray[np.bool_], first: NDArray[np.datetime64], last: NDArray[np.datetime64], rng: np.random.Generator
) -> NDArray[np.datetime64]:
    """``(people,)`` birth dates of people who are minors, or adults, from their first report to their last."""
    years = OF_AGE + np.minimum(rng.exponential(ADULT_YEARS, len(adult)), OLDEST - OF_AGE)
    grown = first - (np.ceil(years * YEAR_DAYS) + 1).astype("timedelta64[D]")
    years = YOUNGEST + (OF_AGE - YOUNGEST) * rng.beta(3, 1.2, len(adult))
    young = last - np.minimum(np.floor(years * YEAR_DAYS), np.floor(OF_AGE * YEAR_DAYS) - 1).astype("timedelta64[D]")
    return np.where(adult, grown, young)


def named(
    citizenship: NDArray[np.object_], female: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """Given names, prefixes and surnames, ``(people,)`` each."""
    culture = np.full(len(citizenship), "", dtype=object)
    for country, mix in mixes()["names"].items():
        of_country = np.flatnonzero(citizenship == country)
        culture[of_country] = _drawn(mix, len(of_country), rng)
    given, prefix, surname = (np.full(len(citizenship), "", dtype=object) for _ in range(3))
    for name, pool in pools().items():
        for is_female in (True, False):
            rows = np.flatnonzero((culture == name) & (female == is_female))
            given[rows], prefix[rows], surname[rows] = _from_pool(pool, is_female, len(rows), rng)
    return given, prefix, surname


def _from_pool(
    pool: Pool, female: bool, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    given = pool.girls if female else pool.boys
    family = rng.choice(len(pool.surnames), n, p=pool.surname_shares)
    surnames = pool.women if female else pool.surnames
    return given[rng.choice(len(given), n, p=rank_shares(len(given)))], pool.prefixes[family], surnames[family]


def _drawn(mix: Mapping[str, float], n: int, rng: np.random.Generator) -> NDArray[np.object_]:
    weights = np.array(list(mix.values()), dtype=float)
    return np.array(list(mix), dtype=object)[rng.choice(len(weights), n, p=weights / weights.sum())]
