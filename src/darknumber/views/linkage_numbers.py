"""Counts that are shown of linkage: numbers of reports, pairs and people that no other table holds.

They do not add up with the registered numbers of an answer, so that each is protected on its own: below the floor not
printed, others rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.shown import Shown, exact
from darknumber.views.disclosure import Disclosure
from darknumber.words import say


def shown_alone(count: float, rules: Disclosure | None) -> Shown:
    """A count as it is published, where nothing that is published adds up with it."""
    if rules is None or not count:
        return exact(count)
    if count < rules.floor:
        return Shown(form="small", value=None, limit=float(rules.floor))
    if rules.base == 1:
        return exact(count)
    near = rules.base * math.floor(count / rules.base + 0.5)
    return Shown(form="rounded", value=float(near), limit=float(rules.base))


def total_alone(count: float, rules: Disclosure | None) -> Shown:
    """A number of everyone, as it is published: exact, as everyone together is elsewhere, unless these are few."""
    return exact(count) if rules is None or count >= rules.floor else shown_alone(count, rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many people have so many reports, from `low` to `high`; more than `low` where `high` is None."""

    low: int
    high: int | None
    people: int

    @property
    def name(self) -> str:
        """In words."""
        if self.high is None:
            return say("linkage.people.more", n=self.low)
        if self.high == self.low:
            return say("linkage.people.row", n=self.low)
        return say("linkage.people.range", low=self.low, high=self.high)


def sizes_of(counts: NDArray[np.int64], rules: Disclosure | None) -> tuple[Size, ...]:
    """People by the number of their reports; numbers of reports are put together until no few people are left apart.

    Parameters
    ----------
    counts
        ``(most + 1,)`` people by the number of their reports.
    rules
        The rule for small numbers; None puts nothing together.
    """
    found: list[Size] = []
    low, waiting = 1, 0
    for number in range(1, len(counts)):
        waiting += int(counts[number])
        if waiting >= (rules.floor if rules is not None else 0):
            found.append(Size(low=low, high=number, people=waiting))
            low, waiting = number + 1, 0
    if waiting:  # too few to stand alone
        last = found.pop() if found else Size(low=1, high=None, people=0)
        found.append(Size(low=last.low, high=None, people=last.people + waiting))
    elif found and len(found) > 1 and found[-1].high != found[-1].low:
        found[-1] = Size(low=found[-1].low, high=None, people=found[-1].people)
    return tuple(found)


def ticks_of(places: Sequence[float], step: float) -> list[float]:
    """Even places that hold all numbers between the first and the last."""
    low, high = math.floor(min(places) / step + 1e-9), math.ceil(max(places) / step - 1e-9)
    return [step * number for number in range(low, max(high, low + 1) + 1)]
