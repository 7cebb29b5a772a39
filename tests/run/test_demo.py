"""The built-in study end to end, at a small number of replicates; its figures against the known truth."""

from __future__ import annotations

import re

import numpy as np
import pytest

from darknumber.register.synthesise import synthesise, truth_by
from darknumber.run.demo import GROUPS, MEANS, Demo, outside_share, run_demo
from darknumber.run.study_file import read_study
from darknumber.words import use_language

REPLICATES = 10  # enough for limits of a kind; the demo itself takes 100
REVISED = 2
WIDTH = 80


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(tmp_path_factory.mktemp("demo"), replicates=REPLICATES, revised=REVISED, seed=1)


@pytest.fixture(scope="module")
def page(demo) -> str:
    return (demo.finished.folder / "en" / "report.html").read_text(encoding="utf-8")


def test_the_estimate_is_near_the_truth(demo):
    truth = truth_by(synthesise(), "year").sum()
    total = demo.counted_in.total()
    assert total.estimate[0] == pytest.approx(truth, rel=0.15)  # its standard error is about a tenth
    lower, upper = total.limits[0]
    assert lower < truth < upper


def test_every_year_and_group_is_printed_with_its_interval(demo):
    main = demo.finished.answers.main
    for year in range(2010, 2020):
        assert re.search(rf"^{year}\s+[\d,]+\s+[\d,]+\s+[\d,]+ to [\d,]+", demo.text, re.MULTILINE)
    years = [str(year) for year in range(2010, 2020)]
    for names in GROUPS:
        for observed in main.mean("year", years).by(*names).observed:
            assert f"{round(observed):,}" in demo.text


def test_annual_means_over_the_years_of_the_two_studies(demo):
    main = demo.finished.answers.main
    for years in MEANS:
        mean = main.mean("year", years).total()
        by_hand = np.mean([main.select(year=year).total().estimate[0] for year in years])
        assert mean.estimate[0] == pytest.approx(by_hand)
        assert f"{years[0]}–{years[-1]}" in demo.text


def test_the_share_outside_the_sex_industry_and_across_borders(demo):
    share = outside_share(demo.counted_in, MEANS[0])
    register = synthesise()
    people = truth_by(register, "year", "form", "crossing")
    levels = {covariate.name: covariate.levels for covariate in register.covariates}
    chosen = people[[levels["year"].index(year) for year in MEANS[0]]].sum(axis=0)
    outside = [levels["form"].index(form) for form in ("labour", "criminal")]
    true_share = chosen[outside, levels["crossing"].index("cross-border")].sum() / chosen.sum()
    assert share.value[0] == pytest.approx(true_share, abs=0.08)
    assert share.lower[0] <= share.value[0] <= share.upper[0]


def test_leaving_the_border_cases_out_lowers_the_years_they_are_in(demo):
    with_them, without = demo.counted_in.by("year"), demo.finished.answers.main.by("year")
    gone = with_them.observed - without.observed
    assert gone[2:5] == pytest.approx([300, 300, 300], abs=45)  # about 300 a year in 2012-2014
    assert np.all(gone >= 0)
    assert without.estimate[2:5].sum() < with_them.estimate[2:5].sum()


def test_the_truth_stands_beside_the_estimate(demo):
    truth = truth_by(synthesise(), "year")
    limits = demo.counted_in.by("year").limits
    hits = int(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).sum())
    said = " ".join(demo.text.split())
    assert f"{int(truth.sum()):,} victim-years" in said
    assert f"The interval of {hits} of the 10 years contains the true number." in said


def test_the_study_before_is_compared_with_its_definition_and_its_people(demo):
    revision = demo.finished.answers.around.revision
    assert revision.vintages == ("2017", "2021")
    assert revision.testable
    assert len(revision.steps) == 3  # data, definition and model apart
    parts = np.stack([revision.part(step).value for step in revision.steps])
    np.testing.assert_array_equal(parts.sum(axis=0), revision.people[-1] - revision.people[0])


def test_the_terminal_text_fits(demo):
    assert max(map(len, demo.text.splitlines())) <= WIDTH
    assert "nan" not in demo.text
    assert "synthetic" in demo.text


def test_the_report_loads_nothing_and_says_it_is_made_up(page):
    assert not re.search(r"(src|href)\s*=\s*[\"']?\s*(https?:)?//", page)
    assert "<script" not in page
    assert "synthetic" in page.lower()
    assert "273f" in page


def test_the_report_says_whether_the_number_can_be_trusted(page):
    part = page[page.index("Can this number be trusted?", page.index("</nav>")) : page.index('id="method"')]
    assert "Without one of the lists" in part
    assert "What cannot be tested" in part


def test_what_it_leaves_is_a_study_that_can_be_changed_and_run_again(demo):
    file = read_study(demo.folder / "study.toml")
    assert file.study.study.languages == ("en", "nl")
    for name in ("register.csv", "register-2015.csv", "linked.csv.gz", "residents.csv", "study-2017.toml"):
        assert (demo.folder / name).is_file()
    for name in ("letter.pdf", "report.docx", "report.pdf"):
        assert (demo.finished.folder / "nl" / name).is_file()
    assert (demo.finished.folder / "sdmx.csv").is_file()


def test_the_dutch_study_is_dutch_and_its_first_language_is(demo, tmp_path, monkeypatch):
    ran = []

    def answered(path, **_):
        """The answers of before, told in other words; that a study runs in Dutch is in `test_from_reports`."""
        ran.append(path.name)
        return demo.finished

    monkeypatch.setattr("darknumber.run.demo.run_study", answered)
    with use_language("nl"):
        found = run_demo(tmp_path, replicates=2, revised=1, seed=1, studies=())
    assert ran == ["study-2017.toml", "study.toml"]
    assert "geregistreerd" in found.text
    assert max(map(len, found.text.splitlines())) <= WIDTH
    assert read_study(tmp_path / "study.toml").study.study.languages == ("nl", "en")
