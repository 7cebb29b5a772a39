"""Measures of what the lists know, against CARE1 and sums by hand."""

from __future__ import annotations

from itertools import product
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.models.best import Best
from darknumber.models.log_linear import Independence
from darknumber.register.small import small_register
from darknumber.studies.information import (
    independence,
    independent_population,
    low_information,
    on_one_list,
    sample_coverage,
)


def table_of(counts: dict[int, int], lists: str = "ABC", **more) -> CaptureTable:
    return CaptureTable.build(tuple(lists), list(counts), list(counts.values()), **more)


@pytest.mark.parametrize(
    ("name", "observed", "mean_not_alone", "coverage"),
    [
        # estN.stat of CARE1 1.1.0: M, D and the sample coverage, printed to three decimals
        ("artificial-3", 96, 66, 0.099),
        ("kosovo-1999", 4400, 3595.5, 0.471),
        ("uk-2013-5", 2744, 2239.4, 0.191),
        ("uk-2013", 2744, 2328.667, 0.238),
        ("netherlands-2010-2015-5", 8234, 6673.4, 0.135),
        ("netherlands-2010-2015", 8234, 6933.667, 0.142),
        ("new-orleans-2016-5-186", 186, 151.4, 0.149),
    ],
)
def test_sample_coverage_is_that_of_care1(name, observed, mean_not_alone, coverage):
    table = example(name)
    known = low_information(table, Independence().fit(table))
    assert known.observed == observed
    assert known.observed - on_one_list(table).mean() == pytest.approx(mean_not_alone, abs=6e-4)
    assert known.coverage == pytest.approx(coverage, abs=6e-4)


@pytest.mark.parametrize(
    "name", ["uk-2013-5", "korea", "new-orleans-2016-8", "western-us", "kosovo-1999", "netherlands-2010-2015"]
)
def test_the_independent_population_is_that_of_the_model(name):
    table = example(name)
    law = independence(table)
    fit = Independence().fit(table)
    assert law.population.sum() == pytest.approx(fit.estimate[0], rel=1e-6)
    expected = fit.probabilities[0] * table.count.sum()
    cells = np.arange(len(expected))
    for i, j in product(range(len(table.lists)), repeat=2):
        if i < j:
            both = (cells >> i & 1) & (cells >> j & 1) == 1
            assert law.overlaps[i, j] == pytest.approx(expected[both].sum(), rel=1e-6)
    assert law.recaptures == pytest.approx(expected[np.bitwise_count(cells) > 1].sum(), rel=1e-6)


def test_two_lists_by_hand():
    table = table_of({1: 30, 2: 20, 3: 10}, "AB")
    known = low_information(table, Independence().fit(table))
    assert (known.lists, known.observed, known.recaptures, known.rests_on) == (2, 60, 10, 10)
    assert known.share_twice == pytest.approx(1 / 6)
    assert known.coverage == pytest.approx(1 - (30 / 40 + 20 / 30) / 2)
    assert known.independent == pytest.approx(40 * 30 / 10)
    assert known.expected_recaptures == pytest.approx(10)
    # mu_0 = 30 * 20 / 10 and Var(log mu_0) = 1 / 30 + 1 / 20 + 1 / 10
    assert known.log_error == pytest.approx((1 / 30 + 1 / 20 + 1 / 10) ** 0.5, rel=1e-6)
    assert known.smallest is None


def test_nobody_on_two_lists():
    table = table_of({1: 30, 2: 20, 4: 10})
    known = low_information(table, Independence().fit(table))
    assert (known.recaptures, known.rests_on, known.coverage, known.expected_recaptures) == (0, 0, 0.0, 0.0)
    assert known.independent == inf
    assert isnan(known.log_error)
    assert low_information(table, None).rests_on == 0


def test_the_smallest_overlap_of_the_model():
    table = example("uk-2013-5")
    known = low_information(table, Best().fit(table))
    assert known.smallest == 1  # NG:GP
    assert known.rests_on == 57
    assert known.parameters == 11


def test_a_list_that_holds_everyone():
    assert independent_population(np.array([30]), np.array([[30, 10]])) == pytest.approx([30])


def test_lists_that_were_not_kept_everywhere_count_where_they_were():
    years = Covariate.of("year", ["2018", "2019"])
    kept = np.array([[True, True, True], [True, True, False]])
    cells = [(0, 1, 40), (0, 2, 30), (0, 4, 50), (0, 3, 6), (0, 6, 8), (0, 5, 9), (1, 1, 70), (1, 2, 60), (1, 3, 9)]
    level, history, count = zip(*cells, strict=True)
    table = CaptureTable.build(
        ("A", "B", "C"), history, count, covariates=[years], levels=[np.array(level)], operating=kept
    )
    law = independence(table)
    fit = Independence().fit(table)
    assert law.population.sum() == pytest.approx(fit.estimate.sum())
    # the chances solve the score equations: sizes are matched where lists are kept
    assert ((law.population[:, None] * law.kept).sum(axis=0) * law.chances) == pytest.approx(table.list_sizes)
    pair = fit.probabilities[0][[5, 7]].sum() * table.observed[0]
    assert law.overlaps[0, 2] == pytest.approx(pair)


def test_strata_change_nothing_where_all_lists_are_kept():
    table = small_register(seed=2).table
    pooled = table.pool(["year", "sex", "form"])
    model = Independence()
    one, other = (low_information(each, model.fit(each)) for each in (table, pooled))
    assert one.independent == pytest.approx(other.independent)
    assert one.expected_recaptures == pytest.approx(float(other.expected_recaptures))
    assert (one.coverage, one.rests_on, one.recaptures) == (other.coverage, other.rests_on, other.recaptures)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400)), min_size=1, max_size=6),
    shared=st.integers(1, 50),
)
def test_the_population_solves_its_equation(sizes, shared):
    counts = np.array(sizes)
    observed = np.maximum(counts.sum(axis=1) - shared, counts.max(axis=1))
    found = independent_population(observed, counts)
    off = (1 - counts / found[:, None]).prod(axis=1)
    known = counts.sum(axis=1) > observed
    assert (1 - observed / found)[known] == pytest.approx(off[known], abs=1e-9)
    assert np.isinf(found[~known]).all()
    assert (found >= observed - 1e-6).all()


def test_lists_with_nobody_are_passed_over():
    assert sample_coverage(np.array([[10, 20, 0]]), np.array([[5, 5, 0]])) == pytest.approx([1 - (0.5 + 0.25) / 2])


def test_bigger_overlaps_are_more_information():
    few = table_of({1: 30, 2: 20, 4: 10, 3: 2, 6: 1})
    many = table_of({1: 30, 2: 20, 4: 10, 3: 20, 6: 10})
    one, other = (low_information(each, Best().fit(each)) for each in (few, many))
    assert one.coverage < other.coverage
    assert one.rests_on < other.rests_on
    assert one.log_error > other.log_error
