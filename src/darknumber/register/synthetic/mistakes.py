"""The mistakes that reports are written with, each with a probability of its own.

No mistake moves anybody into another level of a covariate: a wrong birth date keeps a minor a minor, a wrong
citizenship stays on its side of Dutch or not and of the European Union or not. What is left out does become *not
recorded*, where no other report has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.register.synthetic.text_columns import Texts, without


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """How often a report has each mistake: probabilities a report, all assumed.

    Parameters
    ----------
    typo
        A letter too many, too few, wrong, or two exchanged; in the given name, and again in the surname.
    by_ear
        Spelled as it sounds; in the given name, and again in the surname.
    by_script
        Brought from another script in another way, of the names that have several; given name and surname apart.
    signs_dropped
        Without accents and strokes, of the names that have any; given name and surname together.
    capitals
        The whole name in capitals.
    prefix_dropped, prefix_short, prefix_moved
        Of those with a prefix: left out, abbreviated, or written with the surname, in front or behind.
    one_given_name
        Only the first of several given names.
    half_surname
        Only one of two surnames.
    swapped
        Given name and surname in each other's place.
    initials_only, given_missing, surname_missing
        No given name but initials; neither; no surname.
    day_month
        Day and month of birth exchanged, of those with whom that gives another date.
    birth_digit
        Day, month or year of birth off by a digit.
    birth_new_year
        1 January of the year of birth.
    birth_year_only, birth_missing
        Only the year of birth; not even that.
    sex_missing, citizenship_missing, crossing_missing, sector_missing, region_missing
        Nothing there.
    citizenship_wrong
        Another country, of people who are not Dutch.
    place_other, place_missing
        Another place than the person's own; none.
    key_missing, key_other
        No number of the office's own; another one than in the office's first report.
    nameless
        No name, birth date, place or key at all, so that the report cannot be linked to another.
    copied
        Of the further reports by one organisation: those that repeat who the person is as the first has it, mistakes
        and all.
    worse
        Organisations that make all these mistakes so many times as often, with the factor; 1 for all others.
    """

    typo: float = 0.02
    by_ear: float = 0.02
    by_script: float = 0.1
    signs_dropped: float = 0.35
    capitals: float = 0.03
    prefix_dropped: float = 0.05
    prefix_short: float = 0.06
    prefix_moved: float = 0.08
    one_given_name: float = 0.3
    half_surname: float = 0.25
    swapped: float = 0.008
    initials_only: float = 0.03
    given_missing: float = 0.01
    surname_missing: float = 0.004
    day_month: float = 0.01
    birth_digit: float = 0.012
    birth_new_year: float = 0.008
    birth_year_only: float = 0.025
    birth_missing: float = 0.015
    sex_missing: float = 0.01
    citizenship_missing: float = 0.03
    crossing_missing: float = 0.05
    sector_missing: float = 0.25
    region_missing: float = 0.1
    citizenship_wrong: float = 0.01
    place_other: float = 0.25
    place_missing: float = 0.1
    key_missing: float = 0.4
    key_other: float = 0.05
    nameless: float = 0.02
    copied: float = 0.6
    worse: tuple[tuple[str, float], ...] = (("others", 1.5),)

    @classmethod
    def none(cls) -> Mistakes:
        """Reports in which everything is as it is."""
        never: dict[str, Any] = {each.name: 0.0 for each in fields(cls) if each.name != "worse"}
        return cls(**never, worse=())

    def times(self, lists: Sequence[str]) -> NDArray[np.float64]:
        """``(K,)`` how many times as often each list makes mistakes."""
        factors = dict(self.worse)
        return np.array([factors.get(name, 1.0) for name in lists])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Writer:
    """Who writes: the chances of ``(reports,)`` reports to have a mistake, by how many mistakes their office makes."""

    factor: NDArray[np.float64]
    rng: np.random.Generator

    def chosen(self, probability: float) -> NDArray[np.bool_]:
        """``(reports,)`` which reports have a mistake of this probability."""
        return np.asarray(self.rng.random(len(self.factor)) < probability * self.factor)

    def rows(self, probability: float, among: NDArray[np.bool_] | None = None) -> list[int]:
        """The rows of those reports, of these only."""
        chosen = self.chosen(probability)
        return np.flatnonzero(chosen if among is None else chosen & among).tolist()

    def left_out(self, column: Texts, probability: float) -> Texts:
        """The column with some of its values not recorded."""
        return without(column, self.chosen(probability))
