"""Latent classes under a Dirichlet process: what the fit says, its prior, its verdicts and its coverage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.kernels.latent_prior import prior_odds
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, ZERO
from darknumber.models import MODELS, LatentClass
from darknumber.models import latent_class as module
from darknumber.models.text import format_thing, from_json, parse, to_json

QUICK = LatentClass(draws=400, thin=1, chains=2, classes=4, rungs=6)
TABLES, LEVEL = 40, 0.9


def codes(fit):
    return [finding.code for finding in fit.findings]


def values(fit, code):
    return next(each for each in fit.findings if each.code == code).values


def test_the_estimate_is_the_median_of_whole_draws_and_the_seed_decides():
    table = example("new-orleans-2016-5")
    fit = QUICK.fit(table, seed=1)
    assert fit.draws.shape == (400, 1)
    assert (fit.draws == np.round(fit.draws)).all()
    assert fit.unobserved[0] == np.median(fit.draws)
    assert fit.verdict.tolist() == [ESTIMABLE]
    assert np.array_equal(QUICK.fit(table, seed=1).draws, fit.draws)
    assert not np.array_equal(QUICK.fit(table, seed=2).draws, fit.draws)
    assert replace(QUICK, draws=401).fit(table).draws.shape == (401, 1)


def test_the_prior_median_is_the_ratio_and_is_said():
    model = replace(QUICK, ratio=3.0)
    assert np.median(prior_odds(model.prior(5), 4, 5)) == pytest.approx(3.0, rel=1e-3)
    said = values(model.fit(example("new-orleans-2016-5"), seed=1), "latent_prior")
    assert said["middle"] == pytest.approx(3.0, rel=1e-3)
    assert said["low"] < 1 < 10 < said["high"]
    flat = values(replace(QUICK, off=1.0, spread=0.0).fit(example("new-orleans-2016-5")), "latent_prior")
    assert flat["middle"] < 0.05  # what flat chances say of five lists, and nobody is told elsewhere


def test_flat_chances_pull_the_answer_down_and_the_calibrated_prior_does_not():
    """One class is independent lists, whose maximum of the likelihood is 981 with these 186 people."""
    table = example("new-orleans-2016-5")
    one = replace(QUICK, classes=1, rungs=1, draws=2000)
    flat = replace(one, off=1.0, spread=0.0).fit(table).estimate[0]
    assert flat < 850
    for ratio, near in ((1.0, 0.06), (10.0, 0.15)):
        assert replace(one, ratio=ratio).fit(table).estimate[0] == pytest.approx(981, rel=near)


def test_no_cap_but_one_that_is_said():
    table = CaptureTable.build("ABCD", [1, 2, 4, 8, 3, 12], [30, 25, 20, 20, 2, 1])
    free = QUICK.fit(table, seed=1)
    held = replace(QUICK, cap=8.0).fit(table, seed=1)
    people = table.observed[0]
    assert free.draws.max() > 8 * people >= held.draws.max()
    assert held.draws.shape == free.draws.shape
    assert values(held, "latent_capped")["share"] == pytest.approx(np.mean(free.draws > 8 * people))
    with pytest.raises(ModelError) as caught:
        replace(QUICK, cap=1e-6).fit(table)
    assert caught.value.code == "latent_cap"


def test_lists_that_share_nobody_have_no_answer_and_that_of_one_that_holds_all_is_nobody():
    apart = QUICK.fit(CaptureTable.build("ABCD", [1, 2, 4, 8], [30, 25, 20, 20]))
    assert apart.verdict.tolist() == [INFINITE]
    assert np.isposinf(apart.draws).all()
    inside = QUICK.fit(CaptureTable.build("AB", [1, 3], [30, 25]))
    assert inside.verdict.tolist() == [ZERO]


def test_three_lists_cannot_tell_kinds_of_people_apart():
    table = CaptureTable.build("ABC", [1, 2, 3, 4, 5, 6, 7], [30, 25, 6, 20, 5, 4, 2])
    assert "latent_few_lists" in codes(QUICK.fit(table))
    assert "latent_few_lists" not in codes(replace(QUICK, classes=1).fit(table))


def test_several_tops_and_chains_that_disagree_are_said():
    rng = np.random.default_rng(1)
    low, high = rng.normal(1.0, 0.1, (2, 500)), rng.normal(2.5, 0.1, (2, 500))
    mixed = np.where(rng.random((2, 500)) < 0.4, low, high)
    said = module._of_chains(mixed, np.exp(mixed.reshape(-1)))
    assert [each.code for each in said] == ["latent_tops"]
    assert said[0].values["share"] == pytest.approx(0.4, abs=0.05)
    stuck = module._of_chains(np.stack([low[0], high[0]]), np.exp(np.r_[low[0], high[0]]))
    assert [each.code for each in stuck] == ["chains_unsettled", "latent_tops"]


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("ratio", 0.0, "option_not_positive"),
        ("rate", np.inf, "option_not_positive"),
        ("off", -1.0, "option_too_small"),
        ("classes", 0, "option_too_small"),
        ("draws", 10, "option_too_small"),
    ],
)
def test_settings_that_cannot_be(option, value, code):
    with pytest.raises(ModelError) as caught:
        replace(QUICK, **{option: value})
    assert caught.value.code == code


def test_it_goes_through_text_and_json_and_refuses_strata():
    assert parse(format_thing(QUICK), MODELS) == QUICK
    assert from_json(to_json(QUICK), MODELS) == QUICK
    sex = Covariate(name="sex", levels=("female", "male"))
    table = CaptureTable.build("AB", [1, 2, 3], [5, 5, 5], covariates=[sex], levels=[np.array([0, 1, 0])])
    with pytest.raises(ModelError) as caught:
        QUICK.fit(table)
    assert caught.value.code == "unsupported_covariates"


def test_intervals_hold_the_truth_of_two_kinds_of_people():
    """Two kinds of people on five lists, 1,500 in all: a 90% interval holds the truth about nine times in ten."""
    rng = np.random.default_rng(4)
    chance = np.array([[0.1, 0.12, 0.08, 0.15, 0.1], [0.5, 0.4, 0.6, 0.35, 0.45]])
    held = 0
    for number in range(TABLES):
        kind = rng.random(1500) < 0.25
        on = rng.random((1500, 5)) < chance[kind.astype(int)]
        y = np.bincount(on @ (1 << np.arange(5)), minlength=32)
        table = CaptureTable.build("ABCDE", np.flatnonzero(y[1:]) + 1, y[1:][y[1:] > 0])
        draws = table.observed[0] + replace(QUICK, rungs=1).fit(table, seed=number).draws
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        held += low <= 1500 <= high
    assert abs(held - LEVEL * TABLES) <= 4 * np.sqrt(TABLES * LEVEL * (1 - LEVEL))
