"""When people are reported, and who is who over the years."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.register.synthetic.contacts import contacts, same_people


def generator(seed=1):
    return np.random.Generator(np.random.Philox(seed))


def test_every_list_reports_within_the_time():
    rng = generator()
    on = rng.random((3000, 4)) < 0.4
    on[~on.any(axis=1), 0] = True
    start = np.full(3000, np.datetime64("2016-01-01"))
    days = np.full(3000, 366)
    seen = contacts(on, start, days, repeats=0.4, referred=0.5, rng=rng)
    found = np.zeros_like(on)
    found[seen.who, seen.list] = True
    assert (found == on).all()
    assert (seen.day >= start[0]).all()
    assert (seen.day < np.datetime64("2017-01-01")).all()
    assert (np.diff(seen.who) >= 0).all()
    first = seen.first
    assert (seen.who[first] == seen.who).all()
    assert (seen.list[first] == seen.list).all()
    assert (seen.day[first] <= seen.day).all()
    assert (seen.referred_by[first != np.arange(len(first))] == -1).all()
    sent = seen.referred_by >= 0
    assert on[seen.who[sent], seen.referred_by[sent]].all()


def test_reports_come_all_year_round():
    rng = generator()
    on = np.ones((20_000, 1), bool)
    seen = contacts(
        on, np.full(20_000, np.datetime64("2015-01-01")), np.full(20_000, 365), repeats=0.0, referred=0.0, rng=rng
    )
    by_month = np.bincount(seen.day.astype("datetime64[M]").astype(int) % 12)
    assert len(seen.day) == 20_000
    assert by_month.min() > 1300


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.9), st.integers(1, 6), st.integers(1, 4))
def test_nobody_is_two_people_of_one_year(seed, share, years, kinds):
    rng = generator(seed)
    year = 2010 + rng.integers(years, size=200)
    alike = rng.integers(kinds, size=200)
    earlier = same_people(year, alike, share=share, rng=rng)
    assert (alike[earlier] == alike).all()
    assert (earlier[earlier] == earlier).all()
    assert len({(one, when) for one, when in zip(earlier.tolist(), year.tolist(), strict=True)}) == 200
    assert (year[earlier] <= year).all()


def test_as_many_recur_as_asked_for():
    rng = generator()
    year = 2010 + rng.integers(10, size=20_000)
    earlier = same_people(year, np.zeros(20_000, dtype=np.int64), share=0.25, rng=rng)
    assert np.mean(earlier != np.arange(20_000)) == pytest.approx(0.25, abs=0.015)
    assert (same_people(year, np.zeros(20_000, dtype=np.int64), share=0.0, rng=rng) == np.arange(20_000)).all()
