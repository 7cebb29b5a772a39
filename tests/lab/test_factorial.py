"""The factorial of populations: balanced, unique and as its factors say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from darknumber import use_language
from darknumber.errors import ModelError
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.populations import independent
from darknumber.lab.designs import columns
from darknumber.lab.factorial import DEPENDENCES, QUALITY, dependent, factorial, reaches

EVERYTHING = factorial()
MAIN = [design for design in EVERYTHING if design.kind not in ("linkage", "erroneous", "covariates", "not-recorded")]


def coverage_of(shares: np.ndarray) -> np.ndarray:
    return shares @ membership(np.arange(shares.shape[-1]), int(np.log2(shares.shape[-1])))


def counted(designs, *factors):
    return Counter(tuple(design.factors[name] for name in factors) for design in designs)


def test_about_150_designs_each_with_a_name_of_its_own():
    assert 140 <= len(EVERYTHING) <= 160
    assert len({design.name for design in EVERYTHING}) == len(EVERYTHING)


def test_every_dependence_meets_every_number_of_lists_twice():
    met = counted([design for design in MAIN if design.factors["lists"] < 6], "dependence", "strength", "lists")
    assert set(met.values()) == {2}
    assert len(met) == 3 * len(DEPENDENCES)


def test_every_error_meets_every_number_of_lists_once():
    wrong = [design for design in EVERYTHING if design not in MAIN]
    assert len(wrong) == 3 * len(QUALITY)
    met = counted(wrong, "missed", "false", "erroneous", "covariates", "unrecorded", "lists")
    assert set(met.values()) == {1}


@pytest.mark.parametrize("first", [20, 40, 80, len(EVERYTHING)])
@pytest.mark.parametrize(("factor", "levels"), [("people", 4), ("reach", 3)])
def test_any_first_part_is_balanced(first, factor, levels):
    met = counted(EVERYTHING[:first], factor)
    assert len(met) == levels
    assert max(met.values()) - min(met.values()) <= max(3, 0.1 * first)


def test_size_takes_the_first():
    assert [each.name for each in factorial(size=12)] == [each.name for each in EVERYTHING[:12]]


def test_some_lists_only():
    designs = factorial((4,), (1_000, 5_000))
    assert {len(design.lists) for design in designs} == {4}
    assert {design.factors["people"] for design in designs} == {1_000, 5_000}
    assert len(factorial((6,))) == 8


@pytest.mark.parametrize("given", [((2,), (300,)), ((), (300,)), ((7,), (300,))])
def test_numbers_of_lists_it_does_not_have_are_refused(given):
    with pytest.raises(ModelError) as caught:
        factorial(*given)
    assert caught.value.code == "bad_design_lists"


def test_sizes_that_are_none_are_refused():
    for given in ({"sizes": (0,)}, {"sizes": ()}, {"size": 0}):
        with pytest.raises(ModelError) as caught:
            factorial(**given)
        assert caught.value.code == "bad_design_size"


@pytest.mark.parametrize("design", EVERYTHING, ids=[design.name for design in EVERYTHING])
def test_each_is_a_population(design):
    assert design.truth == design.factors["people"]
    np.testing.assert_allclose(design.histories.sum(axis=1), 1)
    assert (design.histories > 0).all()
    if not design.covariates:  # the reach is exact, whatever depends on what
        wanted = reaches(design.factors["reach"], len(design.lists))
        np.testing.assert_allclose(coverage_of(design.histories[0]), wanted, atol=1e-8)


def test_the_reach_of_lists():
    np.testing.assert_allclose(reaches("balanced", 4), 0.3)
    np.testing.assert_allclose(reaches("dominant", 3), [0.7, 0.15, 0.15])
    sparse = reaches("sparse", 5)
    assert sparse[0] == pytest.approx(0.2)
    assert sparse[-1] == pytest.approx(0.01)


@pytest.mark.parametrize("lists", [3, 4, 5])
@pytest.mark.parametrize("strength", [-1.0, 0.5])
def test_the_term_of_all_lists_is_nowhere_to_be_seen(lists, strength):
    """Those on some list look independent; the number on none is off by the odds ratio of all lists."""
    shares = dependent("k-way", strength, reaches("balanced", lists))
    sign = (-1.0) ** (list_counts(np.arange(1 << lists)) + lists)
    assert sign @ np.log(shares) == pytest.approx(strength)
    # among people on the first list, any two others are independent, and so for every odds ratio without history 0
    logs = np.log(shares)
    assert logs[0b111] + logs[0b001] == pytest.approx(logs[0b011] + logs[0b101])
    assert logs[0b110] + logs[0b001] == pytest.approx(logs[0b101] + logs[0b010])


def test_one_pair_has_its_odds_ratio():
    shares = dependent("pair", 2.0, reaches("dominant", 4))
    assert np.log(shares[3] * shares[0] / shares[1] / shares[2]) == pytest.approx(2.0)


def test_nobody_is_on_another_list_after_the_last():
    """With an absorbing list fewer are on it and on others than independent lists would have, but for referrals."""
    shares = dependent("referral", 0.0, reaches("balanced", 3))
    plain = independent(reaches("balanced", 3))
    assert shares[0b101] < plain[0b101]


def test_the_expectations_of_all_are_finite():
    table = columns(EVERYTHING)
    for name in ("seen", "ascertainment", "recaptures", "independence", "pairs", "no_top_term"):
        assert np.isfinite(table[name]).all()
    independent_ones = [row for row, kind in enumerate(table["kind"]) if kind == "independent"]
    for name in ("independence", "pairs", "no_top_term"):
        np.testing.assert_allclose([table[name][row] for row in independent_ones], 1, rtol=1e-6)


def test_every_design_says_what_it_is_in_both_languages():
    for code in ("en", "nl"):
        with use_language(code):
            for design in EVERYTHING:
                assert max(map(len, str(design).splitlines())) <= 80
