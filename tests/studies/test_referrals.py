"""Which list people come to first, and what is made of it."""

from __future__ import annotations

from math import comb

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.read import read_records
from darknumber.studies.check import check
from darknumber.studies.referrals import MOSTLY, SIGNIFICANCE, order_columns, sign_test


def register_of(first: int, second: int, same: int, *, days: int = 10, referred: int = 0) -> pl.DataFrame:
    """People on both lists, so many of whom came to each first; and enough who are on one only."""
    on_both = first + second + same
    later = f"2020-01-{1 + days:02d}"
    police = ["2020-01-01"] * first + [later] * second + ["2020-01-01"] * same
    care = [later] * first + ["2020-01-01"] * (second + same)
    return pl.DataFrame(
        {
            "police": [1] * on_both + [1] * 40 + [0] * 40,
            "care": [1] * on_both + [0] * 40 + [1] * 40,
            "police_date": police + ["2020-02-01"] * 40 + [""] * 40,
            "care_date": care + [""] * 40 + ["2020-02-01"] * 40,
            "referred_by": ["police"] * referred + [""] * (on_both - referred + 80),
        }
    )


def checked(frame: pl.DataFrame, referrals: str | None = None):
    dates = {"police": "police_date", "care": "care_date"}
    return check(read_records(frame, lists=["police", "care"], dates=dates, referrals=referrals))


@given(one=st.integers(0, 60), other=st.integers(0, 60))
def test_the_sign_test_adds_up_the_tails(one, other):
    n = one + other
    exact = min(2 * sum(comb(n, k) for k in range(min(one, other) + 1)) / 2**n, 1.0) if one != other else 1.0
    assert sign_test(one, other) == pytest.approx(exact)


def test_a_clear_direction_is_a_likely_referral():
    found = checked(register_of(30, 5, 4))
    (pair,) = found.order
    assert (pair.both, pair.dated, pair.same, pair.first, pair.soon) == (39, 39, 4, (30, 5), (30, 5))
    assert pair.chance < SIGNIFICANCE
    assert pair.leader == "police"
    (finding,) = [each for each in found.findings if each.code == "likely_referral"]
    assert (finding.severity, finding.where) == ("caution", "police:care")
    assert finding.values == {"first": "police", "second": "care", "n": 30, "apart": 35, "soon": 30, "days": 30}
    assert "Referrals raise the overlap and lower the estimate" in finding.sentence()


def test_the_other_direction():
    (pair,) = checked(register_of(5, 30, 0, days=29)).order
    assert (pair.leader, pair.first) == ("care", (5, 30))


@pytest.mark.parametrize("split", [(6, 5), (3, 0), (0, 0), (550, 450)])
def test_an_uneven_split_that_may_be_chance_or_is_slight_is_none(split):
    found = checked(register_of(*split, 3))
    assert [each.leader for each in found.order] == [None]
    assert "likely_referral" not in {each.code for each in found.findings}
    assert pytest.approx(2 / 3) == MOSTLY


def test_referrals_on_record():
    found = checked(register_of(6, 5, 0, referred=4), "referred_by")
    (finding,) = [each for each in found.findings if each.code == "recorded_referral"]
    assert finding.values == {"first": "police", "second": "care", "n": 4, "both": 11}
    assert found.order[0].referred == (4, 0)


def test_counts_do_not_change():
    frame = register_of(30, 5, 4, referred=3)
    plain = check(read_records(frame, lists=["police", "care"]))
    assert plain.order == ()
    assert checked(frame, "referred_by").data == plain.data


def test_columns():
    columns = order_columns(checked(register_of(30, 5, 4)).order)
    assert columns["first"] == ["police"]
    assert columns["first_before"] == [30]
    assert columns["referred_by_first"] == [None]
    assert order_columns(()) == {name: [] for name in columns}
