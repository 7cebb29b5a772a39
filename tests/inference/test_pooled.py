"""Answers from tables of linked reports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.drawn import DrawnTables, WhoIsWho
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import Cancelled, ModelError
from darknumber.findings import Finding
from darknumber.inference import pooled
from darknumber.inference.asking import estimate
from darknumber.inference.doubt import variance_shares
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap, LogNormal, Mixture
from darknumber.inference.pooled import pooled_points, shared_out
from darknumber.inference.store import load, save
from darknumber.kernels import verdicts
from darknumber.models import Completed, Stepwise
from darknumber.words import use_language

LISTS = ("police", "border", "shelter")
HISTORIES = np.arange(1, 8)
QUICK = Bootstrap(replicates=100)
FACTS = WhoIsWho(
    reports=900,
    counted=900,
    organisations=3,
    threshold=0.5,
    people=700,
    draws=4,
    seed=1,
    people_low=690,
    people_high=710,
    in_doubt=60,
    largest=4,
    links=200.0,
    missed=9.0,
    false=8.0,
)


def table(counts, **more):
    return CaptureTable.build(LISTS, HISTORIES, counts, name="reports", **more)


SEX = Covariate(name="sex", levels=("female", "male"))


def by_sex(counts):
    """The counts of women, and half of them of men."""
    both = np.concatenate([counts, np.asarray(counts) // 2])
    levels = [np.repeat([0, 1], 7)]
    return CaptureTable.build(LISTS, np.tile(HISTORIES, 2), both, covariates=[SEX], levels=levels, name="reports")


def partly_recorded(counts):
    """The same; of a third of the people the sex is not recorded."""
    women = np.array([3, 1, 2, 2, 1, 3, 2])
    each = np.concatenate([np.asarray(counts) * share // 6 for share in (women, 4 - women, np.full(7, 2))])
    sex = Covariate(name="sex", levels=("female", "male", NOT_RECORDED))
    levels = [np.repeat([0, 1, 2], 7)]
    return CaptureTable.build(LISTS, np.tile(HISTORIES, 3), each, covariates=[sex], levels=levels, name="reports")


FEW = [200, 180, 60, 150, 50, 40, 12]
MORE = [210, 190, 50, 160, 44, 34, 10]


def linked(make=table, weights=(3, 1)):
    return DrawnTables(
        best=make(FEW), tables=(make(FEW), make(MORE)), weights=weights, linkage=replace(FACTS, draws=sum(weights))
    )


def test_a_table_is_answered_as_before():
    one = estimate(table(FEW), "independence", QUICK, seed=3)
    assert np.array_equal(one.draws, answered(table(FEW), "independence", QUICK, seed=3).draws)


def test_the_estimate_is_the_mean_over_the_draws():
    found = estimate(linked(), "independence", QUICK, seed=3)
    each = [answered(table(counts), "independence", QUICK).estimate[0] for counts in (FEW, MORE)]
    assert found.estimate[0] == pytest.approx((3 * each[0] + each[1]) / 4)
    assert found.observed[0] == sum(FEW)
    assert len(found.draws) == 100


def test_each_table_has_replicates_of_its_own():
    found = estimate(linked(), "independence", QUICK, seed=3)
    centre = [answered(table(counts), "independence", QUICK).estimate[0] for counts in (FEW, MORE)]
    assert abs(np.median(found.draws[:75]) - centre[0]) < abs(np.median(found.draws[:75]) - centre[1])
    alike = estimate(replace(linked(), tables=(table(FEW), table(FEW))), "independence", QUICK, seed=3)
    assert len(np.unique(alike.draws)) > 90  # the second table does not repeat the replicates of the first


def test_without_doubt_it_is_the_answer_from_the_table():
    sure = replace(linked(weights=(4,)), tables=(table(FEW),))
    found = estimate(sure, "independence", Bootstrap(replicates=400), seed=3)
    alone = answered(table(FEW), "independence", Bootstrap(replicates=400), seed=3)
    assert found.estimate == pytest.approx(alone.estimate)
    assert found.limits[0] == pytest.approx(alone.limits[0], rel=0.05)
    assert variance_shares(found).linkage == 0.0
    assert "pooled_alike" in {finding.code for finding in found.findings}


def test_doubt_about_links_makes_an_interval_wider():
    apart = [260, 240, 20, 210, 15, 12, 3]
    found = estimate(replace(linked(weights=(2, 2)), tables=(table(FEW), table(apart))), "independence", QUICK, seed=1)
    alone = answered(table(FEW), "independence", QUICK, seed=1)
    assert np.diff(found.limits[0]) > 2 * np.diff(alone.limits[0])
    shares = variance_shares(found)
    assert shares.linkage > 0.7
    assert shares.model == 0.0
    assert shares.sampling + shares.linkage == pytest.approx(1.0)


def test_draws_stay_additive():
    found = estimate(linked(by_sex), "log-linear(sex:police)", QUICK, seed=3)
    parts = found.by("sex")
    assert parts.estimate.sum() == pytest.approx(found.total().estimate[0])
    assert np.allclose(parts.draws.sum(axis=1), found.total().draws[:, 0])
    told = estimate(linked(by_sex), "log-linear(sex:police)", QUICK, by=["sex"], seed=3)
    assert np.allclose(told.draws, parts.draws)
    assert told.estimate == pytest.approx(parts.estimate)
    change = found.change("sex", "female", "male")
    assert change.probability_of_fall == 1.0
    assert found.ratio().value == pytest.approx(found.estimate / found.observed)


def test_a_chosen_model_has_a_share_of_its_own():
    found = estimate(linked(), "stepwise(criterion=aic)", QUICK, seed=3)
    shares = variance_shares(found)
    assert shares.model is not None
    assert shares.sampling + shares.model + shares.linkage == pytest.approx(1.0)
    assert found.selection.choices
    assert found.selection.shares.sum() == pytest.approx(1.0)


def test_a_chosen_model_of_values_not_recorded_has_a_share_of_its_own():
    """With the model inside held fixed the people of every replicate are dealt out over the values as in the answer."""
    tables = linked(partly_recorded)
    chosen, given = (estimate(tables, model, QUICK, seed=3) for model in ("stepwise(criterion=aic)", "log-linear"))
    assert isinstance(chosen.fits[0].model, Completed)
    shares = variance_shares(chosen)
    assert shares.model > 0
    assert shares.sampling + shares.model + shares.linkage == pytest.approx(1.0)
    assert variance_shares(given).model == 0.0


def test_with_the_model_held_fixed_replicates_are_those_of_that_model(monkeypatch):
    """Where a search can find one model only they are those of the answer, values dealt out and all."""
    seen = []
    monkeypatch.setattr(pooled, "shares_of", lambda free, fixed, weights: seen.extend(zip(free, fixed, strict=True)))
    terms = "police:sex + border:sex + shelter:sex"
    estimate(linked(partly_recorded), Stepwise(scope=terms, lower=terms), QUICK, seed=3)
    assert len(seen) == 2
    for free, fixed in seen:
        assert fixed == pytest.approx(free)


def test_the_same_seed_gives_the_same_on_any_number_of_workers():
    one, two = (estimate(linked(), "stepwise", QUICK, seed=5, workers=workers) for workers in (1, 3))
    other = estimate(linked(), "stepwise", QUICK, seed=6, workers=1)
    assert np.array_equal(one.draws, two.draws)
    assert not np.array_equal(one.draws, other.draws)


def test_a_mixture_and_a_posterior_are_pooled_too():
    mixed = estimate(linked(), "average", Mixture(replicates=80), seed=1)
    assert len(mixed.draws) == 80
    posterior = estimate(linked(), "bayes-threshold", seed=1)
    assert posterior.interval.name == "posterior"
    assert posterior.selection is None
    alone = answered(table(FEW), "bayes-threshold", seed=1)
    assert len(posterior.draws) == pytest.approx(len(alone.draws), rel=0.02)


def test_an_interval_without_draws_is_refused():
    with pytest.raises(ModelError) as caught:
        estimate(linked(), "independence", LogNormal())
    assert caught.value.code == "pooled_needs_draws"
    with pytest.raises(ModelError) as caught:
        estimate(linked(), "independence", Bootstrap(limits="bca"))
    assert caught.value.code == "pooled_bca"
    with pytest.raises(ModelError):
        estimate(linked(), "independence", "posterior")


def test_a_draw_without_an_upper_limit_stays_in_the_interval():
    endless = [300, 280, 0, 240, 0, 0, 0]
    tables = replace(linked(weights=(3, 1)), tables=(table(FEW), table(endless)))
    found = estimate(tables, "independence", QUICK, seed=2)
    assert np.isfinite(found.estimate[0])
    assert np.isinf(found.limits[0, 1])
    told = {finding.code: finding.values for finding in found.findings}
    assert told["pooled_infinite"] == {"n": 1, "draws": 4}
    assert variance_shares(found).left_out == pytest.approx(0.25, abs=0.02)


def test_points_are_means_where_half_of_the_draws_have_one():
    each = np.array([[10.0, np.inf, np.inf], [20.0, 5.0, np.nan], [40.0, 7.0, 6.0]])
    codes = np.array(
        [[0, verdicts.INFINITE, verdicts.INFINITE], [0, 0, verdicts.NOT_IDENTIFIED], [0, 0, 0]], dtype=np.int8
    )
    estimate_, verdict = pooled_points(each, codes, np.array([2.0, 1.0, 1.0]))
    assert estimate_[:2] == pytest.approx([20.0, 6.0])
    assert np.isinf(estimate_[2])
    assert verdict.tolist() == [verdicts.ESTIMABLE, verdicts.ESTIMABLE, verdicts.INFINITE]


def test_replicates_are_dealt_out_by_weight():
    assert shared_out(1000, [10, 7, 3]) == [500, 350, 150]
    assert sum(shared_out(1000, [1] * 7)) == 1000
    assert min(shared_out(5, [1] * 20)) == 1


def test_a_threshold_far_from_the_draws_is_told():
    apart = [260, 240, 20, 210, 15, 12, 3]
    tables = replace(linked(weights=(4,)), tables=(table(apart),))
    found = estimate(tables, "independence", QUICK, seed=1)
    assert "threshold_outside" in {finding.code for finding in found.findings}
    assert found.limits[0, 0] >= found.observed[0]


def test_few_draws_and_few_replicates_are_told():
    found = estimate(linked(), "independence", Bootstrap(replicates=20), seed=1)
    codes = {finding.code: finding.severity for finding in found.findings}
    assert codes["few_link_draws"] == "caution"
    assert codes["few_replicates"] == "stop"


def test_it_is_kept_and_read_back(tmp_path):
    found = estimate(linked(by_sex), "independence", QUICK, seed=3)
    again = load(save(found, tmp_path / "answer.dn"))
    assert np.array_equal(again.draws, found.draws)
    assert variance_shares(again) == variance_shares(found)
    assert str(again) == str(found)


def test_what_is_said_in_both_languages():
    told = replace(linked(), findings=(Finding(code="group_cut", severity="caution", values={"n": 600}),))
    found = estimate(told, "independence", QUICK, seed=3)
    assert "3 draws" not in str(found)
    assert "4 draws of who is who" in " ".join(str(found).split())
    assert "no linkage errors" not in " ".join(str(found).split())
    assert "900 reports by 3 organisations" in " ".join(str(found).split())
    with use_language("nl"):
        assert "4 trekkingen van wie wie is" in " ".join(str(found).split())


def test_progress_goes_up_to_the_end_and_can_stop():
    seen = []
    estimate(linked(), "independence", QUICK, seed=1, progress=lambda done, total, what: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (100, 100)

    def stop(done, total, what):
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate(linked(), "independence", QUICK, seed=1, progress=stop)


def test_limits_can_be_calibrated_on_the_best_table():
    how = Bootstrap(replicates=99, limits="calibrated", populations=10)
    found = estimate(linked(), "best(max_order=2)", how, seed=1)
    assert found.calibration is not None
    assert len(found.draws) == 99
