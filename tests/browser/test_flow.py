"""From the first page to the report, as a user goes, in both languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from darknumber.inference.publish import WIDE, rounded

PAGES = ("/", "/data", "/check", "/estimate", "/explore", "/compare", "/report", "/simulate", "/reports")
HEADINGS = {
    "en": (
        *("How many people are on no list?", "Data", "Check", "Estimate", "Explore", "Compare", "Report"),
        *("What would one more list buy?", "From reports to people"),
    ),
    "nl": (
        *("Hoeveel mensen staan op geen enkele lijst?", "Gegevens", "Toets", "Schatting"),
        *("Verkennen", "Vergelijken", "Rapport"),
        *("Wat brengt een extra lijst?", "Van meldingen naar personen"),
    ),
}
NEXT = "p.next a"


def from_the_command_line(*arguments: str) -> dict:
    command = [str(Path(sys.executable).with_name("darknumber")), *arguments, "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def published(total: dict) -> list[int]:
    """Registered and limits, rounded as they are printed; the estimate too, where the interval is not too wide."""
    near = rounded(total["estimate"][0], total["lower"][0], total["upper"][0], floor=total["observed"][0])
    middle = [near.value] if near.upper <= WIDE * near.lower else []
    return [int(each) for each in (total["observed"][0], *middle, near.lower, near.upper)]


def numbers(text: str) -> list[int]:
    return [int(re.sub(r"[.,]", "", each)) for each in re.findall(r"\d{1,3}(?:[.,]\d{3})+|\d+", text)]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_whole_way_from_an_example_to_the_report(reader, language, tmp_path):
    person = reader(language)
    page = person.page
    assert page.locator("html").get_attribute("lang") == language
    page.locator('button[value="uk-2013-5"]').click()
    person.wait("#found")
    assert 2744 in numbers(person.text("#found .trio"))
    assert person.violations() == []

    page.locator(NEXT).click()
    person.wait("#verdict")
    assert {"en": "With caution", "nl": "Met voorbehoud"}[language] in person.text()
    assert person.violations() == []

    page.locator(NEXT).click()
    person.wait("#how-form")
    page.locator("#field-model").select_option("stepwise")
    person.wait("#field-model-criterion")
    assert person.violations() == []
    page.locator("#field-interval").select_option("bootstrap")
    person.wait("#field-interval-replicates")
    page.locator("#field-interval-replicates").fill("50")
    page.locator("#field-seed").fill("3")
    page.locator("#how-form .buttons button").first.click()
    person.wait("#finding")
    assert person.violations() == []
    same = ("--model", "stepwise", "--interval", "bootstrap(replicates=50)", "--seed", "3")
    told = from_the_command_line("estimate", "uk-2013-5", *same)["total"]
    assert set(published(told)) <= set(numbers(person.text(".trio")))

    page.locator(NEXT).click()
    person.wait("#answer figure")
    assert person.violations() == []
    page.locator(NEXT).click()
    person.wait("#models-heading")
    page.locator('form[action="/compare"] button').click()
    person.wait("#compared")
    page.locator('form[action="/compare/omit"] button').click()
    person.wait("section[aria-labelledby=omit-heading] table")
    assert person.violations() == []

    page.locator("#steps a[href='/report']").click()
    person.wait("#make-heading")
    page.locator("#trust-sensitivity").uncheck()
    page.locator('form[action="/report"] button').click()
    person.wait(".files")
    assert person.violations() == []
    with page.expect_download() as coming:
        page.locator('a[href="/report/files/all"]').click()
    packed = tmp_path / "all.zip"
    coming.value.save_as(packed)
    with zipfile.ZipFile(packed) as held:
        names = held.namelist()
    assert f"darknumber-study/{language}/report.html" in names
    assert not [name for name in names if "/internal/" in name]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_speaks_one_language_and_has_one_heading(reader, language):
    person = reader(language)
    for path, heading in zip(PAGES, HEADINGS[language], strict=True):
        person.open(path)
        assert person.text("h1") == heading
        assert person.page.locator("h1").count() == 1
        assert person.violations() == []
