"""The sensitivity panel: one call, one table, whatever the model."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.models import MODELS, Heterogeneity
from darknumber.studies.sensitivity import Sensitivity, sensitivity
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"
QUICK = {"missed": (0.0, 0.05), "false": (0.0,), "erroneous": (0.0, 0.1), "workers": 1}
# A default would be of no use, or take minutes for what can be seen of it here.
SETTINGS = {"stratified": "stratified(by=year)", "latent-class": "latent-class(draws=50, chains=1, rungs=1)"}
WIDTH = 80
SECONDS = 2.0  # what it may add to an analysis of five lists


@pytest.fixture(scope="module")
def kosovo() -> Estimates:
    return estimate(example("kosovo-1999"), "average", "mixture(replicates=200)", seed=1)


@pytest.fixture(scope="module")
def panel(kosovo) -> Sensitivity:
    return sensitivity(kosovo, threshold=10_000, workers=1)


def two_years(operating: np.ndarray | None = None) -> CaptureTable:
    kept = 7 if operating is None else 3
    return CaptureTable.build(
        ("A", "B", "C"),
        [*range(1, 8), *range(1, kept + 1)],
        [50, 40, 12, 30, 9, 6, 4, *([80, 70, 30, 40, 15, 9, 8][:kept])],
        covariates=[Covariate(name="year", levels=("2018", "2019"))],
        levels=[np.repeat([0, 1], [7, kept])],
        operating=operating,
    )


def codes(found: Sensitivity) -> set[str]:
    return {finding.code for finding in found.findings}


def test_every_part_is_about_the_same_answer(panel, kosovo):
    estimate_, lower, upper = panel.headline
    assert (estimate_, lower, upper) == pytest.approx((float(kosovo.estimate[0]), *kosovo.limits[0]))
    assert panel.dial.estimate[len(panel.dial.xi) // 2] == pytest.approx(estimate_)
    assert panel.linkage.estimate[0, 0] == pytest.approx(estimate_, rel=1e-6)
    assert [trimmed.estimate[0] for trimmed in panel.trimmed] == pytest.approx([estimate_] * 5, rel=1e-6)
    assert [trimmed.lists for trimmed in panel.trimmed][1:] == [(name,) for name in kosovo.fits[0].data.lists]
    for pair in panel.pairs:
        assert pair.at(pair.implied) == pytest.approx(panel.headline)
    assert panel.interval_at(2.0) == panel.dial.interval
    assert panel.interval_at(1.0) == pytest.approx((lower, upper))


def test_forms_are_what_those_models_give(panel):
    for form in panel.forms:
        alone = estimate(example("kosovo-1999"), Heterogeneity(form=form.form), "profile")
        assert (form.estimate, form.lower, form.upper) == pytest.approx((float(alone.estimate[0]), *alone.limits[0]))
    assert [form.form for form in panel.forms] == ["darroch", "poisson", "gamma"]


def test_columns_hold_every_part(panel):
    table = panel.columns()
    assert len({len(column) for column in table.values()}) == 1
    assert list(table) == ["what", "setting", "estimate", "lower", "upper", "note"]
    kinds = {what.split()[0] for what in table["what"]}
    assert kinds == {"headline", "all", "pair", "bounds", "floor", "links", "erroneous", "people"}
    assert {"tipping estimate", "declared", "independent", "strongest", "weakest", "model"} <= set(table["note"])
    odds = panel.odds_columns()
    assert len(odds["pair"]) == 6 * (2 + 2)
    assert len(panel.to_frame("polars")) == len(table["what"])


def test_it_costs_little():
    answer = estimate(example("uk-2013-5"), "average", "mixture(replicates=200)", seed=1)
    sensitivity(answer, workers=1)
    started = time.process_time()
    sensitivity(answer, workers=1)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_print(panel, language):
    with use_language(language):
        text = str(panel)
    assert max(map(len, text.splitlines())) <= WIDTH
    plain = " ".join(text.split())
    if language == "en":
        assert plain.startswith(
            "If the dependence among the unseen were half to twice what the model assumes, "
            "the estimate would run from 9,400 to 24,300"
        )
        assert "The estimate would be 10,000 if that odds ratio were 0.56 times" in plain
        assert "with 4 lists the dark figure is multiplied by their odds ratio" in plain
        assert "as large as the largest observed (ABA & OSCE, 4.2)" in plain
    else:
        assert plain.startswith("Was de samenhang onder wie niet in beeld is de helft tot het dubbele van wat")


def test_another_factor_is_said_in_numbers(kosovo):
    text = " ".join(str(sensitivity(kosovo, xi=3.0, **QUICK)).split())
    assert "unseen were 0.33 to 3.0 times what the model assumes" in text


def test_a_wide_interval_is_given_instead_of_a_number(kosovo):
    wide = replace(kosovo, draws=kosovo.draws[:, :1] * np.geomspace(0.5, 3, len(kosovo.draws))[:, None])
    text = " ".join(str(sensitivity(wide, **QUICK)).split())
    assert "the interval would reach from" in text


def test_findings_of_a_threshold(panel):
    found = {finding.code: finding for finding in panel.findings}
    assert found["sensitivity_tips"].values["xi"] == pytest.approx(0.5621, abs=1e-3)
    assert found["erroneous_tip"].values["share"] == pytest.approx(0.091, abs=0.002)
    assert "missed_links_tip" not in found
    assert "narrower_than_xi" in found


def test_below_chao_and_no_list_avoids_another():
    # people differ strongly, which independent lists cannot take up
    rng = np.random.default_rng(1)
    odds = np.exp(rng.normal(-2.5, 1.5, 20_000))
    on = rng.random((20_000, 3)) < (odds / (1 + odds))[:, None]
    history = (on * [1, 2, 4]).sum(axis=1)
    table = CaptureTable.build(("A", "B", "C"), range(1, 8), np.bincount(history, minlength=8)[1:])
    found = sensitivity(estimate(table, "independence", FAST), **QUICK)
    assert "below_floor" in codes(found)
    # the counts say that lists depend on each other, and the model says that none does
    assert "below_independent" in codes(found)
    assert "below_independent_pair" not in codes(found)


def test_lists_that_avoid_each_other_are_named():
    found = sensitivity(estimate(example("uk-2013-5"), "average", "mixture(replicates=100)", seed=1), **QUICK)
    by_code = {finding.code: finding for finding in found.findings}
    assert by_code["below_independent_pair"].where == "NG:GP"
    assert by_code["below_floor_avoiding"].severity == "note"
    assert "NG:GP" in by_code["below_floor_avoiding"].values["pairs"]


def test_contradicted_bounds_are_told():
    found = sensitivity(
        estimate(example("uk-2013-5"), "average", "mixture(replicates=100)", seed=1), odds=(0.5, 2.0), **QUICK
    )
    assert "bounds_contradicted" in codes(found)
    assert "between 0.50 and 2.00" in " ".join(str(found).split())


def test_two_lists():
    table = CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 20])
    found = sensitivity(estimate(table, "lincoln-petersen", "lognormal"), workers=1)
    assert found.pairs == ()
    assert {form.reason for form in found.forms} == {"few lists"}
    assert found.dial.lists == 2
    assert "cannot be seen from two lists" in " ".join(str(found).split())


def test_no_finite_estimate():
    found = sensitivity(estimate(example("artificial-3"), "log-linear(terms='A:B')", FAST), **QUICK)
    assert codes(found) == {"sensitivity_no_headline"}
    text = " ".join(str(found).split())
    assert text.startswith("There is no finite estimate")
    assert "Errors of linkage" not in text
    assert np.isinf(found.dial.estimate).all()
    assert math.isfinite(found.bounds[0].likely[0])


@pytest.mark.parametrize("name", sorted(MODELS))
def test_whatever_the_model(name):
    table = example("korea") if name != "lincoln-petersen" and name != "chapman" else None
    if table is None:
        table = CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 20])
    model = SETTINGS.get(name, name)
    data = two_years() if name == "stratified" else table
    try:
        answer = estimate(data, model, None if "bayes" in name else FAST, seed=1)
    except ModelError:
        answer = estimate(data, model, seed=1)
    found = sensitivity(answer, **QUICK)
    assert str(found)
    assert len(found.columns()["what"]) > 40


def test_covariates_strata_and_lists_that_were_not_kept():
    operating = np.array([[True, True, True], [True, True, False]])
    found = sensitivity(estimate(two_years(operating), "log-linear", FAST), **QUICK)
    assert found.dial.lists is None
    assert {form.reason for form in found.forms} == {"not kept"}
    text = " ".join(str(found).split())
    assert "not the same lists were kept everywhere" in text
    assert max(map(len, str(found).splitlines())) <= WIDTH
    everywhere = sensitivity(estimate(two_years(), "log-linear(terms='A:year')", FAST), **QUICK)
    assert "chao covariates" in {floor.kind for floor in everywhere.floors}
    assert "fitted to the table without covariates" in " ".join(str(everywhere).split())
    summed = sensitivity(estimate(two_years(), "log-linear(terms='A:year')", FAST, by=[]), **QUICK)
    assert summed.columns()["estimate"] == pytest.approx(everywhere.columns()["estimate"], nan_ok=True)


def test_values_that_were_not_recorded():
    table = CaptureTable.build(
        ("A", "B", "C"),
        [*range(1, 8)] * 2,
        [50, 40, 12, 30, 9, 6, 4, 20, 30, 8, 11, 5, 3, 2],
        covariates=[Covariate(name="form", levels=("x", NOT_RECORDED))],
        levels=[np.repeat([0, 1], 7)],
    )
    answer = estimate(table, "log-linear", FAST)
    found = sensitivity(answer, **QUICK)
    assert found.linkage.estimate[0, 0] == pytest.approx(float(answer.total().estimate[0]))


def test_progress_goes_to_the_end(kosovo):
    said: list[tuple[int, int, str]] = []
    sensitivity(kosovo, **QUICK, progress=lambda *what: said.append(what))
    assert said[-1][0] == said[-1][1]
    assert [done for done, _, _ in said] == sorted(done for done, _, _ in said)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"xi": 1.0}, "bad_xi"),
        ({"grid_to": 1.5}, "bad_grid_to"),
        ({"odds": (2.0, 1.0)}, "bad_odds"),
        ({"odds": (-1.0, 1.0)}, "bad_odds"),
        ({"missed": ()}, "bad_rates"),
        ({"false": (0.0, 1.0)}, "bad_rates"),
        ({"erroneous": (-0.1,)}, "bad_rates"),
        ({"threshold": 4_400}, "threshold_in_view"),
        ({"workers": 0}, "bad_workers"),
    ],
)
def test_settings_that_cannot_be_used(kosovo, settings, code):
    with pytest.raises((InputError, ModelError)) as caught:
        sensitivity(kosovo, **settings)
    assert caught.value.code == code
    assert caught.value.what


def test_answers_that_cannot_be_used(kosovo):
    by_year = estimate(two_years(), "log-linear", FAST)
    cases = {
        "sensitivity_of_data": example("korea"),
        "estimates_without_fit": replace(kosovo, fits=()),
        "estimates_of_part": by_year.select(year="2018"),
    }
    for code, answer in cases.items():
        with pytest.raises(InputError) as caught:
            sensitivity(answer)
        assert caught.value.code == code
