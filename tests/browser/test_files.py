"""Files of one's own: as offices send them, told what they are, and never shown row by row."""

from __future__ import annotations

import pytest

from tests.browser.messy import NAMES, dutch_csv, odd_reports, two_sheets

SETTLED = "#found .trio"


def upload(person, *paths) -> None:
    person.page.locator("#file").set_input_files([str(path) for path in paths])
    person.page.locator(".upload button").click()


def role(person, heading: str):
    """The choice of what one column is."""
    row = person.page.locator("tbody tr").filter(has=person.page.get_by_role("rowheader", name=heading, exact=True))
    return row.locator("select")


def estimate(person) -> None:
    person.page.locator("#steps a[href='/estimate']").click()
    person.wait("#how-form")
    person.page.locator("#field-model").select_option("independence")
    person.page.locator("#field-interval").select_option("bootstrap")
    person.wait("#field-interval-replicates")
    person.page.locator("#field-interval-replicates").fill("20")
    person.page.locator("#how-form .buttons button").first.click()
    person.wait("#finding")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_dutch_file_of_people(reader, tmp_path, language):
    person = reader(language)
    upload(person, dutch_csv(tmp_path))
    person.wait("select[name=role]")
    assert role(person, "Politie").input_value() == "list"
    assert role(person, "Jaar").input_value() == "year"
    assert role(person, "Persoonsnummer").input_value() == "id"
    assert role(person, "Naam").input_value() == "other"
    assert person.violations() == []
    person.page.locator('form[action="/data"] button').click()
    person.wait(SETTLED)
    assert "400" in person.text(SETTLED)
    assert person.violations() == []
    estimate(person)
    for path in ("/data", "/check", "/estimate", "/explore", "/report"):
        person.open(path)
        assert not [name for name in NAMES if name.split()[1] in person.page.content()]


def test_a_workbook_asks_which_sheet(reader, tmp_path):
    person = reader("nl")
    upload(person, two_sheets(tmp_path))
    person.wait("#field-sheet")
    assert person.violations() == []
    person.page.locator("#field-sheet").select_option("Aantallen")
    person.page.locator('form[action="/data/sheet"] button').click()
    person.wait("select[name=role]")
    assert role(person, "aantal").input_value() == "count"
    person.page.locator('form[action="/data"] button').click()
    person.wait(SETTLED)
    assert "331" in person.text(SETTLED)


def test_markup_in_headings_is_text_and_two_values_of_one_person_are_told(reader, tmp_path):
    person = reader("en")
    upload(person, odd_reports(tmp_path))
    person.wait("select[name=role]")
    assert person.page.get_by_role("rowheader", name="<script>alert(1)</script>", exact=True).count() == 1
    assert role(person, "client_id").input_value() == "id"
    assert role(person, "bron").input_value() == "list column"
    person.page.locator('form[action="/data"] button').click()
    person.wait(".trouble")
    assert "<script>alert(1)</script>" in person.text(".trouble")
    assert person.violations() == []
    person.page.locator("#field-on-conflict").select_option("not recorded")
    person.page.locator('form[action="/data"] button').click()
    person.wait(SETTLED)
    assert "300" in person.text(SETTLED)


def test_a_mistake_is_told_where_it_was_made(reader, tmp_path):
    person = reader("en")
    upload(person, dutch_csv(tmp_path))
    person.wait("select[name=role]")
    for heading in ("Politie", "Zorgcoördinator", "Opvang"):
        role(person, heading).select_option("other")
    person.page.locator('form[action="/data"] button').click()
    person.wait(".trouble")
    assert "No column is a list" in person.text(".trouble")
    assert role(person, "Politie").input_value() == "other"  # nothing that was chosen is lost
    person.errors.clear()  # a page that says no is an error to the browser's console
