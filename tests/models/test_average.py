"""The average over all models: its weights, what it leaves out, and models without a finite answer in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import LogLinear
from darknumber.models.average import MOST, Average, Mean, mean_of
from darknumber.models.base import expected_cells
from darknumber.models.family import CERTAIN, Family
from tests.enumerate_models import fitted, search_case
from tests.oracles import random_table

SAME = 1e-5
LEFT_OUT = 0.02  # relative: how far models with 1% of the weight moved the averages of these tables
REPLICATES = 400
STANDARD_ERRORS = 4.0


class ByHand:
    """An average over every model of a family, each fitted by itself."""

    def __init__(self, table, criterion, order, margin="free"):
        self.family = Family(table, criterion, order, margin=margin)
        everything = fitted(self.family, self.family.refitter.merge(table.dense()), criterion)
        self.models, self.distance = everything.models, everything.distance
        fits = [LogLinear(self.family.label(int(model)), margin).fit(table) for model in self.models]
        self.dark = np.array([fit.unobserved for fit in fits])
        self.cells = np.array([fitted_cells(fit) for fit in fits])
        self.finite = np.isfinite(self.dark).all(axis=1)
        self.weight = np.exp(-self.distance / 2)

    def mean(self, kept=None):
        """Mean dark figures over the finite models (or those of them in `kept`), and the weight of the others."""
        among = np.ones(len(self.models), dtype=bool) if kept is None else np.isin(self.models, kept)
        weight = self.weight * among
        whole = weight[self.finite].sum()
        return weight[self.finite] @ self.dark[self.finite] / whole, 1 - whole / weight.sum()

    def seen(self, weight, kept):
        """Mean people on some list with these weights of the models in `kept`."""
        place = {int(model): number for number, model in enumerate(self.models)}
        return np.tensordot(weight, self.cells[[place[int(model)] for model in kept]], 1)


def fitted_cells(fit):
    """``(strata, 2**K)`` people a log-linear fit expects on some list, from its probabilities and the fitted totals."""
    with np.errstate(invalid="ignore"):
        seen = fit.estimate * fit.ascertainment if fit.model.margin == "modelled" else fit.observed
    return np.where(np.isfinite(seen), seen, 0.0)[:, None] * fit.probabilities


def test_its_cells_are_the_mean_of_those_of_its_models():
    """With lists not kept, pairs that share nobody and both margins: as every model fitted by itself has them."""
    compared = 0
    for seed in range(35):
        case = search_case(seed, people=(40, 150, 800))
        if case.scope or case.trend:
            continue
        hand = ByHand(case.table, "aic", case.max_order, case.margin)
        y = case.table.dense()
        found = hand.family.weighed(hand.family.refitter.merge(y))
        mean = mean_of(found.weight, *hand.family.dark(y, found))
        if not mean.weight.any():
            continue
        seen = hand.family.seen(y, found, mean.weight)
        assert seen == pytest.approx(hand.seen(mean.weight, found.models), rel=1e-3, abs=2e-3), seed
        assert seen.sum() == pytest.approx(y.sum())
        fit = Average("aic", case.max_order, margin=case.margin).fit(case.table)
        if np.isfinite(fit.unobserved).all():
            assert expected_cells(fit)[:, 1:] == pytest.approx(seen[:, 1:], rel=LEFT_OUT, abs=0.5), seed
            compared += 1
    assert compared > 15


@pytest.mark.parametrize("criterion", ["aic", "bic", "aicc", "bic-overlap"])
@pytest.mark.parametrize(("name", "order"), [("kosovo-1999", 3), ("korea", 2), ("australia-2015-2017", 2)])
def test_published_tables_by_hand(name, order, criterion):
    table = example(name)
    hand = ByHand(table, criterion, order)
    fit = Average(criterion, order).fit(table)
    found = hand.family.weighed(table.dense())
    mean, unbounded = hand.mean(found.models)
    assert hand.weight[~np.isin(hand.models, found.models)].sum() <= min(
        found.omitted + SAME, CERTAIN * hand.weight.sum()
    )
    assert fit.unobserved == pytest.approx(mean, rel=LEFT_OUT)
    assert fit.unobserved == pytest.approx(hand.mean()[0], rel=LEFT_OUT)
    told = {finding.code: finding for finding in fit.findings}
    if unbounded > SAME:
        assert told["average_unbounded"].values["share"] == pytest.approx(unbounded, abs=CERTAIN)
    else:
        assert "average_unbounded" not in told
    assert fit.terms is None


def test_random_tables_by_hand():
    """With covariates, lists not kept everywhere and both margins: the same weights in every stratum."""
    compared, unbounded_seen = 0, 0
    for seed in range(35):
        case = search_case(seed, people=(150, 800))
        if case.scope or case.trend:
            continue
        hand = ByHand(case.table, "aic", case.max_order, case.margin)
        found = hand.family.weighed(hand.family.refitter.merge(case.table.dense()))
        result = mean_of(found.weight, *hand.family.dark(case.table.dense(), found))
        if not hand.finite[np.isin(hand.models, found.models)].any():
            continue
        mean, unbounded = hand.mean(found.models)
        assert result.dark == pytest.approx(mean, rel=1e-4, abs=1e-3), seed
        assert result.unbounded == pytest.approx(unbounded, abs=SAME)
        compared += 1
        unbounded_seen += unbounded > SAME
    assert compared > 12
    assert unbounded_seen > 3


def test_the_listed_models_have_their_weight_in_the_whole():
    table = example("uk-2013-5")
    everything = fitted(Family(table, "aic", 2), table.dense(), "aic")
    fit = Average().fit(table)
    listed = fit.candidates
    whole = np.exp(-everything.distance / 2).sum()
    assert listed.weight == pytest.approx(np.exp(-listed.distance / 2) / whole, rel=CERTAIN)
    assert listed.weight.sum() < 1
    assert listed.chosen == 0


@pytest.mark.parametrize("delta", [2.0, 6.0, 20.0])
def test_all_models_within_delta_are_listed_however_far_that_is(delta):
    table = example("uk-2013-5")
    family = Family(table, "aic", 3)
    everything = fitted(family, table.dense(), "aic")
    listed = Average(max_order=3, delta=delta).fit(table).candidates
    near = listed.distance <= delta
    assert set(np.array(listed.label)[near]) == {family.label(model) for model in everything.near(delta)}
    assert listed.beyond > delta


def test_the_parts_add_up():
    """The same weights in every stratum, so the dark figures of levels are those of the models, weighed."""
    rng = np.random.default_rng(4)
    table = random_table(rng, lists=3, levels=(2, 2), people=3000, on_list=(0.2, 0.4), dependence=0.5)
    family = Family(table, "aic", 2)
    found = family.weighed(table.dense())
    fit = Average().fit(table)
    dark, _ = family.dark(table.dense(), found)
    assert fit.unobserved.sum() == pytest.approx(found.weight @ dark.sum(axis=1))
    assert set(fit.active) <= {"u", "v"}


@pytest.mark.parametrize("criterion", ["aic", "bic"])
def test_with_most_weight_on_models_without_a_limit_there_is_none(criterion):
    """Nobody is on both A and B of the artificial table: half of its models, the best among them, are infinite."""
    table = example("artificial-3")
    hand = ByHand(table, criterion, 2)
    _, unbounded = hand.mean()
    fit = Average(criterion).fit(table)
    told = {finding.code: finding for finding in fit.findings}
    assert told["average_unbounded"].values["share"] == pytest.approx(unbounded, abs=CERTAIN)
    assert fit.verdict[0] == (INFINITE if unbounded > MOST else ESTIMABLE)
    assert np.isinf(fit.unobserved[0]) == (unbounded > MOST)


def test_in_replicates_weight_on_models_without_a_limit_is_mass_at_infinity():
    """A replicate is infinite with the probability that its models say so; and the same table always alike."""
    table = example("artificial-3")
    model = Average("aic")
    rng = np.random.default_rng(7)
    counts = rng.poisson(table.dense() + 0.7 * (np.arange(8) > 0), size=(REPLICATES, 1, 8)).astype(float)
    fit = model.fit(table)
    found = model.refit(fit, counts)
    family = Family(table, "aic", 2)
    averaged = [(y, family.weighed(y)) for y in counts]
    share = np.array([mean_of(found.weight, *family.dark(y, found)).unbounded for y, found in averaged])
    none = np.isin(found.verdict[:, 0], (INFINITE, NOT_IDENTIFIED))
    assert np.array_equal(none, ~np.isfinite(found.unobserved[:, 0]))
    assert ((share > 0.02) & (share < 0.98)).sum() > REPLICATES / 4
    error = np.sqrt((share * (1 - share)).sum())
    assert abs(none.sum() - share.sum()) < STANDARD_ERRORS * error
    again = model.refit(fit, counts[::-1])
    assert np.array_equal(again.verdict[::-1], found.verdict)


def test_a_replicate_is_averaged_as_if_it_were_the_data():
    table = example("kosovo-1999")
    model = Average()
    fit = model.fit(table)
    counts = np.random.default_rng(2).poisson(table.dense(), size=(6, *table.dense().shape)).astype(float)
    found = model.refit(fit, counts)
    for b, y in enumerate(counts):
        history = np.flatnonzero(y[0])
        alone = model.fit(CaptureTable.build(table.lists, history, y[0, history].astype(int)))
        assert found.unobserved[b] == pytest.approx(alone.unobserved, rel=CERTAIN)
        assert found.choices[found.chosen[b]] == alone.candidates.label[0]
    assert model.refit(fit, table.dense()[None]).unobserved[0] == pytest.approx(fit.unobserved, rel=CERTAIN)


@pytest.mark.parametrize("omitted", [1e6, np.inf])
def test_an_average_that_cannot_be_certified_is_refused(monkeypatch, omitted):
    table = example("kosovo-1999")
    plain = Family.weighed

    def cut_short(*arguments):
        return replace(plain(*arguments), omitted=omitted)

    monkeypatch.setattr(Family, "weighed", cut_short)
    with pytest.raises(ModelError) as caught:
        Average().fit(table)
    assert caught.value.code == "weight_not_certified"
    assert caught.value.values["share"] == pytest.approx(1.0, abs=1e-4)


def test_a_search_with_too_little_time_is_refused(monkeypatch):
    monkeypatch.setitem(Family.weighed.__kwdefaults__, "most", 64 * 50)
    with pytest.raises(ModelError) as caught:
        Average(max_order=3).fit(example("netherlands-2010-2015"))
    assert caught.value.code == "weight_not_certified"


def test_nobody_unseen_is_said_only_where_nearly_all_models_say_so():
    zero, some = np.array([ZERO], dtype=np.int8), np.array([ESTIMABLE], dtype=np.int8)
    said = Mean(
        dark=np.array([0.3]),
        weight=np.ones(1),
        verdict=zero,
        unbounded=0.1,
        heaviest=np.array([INFINITE], dtype=np.int8),
    )
    assert said.settled(0.5)[0].tolist() == [0.0]
    assert replace(said, verdict=some).settled(0.5)[0].tolist() == [0.3]
    assert said.settled(0.05)[0].tolist() == [np.inf]
    assert said.settled(0.05)[1].tolist() == [INFINITE]


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"criterion": "cp"}, "bad_option"), ({"max_order": 1}, "bad_max_order"), ({"delta": -1.0}, "bad_delta")],
)
def test_settings_that_make_no_sense_are_refused(settings, code):
    with pytest.raises(ModelError) as caught:
        Average(**settings)
    assert caught.value.code == code
