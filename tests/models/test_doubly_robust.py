"""The doubly robust model: what it must equal where that is known, what it refuses, and what it tells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from darknumber.data.individuals import individuals, number_columns
from darknumber.data.read import read_records
from darknumber.data.table import CaptureTable, Covariate
from darknumber.data.tabulate import tabulate
from darknumber.errors import InputError, ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import DoublyRobust, LincolnPetersen, LogLinear, Stratified
from tests.robust import frame

LISTS = ("a", "b", "c")


def people_of(data, lists=2, **options):
    names = [f"y{place + 1}" for place in range(lists)]
    records = read_records(data, lists=names, covariates=[name for name in data if name not in names], **options)
    return individuals(records, number_columns(records))


@pytest.fixture(scope="module")
def two():
    return frame(3000, 2, 2, -2.0, np.random.default_rng(1)).assign(sex=lambda d: np.where(d.x1 > 3, "f", "m"))


def test_without_covariates_it_is_lincoln_and_petersen():
    table = CaptureTable.build("ab", [1, 2, 3], [200, 150, 60])
    ours, theirs = DoublyRobust().fit(table), LincolnPetersen().fit(table)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=1e-9)
    assert ours.variance == pytest.approx(theirs.variance, rel=1e-8)


def test_without_covariates_three_lists_are_the_largest_log_linear_model():
    counts = [120, 90, 30, 70, 25, 20, 8]
    table = CaptureTable.build(LISTS, range(1, 8), counts)
    ours, theirs = DoublyRobust().fit(table), LogLinear("a:b + a:c + b:c").fit(table)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=1e-7)
    assert ours.variance == pytest.approx(theirs.variance, rel=1e-6)


def test_one_covariate_answers_each_level_by_itself():
    rng = np.random.default_rng(4)
    sex = Covariate(name="sex", levels=("f", "m"))
    table = CaptureTable.build(
        "ab", np.tile([1, 2, 3], 2), rng.integers(30, 90, 6), covariates=[sex], levels=[np.repeat([0, 1], 3)]
    )
    theirs = Stratified(LincolnPetersen(), ("sex",)).fit(table)
    assert DoublyRobust().fit(table).unobserved == pytest.approx(theirs.unobserved, rel=1e-6)


def test_two_of_three_lists_are_asked_among_those_not_on_the_third():
    table = CaptureTable.build(LISTS, range(1, 8), [120, 90, 30, 70, 25, 20, 8])
    found = DoublyRobust(lists=("c", "a")).fit(table)
    assert found.unobserved[0] == pytest.approx(120 * 70 / 25)  # on a alone, on c alone, on these two and not on b
    assert found.observed[0] == 363


def test_people_and_their_table_agree_where_there_are_no_numbers_and_no_folds(two):
    data = two[["y1", "y2", "sex"]]
    found = DoublyRobust(folds=1).fit_people(people_of(data))
    table = tabulate(read_records(data, lists=["y1", "y2"], covariates=["sex"]))
    counted = DoublyRobust().fit(table)
    assert found.unobserved == pytest.approx(counted.unobserved, rel=1e-8)
    assert found.variance == pytest.approx(counted.variance, rel=1e-8)
    assert found.probabilities == pytest.approx(counted.probabilities, abs=1e-8)


def test_levels_with_numbers_can_be_numbers_in_a_table():
    year = Covariate.of("year", ["2010", "2011", "2012"])
    table = CaptureTable.build(
        "ab",
        np.tile([1, 2, 3], 3),
        [90, 70, 30, 80, 75, 34, 82, 66, 41],
        covariates=[year],
        levels=[np.repeat([0, 1, 2], 3)],
    )
    smooth = DoublyRobust(numbers=("year",)).fit(table).unobserved
    assert smooth != pytest.approx(DoublyRobust().fit(table).unobserved, rel=1e-3)
    assert DoublyRobust(numbers=("year",), degree=2).fit(table).unobserved == pytest.approx(
        DoublyRobust().fit(table).unobserved, rel=1e-5
    )


def test_covariates_take_away_what_they_explain(two):
    people = people_of(two)
    given, ignored = DoublyRobust().fit_people(people), LincolnPetersen().fit(people.table.pool(["sex"]))
    assert ignored.estimate[0] < 2700  # people easy to find are on both lists
    assert 2750 < given.estimate.sum() < 3250


def test_an_odds_ratio_multiplies_the_unseen(two):
    people = people_of(two)
    one, twice = (DoublyRobust(odds_ratio=value).fit_people(people, seed=2) for value in (1.0, 2.0))
    assert twice.unobserved == pytest.approx(2 * one.unobserved)
    m = one.variance - one.unobserved  # the sum of squares of gains
    assert twice.variance == pytest.approx(4 * m + 2 * one.unobserved)


def test_folds_hang_on_the_seed_and_not_on_the_order_of_rows(two):
    model = DoublyRobust()
    one = model.fit_people(people_of(two), seed=3)
    again = model.fit_people(people_of(two.sample(frac=1, random_state=5)), seed=3)
    assert np.array_equal(one.unobserved, again.unobserved)
    assert not np.array_equal(one.unobserved, model.fit_people(people_of(two), seed=4).unobserved)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [([5, 4, 0], INFINITE), ([5, 0, 3], ZERO), ([5, 0, 0], NOT_IDENTIFIED), ([0, 0, 7], ZERO)],
)
def test_a_level_without_overlap_has_no_finite_figure_unless_levels_borrow(counts, verdict):
    kind = Covariate(name="kind", levels=("x", "y", "z"))
    cells = [*counts, 40, 30, 20, 35, 30, 22]
    table = CaptureTable.build("ab", np.tile([1, 2, 3], 3), cells, covariates=[kind], levels=[np.repeat([0, 1, 2], 3)])
    assert DoublyRobust().fit(table).verdict.tolist() == [verdict, ESTIMABLE, ESTIMABLE]
    borrowed = DoublyRobust(ridge=1.0).fit(table)
    assert borrowed.verdict.tolist() == [ESTIMABLE] * 3
    if counts[2] == 0:
        assert "thin_strata_both" in {finding.code for finding in borrowed.findings}


def test_an_empty_class_everywhere_leaves_nothing_whatever_the_penalty():
    table = CaptureTable.build("ab", [1, 2], [40, 30])
    assert DoublyRobust(ridge=1.0).fit(table).verdict.tolist() == [INFINITE]


class Shares:
    """A learner that knows no more than how many are in each class."""

    def fit(self, x, y):
        self.classes_, count = np.unique(y, return_counts=True)
        self.share = count / count.sum()
        return self

    def predict_proba(self, x):
        return np.tile(self.share, (len(x), 1))


def test_any_learner_can_be_used_and_a_bad_one_is_told(two):
    people = people_of(two)
    simple = DoublyRobust(folds=1).fit_people(people, learner=Shares())
    table = people.table.pool(["sex"])
    assert simple.estimate.sum() == pytest.approx(LincolnPetersen().fit(table).estimate.sum(), rel=1e-9)
    codes = {finding.code for finding in DoublyRobust().fit_people(people).findings}
    assert "learner_corrected" not in codes

    class Wrong(Shares):
        def predict_proba(self, x):
            return np.tile([0.6, 0.35, 0.05], (len(x), 1))

    told = {finding.code: finding for finding in DoublyRobust().fit_people(people, learner=Wrong()).findings}
    assert told["learner_corrected"].values["plain"] > 2 * told["learner_corrected"].values["corrected"]


def test_small_chances_of_overlap_are_told():
    rng = np.random.default_rng(9)
    x = rng.normal(size=4000)
    one, other = rng.random(4000) < 1 / (1 + np.exp(-4 * x)), rng.random(4000) < 1 / (1 + np.exp(4 * x))
    data = {"y1": one.astype(int), "y2": other.astype(int), "x": x}
    found = DoublyRobust(margin=0.02).fit_people(people_of(pd.DataFrame(data)[one | other]))
    told = {finding.code: finding for finding in found.findings}
    assert told["small_chance_both"].severity == "stop"
    assert told["small_chance_both"].values["least"] < 0.02
    assert 0.01 < told["chance_below_margin"].values["share"] < 1


@pytest.mark.parametrize(
    "options",
    [
        {"folds": 0},
        {"degree": 9},
        {"margin": 0.5},
        {"ridge": -1.0},
        {"odds_ratio": 0.0},
        {"lists": ("a",)},
        {"lists": ("a", "a")},
        {"settings": ("depth=3",)},
    ],
)
def test_settings_that_cannot_be_are_refused(options):
    with pytest.raises(ModelError):
        DoublyRobust(**options)


def test_data_that_do_not_go_with_it_are_refused():
    table = CaptureTable.build("abcdef", [1, 2, 4, 8, 16, 32, 3, 63], [9] * 8)
    with pytest.raises(ModelError, match="5 lists"):
        DoublyRobust().fit(table)
    for model, code in (
        (DoublyRobust(learner="sklearn.ensemble.RandomForestClassifier"), "learner_needs_people"),
        (DoublyRobust(lists=("a", "b"), numbers=("age",)), "numbers_need_people"),
        (DoublyRobust(lists=("a", "z")), "no_such_list"),
    ):
        with pytest.raises(InputError) as caught:
            model.fit(table)
        assert caught.value.code == code
    assert DoublyRobust(numbers=("age",)).without(["age"]) == DoublyRobust()
