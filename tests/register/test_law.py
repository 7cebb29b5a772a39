"""The law of histories: the same shares as a loop over everything, and draws that follow them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincc

from darknumber.data.table import Covariate
from darknumber.register.law import TREND, Coefficient, draw, law

LISTS = ("a", "b", "c")
COVARIATES = (Covariate.of("year", ("2010", "2012", "2013")), Covariate.of("sex", ("f", "m")))
KEYS = (
    (("a",), "", ""),
    (("b",), "", ""),
    (("c",), "", ""),
    (("a", "b"), "", ""),
    (("b", "c"), "", ""),
    (("a",), TREND, "t"),
    (("a",), TREND, "t^2"),
    (("c",), "sex", "m"),
)
VALUES = (-1.0, -1.5, -2.0, 0.7, -0.4, 0.3, -0.2, 0.5)
PEOPLE = np.array([900, 400, 700, 300, 800, 0])


def coefficients(values=VALUES) -> list[Coefficient]:
    return [
        Coefficient(lists=lists, within=within, level=level, value=value)
        for (lists, within, level), value in zip(KEYS, values, strict=True)
    ]


def share_by_hand(values, year: str, sex: str) -> list[float]:
    """The shares of the eight histories, written out; bit j of a history is list j."""
    t = {"2010": -1.0, "2012": 1 / 3, "2013": 1.0}[year]
    a, b, c, ab, bc, t1, t2, male = values
    scores = []
    for on_c, on_b, on_a in itertools.product((0, 1), repeat=3):
        score = on_a * (a + t1 * t + t2 * t * t) + on_b * b + on_c * (c + (male if sex == "m" else 0.0))
        scores.append(math.exp(score + on_a * on_b * ab + on_b * on_c * bc))
    return [score / sum(scores) for score in scores]


@given(st.lists(st.floats(-3, 3), min_size=len(KEYS), max_size=len(KEYS)))
def test_shares_are_those_of_a_loop_over_everything(values):
    known = law(LISTS, COVARIATES, PEOPLE, coefficients(values))
    by_hand = [share_by_hand(values, year, sex) for year in COVARIATES[0].levels for sex in COVARIATES[1].levels]
    assert known.shares == pytest.approx(np.array(by_hand))


def test_terms_leave_out_the_lists_themselves():
    known = law(LISTS, COVARIATES, PEOPLE, coefficients())
    assert known.terms == "a:b + b:c + a:poly(year, 2) + c:sex"


def test_every_stratum_keeps_its_population():
    known = law(LISTS, COVARIATES, PEOPLE, coefficients())
    people = draw(known, np.random.default_rng(0))
    assert people.sum(axis=1).tolist() == PEOPLE.tolist()


def probability_of_a_worse_fit(people, expected) -> float:
    """The chi-square test of counts with their stratum totals given."""
    kept = expected.sum(axis=1) > 0
    statistic = ((people - expected)[kept] ** 2 / expected[kept]).sum()
    return float(gammaincc(kept.sum() * (expected.shape[1] - 1) / 2, statistic / 2))


def test_draws_follow_the_law_and_no_other():
    known = law(LISTS, COVARIATES, 50 * PEOPLE, coefficients())
    other = law(LISTS, COVARIATES, 50 * PEOPLE, coefficients((*VALUES[:3], VALUES[3] - 0.2, *VALUES[4:])))
    people = draw(known, np.random.default_rng(1))
    assert probability_of_a_worse_fit(people, known.expected) > 0.01
    assert probability_of_a_worse_fit(people, other.expected) < 1e-6


def test_a_law_cannot_be_changed():
    known = law(LISTS, COVARIATES, PEOPLE, coefficients())
    with pytest.raises(ValueError, match="read-only"):
        known.population[0] = 1
    PEOPLE[-1] = 0  # the array that was given still can
