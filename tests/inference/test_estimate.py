"""The straight line from a table to an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from scipy.stats import norm

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.inference import bootstrap
from darknumber.inference.defaults import default_model
from darknumber.inference.estimate import answered, estimate
from darknumber.inference.intervals import Bootstrap, LogNormal, Mixture, Profile
from darknumber.kernels.summaries import percentile_limits
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Average, Best, Chapman, Independence, LincolnPetersen, LogLinear, Stepwise, Stratified
from evidence import choice
from evidence.record import answer_file
from tests.oracles import covariates_of, random_table

module = import_module("darknumber.inference.estimate")
FEW = Bootstrap(replicates=60)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(9)
    return random_table(rng, lists=3, levels=(3, 2), people=3000, on_list=(0.15, 0.4), dependence=0.5)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("korea", Best(criterion="aic", max_order=2)),
        ("uk-2013", Best(criterion="aic", max_order=5)),
        ("new-orleans-2016-8", Stepwise(criterion="aic")),
        ("register", Stepwise()),
    ],
)
def test_the_model_where_none_is_named(name, model):
    assert default_model(example(name)) == model


def test_the_default_is_what_the_rule_chose():
    """docs/choosing.md: what was chosen by the rule, and what is used where no model is named, are the same thing."""
    found = json.loads(answer_file("choice").read_text(encoding="utf-8"))["result"]
    candidates = {each.name: each for each in choice.CANDIDATES}
    for name, part in (("kosovo-1999", "without_covariates"), ("register", "with_covariates")):
        chosen = candidates[found[part]["chosen"]]
        table = example(name)
        assert default_model(table) == chosen.pipeline(len(table.lists)).model
        assert type(chosen.interval) is Bootstrap


def test_by_default_the_best_of_all_models_with_a_thousand_replicates():
    found = estimate(example("kosovo-1999"), seed=1)
    assert found.fits[0].model == Best(criterion="aic", max_order=3)
    assert found.interval == Bootstrap(replicates=1000)
    assert found.draws.shape == (1000, 1)
    best = LogLinear("EXH:ABA:OSCE + EXH:OSCE:HRW").fit(example("kosovo-1999"))
    assert found.estimate == pytest.approx(best.estimate)
    assert found.limits[0, 0] < found.estimate[0] < found.limits[0, 1]
    assert found.selection.shares.sum() == pytest.approx(1)
    assert list(found.selection.shares) == sorted(found.selection.shares, reverse=True)


@pytest.mark.parametrize(
    ("model", "interval"),
    [("log-linear('A:B')", "bootstrap(replicates=60)"), (LogLinear("A:B"), FEW)],
)
def test_models_and_intervals_may_be_text(table, model, interval):
    found = estimate(table, model, interval, seed=3)
    assert found.fits[0].model == LogLinear("A:B")
    assert found.interval == FEW
    same = estimate(table, LogLinear("A:B"), FEW, seed=3)
    assert np.array_equal(found.draws, same.draws)


def test_draws_are_registered_and_unseen_of_each_replicate(table):
    found = estimate(table, LogLinear("A:B"), FEW, seed=3)
    fit = found.fits[0]
    law = bootstrap.law_of(fit, FEW)
    counts = np.stack([bootstrap.draw(law, (6, 8), 3, b) for b in range(60)])
    again = fit.model.refit(fit, counts)
    assert found.draws == pytest.approx(counts.sum(axis=2) + again.unobserved)
    assert found.limits == pytest.approx(percentile_limits(found.draws, 0.95, found.observed))


def test_what_the_answer_says(table):
    found = estimate(table, LogLinear("A:B"), FEW, level=0.8, seed=4)
    assert found.covariates == table.covariates
    assert found.observed.tolist() == table.observed.tolist()
    assert found.estimate == pytest.approx(LogLinear("A:B").fit(table).estimate)
    assert (found.level, found.seed, found.unit) == (0.8, 4, "person")
    assert found.at_least == pytest.approx(found.estimate)
    assert "A" in str(found)


@pytest.mark.parametrize("by", [["u"], ("v", "u"), [], "u", ["u", "u"]])
def test_by(table, by):
    found = estimate(table, LogLinear("A:u"), FEW, by=by, seed=1)
    names = [by] if isinstance(by, str) else list(dict.fromkeys(by))
    assert [c.name for c in found.covariates] == names
    whole = estimate(table, LogLinear("A:u"), FEW, seed=1).by(*names)
    assert found.estimate == pytest.approx(whole.estimate)
    assert found.limits == pytest.approx(whole.limits)


@pytest.mark.parametrize("limits", ["percentile", "bca"])
def test_draws_that_would_not_fit_are_summed_before_they_are_kept(table, limits, monkeypatch):
    settings = Bootstrap(replicates=60, limits=limits)
    whole = estimate(table, LogLinear("A:u"), settings, seed=1).by("v")
    monkeypatch.setattr(module, "MAX_DRAWS_BYTES", 1)
    summed = estimate(table, LogLinear("A:u"), settings, by=["v"], seed=1)
    assert summed.draws.shape == (60, 2)
    assert summed.draws == pytest.approx(whole.draws)
    assert summed.limits == pytest.approx(whole.limits)
    assert summed.verdict.tolist() == whole.verdict.tolist()


def test_a_name_that_is_no_covariate_is_told_before_the_work(table):
    told = []
    for by in (["w"], ["u", "w"]):
        with pytest.raises(InputError) as caught:
            estimate(table, LogLinear(), FEW, by=by, progress=lambda *at: told.append(at))
        assert caught.value.code == "unknown_covariate"
    with pytest.raises(InputError):
        estimate(table.pool(["v"]), LogLinear(), FEW, by=["w"])
    assert told == []


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"level": 0}, "bad_level"),
        ({"level": 1}, "bad_level"),
        ({"level": 95}, "bad_level"),
        ({"seed": -1}, "bad_seed"),
        ({"seed": 2**64}, "bad_seed"),
        ({"interval": Bootstrap(replicates=0)}, "bad_replicates"),
        ({"model": "nobody"}, "unknown_model"),
        ({"interval": "nobody"}, "unknown_model"),
    ],
)
def test_settings_that_make_no_sense_are_refused(table, settings, code):
    with pytest.raises(ModelError) as caught:
        estimate(table, **{"model": LogLinear(), "interval": FEW, **settings})
    assert caught.value.code == code
    assert str(caught.value)


@pytest.mark.parametrize("interval", [Profile(), LogNormal()])
def test_intervals_for_a_fixed_model_are_refused_after_selection(interval):
    with pytest.raises(ModelError) as caught:
        estimate(example("korea"), Stepwise(), interval)
    assert caught.value.code == "interval_of_selected"


def test_the_log_normal_interval_is_refused_for_strata_that_share_terms(table):
    with pytest.raises(ModelError) as caught:
        estimate(table, LogLinear("A:u"), LogNormal())
    assert caught.value.code == "interval_needs_one_table"


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_log_normal_limits(level):
    table = CaptureTable.build("AB", [1, 2, 3], [250, 130, 70])
    for model in (LincolnPetersen(), Chapman(), LogLinear()):
        found = estimate(table, model, LogNormal(), level=level)
        dark, variance = found.unobserved[0], found.fits[0].variance[0]
        factor = np.exp(norm.ppf((1 + level) / 2) * np.sqrt(np.log(1 + variance / dark**2)))
        assert found.limits[0] == pytest.approx([450 + dark / factor, 450 + dark * factor])


def four_strata():
    """Estimable, infinite, not identified and empty."""
    return CaptureTable.build(
        "AB",
        [1, 2, 3, 1, 2, 1],
        [60, 50, 30, 20, 15, 9],
        covariates=covariates_of((4,)),
        levels=[np.array([0, 0, 0, 1, 1, 2])],
    )


@pytest.mark.parametrize("interval", [LogNormal(), FEW])
def test_what_has_no_number_has_no_upper_limit(interval):
    found = estimate(four_strata(), LincolnPetersen(), interval, seed=1)
    assert found.verdict.tolist() == [ESTIMABLE, INFINITE, NOT_IDENTIFIED, ESTIMABLE]
    assert np.isfinite(found.limits[0]).all()
    assert found.limits[1:3, 1].tolist() == [np.inf, np.inf]
    assert found.limits[3].tolist() == [0, 0]
    assert (found.limits[:, 0] >= found.observed).all()
    assert found.at_least.tolist() == [240, 35, 9, 0]
    assert "nan" not in str(found)


def test_profile_limits_say_so_too():
    infinite = estimate(CaptureTable.build("AB", [1, 2], [40, 30]), LogLinear(), Profile())
    assert infinite.limits[0, 1] == np.inf
    assert infinite.limits[0, 0] > 200
    zero = estimate(CaptureTable.build("AB", [1, 3], [40, 30]), Independence(), Profile())
    assert zero.verdict.tolist() == [ZERO]
    assert zero.limits[0, 0] == 70
    assert 70 < zero.limits[0, 1] < 100
    nothing = estimate(example("artificial-3"), LogLinear("A:B + A:C + B:C"), Profile())
    assert nothing.limits.tolist() == [[96, np.inf]]


def test_findings_of_the_replicates():
    """Three people on both of two lists: one replicate in twenty has nobody there."""
    found = estimate(CaptureTable.build("AB", [1, 2, 3], [100, 80, 3]), LogLinear(), Bootstrap(replicates=400), seed=1)
    share = np.mean(np.isinf(found.draws))
    assert 0.02 < share < 0.09
    (finding,) = found.findings
    assert finding.code == "replicates_infinite"
    assert finding.values == {"share": share}
    assert finding.severity == ("stop" if share > 0.025 else "caution")
    assert found.limits[0, 1] == (np.inf if share > 0.025 else pytest.approx(found.limits[0, 1]))


def test_findings_come_worst_first_and_once(table):
    found = estimate(four_strata(), Stratified(LogLinear(), ("u",)), FEW, seed=1)
    severities = [finding.severity for finding in found.findings]
    assert severities == sorted(severities, key=["stop", "caution", "note"].index)
    said = [(finding.code, finding.where) for finding in found.findings]
    assert len(set(said)) == len(said)


def test_person_years_are_called_that(table):
    years = CaptureTable.build(
        table.lists,
        table.history,
        table.count,
        covariates=table.covariates,
        levels=list(np.unravel_index(table.stratum, table.shape)),
        unit="person-year",
    )
    found = estimate(years, LogLinear(), FEW, seed=1)
    assert found.unit == found.total().unit == "person-year"
    assert "victim-years" in str(found.total())
    assert "victim-years" not in str(estimate(table, LogLinear(), FEW, seed=1).total())


@pytest.mark.parametrize("workers", [None, 1, 2])
def test_the_same_seed_is_the_same_answer(table, workers):
    base = estimate(table, Stepwise(), Bootstrap(replicates=12), seed=6, workers=1)
    again = estimate(table, Stepwise(), Bootstrap(replicates=12), seed=6, workers=workers)
    assert np.array_equal(again.draws, base.draws)
    assert again.selection.choices == base.selection.choices


def test_bca_limits_of_one_table():
    table = example("korea")
    found = estimate(table, LogLinear(), Bootstrap(replicates=300, limits="bca"), seed=2)
    assert found.jackknife.shape == (len(table.count), 1)
    assert found.limits[0, 0] < found.estimate[0] < found.limits[0, 1]
    plain = estimate(table, LogLinear(), Bootstrap(replicates=300), seed=2)
    assert np.array_equal(found.draws, plain.draws)
    assert not np.array_equal(found.limits, plain.limits)


@pytest.mark.parametrize("data", [None, "uk-2013", {"A": [1]}])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(InputError) as refused:
        estimate(data)
    assert refused.value.code == "not_a_table"


@pytest.mark.parametrize("options", [{"model": 3}, {"seed": "a"}, {"workers": 0}, {"model": "stepwize"}])
def test_settings_of_the_wrong_kind_are_refused(options):
    with pytest.raises(ModelError) as refused:
        estimate(example("korea"), **options)
    assert refused.value.what


def test_selection_inflation_compares_with_the_chosen_model_on_the_same_tables():
    found = estimate(example("uk-2013-5"), Stepwise(), Bootstrap(replicates=200), seed=4)
    terms = found.fits[0].terms
    held = bootstrap.run(
        LogLinear(terms), found.fits[0], Bootstrap(replicates=200), seed=4, workers=1, progress=None, keep=lambda r: r
    )
    fixed = percentile_limits(held.observed + held.unobserved, 0.95, np.zeros(1))[0]
    assert found.selection.inflation == pytest.approx(np.ptp(found.limits[0]) / np.ptp(fixed))
    assert found.selection.inflation > 1.5
    assert estimate(example("uk-2013-5"), LogLinear(terms), FEW, seed=4).selection.inflation is None


@pytest.mark.parametrize(
    ("model", "interval"),
    [(Average(), FEW), (Average(), Mixture(replicates=39)), (Stepwise(), FEW), (Independence(), Profile())],
)
def test_the_answer_alone_is_the_same_number_with_nothing_beside_it(model, interval):
    whole, alone = (ask(example("uk-2013-5"), model, interval, by=(), seed=4) for ask in (estimate, answered))
    assert np.array_equal(alone.limits, whole.limits)
    assert np.array_equal(alone.estimate, whole.estimate)
    assert alone.findings == whole.findings
    assert alone.beside is None
    assert (whole.beside is not None) == model.selects
    if isinstance(interval, Profile):
        return
    assert np.array_equal(alone.draws, whole.draws)
    assert alone.selection.inflation is None
    assert (whole.selection.inflation is not None) == (interval == FEW)


def test_selection_inflation_is_of_the_total_whatever_the_answer_is_told_by(table):
    apart, together = (estimate(table, Stepwise(), FEW, by=by, seed=4).selection.inflation for by in (None, ()))
    assert apart == pytest.approx(together)
    assert apart > 0


def test_replicates_that_gather_in_two_places_stop_the_reader():
    rng = np.random.default_rng(3)
    found = estimate(example("kosovo-1999"), LogLinear(), FEW, seed=1)
    two = np.concatenate([rng.lognormal(np.log(10_000), 0.05, 60), rng.lognormal(np.log(25_000), 0.05, 40)])
    apart = replace(found, draws=two[:, None]).with_draw_findings()
    codes = {finding.code: finding for finding in apart.findings}
    assert codes["replicates_apart"].severity == "stop"
    assert codes["replicates_apart"].values["low"] == pytest.approx(10_000, rel=0.05)
    assert codes["replicates_apart"].values["high"] == pytest.approx(25_000, rel=0.05)
    assert "replicates_apart" not in {finding.code for finding in found.findings}
