"""A factorial of populations: numbers of lists, sizes, reach, dependence and errors of recording, each in balance.

Not every combination, but a fixed fraction of them: every dependence meets every number of lists twice, and each design
takes the size and reach that have gone together least so far with what it has. So any first part of the sequence is
balanced too (METHODS 5.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import Covariate
from darknumber.errors import ModelError
from darknumber.kernels.populations import log_linear, rasch, referral_rates, referrals, shifted
from darknumber.lab.designs import Design, Kind, Unrecorded, whole

Array = NDArray[np.float64]
Reach = Literal["balanced", "sparse", "dominant"]
What = tuple[str, float]  # and how much of it

NOTHING: What = ("none", 0.0)

LISTS = (3, 4, 5, 6)
SIZES = (300, 1_000, 5_000, 20_000)
REACHES: tuple[Reach, ...] = ("balanced", "sparse", "dominant")
BALANCED = 0.3
SPARSE = (0.2, 0.01)  # the largest and the smallest list; those between are evenly spaced in their logs
DOMINANT = (0.7, 0.15)  # one list, and each of the others

# What makes lists depend on each other, and how strongly: a log odds ratio, a standard deviation, or how much easier
# people of one class are to find on the logit scale. The strength of the K-way term is its log odds ratio.
DEPENDENCES: tuple[What, ...] = (
    NOTHING,
    ("pair", 0.5),
    ("rasch", 0.5),
    ("k-way", -1.0),
    ("pairs", 1.0),
    ("two-classes", 2.0),
    ("negative", -1.0),
    ("k-way", 0.5),
    ("pair", 2.0),
    ("rasch", 2.0),
    ("referral", 1.5),
    ("k-way", 1.0),
    ("pairs", 0.5),
    ("three", 1.0),
    ("rasch", 1.0),
    ("pair", 1.0),
    ("k-way", -0.5),
    ("three-classes", 1.5),
    ("pairs", 2.0),
)
KINDS: Mapping[str, Kind] = {
    "none": "independent",
    "pair": "pairs",
    "pairs": "pairs",
    "negative": "pairs",
    "three": "three-way",
    "k-way": "k-way",
    "two-classes": "classes",
    "three-classes": "classes",
    "rasch": "rasch",
    "referral": "referral",
}
TWO_CLASSES = (0.8, 0.2)
THREE_CLASSES = (0.7, 0.2, 0.1)  # the third is twice as far from the first as the second is
WITHIN_THREE = 0.5  # log odds ratio of the pairs among three lists that depend on each other together
REFERRED_ON = 2 / 3  # the second list refers people on less strongly than the first

QUALITY: tuple[What, ...] = (
    ("missed", 0.02),
    ("erroneous", 0.05),
    ("covariates", 0.0),
    ("false", 0.02),
    ("missed", 0.05),
    ("not-recorded", 0.3),
    ("erroneous", 0.1),
    ("false", 0.05),
)
SIX_LISTS = (0, 5, 4, 9, 13, 10, 15, 11)  # of the dependences: six lists take long, so there are few of them

SEX = Covariate(name="sex", levels=("female", "male"))
AGE = Covariate(name="age", levels=("adult", "minor"))
STRATA = tuple(product((False, True), repeat=2))  # whether male, whether minor
SHARES = (0.35, 0.15, 0.35, 0.15)
MALE_ON_FIRST, MINOR_ON_SECOND, MINOR_ON_THIRD = 0.7, -0.7, 0.5  # added to the log odds of being on these lists
AMONG_MEN = 1.0  # log odds ratio of the first two lists; there is none among women


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One combination of the factors."""

    lists: int
    people: int
    reach: Reach
    dependence: What
    quality: What


def factorial(lists: Sequence[int] = LISTS, sizes: Sequence[int] = SIZES, *, size: int | None = None) -> list[Design]:
    """The populations of the factorial, in an order of which any first part is balanced.

    Parameters
    ----------
    lists
        Numbers of lists, of 3 to 6. Every dependence meets each of 3, 4 and 5 twice, every error each of them once.
    sizes
        Numbers of people.
    size
        Only so many of the designs.

    Raises
    ------
    ModelError
        Numbers of lists it does not have, or sizes that are no numbers of people.
    """
    if not lists or not set(lists) <= set(LISTS):
        raise ModelError("bad_design_lists", known=LISTS)
    if not sizes or min(sizes) < 1 or (size is not None and size < 1):
        raise ModelError("bad_design_size", sizes=tuple(sizes), size=0 if size is None else size)
    few = [each for each in lists if each != LISTS[-1]]
    groups = [
        _balanced([(NOTHING, quality) for quality in QUALITY] * len(few), few, sizes),
        _balanced([(dependence, NOTHING) for dependence in DEPENDENCES] * 2 * len(few), few, sizes),
        _balanced([(DEPENDENCES[place], NOTHING) for place in SIX_LISTS], LISTS[-1:], sizes),
    ]
    kept = groups if LISTS[-1] in lists else groups[:2]
    ranked = [((rank + 0.5) / len(group), cell) for group in kept for rank, cell in enumerate(group)]
    cells = [cell for _, cell in sorted(ranked, key=lambda pair: pair[0])]
    return [_design(cell) for cell in cells[:size]]


def reaches(reach: Reach, lists: int) -> Array:
    """``(K,)`` the share of all people on every list, the largest first."""
    if reach == "balanced":
        return np.full(lists, BALANCED)
    if reach == "sparse":
        return np.asarray(np.geomspace(*SPARSE, lists))
    return np.array([DOMINANT[0], *[DOMINANT[1]] * (lists - 1)])


