"""Tables of the panel; small numbers of people stay hidden."""

from __future__ import annotations

import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.inference.estimate import estimate
from darknumber.inference.publish import alone
from darknumber.studies.diagnose import Diagnosis, diagnose
from darknumber.studies.omit import omit
from darknumber.studies.panel import Panel, panel
from darknumber.studies.validate import validate
from darknumber.views.disclosure import Disclosure, disclose, shared_shown
from darknumber.views.tables_panel import multiverse_table, omission_table, residuals_table, validation_table
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"


@pytest.fixture(scope="module")
def uk() -> Panel:
    return panel(estimate(example("uk-2013-5"), None, FAST, seed=1), studies=("omit", "sensitivity"))


@pytest.fixture(scope="module")
def poor() -> Diagnosis:
    """Independent lists on data that are nothing like it: two lists of which one is a copy for a few people."""
    table = CaptureTable.build(("a", "b", "c"), [1, 2, 3, 4, 5, 6, 7], [300, 200, 60, 250, 3, 30, 2])
    return diagnose(estimate(table, "independence", FAST), workers=1)


def test_every_answer_is_in_the_table_under_its_heading(uk):
    table = multiverse_table(uk)
    assert len(table.rows) == len(uk.rows()) + len(table.sums)
    assert [table.rows[row][0].text for row in sorted(table.sums)] == [
        "Other models",
        "Other lists",
        "What cannot be tested",
        "At least",
    ]
    names = [row[0].text for row in table.rows]
    assert "LA and NG as one" in names  # in the picture all pairs are one row
    dial = next(row for row in table.rows if row[0].text.startswith("odds ratio of all lists"))
    assert "; interval " in dial[1].text


def test_counts_of_a_few_people_are_hidden_with_their_residual(poor):
    table = residuals_table(poor, protection=disclose(poor.fit.data))
    shown = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert shown["a + c"][0] == "fewer"
    assert {len(row) for row in table.rows} == {3} == {len(table.columns)}
    exact = {row[0].text: [cell.text for cell in row[1:]] for row in residuals_table(poor).rows}
    assert exact["a + c"][0] == "3"
    assert float(exact["a + c"][2].replace("-", "-")) < 0
    assert exact["a + b"][0] == "60"


def test_a_model_that_fits_has_no_table_of_residuals(uk):
    assert residuals_table(diagnose(uk.estimates, workers=1)) is None


def test_without_each_list(uk):
    table = omission_table(uk.omission)
    variants = uk.omission.variants
    assert [row[1].value for row in table.rows] == [alone(variant.estimate, variant.observed) for variant in variants]
    assert [len(row) for row in table.rows] == [3] * 16  # how many are left on some list would give those alone away


@pytest.mark.parametrize("language", LANGUAGES)
def test_sizes_of_hidden_lists_are_as_the_page_gives_them(language):
    counts = [30, 31, 12, 28, 9, 8, 5, 60, 2]
    table = CaptureTable.build(("a", "b", "c", "d"), [1, 2, 3, 4, 5, 6, 7, 8, 9], counts)  # a and d share 2
    found = validate(table, "independence", workers=1)
    with use_language(language):
        rows = validation_table(found, protection=disclose(table)).rows
        exact = validation_table(found).rows
    assert [row[1].text for row in exact] == [str(size) for size in table.list_sizes]
    assert [row[1].text for row in rows] == [str(int(size / 5 + 0.5) * 5) for size in table.list_sizes]


def test_a_list_of_a_few_people_is_not_estimated_on_the_page():
    table = CaptureTable.build(("a", "b", "c", "d"), [1, 2, 3, 4, 5, 6, 7, 11], [60, 50, 20, 40, 15, 12, 5, 3])
    found = validate(table, "independence", workers=1)
    rows = validation_table(found, protection=disclose(table, Disclosure(floor=5, base=1))).rows
    assert [cell.text for cell in rows[3][1:]] == ["<5", "", "", "", ""]


def test_times_the_known_number_go_by_the_number_that_is_shown():
    counts = [30, 31, 12, 28, 9, 8, 5, 60, 2]
    table = CaptureTable.build(("a", "b", "c", "d"), [1, 2, 3, 4, 5, 6, 7, 8, 9], counts)
    found = validate(table, "independence", workers=1)
    for protection in (disclose(table), None):
        rows = validation_table(found, protection=protection).rows
        for j, (row, trial) in list(enumerate(zip(rows, found.trials, strict=True)))[:3]:
            moved = shared_shown(table, protection, j).value - trial.seen
            assert float(row[4].text) == pytest.approx((trial.estimate + moved) / row[1].value, abs=0.006)
    assert table.list_sizes[0] % 5  # what is shown of it is another number


def test_an_interval_without_an_upper_limit_holds_nothing_on_the_page_either():
    found = validate(example("uk-2013-5"), "independence", FAST, seed=1)
    shown = {row[0].text: (row[4].text, row[5].text) for row in validation_table(found).rows}
    assert shown["GP"] == ("", "no limit")
    assert shown["NG"][0]
    assert shown["NG"][1] == "yes"


def test_an_omission_without_a_number():
    found = omit(example("artificial-3"), "log-linear(terms='A:B')", workers=1)
    texts = [row[1].text for row in omission_table(found).rows]
    assert "no upper limit" in texts
