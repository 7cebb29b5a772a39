"""How long a study would take: refits that are timed, times how many there are."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.models import Average, LogLinear, Stepwise
from darknumber.studies import cost
from darknumber.studies.trajectory import REPEATS


@dataclass
class Clock:
    """A clock on which every refit takes a second."""

    now: float = 0.0
    tables: list[int] = field(default_factory=list)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    ticking = Clock()
    monkeypatch.setattr(time, "process_time", lambda: ticking.now)
    real = Stepwise.refit

    def refit(self, fit, counts):
        ticking.now += 1.0
        ticking.tables.append(int(counts.sum()))
        return real(self, fit, counts)

    monkeypatch.setattr(Stepwise, "refit", refit)
    return ticking


@pytest.fixture(scope="module")
def fit():
    return Stepwise().fit(example("kosovo-1999"))


def test_omit_fits_without_each_list_and_with_each_pair(clock, fit):
    assert cost.seconds_omit(fit) == 1 + 4 + 6


def test_diagnose_counts_tables_counts_and_groups(clock, fit):
    assert cost.seconds_diagnose(fit) == cost.TABLES_OF_FIT + 15 + cost.GROUPS


def test_records_are_so_many_tables(clock, fit):
    assert cost.seconds_records(fit, 7) == 7


def test_the_course_is_timed_on_fewer_data(clock, fit):
    assert cost.seconds_trajectory(fit, (0.5, 0.9)) == 2 * REPEATS
    n = int(fit.data.count.sum())
    assert all(table < n for table in clock.tables)
    assert len(set(clock.tables)) == 2


def test_hidden_lists_are_timed_on_the_people_of_the_longest(clock, fit):
    assert cost.seconds_validate(fit) == 200 * 4
    longest = fit.data.lists[int(np.argmax(fit.data.list_sizes))]
    place = fit.data.lists.index(longest)
    others = fit.data.history[(fit.data.history >> place & 1 == 1) & (fit.data.history != 1 << place)]
    people = fit.data.count[np.isin(fit.data.history, others)].sum()
    assert set(clock.tables) == {int(people)}


def test_a_mixture_fits_one_model_a_replicate(monkeypatch):
    average = Average().fit(example("korea"))
    seen = []
    real = LogLinear.fit
    monkeypatch.setattr(LogLinear, "fit", lambda self, data, seed=0: seen.append(self.terms) or real(self, data))
    assert cost.seconds_validate(average) > 0
    assert seen == [average.candidates.label[0]] * 2


def test_the_first_try_which_also_loads_does_not_count(monkeypatch):
    times = iter([0.0, 30.0, 30.0, 31.0])
    monkeypatch.setattr(time, "process_time", lambda: next(times))
    fit = Stepwise().fit(example("korea"))
    assert cost.seconds_records(fit, 1) == 1.0
