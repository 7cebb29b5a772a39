"""The part of a report on whether its number can be trusted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.inference.estimate import estimate
from darknumber.studies.check import check
from darknumber.studies.panel import Missing, Panel, panel
from darknumber.studies.printing_diagnose import about_status
from darknumber.studies.printing_sensitivity import pair_name
from darknumber.views.disclosure import Disclosure, Protection, disclose
from darknumber.views.options import ReportOptions, Section
from darknumber.views.panel import panel_sections
from darknumber.views.report import render
from darknumber.views.tables_lists import audit_table
from darknumber.views.tables_sensitivity import pairs_table
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"


@pytest.fixture(scope="module")
def uk() -> Panel:
    return panel(estimate(example("uk-2013-5"), "average", FAST, seed=1), seed=1)


def protected(data: CaptureTable) -> Protection:
    return disclose(data, Disclosure(floor=5, base=1))


def everything(section: Section) -> str:
    """All words of a section, its parts and its tables."""
    said = [section.heading, *section.paragraphs, *section.points]
    for table in (*section.tables, *(table for figure in section.figures for table in figure.tables)):
        said += [table.caption, *table.notes, *(cell.text for row in table.rows for cell in row)]
    said += [figure.title for figure in section.figures]
    return "\n".join([*said, *(everything(part) for part in section.parts)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_holds_a_part_for_each_study(uk, language):
    with use_language(language):
        (section,) = panel_sections(uk)
        page = render(uk.estimates, panel=uk)
    assert len(section.parts) == 7
    assert re.search(rf"<h2[^>]*>{re.escape(section.heading)}</h2>", page)
    for part in section.parts:
        assert re.search(rf"<h3[^>]*>{re.escape(part.heading)}</h3>", page)
    assert "nan" not in everything(section)
    assert page.index(section.heading) < page.index('id="method"')
    assert render(uk.estimates, panel=uk) == render(uk.estimates, panel=uk)


def test_long_tables_are_folded(uk):
    page = render(uk.estimates, panel=uk)
    (section,) = panel_sections(uk)
    start = page.index(section.heading, page.index("</nav>"))
    part = page[start : page.index('id="findings"')]
    for table in re.finditer("<table>", part):
        before = part[: table.start()]
        if before.rfind("<details") <= before.rfind("</details>"):  # not in a fold: only the largest residuals
            assert "further from what the model expects" in part[table.start() : table.start() + 200]
    assert "<details open>" not in part


def test_the_page_says_whether_the_dark_figure_is_determined(uk):
    said = next(part for part in panel_sections(uk)[0].parts if part.heading.startswith("Does the model fit"))
    assert said.paragraphs[1] == about_status(uk.diagnosis)
    assert "finite dark figure" in said.paragraphs[1]


def test_a_page_without_a_panel_is_as_it_was(uk):
    assert "Can this number be trusted?" not in render(uk.estimates)


def test_few_people_are_told_as_few(uk):
    assert uk.diagnosis.influence.fewest.people < 5
    hidden, exact = (everything(panel_sections(uk, protection=each)[0]) for each in (protected(uk.data), None))
    assert "Without fewer than 5 of the 2,744 people" in hidden
    assert "There are fewer than 5 people each of whom moves the estimate by 10% or more" in hidden
    assert "A single person moves the estimate" not in hidden
    assert "A single person moves the estimate" in exact


def test_every_sentence_that_counts_people_has_one_without_the_number():
    # 3 people on two lists, one list of 3: whom it rests on, how many are recaptured and that list are all too few
    table = CaptureTable.build(("a", "b", "c", "d"), [1, 2, 4, 8, 3, 5, 9], [60, 50, 40, 2, 1, 1, 1])
    found = panel(estimate(table, "independence", FAST), studies=("check", "diagnose"), workers=1)
    counted = {"reason_few_recaptures", "list_small"}
    assert counted <= {finding.code for finding in found.findings}
    hidden, exact = (everything(panel_sections(found, protection=each)[0]) for each in (protected(table), None))
    assert "Only 3 people" in exact
    assert "Only 3 people" not in hidden
    assert "Fewer than 5 people are on the list d." in hidden
    assert "Fewer than 5 people are on two or more lists; with fewer than 7" in hidden
    assert "fewer than 5" in hidden
    assert not re.search(r"(?<!1 to )\b[1-4] (of the )?people\b", hidden)


def test_observed_odds_ratios_of_a_few_people_are_hidden(uk):
    small = [pair for pair in uk.sensitivity.pairs if 0 < pair.people < 5]
    assert small
    hidden, exact = (
        {row[0].text: row[2].text for row in pairs_table(uk.sensitivity, protection=each).rows}
        for each in (protected(uk.data), None)
    )
    assert {hidden[pair_name(pair)] for pair in small} == {"not shown"}
    assert "not shown" not in exact.values()


def test_whom_it_rests_on_is_told_of_the_model_of_the_answer(uk):
    assert uk.checked.fit is uk.estimates.fits[0]
    said = everything(panel_sections(uk)[0])
    assert "Without them, the best of the models that are averaged (AIC: " in said
    few = estimate(CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 4]), "lincoln-petersen", FAST)
    found = panel(few, studies=("check",))
    assert (
        "The estimate rests on fewer than 5 people. Without them, the model of two independent lists would set no "
        "upper limit." in everything(panel_sections(found, protection=protected(found.data))[0])
    )
    assert "The estimate rests on 4 people" in everything(panel_sections(found)[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_pairs_of_lists_give_no_small_number_away(uk, language):
    with use_language(language):
        hidden, exact = (audit_table(uk.checked, protection=each) for each in (protected(uk.data), None))
    assert len(hidden.rows) == len(exact.rows) == 10
    assert exact.rows[6][1].value == 1
    assert hidden.rows[6][1].text == "<5"
    for pair, row in zip(uk.checked.pairs, hidden.rows, strict=True):
        assert not (row[4].text and min(pair.others) < 5)
        assert len(row[2].text.strip("0.")) <= 3  # two digits: near enough to hide the sizes that it follows from


def test_two_lists_have_no_table_of_pairs():
    assert audit_table(check(CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 20]))) is None


def test_what_is_missing_is_said(uk):
    short = replace(
        uk,
        trajectory=None,
        validation=None,
        missing=(Missing(study="validate", seconds=300.0), Missing(study="trajectory")),
    )
    (section,) = panel_sections(short)
    said = section.paragraphs[1]
    assert "lists hidden and estimated from the others and the answer on part of the data" in said
    assert said.endswith("validate and trajectory.")
    assert "minutes" not in said  # how long differs from run to run, and the same run gives the same page
    assert len(section.parts) == 5


def test_two_lists_say_why_studies_are_missing():
    table = CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 20])
    found = panel(estimate(table, "lincoln-petersen", FAST), workers=1)
    page = render(found.estimates, panel=found, options=ReportOptions())
    assert "needs at least 3 of them" in page
    assert "Can this number be trusted?" in page


def test_no_finite_answer_still_has_its_part():
    found = panel(estimate(example("artificial-3"), "log-linear(terms='A:B')", FAST), workers=1)
    page = render(found.estimates, panel=found)
    assert "The answer is no finite number" in page
