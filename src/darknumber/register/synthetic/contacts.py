"""When organisations report the people they know: at least once for every list that somebody is on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REFERRED = 0.4  # of the lists somebody came to later: the first one sent them; assumed
REFERRAL_DAYS = 30.0  # mean time from the first report to that of the list referred to; assumed
# Further reports by a list for each person on it. With 1.08 lists a person that makes 1.22 reports a person; there were
# 1.20 in 2023 (CoMensha).
REPEATS = 0.13
REPEAT_DAYS = 60.0  # mean time between two reports of one person by one list; assumed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contacts:
    """Reports, person by person and list by list, each array ``(reports,)``.

    Parameters
    ----------
    who
        The number of the person (in that year), from 0, ascending.
    list
        The number of the list that reports.
    day
        The day of the report.
    referred_by
        The number of the list that sent the person, -1 for none.
    first
        The row of the first report of this person by this list; its own row where it is that.
    """

    who: NDArray[np.int64]
    list: NDArray[np.int64]
    day: NDArray[np.datetime64]
    referred_by: NDArray[np.int64]
    first: NDArray[np.int64]


def contacts(
    on: NDArray[np.bool_],
    start: NDArray[np.datetime64],
    days: NDArray[np.int64],
    *,
    repeats: float,
    referred: float,
    rng: np.random.Generator,
) -> Contacts:
    """The reports of people who are on lists.

    Parameters
    ----------
    on
        ``(people, K)`` who is on which list; everyone is on one.
    start, days
        ``(people,)`` the first day of the time in which a person is reported, and how many days there are.
    repeats
        The mean number of further reports by a list for each person on it.
    referred
        Of the lists that somebody comes to after the first: the share that the first one sent them to.
    """
    person, lists = np.nonzero(on)
    order = np.lexsort((rng.random(len(person)), person))
    opening = np.searchsorted(person, np.arange(len(on)))
    first_list = lists[order[opening]]
    begin = rng.random(len(on)) * days
    later = np.flatnonzero(lists != first_list[person])
    sent = rng.random(len(later)) < referred
    wait = np.where(sent, rng.exponential(REFERRAL_DAYS, len(later)), np.inf)
    day = begin[person]
    day[later] += _within(wait, days[person[later]] - begin[person[later]], rng)
    referred_by = np.full(len(person), -1)
    referred_by[later[sent]] = first_list[person[later[sent]]]

    more = rng.geometric(1 / (1 + repeats), len(person)) - 1
    mark = np.repeat(np.arange(len(person)), 1 + more)
    is_first = np.r_[True, mark[1:] != mark[:-1]]
    wait = np.where(is_first, 0.0, rng.exponential(REPEAT_DAYS, len(mark)))
    when = day[mark] + _within(wait, days[person[mark]] - day[mark], rng)
    return Contacts(
        who=person[mark],
        list=lists[mark],
        day=start[person[mark]] + np.floor(when).astype("timedelta64[D]"),
        referred_by=np.where(is_first, referred_by[mark], -1),
        first=np.flatnonzero(is_first)[mark],
    )


def same_people(
    year: NDArray[np.int64], alike: NDArray[np.int64], *, share: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """``(people,)`` who each person of a year was in the year they were first reported; their own number for most.

    Parameters
    ----------
    year
        In which each was reported. Nobody becomes somebody of the same year.
    alike
        People can be the same only where this number is.
    share
        Of people (in a year) who have been reported in an earlier year.
    """
    earlier = np.arange(len(year))
    if share == 0:
        return earlier
    order = np.lexsort((rng.random(len(year)), year, alike))
    group, of_year = alike[order], year[order]
    opening = np.r_[True, (group[1:] != group[:-1]) | (of_year[1:] != of_year[:-1])]
    size = np.diff(np.r_[np.flatnonzero(opening), len(order)])
    largest = np.zeros(int(alike.max()) + 1, dtype=np.int64)  # as many steps back is another year for sure
    np.maximum.at(largest, group[opening], size)
    back = np.arange(len(order)) - largest[group]
    possible = (back >= 0) & (group[np.maximum(back, 0)] == group)
    chance = share * len(year) / max(int(possible.sum()), 1)
    chosen = np.flatnonzero(possible & (rng.random(len(order)) < chance))
    earlier[order[chosen]] = order[back[chosen]]
    while (earlier[earlier] != earlier).any():
        earlier = earlier[earlier]
    return earlier


def _within(wait: NDArray[np.float64], room: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The waiting times, and another one where a time does not fit in the room there is."""
    other = rng.random(len(wait)) * room
    return np.where(wait < room, wait, other)
