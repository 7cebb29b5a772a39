"""Small numbers of people that are not printed, and what is changed beside them so that nobody can work them out.

Overlaps of two lists, and lists, with 1 to 4 people are printed as *<5*. The number of people registered is printed
exactly, and so are the other overlaps; from these and exact list sizes a hidden number would follow. List sizes and
the number of people on more than one list are therefore worked out as if each hidden number were `STAND_IN`, and then
rounded. What is printed is then the same whatever the hidden numbers are: someone who is on one list only and comes on
a second one raises an overlap and a size alike, and only their difference is used. Where people are on three or more
lists this does not cancel exactly, and in a rare table fewer than four values remain possible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.inference.publish import SMALL
from darknumber.words import people, say

STAND_IN = 2  # what a hidden number counts for in the sums: about the middle of 1 to 4
ROUNDED_TO = 10  # what these sums are rounded to


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A number of people as it is printed.

    Parameters
    ----------
    text
        Its words.
    value
        The number that is printed; None where it is hidden.
    drawn
        How long it is drawn: a hidden number as the limit below which it is.
    """

    text: str
    value: float | None
    drawn: float

    @property
    def hidden(self) -> bool:
        """Whether only a limit is printed."""
        return self.value is None


def is_small(count: float) -> bool:
    """Whether a number of people is too small to print."""
    return 0 < count < SMALL


def protected(count: int, protect: bool) -> Shown:
    """A number of people: *none*, *<5* where it must be hidden, else exact."""
    if protect and is_small(count):
        return Shown(text=say("view.overlap.fewer", n=SMALL), value=None, drawn=SMALL)
    return Shown(text=people(count) if count else say("view.overlap.none"), value=float(count), drawn=float(count))


def rounded_count(count: float) -> Shown:
    """A number of people to the nearest ten, where an exact one beside it would give a hidden number away."""
    return _near(count, "view.overlap.near")


def hides(data: CaptureTable, protect: bool) -> bool:
    """Whether an overlap of two lists, or the size of a list, is hidden."""
    return protect and bool(_small_pairs(data) or _small_lists(data))


def overlaps_shown(data: CaptureTable, protect: bool) -> Mapping[tuple[int, int], Shown]:
    """People on both of every two lists."""
    pairs = combinations(range(len(data.lists)), 2)
    return {(i, j): protected(int(data.overlaps[i, j]), protect) for i, j in pairs}


def sizes_shown(data: CaptureTable, protect: bool) -> tuple[Shown, ...]:
    """People on each list; rounded where exact ones would give a hidden number away."""
    if not hides(data, protect):
        return tuple(protected(int(size), protect) for size in data.list_sizes)
    small = _small_lists(data)
    sums = stand_in_sizes(data)
    return tuple(
        protected(int(size), protect) if j in small else _near(float(sums[j]), "view.overlap.near")
        for j, size in enumerate(data.list_sizes)
    )


def shared_shown(data: CaptureTable, protect: bool) -> Shown:
    """People on two or more lists; rounded where the exact number would give a hidden overlap away."""
    shared, small = int(data.by_number_of_lists[1:].sum()), _small_pairs(data)
    if not (protect and small):
        return protected(shared, protect)
    return _near(shared - sum(excess for *_, excess in small), "view.overlap.about")


def stand_in_sizes(data: CaptureTable) -> NDArray[np.int64]:
    """``(K,)`` list sizes as they would be if each hidden number were `STAND_IN`, before they are rounded.

    An overlap counts for the second of its lists, or for the first where the second is itself hidden; people on a
    hidden list count for the largest list, as the registered number stays what it is.
    """
    sums, small = data.list_sizes.astype(np.int64).copy(), _small_lists(data)
    largest = int(np.argmax(data.list_sizes))
    for i, j, excess in _small_pairs(data):
        sums[i if j in small else j] -= excess
    for j in small:
        sums[largest] += int(data.list_sizes[j]) - STAND_IN
    return sums


def _small_pairs(data: CaptureTable) -> list[tuple[int, int, int]]:
    """Each hidden overlap: its lists, and how many people it has more than `STAND_IN`."""
    pairs = combinations(range(len(data.lists)), 2)
    return [(i, j, int(data.overlaps[i, j]) - STAND_IN) for i, j in pairs if is_small(data.overlaps[i, j])]


def _small_lists(data: CaptureTable) -> list[int]:
    return [j for j, size in enumerate(data.list_sizes) if is_small(size)]


def _near(count: float, key: str) -> Shown:
    """A rounded number in the words of `key`; one that is rounded to nothing is only bounded."""
    near = math.floor(count / ROUNDED_TO + 0.5) * ROUNDED_TO
    if near <= 0:
        return Shown(text=say("view.overlap.fewer", n=ROUNDED_TO), value=None, drawn=ROUNDED_TO)
    return Shown(text=say(key, n=near), value=float(near), drawn=float(near))
