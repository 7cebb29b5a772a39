"""The posterior as an interval: when it is used, what it is made of, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import INTERVALS, Bootstrap, LogNormal, Posterior, Profile
from darknumber.inference.store import load, save
from darknumber.kernels.summaries import percentile_limits
from darknumber.models import BayesThreshold, Independence, LogLinear, Stepwise, Stratified
from darknumber.views.report import report
from darknumber.words import LANGUAGES, use_language

QUICK = BayesThreshold(draws=800)
FLAT = BayesThreshold(prior="improper", draws=400)
WIDTH = 80


@pytest.fixture(scope="module")
def found():
    return estimate(example("uk-2013-5"), QUICK, seed=1)


@pytest.fixture(scope="module")
def by_year():
    counts = [40, 30, 20, 25, 12, 9, 8]
    year = Covariate(name="year", levels=("2011", "2012"), values=(2011.0, 2012.0))
    table = CaptureTable.build(
        "ABC", [*range(1, 8)] * 2, [*counts, *(3 * np.array(counts))], covariates=[year], levels=[[0] * 7 + [1] * 7]
    )
    return estimate(table, Stratified(QUICK), seed=1)


def test_it_is_the_default_of_a_model_with_a_posterior_and_of_no_other(found):
    assert found.interval == Posterior() == INTERVALS["posterior"]
    assert estimate(example("korea"), LogLinear()).interval == Bootstrap()
    same = estimate(example("uk-2013-5"), QUICK, "posterior", seed=1)
    assert np.array_equal(same.draws, found.draws)


def test_draws_are_the_registered_and_the_unseen_of_each_draw(found):
    fit = found.fits[0]
    assert np.array_equal(found.draws, 2744 + fit.draws)
    assert np.array_equal(found.limits, percentile_limits(found.draws, 0.95, np.array([2744.0])))
    assert found.estimate[0] == np.median(found.draws)
    wider = estimate(example("uk-2013-5"), QUICK, seed=1, level=0.99)
    assert wider.limits[0, 0] < found.limits[0, 0] < found.limits[0, 1] < wider.limits[0, 1]


def test_no_bootstrap_is_done(monkeypatch):
    def refit(*_):
        raise RuntimeError

    monkeypatch.setattr(BayesThreshold, "refit", refit)
    assert estimate(example("korea"), QUICK).draws.shape == (800, 1)
    with pytest.raises(RuntimeError):
        estimate(example("korea"), QUICK, Bootstrap(replicates=3), workers=1)


def test_a_bootstrap_repeats_the_choice_of_terms():
    found = estimate(example("korea"), BayesThreshold(draws=400), Bootstrap(replicates=30), seed=1)
    assert len(found.selection.choices) > 1
    assert "bootstrap replicates, the choice of model repeated" in str(found)


@pytest.mark.parametrize("how", [Profile(), LogNormal()], ids=lambda how: how.name)
def test_other_intervals_of_a_posterior_are_refused(how):
    with pytest.raises(ModelError) as caught:
        estimate(example("korea"), QUICK, how)
    assert caught.value.code == "interval_of_posterior"
    assert how.name in str(caught.value)


@pytest.mark.parametrize("model", [Independence(), Stepwise(), Stratified(Independence(), ())], ids=lambda m: m.name)
def test_a_posterior_of_a_model_without_one_is_refused(model):
    with pytest.raises(ModelError) as caught:
        estimate(example("korea"), model, "posterior")
    assert caught.value.code == "interval_needs_posterior"
    assert caught.value.hint


def test_sums_and_changes_are_taken_draw_by_draw(by_year):
    assert by_year.draws.shape == (800, 2)
    total = by_year.total()
    assert np.array_equal(total.draws[:, 0], by_year.draws.sum(axis=1))
    assert by_year.change("year", "2011", "2012").probability_of_fall == 0.0
    # Parts are independent: the spread of the total is the root of the sum of squares.
    spread = np.sqrt((by_year.draws.std(axis=0) ** 2).sum())
    assert total.draws.std() == pytest.approx(spread, rel=0.1)


def test_an_infinite_dark_figure_has_no_upper_limit():
    found = estimate(example("korea"), FLAT)
    assert np.isposinf(found.unobserved[0])
    assert found.limits.tolist() == [[123, np.inf]]
    codes = [finding.code for finding in found.findings]
    assert "draws_infinite" in codes
    assert "replicates_infinite" not in codes
    unknown = estimate(example("artificial-3"), FLAT)
    assert np.isnan(unknown.unobserved[0])
    assert "draws_not_identified" in [finding.code for finding in unknown.findings]


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_called_credible_and_fits_the_screen(found, by_year, code):
    word = {"en": "95% credible interval: 800 posterior draws", "nl": "95%-geloofwaardigheidsinterval: 800 trekkingen"}
    with use_language(code):
        said = [str(each) for each in (found, by_year, by_year.total(), estimate(example("korea"), FLAT))]
    for text in said[:3]:
        assert word[code] in " ".join(text.split())
    for text in said:
        assert max(map(len, text.splitlines())) <= WIDTH
        assert not {"confidence", "betrouwbaarheidsinterval"} & {*text.split()}


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_report_calls_it_credible(found, tmp_path, code):
    with use_language(code):
        page = report(found, tmp_path / "report.html").read_text(encoding="utf-8")
    word, other = {"en": ("credible interval", "confidence"), "nl": ("geloofwaardigheidsinterval", "betrouwbaarheid")}[
        code
    ]
    assert page.count(word) >= 2
    assert other not in page


def test_it_comes_back_from_a_file(found, by_year, tmp_path):
    for number, answer in enumerate((found, by_year, estimate(example("korea"), FLAT))):
        again = load(save(answer, tmp_path / f"{number}.dn"))
        assert again.interval == Posterior()
        assert str(again) == str(answer)
        assert np.array_equal(again.draws, answer.draws)
        assert np.array_equal(again.fits[0].draws, answer.fits[0].draws)