def dependent(dependence: str, strength: float, coverage: Array) -> Array:
    """``(2**K,)`` shares of a population in which lists depend on each other in this way."""
    lists = len(coverage)
    if dependence == "rasch":
        return rasch(coverage, strength)
    if dependence == "two-classes":
        return shifted(coverage, TWO_CLASSES, [0.0, strength])
    if dependence == "three-classes":
        return shifted(coverage, THREE_CLASSES, [0.0, strength, 2 * strength])
    if dependence == "referral":
        effects = np.zeros((lists, lists))
        effects[0, 1], effects[1, 2] = strength, strength * REFERRED_ON
        return referrals(referral_rates(coverage, effects, lists - 1), effects, lists - 1)
    return log_linear(coverage, _interactions(dependence, strength, lists))


def _interactions(dependence: str, strength: float, lists: int) -> dict[tuple[int, ...], float]:
    if dependence in ("pair", "negative"):
        return {(0, 1): strength}
    if dependence == "pairs":
        return {(0, 1): strength, (lists - 2, lists - 1): strength}
    if dependence == "three":
        return {(0, 1): WITHIN_THREE, (0, 2): WITHIN_THREE, (1, 2): WITHIN_THREE, (0, 1, 2): strength}
    if dependence == "k-way":
        # The lists are independent as far as anybody can see; only the number on no list is another. With the people
        # on no list as the reference, that is every odds ratio of an even number of lists one way, of an odd the other.
        several = [term for size in range(2, lists + 1) for term in combinations(range(lists), size)]
        return {term: strength * (-1.0) ** (len(term) + lists) for term in several}
    return {}


def _balanced(whats: Sequence[tuple[What, What]], lists: Sequence[int], sizes: Sequence[int]) -> list[_Cell]:
    """A cell for each dependence or error, with what it has met least so far."""
    met: Counter[frozenset[tuple[str, object]]] = Counter()
    cells: list[_Cell] = []
    for place, (dependence, quality) in enumerate(whats):
        choices = [
            _Cell(lists=k, people=n, reach=r, dependence=dependence, quality=quality)
            for k, n, r in product(lists, sizes, REACHES)
        ]
        start = place % len(choices)  # ties do not all go one way
        cell = min(choices[start:] + choices[:start], key=lambda choice: _worn(choice, met))
        met.update(frozenset(some) for count in (1, 2, len(_parts(cell))) for some in combinations(_parts(cell), count))
        cells.append(cell)
    return cells


def _worn(cell: _Cell, met: Counter[frozenset[tuple[str, object]]]) -> tuple[int, ...]:
    """How often its parts have met: all of them, dependence and number of lists, dependence and the rest, the rest."""
    parts = _parts(cell)
    lists, people, reach, *others = (met[frozenset(pair)] for pair in combinations(parts, 2))
    each = sum(met[frozenset({part})] for part in parts)
    return met[frozenset(parts)], lists, people + reach, sum(others), each


def _parts(cell: _Cell) -> tuple[tuple[str, object], ...]:
    what = (cell.dependence, cell.quality)
    return ("what", what), ("lists", cell.lists), ("people", cell.people), ("reach", cell.reach)


def _design(cell: _Cell) -> Design:
    (dependence, strength), (quality, rate) = cell.dependence, cell.quality
    what, how_much = cell.dependence if cell.quality == NOTHING else cell.quality
    errors = {each: rate if quality == each else 0.0 for each in ("missed", "false", "erroneous")}
    coverage = reaches(cell.reach, cell.lists)
    names = tuple("ABCDEF"[: cell.lists])
    by_people = quality in ("covariates", "not-recorded")
    unrecorded = (Unrecorded(covariate="age", list=names[0], share=rate),) if quality == "not-recorded" else ()
    return Design(
        name=f"factorial/{cell.lists}-{cell.people}-{cell.reach}-{what}" + (f"={how_much:g}" if how_much else ""),
        kind=_kind(quality) or KINDS[dependence],
        lists=names,
        population=whole(cell.people * np.array(SHARES)) if by_people else np.array([cell.people]),
        histories=_by_people(coverage) if by_people else dependent(dependence, strength, coverage)[None],
        covariates=(SEX, AGE) if by_people else (),
        missed=errors["missed"],
        false=errors["false"],
        erroneous=errors["erroneous"],
        unrecorded=unrecorded,
        factors={
            "collection": "factorial",
            "lists": cell.lists,
            "people": cell.people,
            "reach": cell.reach,
            "dependence": dependence,
            "strength": strength,
            **errors,
            "covariates": 2 if by_people else 0,
            "unrecorded": rate if unrecorded else 0.0,
        },
    )


def _kind(quality: str) -> Kind | None:
    kinds: Mapping[str, Kind] = {
        "missed": "linkage",
        "false": "linkage",
        "erroneous": "erroneous",
        "covariates": "covariates",
        "not-recorded": "not-recorded",
    }
    return kinds.get(quality)


def _by_people(coverage: Array) -> Array:
    """``(4, 2**K)`` shares for women and men, adults and minors: reach differs, and dependence too."""
    odds = np.log(coverage / (1 - coverage))
    rows = []
    for male, minor in STRATA:
        shift = np.zeros(len(coverage))
        shift[:3] = MALE_ON_FIRST * male, MINOR_ON_SECOND * minor, MINOR_ON_THIRD * minor
        rows.append(log_linear(1 / (1 + np.exp(-odds - shift)), {(0, 1): AMONG_MEN} if male else {}))
    return np.array(rows)
