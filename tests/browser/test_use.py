"""Without JavaScript, with the keyboard, on a tablet, in the dark; and how quick it is."""

from __future__ import annotations

import statistics
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serve, stop
from tests.browser.test_flow import PAGES

# On two cores that do nothing else pages take some 10 ms and the first page 0.7 s (docs/web.md); tests run beside each
# other, so that more is let pass here.
SLOWEST_PAGE, SLOWEST_START = 0.9, 3.0


@pytest.fixture
def counted(reader):
    """Somebody who has counted people of an example."""

    def start(*given, **options):
        person = reader(*given, **options)
        person.page.locator('button[value="uk-2013-5"]').click()
        person.wait("#found")
        return person

    return start


def test_it_works_without_javascript(counted):
    person = counted("en", java_script_enabled=False)
    page = person.page
    page.locator("p.next a").click()
    person.wait("#verdict")
    page.locator("p.next a").click()
    page.locator("#field-model").select_option("independence")
    page.locator('button[name="look"]').click()
    assert page.locator("#field-model").input_value() == "independence"
    page.locator("#field-interval").select_option("lognormal")
    page.locator("#how-form .buttons button").first.click()
    person.wait("#finding")
    page.locator("p.next a").click()
    person.wait("#answer figure svg")
    person.open("/explore?xi=1")
    assert "2.00 times" in person.text("#dial-answers")
    page.locator("button[value=nl]").click()
    assert page.locator("html").get_attribute("lang") == "nl"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(counted):
    person = counted("en")
    page = person.page
    person.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    person.open("/estimate")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.tagName + (e.name || e.getAttribute('href') || ''), s.outlineStyle, s.outlineWidth]; })()"
        )
        if found[0] == "BODY":
            break
        reached.add(found[0])
        assert found[1] != "none", found
        assert found[2] != "0px", found
    assert {"SELECTmodel", "SELECTinterval", "INPUTlevel", "INPUTseed", "A/report", "BUTTONlanguage"} <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_tablet_in_the_light_and_in_the_dark(counted, scheme):
    person = counted("nl", "tablet", color_scheme=scheme)
    person.open("/check")
    person.wait("#verdict")
    for path in PAGES:
        person.open(path)
        assert person.violations() == []
        wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path


def test_a_choice_of_theme_and_language_is_remembered(counted):
    person = counted("en")
    person.page.locator('button[value="dark"]').click()
    assert person.page.locator("html").get_attribute("data-theme") == "dark"
    person.open("/check")
    assert person.page.locator("html").get_attribute("data-theme") == "dark"
    assert person.violations() == []


def test_work_can_be_stopped_and_goes_on_meanwhile(reader):
    person = reader("en")
    page = person.page
    page.locator('button[value="netherlands-2010-2015"]').click()
    person.wait("#found")
    person.open("/estimate")
    page.locator("#how-form .buttons button").first.click()
    person.wait(".going-on")
    person.open("/data")
    person.wait("#found")
    assert page.locator("#steps .mark.working").count() == 1
    person.open("/estimate")
    page.locator(".going-on button").click()
    person.wait("#how-form")
    page.wait_for_selector(".going-on", state="detached")
    assert "stopped before it was ready" in person.text()


def test_pages_are_quick(counted):
    person = counted("en")
    person.open("/check")
    person.wait("#verdict")
    spent = []
    for path in PAGES * 2:
        started = time.perf_counter()
        person.page.goto(person.home + path, wait_until="domcontentloaded")
        spent.append(time.perf_counter() - started)
    assert statistics.median(spent) < SLOWEST_PAGE


def test_the_first_page_is_there_at_once(browser, tmp_path):
    started = time.perf_counter()
    serving = serve("serve", "--no-open", folder=tmp_path)
    try:
        page = browser.new_page()
        page.goto(serving.key)
        assert page.locator("h1").count() == 1
        assert time.perf_counter() - started < SLOWEST_START
        page.close()
    finally:
        stop(serving)
    assert list(tmp_path.iterdir()) == []


def test_marks_can_be_pointed_at(counted):
    person = counted("en")
    page = person.page
    person.open("/estimate")
    page.locator("#field-model").select_option("best")
    person.wait("#field-model-criterion")
    page.locator("#field-interval").select_option("bootstrap")
    person.wait("#field-interval-replicates")
    page.locator("#field-interval-replicates").fill("20")
    page.locator("#how-form .buttons button").first.click()
    person.wait("#finding")
    person.open("/explore")
    page.locator("button.closer").first.click()
    person.wait(".card div svg .mark-symbol path")
    page.locator(".card div svg .mark-symbol path").nth(3).hover(force=True)
    expect(page.locator(".tip")).to_contain_text("points from the best")
    assert person.violations() == []


def test_the_register_by_year_in_dutch(reader):
    person = reader("nl")
    page = person.page
    page.locator('button[value="register"]').click()
    person.wait("#found")
    assert "12.690" in person.text("#found .trio")
    page.locator("p.next a").click()
    person.wait("#breakdowns")
    page.locator("p.next a").click()
    page.locator("#field-model").select_option("independence")
    page.locator("#field-interval").select_option("bootstrap")
    person.wait("#field-interval-replicates")
    page.locator("#field-interval-replicates").fill("20")
    page.locator("#how-form .buttons button").first.click()
    person.wait("#finding")
    page.locator("p.next a").click()
    person.wait("#answer figure")
    assert "1.386" in person.text("#answer table")  # registered in 2019
    page.locator("#field-by").select_option("sex")
    expect(page.locator("#answer table")).to_contain_text("vrouwen")
    assert "by=sex" in page.url
    page.locator("#xi").evaluate(
        "slider => { slider.value = 1; slider.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    expect(page.locator("#xi-text")).to_contain_text("2,00 keer")
    assert person.violations() == []
