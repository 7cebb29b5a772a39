"""The mistakes that reports are written with, each with a probability of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """How often a report has each mistake; probabilities a report.

    Parameters
    ----------
    typo
        A letter too many, too few, wrong, or two exchanged: in the given name, and again in the surname.
    prefix_dropped
        The prefix of the surname left out (of those who have one).
    swapped
        Given name and surname in each other's place.
    initials_only
        Only the initials of the given name.
    day_month
        Day and month of birth exchanged (where the day is 12 or less).
    birth_year_only
        Only the year of birth.
    birth_missing, citizenship_missing, sex_missing, key_missing
        Nothing there.
    nameless
        No name, birth date, place or key: nobody can link the report to another.
    """

    typo: float = 0.02
    prefix_dropped: float = 0.06
    swapped: float = 0.008
    initials_only: float = 0.03
    day_month: float = 0.01
    birth_year_only: float = 0.03
    birth_missing: float = 0.02
    citizenship_missing: float = 0.03
    sex_missing: float = 0.01
    key_missing: float = 0.4
    nameless: float = 0.02


def mistyped(name: str, kind: float, where: float, letter: float) -> str:
    """A name with one mistake of the hand; the three numbers, from 0 to 1, say which."""
    place = int(where * len(name))
    other = LETTERS[int(letter * len(LETTERS))]
    if kind < 0.25:
        return name[:place] + other + name[place:]
    if kind < 0.5 and len(name) > 2:
        return name[:place] + name[place + 1 :]
    if kind < 0.75 or len(name) < 2:
        return name[:place] + other + name[place + 1 :]
    place = min(place, len(name) - 2)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def with_typos(names: NDArray[np.object_], rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Mistype the names in `rows`, in place."""
    for row, (kind, where, letter) in zip(rows.tolist(), rng.random((len(rows), 3)).tolist(), strict=True):
        if names[row]:
            names[row] = mistyped(names[row], kind, where, letter)
