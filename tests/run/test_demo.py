"""The built-in study end to end, at a small number of replicates; its figures against the known truth."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from darknumber.register.synthesise import synthesise, truth_by
from darknumber.run.demo import GROUPS, MEANS, Demo, outside_share, run_demo
from darknumber.words import use_language

REPLICATES = 12  # enough for limits of a kind; the demo itself takes 200
WIDTH = 80


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(tmp_path_factory.mktemp("demo"), replicates=REPLICATES, seed=1)


def test_the_estimate_is_near_the_truth(demo):
    truth = truth_by(synthesise(), "year").sum()
    total = demo.estimates.total()
    assert total.estimate[0] == pytest.approx(truth, rel=0.15)  # its standard error is about a tenth
    lower, upper = total.limits[0]
    assert lower < truth < upper


def test_every_year_and_group_is_printed_with_its_interval(demo):
    for year in range(2010, 2020):
        assert re.search(rf"^{year}\s+[\d,]+\s+[\d,]+\s+[\d,]+ to [\d,]+", demo.text, re.MULTILINE)
    years = [str(year) for year in range(2010, 2020)]
    for names in GROUPS:
        for observed in demo.estimates.mean("year", years).by(*names).observed:
            assert f"{round(observed):,}" in demo.text


def test_annual_means_over_the_years_of_the_two_studies(demo):
    for years in MEANS:
        mean = demo.estimates.mean("year", years).total()
        by_hand = np.mean([demo.estimates.select(year=year).total().estimate[0] for year in years])
        assert mean.estimate[0] == pytest.approx(by_hand)
        assert f"{years[0]} to {years[-1]}" in demo.text


def test_the_share_outside_the_sex_industry_and_across_borders(demo):
    share = outside_share(demo.estimates, MEANS[0])
    register = synthesise()
    people = truth_by(register, "year", "form", "crossing")
    levels = {covariate.name: covariate.levels for covariate in register.covariates}
    chosen = people[[levels["year"].index(year) for year in MEANS[0]]].sum(axis=0)
    outside = [levels["form"].index(form) for form in ("labour", "criminal")]
    true_share = chosen[outside, levels["crossing"].index("cross-border")].sum() / chosen.sum()
    assert share.value[0] == pytest.approx(true_share, abs=0.08)
    assert share.lower[0] <= share.value[0] <= share.upper[0]


def test_leaving_the_border_cases_out_lowers_the_years_they_are_in(demo):
    with_them, without = demo.estimates.by("year"), demo.without.by("year")
    gone = with_them.observed - without.observed
    assert gone[2:5] == pytest.approx([300, 300, 300], abs=45)  # about 300 a year in 2012-2014
    assert np.all(gone >= 0)
    assert without.estimate[2:5].sum() < with_them.estimate[2:5].sum()


def test_the_truth_stands_beside_the_estimate(demo):
    truth = truth_by(synthesise(), "year")
    limits = demo.estimates.by("year").limits
    hits = int(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).sum())
    said = " ".join(demo.text.split())
    assert f"{int(truth.sum()):,} victim-years" in said
    assert f"The interval of {hits} of the 10 years contains the true number." in said


def test_the_terminal_text_fits(demo):
    assert max(map(len, demo.text.splitlines())) <= WIDTH
    assert "nan" not in demo.text
    assert "synthetic" in demo.text


def test_the_report_is_one_page_that_loads_nothing(demo):
    page = demo.report.read_text(encoding="utf-8")
    assert demo.report.name == "report.html"
    assert not re.search(r"(src|href)\s*=\s*[\"']?\s*(https?:)?//", page)
    assert "<script" not in page
    assert "synthetic" in page.lower()
    assert "273f" in page


def test_the_report_says_whether_the_number_can_be_trusted(demo):
    page = demo.report.read_text(encoding="utf-8")
    part = page[page.index("Can this number be trusted?", page.index("</nav>")) : page.index('id="method"')]
    assert "Without one of the lists" in part
    assert "What cannot be tested" in part
    assert "Not looked at here, because it would take long: how well the model fits" in part
    assert "diagnose, validate, trajectory, and sensitivity" in part


def test_the_same_seed_gives_the_same_study(demo, tmp_path):
    again = run_demo(tmp_path, replicates=REPLICATES, seed=1, workers=1)
    np.testing.assert_array_equal(again.estimates.draws, demo.estimates.draws)
    assert Path(again.report).read_bytes() == demo.report.read_bytes()


def test_the_dutch_study_is_dutch(tmp_path):
    with use_language("nl"):
        text = run_demo(tmp_path, replicates=2, seed=1, studies=()).text
    assert "geregistreerd" in text
    assert "Jaargemiddelde" in text
    assert max(map(len, text.splitlines())) <= WIDTH
