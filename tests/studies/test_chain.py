from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import LogLinear
from darknumber.studies.chain import GRAIN, by_level, chain_of, exact, groups_of, verdicts_by_level


def table(years: dict[str, dict[int, int]], lists="ABC", name="year") -> CaptureTable:
    covariate = Covariate.of(name, years)
    cells = [(covariate.levels.index(year), w, n) for year, counts in years.items() for w, n in counts.items()]
    level, history, count = map(np.array, zip(*cells, strict=True))
    return CaptureTable.build(lists, history, count, covariates=[covariate], levels=[level])


ONE = {1: 30, 2: 25, 4: 20, 3: 9, 5: 8, 6: 7}
TWO = {1: 33, 2: 27, 4: 22, 3: 10, 5: 8, 6: 7}
MORE = {**TWO, 8: 30, 9: 5, 10: 5, 12: 4}


def fitted(data: CaptureTable):
    return LogLinear("").fit(data)


def test_three_steps_where_the_old_definition_is_there():
    old, same, new = (fitted(table({"2010": each, "2011": each})) for each in (ONE, TWO, {**TWO, 4: 11}))
    chain = chain_of(old, new, same.data, by="year", levels=("2010", "2011"), seed=0)
    assert chain.steps == ("data", "definition", "model")
    assert [stand.side for stand in chain.stands] == ["old", "same_definition", "new", "new"]
    assert chain.stands[1].fit.unobserved == pytest.approx(same.unobserved)
    assert chain.stands[2].fit.unobserved == pytest.approx(new.unobserved)


def test_where_the_definition_did_not_change_its_step_is_nothing():
    old, new = fitted(table({"2010": ONE})), fitted(table({"2010": TWO}))
    chain = chain_of(old, new, new.data, by="year", levels=("2010",), seed=0)
    assert [stand.side for stand in chain.stands] == ["old", "new", "new", "new"]
    assert chain.stands[1].fit.unobserved.tolist() == chain.stands[2].fit.unobserved.tolist()


def test_without_the_old_definition_data_and_definition_are_one():
    old, new = fitted(table({"2010": ONE})), fitted(table({"2010": TWO}))
    assert chain_of(old, new, None, by="year", levels=("2010",), seed=0).steps == ("data_and_definition", "model")


def test_the_old_model_sees_what_the_first_study_saw():
    """Years, lists and covariates that are new are not in the old model's table."""
    old = fitted(table({"2010": ONE, "2011": ONE}))
    new = fitted(table({"2010": MORE, "2011": MORE, "2012": MORE}, lists="ABCD"))
    again = chain_of(old, new, None, by="year", levels=("2010", "2011"), seed=0).stands[1].fit.data
    assert again.lists == ("A", "B", "C")
    assert again.covariates[0].levels == ("2010", "2011")
    without_d = {1: 33 + 5, 2: 27 + 5, 4: 22 + 4, 3: 10, 5: 8, 6: 7}
    assert again.dense()[0][[*without_d]].tolist() == [*without_d.values()]


def test_years_that_were_not_recorded_stay_where_both_have_them():
    old, new = (fitted(table({"2010": ONE, NOT_RECORDED: ONE})) for _ in range(2))
    again = chain_of(old, new, None, by="year", levels=("2010",), seed=0).stands[1].fit.data
    assert again.covariates[0].levels == ("2010", NOT_RECORDED)


def test_what_is_gone_leaves_one_step():
    old, new = fitted(table({"2010": MORE}, lists="ABCD")), fitted(table({"2010": TWO}))
    chain = chain_of(old, new, None, by="year", levels=("2010",), seed=0)
    assert (chain.steps, chain.lists_gone) == (("everything",), ("D",))
    chain = chain_of(old, fitted(table({"2010": MORE}, lists="ABCD", name="jaar")), None, by=None, levels=(), seed=0)
    assert (chain.steps, chain.covariates_gone) == (("everything",), ("year",))


def test_a_model_that_does_not_fit_the_new_table_says_why():
    old = LogLinear("A:D").fit(table({"2010": MORE}, lists="ABCD"))
    nobody_on_d = table({"2010": TWO, "2011": MORE}, lists="ABCD")
    chain = chain_of(old, fitted(nobody_on_d), None, by="year", levels=("2010",), seed=0)
    assert chain.stands[1].fit is None
    assert chain.stands[1].error.what


def test_sums_by_level_and_together():
    data = table({"2010": ONE, "2011": TWO, "2012": TWO})
    groups = groups_of(data, "year", ("2010", "2012"))
    assert groups.tolist() == [0, -1, 1]
    observed = data.observed[None].astype(float)
    found = by_level(observed, np.array([[1.0, 50.0, np.inf]]), groups, 2)
    assert found.tolist() == [[100.0, np.inf, np.inf]]
    fit = fitted(data)
    assert verdicts_by_level(fit, groups, 2).tolist() == [ESTIMABLE] * 3
    assert groups_of(data, None, ()).tolist() == [0, 0, 0]


def test_a_level_without_a_number_leaves_the_others_theirs():
    data = table({"2010": ONE, "2011": {1: 5, 2: 5, 4: 5}})
    fit = LogLinear("A:year + B:year + C:year").fit(data)
    assert verdicts_by_level(fit, groups_of(data, "year", ("2010", "2011")), 2).tolist() == [
        ESTIMABLE,
        INFINITE,
        INFINITE,
    ]


@given(st.lists(st.floats(0, 2.0**36), min_size=2, max_size=12))
def test_parts_add_up_exactly(people):
    """The chain is kept so that differences and their sums are what they are in whole numbers."""
    kept = exact(np.array(people))
    parts = np.diff(kept)
    total = 0.0
    for part in parts.tolist():
        total += part
    assert total == kept[-1] - kept[0]
    assert np.abs(kept - np.array(people)).max() <= GRAIN / 2


def test_what_is_no_number_stays_so():
    assert np.isnan(exact(np.array([np.nan])))[0]
    assert exact(np.array([np.inf]))[0] == np.inf
