"""When organisations report the people they know: at least once for every list somebody is on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REFERRED = 0.4  # of the lists somebody came to later: an earlier one sent them; assumed
REFERRAL_DAYS = 30.0  # mean time from the first report to that of the list referred to; assumed
REPEATS = 0.17  # further reports by a list for each person on it: 1.20 reports a person in 2023, CoMensha
REPEAT_DAYS = 60.0  # mean time between reports of one person by one list; assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Reports, person by person and list by list, each array ``(reports,)``.

    Parameters
    ----------
    person
        The number of the person, from 0, ascending.
    list
        The number of the list that reports.
    day
        The day of the report, a date.
    referred_by
        The number of the list that sent the person, -1 for none.
    first
        The row with the first report of this person by this list; its own row where it is that.
    """

    person: NDArray[np.int64]
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
        ``(people,)`` the first day of the period in which a person is reported, and its length.
    repeats
        Mean number of further reports by a list for each person on it.
    referred
        Of the lists that somebody comes to after the first: the share that the first one sent them to.
    """
    person, lists = np.nonzero(on)
    turn = rng.random(len(person))
    order = np.lexsort((turn, person))
    opening = np.searchsorted(person, np.arange(len(on)))  # the first of each person's marks
    first_mark = np.empty(len(person), dtype=np.int64)
    first_mark[order] = order[opening[person[order]]]
    begin = rng.random(len(on)) * days
    later = np.flatnonzero(first_mark != np.arange(len(person)))
    is_referred = rng.random(len(later)) < referred
    lag = np.where(is_referred, rng.exponential(REFERRAL_DAYS, len(later)), np.inf)
    room = days[person[later]] - begin[person[later]]
    lag = np.where(lag < room, lag, rng.random(len(later)) * room)
    day = begin[person]
    day[later] += lag
    referred_by = np.full(len(person), -1)
    referred_by[later[is_referred]] = lists[first_mark[later[is_referred]]]

    more = rng.geometric(1 / (1 + repeats), len(person)) - 1
    mark = np.repeat(np.arange(len(person)), 1 + more)
    is_first = np.r_[True, mark[1:] != mark[:-1]]
    wait = np.where(is_first, 0.0, rng.exponential(REPEAT_DAYS, len(mark)))
    room = days[person[mark]] - day[mark]
    wait = np.where(wait < room, wait, rng.random(len(mark)) * room)
    when = start[person[mark]] + np.floor(day[mark] + wait).astype("timedelta64[D]")
    return Contacts(
        person=person[mark],
        list=lists[mark],
        day=when,
        referred_by=np.where(is_first, referred_by[mark], -1),
        first=np.flatnonzero(is_first)[mark],
    )
