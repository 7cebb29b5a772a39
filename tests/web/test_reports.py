"""From reports to people, as an analyst goes through it; and names are nowhere."""

from __future__ import annotations

import csv
import io
import pickle
import re
import shutil
import stat
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from random import Random

import httpx
import openpyxl
import pytest

from darknumber.data import spool
from darknumber.data.drawn import DrawnTables
from darknumber.register.reading.mapping import Origin, guess_mapping
from darknumber.register.reading.mapping_file import mapping_of
from darknumber.register.reading.schema import field_of, fields, fold, is_pseudonym
from darknumber.register.screening.definitions import definitions
from darknumber.register.synthetic.office_form import office
from darknumber.web.serve import Running
from darknumber.web.steps.opening import open_here
from darknumber.web.steps.reports_columns import GROUPS, MEMBER, field_label, meaning_of, options, roles_of
from darknumber.web.steps.reports_mapping import corrected
from darknumber.web.tasks_reports import ColumnSeen, FileSeen
from darknumber.web.visit import Visit
from darknumber.words import LANGUAGES, say, use_language
from tests.register import planted
from tests.web.conftest import PATIENCE, Browser, files_in, trouble_in

PAGES = ("/reports", "/reports/screening", "/reports/links", "/reports/count")
COUNTED = {"threshold": "50", "draws": "5", "unit": "person"}
DUTCH = {
    "report_id": "Meldingsnummer",
    "report_date": "Datum melding",
    "organisation": "Melder",
    "given_name": "Voornamen",
    "surname": "Achternaam",
    "birth_date": "Geboren",
    "place": "Woonplaats",
    "person_key": "Dossier",
    "sex": "M/V",
    "form": "Soort uitbuiting",
    "crossing": "Binnenlands",
    "citizenship": "Nationaliteit",
    "means": "Dwangmiddelen",
    "signals": "Signalen",
}
HIDDEN = ("Kantoor", "Wanneer", "Wie", "Nog iemand")  # headings that say nothing to us


def as_file(told: Mapping[str, Sequence[str]], headings: Mapping[str, str] | None = None, mark: bool = False) -> bytes:
    """Columns as a file with semicolons, and with a byte-order mark as Dutch offices have it."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow([(headings or {}).get(name, name) for name in told])
    out.writerows(zip(*told.values(), strict=True))
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def messy() -> bytes:
    """What an office may send: its own codes, a remark with a name, dates in other orders, empty rows."""
    told = {DUTCH[name]: list(values) for name, values in planted.columns().items() if name in DUTCH}
    drawn, rows = Random(3), len(told["Melder"])
    told["Soort uitbuiting"] = [drawn.choice(("SEKS", "ARB")) for _ in range(rows)]
    told["Opmerking"] = [f"kent {drawn.choice(planted.SOMEBODY)['surname']}; belt\nmorgen" for _ in range(rows)]
    told["Datum melding"] = ["-".join(reversed(day.split("-"))) for day in told["Datum melding"]]
    told["Melder"][5], told["Datum melding"][6] = "", "onleesbaar"
    told["Meldingsnummer"][8] = told["Meldingsnummer"][9]
    return as_file(told, mark=True) + b";" * (len(told) - 1) + b"\r\n"


def text_of(page: httpx.Response) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def came_in(browser: Browser) -> httpx.Response:
    """The first page, once the columns and then the rows were looked at."""
    until = time.monotonic() + PATIENCE
    while "data-awaits=" in (page := browser.ready("/reports")).text or waits(browser):
        assert time.monotonic() < until
    return page


def waits(browser: Browser) -> bool:
    """Whether the rows are to be read by themselves."""
    return any(job.open for job in browser.running.jobs.of(browser.session.owner)) if browser.running else False


def brought(browser: Browser, *files: tuple[str, bytes]) -> httpx.Response:
    """Reports that came in."""
    browser.upload(*files, path="/reports/upload")
    return came_in(browser)


@contextmanager
def somebody(running: Running, file: tuple[str, bytes]) -> Iterator[Browser]:
    """Somebody of whom this file came in and was read."""
    browser = Browser(running.address, running)
    browser.open()
    brought(browser, file)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def planted_once(running) -> Iterator[Browser]:
    with somebody(running, ("reports.csv", as_file(planted.columns()))) as browser:
        yield browser


@pytest.fixture(scope="module")
def messy_once(running) -> Iterator[Browser]:
    with somebody(running, ("Meldingen 2019.csv", messy())) as browser:
        yield browser


def going_on(browser: Browser, before: Browser) -> Browser:
    """A session of its own that goes on where another one is, with its files."""
    own, other = browser.session, before.session
    shutil.copytree(other.folder, own.folder, dirs_exist_ok=True)
    own.base = own.folder / other.base.relative_to(other.folder)
    own.study, own.held = other.study, dict(other.held)
    return browser


@pytest.fixture
def reader(browser, planted_once) -> Browser:
    """Somebody of whom the planted reports came in and were read, which is done once for all of them."""
    return going_on(browser, planted_once)


@pytest.fixture
def messy_reader(browser, messy_once) -> Browser:
    """The same with the messy file."""
    return going_on(browser, messy_once)


def form_on(page: httpx.Response) -> dict[str, str]:
    """What the form with the columns would send as it stands."""
    form = dict(re.findall(r'<input[^>]* name="([\w-]+)" type="(?:text|date)" value="([^"]*)"', page.text))
    for name, body in re.findall(r'<select[^>]* name="([\w-]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        form[name] = unescape(chosen[1]) if chosen else ""
    for name, text in re.findall(r'<textarea[^>]* name="([\w-]+)"[^>]*>(.*?)</textarea>', page.text, re.DOTALL):
        form[name] = unescape(text)
    return form


def role_of(page: httpx.Response, heading: str) -> str:
    """The name of the choice beside a column."""
    found = re.search(rf'id="(role-\d+-\d+)-label">{re.escape(heading)}</th>', page.text)
    assert found, heading
    return found[1]


def counted(browser: Browser, **form: object) -> httpx.Response:
    """People counted, and the page that says so."""
    browser.post("/reports/count", {**COUNTED, **form})
    return browser.ready("/reports/count")


def kept(browser: Browser) -> list[bytes]:
    """Everything that is kept of what was found: in memory, and on disk beside what came in."""
    session = browser.session
    files = [path for path in session.folder.rglob("*") if path.is_file() and path.suffix != ".csv"]
    held = {name: value for name, value in session.held.items() if name != "columns"}
    return [pickle.dumps(held), *(path.read_bytes() for path in files)]


# From the file to people on lists


def test_made_up_reports_go_all_the_way(browser):
    browser.post("/reports/example")
    page = came_in(browser)
    assert "4,225" in text_of(page)
    assert "27 of 27 columns" in text_of(page)
    assert "point to human trafficking" in text_of(browser.ready("/reports/screening"))
    browser.post("/reports/links", COUNTED)
    links = text_of(browser.ready("/reports/links"))
    assert "reports linked" in links
    assert "step by step" in links
    page = counted(browser, by=["year", "sex"], unit="person-year", **{"list-0": "police"})
    assert "people over 5 draws" in text_of(page)
    study, prepared = browser.session.study, browser.session.held["prepared"]
    assert isinstance(prepared.counts, DrawnTables)
    assert prepared.counts.draws == 5
    assert study.data.rows == "reports"
    assert study.data.unit == "person-year"
    assert set(study.covariates) == {"year", "sex"}
    assert set(study.lists) == {"police", "coordinators", "others", "border", "shelters", "inspectorate"}
    assert prepared.table.lists == tuple(study.lists)
    for path in ("/check", "/estimate", "/explore"):
        assert browser.ready(path).status_code == 200


def test_lists_are_merged_left_out_and_named(reader):
    known = list(reader.session.held["intake"].organisations)
    names = {f"list-{place}": "aid" if name != "police" else "police" for place, name in enumerate(known)}
    counted(reader, **names)
    study = reader.session.study
    assert set(study.lists) == {"aid", "police"}
    assert study.reports.merge == {"aid": tuple(name for name in known if name != "police")}
    assert set(reader.session.held["prepared"].table.lists) == {"aid", "police"}
    page = reader.post("/reports/count", {**COUNTED, **dict.fromkeys(names, "")})
    assert "two lists or more" in trouble_in(page)


def test_settings_that_cannot_be_used_are_told_where_they_stand(reader):
    assert "threshold" in trouble_in(reader.post("/reports/links", {"threshold": "100"})).lower()
    assert "draw" in trouble_in(reader.post("/reports/count", {"draws": "0"})).lower()
    page = reader.post("/reports/count", {**COUNTED, "formula": "porpoise and minor"})
    assert "porpoise" in trouble_in(page)
    assert 'value="porpoise and minor"' in page.text
    assert "prepared" not in reader.session.held


def test_a_definition_decides_who_counts(reader):
    counted(reader, formula="labour and not minor, unknown=in")
    assert reader.session.study.reports.definition == "labour and not minor, unknown=in"
    assert "labour and not minor" in text_of(reader.get("/reports/count"))


def test_linked_with_other_rules(reader):
    reader.post("/reports/links", {**COUNTED, "method": "exact", "key": "shared"})
    page = text_of(reader.ready("/reports/links"))
    assert reader.session.held["linked"].summary.model is None
    assert "How many people" in page
    assert "How sure are the links?" not in page
    assert trouble_in(reader.get("/reports/links")) == ""


@pytest.mark.parametrize("rows", [1, 3])
def test_a_handful_of_reports_is_no_trouble(browser, rows):
    told = {name: values[:rows] for name, values in planted.columns().items()}
    brought(browser, ("reports.csv", as_file(told)))
    browser.post("/reports/links", COUNTED)
    page = browser.ready("/reports/links")
    assert page.status_code == 200
    assert ("At least two reports" in trouble_in(page)) == (rows == 1)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 200, b"organisation;report_date;surname\n"])
def test_what_cannot_be_read_is_told(browser, content):
    page = brought(browser, ("reports.csv", content))
    assert page.status_code == 200
    assert trouble_in(page) or "No row" in text_of(page)


# Columns and their meaning


def test_a_messy_file_is_understood_and_what_is_not_is_told(messy_reader):
    page = came_in(messy_reader)
    text, found = text_of(page), messy_reader.session.held["intake"]
    assert "no organisation" in text.lower()
    assert "a date or year that cannot be read" in text.lower()
    aside = {rule.code: rule.rows for rule in found.intake.found("set aside")}
    assert aside == {"no_organisation": 2, "bad_date": 2, "exact_repeat": 1}
    assert "form of exploitation (Soort uitbuiting)" in text
    form = form_on(page)
    codes = next(name for name in form if name.startswith("codes-0-form"))
    form[codes] = "SEKS = sexual exploitation\nARB = labour exploitation"
    messy_reader.post("/reports/columns", form)
    page = came_in(messy_reader)
    unknown = {rule.field for rule in messy_reader.session.held["intake"].intake.found("not recorded")}
    assert "form" not in unknown
    study = messy_reader.session.study
    path = messy_reader.session.base / study.reports.mapping
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert mapping_of(path.read_text(), path.name).fields["form"].codes == {"SEKS": "sexual", "ARB": "labour"}
    taken = messy_reader.get("/reports/mapping.toml", file="0")
    assert tomllib.loads(taken.text)["form"]["codes"] == {"SEKS": "sexual", "ARB": "labour"}


def test_columns_are_corrected(browser):
    told = dict(planted.columns())
    told["bureau"], told["again"] = told.pop("organisation"), told["sex"]
    page = brought(browser, ("reports.csv", as_file(told)))
    assert "intake" not in browser.session.held
    form = form_on(page)
    assert "which organisation made a report" in trouble_in(browser.post("/reports/columns", form))
    form[role_of(page, "bureau")] = "organisation"
    form[role_of(page, "again")] = "sex"
    assert "Only one column" in trouble_in(browser.post("/reports/columns", form))
    form[role_of(page, "again")], form[role_of(page, "signals")] = "", ""
    browser.post("/reports/columns", form)
    page = came_in(browser)
    assert browser.session.held["intake"].intake.accepted > 150
    assert "signals" not in browser.session.held["intake"].fields
    assert browser.session.held["intake"].intake.headings["organisation"] == "bureau"


def test_one_organisation_for_all_rows_of_a_file(browser):
    told = {name: values for name, values in planted.columns().items() if name != "organisation"}
    page = brought(browser, ("police.csv", as_file(told)))
    assert "one thing is still needed" in text_of(page)
    form = form_on(page) | {"constant-0": "police"}
    browser.post("/reports/columns", form)
    came_in(browser)
    assert list(browser.session.held["intake"].organisations) == ["police"]


def test_a_file_of_each_office_and_its_mapping_come_together(browser):
    told = planted.columns()
    rows = list(zip(*told.values(), strict=True))
    place = list(told).index("organisation")
    files = []
    for name in ("police", "care"):
        own = list(zip(*(row for row in rows if row[place] == name), strict=True))
        part = {heading: values for heading, values in zip(told, own, strict=True) if heading != "organisation"}
        files += [(f"{name}.csv", as_file(part, DUTCH)), (f"{name}.toml", as_mapping(part, name))]
    brought(browser, *files)
    found = browser.session.held["intake"]
    assert set(found.organisations) == {"police", "care"}
    assert found.intake.files == 2
    assert set(browser.session.study.reports.files) == {"care.csv"}
    counted(browser)
    assert set(browser.session.held["prepared"].table.lists) == {"police", "care"}


def as_mapping(told: Mapping[str, Sequence[str]], organisation: str) -> bytes:
    lines = [f'{name} = "{DUTCH[name]}"' for name in told if name in DUTCH]
    return "\n".join([*lines, "[organisation]", f'constant = "{organisation}"']).encode()


def test_a_study_file_with_its_reports_is_a_study(browser):
    study = b'[study]\nseed = 1\n[data]\nsource = "reports.csv"\nrows = "reports"\n[reports]\ndraws = 2\n'
    browser.upload(("study.toml", study), ("reports.csv", as_file(planted.columns())), path="/reports/upload")
    browser.ready("/data")
    assert isinstance(browser.session.held["prepared"].counts, DrawnTables)
    came_in(browser)
    assert browser.session.held["intake"].intake.accepted > 150
    assert "What the links rest on" in text_of(browser.ready("/reports/links"))


def test_a_study_file_comes_with_the_mapping_of_its_reports(browser):
    study = b'[data]\nsource = "r.csv"\nrows = "reports"\n[reports]\nmapping = "map.toml"\ndraws = 2\n'
    told = planted.columns()
    mapping = "\n".join(f'{name} = "{DUTCH[name]}"' for name in told if name in DUTCH).encode()
    browser.upload(("map.toml", mapping), ("r.csv", as_file(told, DUTCH)), ("study.toml", study))
    browser.ready("/data")
    assert isinstance(browser.session.held["prepared"].counts, DrawnTables)
    page = text_of(browser.get("/estimate"))
    assert "the links are as probable as they were found to be" in page
    assert "no linkage errors" not in page


def test_reports_that_came_in_by_the_first_page_are_known_here_too(browser):
    browser.upload(("reports.csv", as_file(planted.columns())))
    assert "seem to be reports" in text_of(browser.ready("/data"))
    came_in(browser)
    assert browser.session.held["intake"].intake.accepted > 150
    counted(browser)
    assert isinstance(browser.session.held["prepared"].counts, DrawnTables)


def test_in_a_folder_of_ones_own_nothing_is_written_over(browser, tmp_path):
    (tmp_path / "reports.csv").write_bytes(as_file(planted.columns()))
    (tmp_path / "mapping.toml").write_text("# mine\n")
    with use_language("en"):
        open_here(Visit(session=browser.session, jobs=browser.running.jobs, path="/"), str(tmp_path / "reports.csv"))
    page = came_in(browser)
    for chosen in ("", "signals"):
        browser.post("/reports/columns", form_on(page) | {role_of(page, "signals"): chosen})
        came_in(browser)
    assert (tmp_path / "mapping.toml").read_text() == "# mine\n"
    assert files_in(tmp_path) == ["mapping-2.toml", "mapping-3.toml", "mapping.toml", "reports.csv"]
    assert browser.session.study.reports.mapping == "mapping-3.toml"


def test_one_sheet_of_several_is_opened(browser):
    book = openpyxl.Workbook()
    book.active.append(["Toelichting"])
    sheet = book.create_sheet("Meldingen")
    told = planted.columns()
    for row in [list(told), *zip(*told.values(), strict=True)]:
        sheet.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    page = brought(browser, ("meldingen.xlsx", packed.getvalue()))
    assert "Open this sheet" in page.text
    browser.post("/reports/sheet", {"sheet": "Meldingen"})
    came_in(browser)
    assert browser.session.held["intake"].intake.accepted > 150


def test_what_holds_no_reports_is_told(browser):
    page = brought(browser, ("counts.csv", b"police,care,people\n1,0,12\n0,1,9\n1,1,5\n"))
    assert "are not called as those of reports are" in text_of(page)
    assert "intake" not in browser.session.held
    browser.example()
    assert "Your own reports" in browser.get("/reports").text


def test_work_can_be_stopped_and_taken_up_again(reader):
    reader.post("/reports/links", COUNTED)
    job = reader.running.jobs.latest(reader.session.owner, "linked")
    reader.post("/job/cancel", {"number": str(job.number), "back": "/reports/links"})
    until = time.monotonic() + PATIENCE
    while job.open and time.monotonic() < until:
        time.sleep(0.05)
    assert job.state in ("cancelled", "done")
    reader.post("/reports/links", COUNTED)
    reader.ready("/reports/links")
    assert "linked" in reader.session.held


@pytest.mark.parametrize("path", PAGES)
def test_pages_without_reports_say_what_to_do(browser, path):
    page = browser.get(path)
    assert page.status_code == 200
    assert "/reports" in page.text


@pytest.mark.parametrize(
    "path", ["/reports/columns", "/reports/links", "/reports/count", "/reports/thresholds", "/reports/sheet"]
)
def test_forms_without_reports_lead_back(browser, path):
    assert browser.post(path, COUNTED).status_code == 200
    assert browser.session.study is None


# Nobody is seen


def test_the_links_are_told_the_curve_waits_for_an_estimate_and_nobody_is_seen(reader):
    texts = [came_in(reader).text]
    reader.post("/reports/links", COUNTED)
    page = text_of(reader.ready("/reports/links"))
    for words in ("How many people", "How sure are the links?", "What the links rest on", "The pair of which"):
        assert words in page
    counted(reader, by=["sex", "year"])
    assert "Estimate at other thresholds" not in reader.get("/reports/links").text
    reader.estimated(model="independence")
    assert "What the links rest on" in text_of(reader.ready("/reports/links"))
    reader.post("/reports/thresholds")
    page = reader.ready("/reports/links")
    assert "The estimate by the threshold from which reports are linked" in text_of(page)
    assert trouble_in(page) == ""
    texts += [reader.ready(path).text for path in (*PAGES, "/check", "/estimate", "/explore", "/report")]
    texts += [reader.get(path).text for path in ("/reports/mapping.toml?file=0", "/report/study.toml")]
    assert planted.traces(texts) == []
    assert planted.traces(text for content in kept(reader) for text in planted.texts_of(content)) == []


def test_nobody_is_seen_in_a_messy_file(messy_reader):
    page = came_in(messy_reader)
    form = form_on(page) | {role_of(page, "Opmerking"): "sector"}  # a wrong choice shows nothing either
    texts = [page.text, messy_reader.post("/reports/columns", form).text, came_in(messy_reader).text]
    counted(messy_reader, by=["year", "sector", "given_name", "place"])
    texts += [messy_reader.ready(path).text for path in (*PAGES, "/check")]
    assert "sector" not in messy_reader.session.study.covariates
    assert "given_name" not in messy_reader.session.study.covariates
    assert planted.traces(texts) == []
    assert planted.traces(text for content in kept(messy_reader) for text in planted.texts_of(content)) == []


def test_a_column_of_names_cannot_be_the_organisation(reader):
    page = came_in(reader)
    for wrong in ("surname", "given_name", "person_key"):
        form = form_on(page)
        form[role_of(page, "organisation")], form[role_of(page, wrong)] = "", "organisation"
        assert "cannot be taken for this" in trouble_in(reader.post("/reports/columns", form)), wrong


def test_names_under_a_heading_that_says_nothing_are_not_shown_as_organisations(browser):
    told = dict(planted.columns())
    told["Wie"] = told.pop("surname")
    page = brought(browser, ("reports.csv", as_file(told)))
    form = form_on(page)
    form[role_of(page, "organisation")], form[role_of(page, "Wie")] = "", "organisation"
    browser.post("/reports/columns", form)
    texts = [came_in(browser).text, *(browser.ready(path).text for path in PAGES)]
    assert "No organisation is named here" in texts[0]
    assert planted.traces(texts) == []


def test_a_row_on_somebody_is_not_taken_for_headings(browser):
    told = planted.columns()
    rows = list(zip(*told.values(), strict=True))
    content = "\n".join(";".join(row) for row in rows[:40]).encode()
    page = brought(browser, ("reports.csv", content))
    assert "The first row holds values" in text_of(page)
    texts = [page.text, browser.post("/reports/columns", {"headings": "yes"}).text]
    texts += [browser.get(path).text for path in (*PAGES, "/reports/mapping.toml?file=0")]
    assert planted.traces(texts) == []
    assert "holds values where headings belong" in trouble_in(browser.post("/reports/columns", {"headings": "yes"}))


def test_headings_that_say_nothing_are_shown_once_somebody_looked(browser):
    told = planted.columns()
    columns = dict(zip(HIDDEN, (told["organisation"], told["report_date"], told["surname"], told["given_name"]),
                       strict=True))  # fmt: skip
    page = brought(browser, ("reports.csv", as_file(columns)))
    assert not any(heading in page.text for heading in HIDDEN)
    assert "column 1" in page.text
    form = form_on(page) | {"role-0-0": "organisation", "role-0-1": "report_date", "role-0-2": "surname"}
    page = browser.post("/reports/columns", form)
    assert "not sure that the first row holds headings" in trouble_in(page)
    assert not any(heading in page.text for heading in HIDDEN)
    assert browser.get("/reports/mapping.toml", file="0").headers["content-type"].startswith("text/html")
    browser.post("/reports/columns", {**form, "headings": "yes"})
    page = came_in(browser)
    assert all(heading in page.text for heading in HIDDEN)
    assert browser.session.held["intake"].intake.accepted > 150


def spooled(browser: Browser) -> set[str]:
    """The files that wait on disk for the processes of the server."""
    workers = [worker.process_id for worker in browser.running.jobs.workers]
    folders = [path for each in workers for path in Path(tempfile.gettempdir()).glob(f"{spool.PREFIX}{each}-*")]
    return {name for folder in folders for name in files_in(folder)}


def test_nothing_of_the_reports_stays_with_the_processes_that_read_them(browser):
    before = spooled(browser)
    brought(browser, ("Meldingen 2019.csv", messy()))
    browser.post("/reports/links", COUNTED)
    browser.ready("/reports/links")
    assert "linked" in browser.session.held
    assert spooled(browser) <= before


def test_reports_go_with_the_session(browser, other):
    brought(browser, ("reports.csv", as_file(planted.columns())))
    assert "reports.csv" not in other.get("/reports").text
    folder = browser.session.folder
    assert any(name.endswith("reports.csv") for name in files_in(folder))
    browser.post("/restart")
    assert files_in(folder) == []


# Words


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_field_has_a_name_and_every_meaning_is_understood(code):
    with use_language(code):
        offered = {name for names in GROUPS.values() for name in names}
        assert offered == {name for name in fields() if not is_pseudonym(name)}
        assert len({field_label(name) for name in offered}) == len(offered)
        for name, about in fields().items():
            for each in about.codes:
                assert about.aliases[fold(meaning_of(name, each))] == each


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_definition_has_a_short_name(code):
    with use_language(code):
        for each in definitions()[1:]:
            assert len(say(f"web.reports.definition_of.{each.name}")) < 60


# Forms and mappings


def seen(headings: Sequence[str], **more: object) -> FileSeen:
    """A file with these headings, as it would be looked at."""
    columns = tuple(ColumnSeen(heading=heading, different=1, empty=0.0) for heading in headings)
    usual = {"mapping": guess_mapping(headings), "own": False, "sure": True}
    return FileSeen(name="a.csv", columns=columns, values_on_top=False, looked=1, **(usual | more))  # type: ignore[arg-type]


HEADINGS = ("organisation", "report_date", "surname", "violence", "debts", "means", "signals", "other")


def test_a_form_as_it_stands_changes_nothing():
    file = seen(HEADINGS)
    assert corrected(file, 0, {}) == file.mapping
    roles = roles_of(file.mapping)
    assert roles["violence"] == f"means{MEMBER}M1"
    form = {f"role-0-{place}": roles.get(heading, "") for place, heading in enumerate(HEADINGS)}
    assert corrected(file, 0, form) == file.mapping


def test_a_column_for_two_fields_keeps_both():
    mapping = guess_mapping(("organisation", "report_date"))
    both = type(mapping)(fields={**mapping.fields, "year": Origin(column="report_date")})
    file = seen(("organisation", "report_date", "sex"), mapping=both)
    found = corrected(file, 0, {"role-0-2": "sex"})
    assert found.fields["year"].column == found.fields["report_date"].column == "report_date"


def test_a_column_of_yes_and_no_joins_the_others_of_its_set():
    file = seen(HEADINGS)
    found = corrected(file, 0, {"role-0-7": f"means{MEMBER}M3", "role-0-3": ""})
    assert found.fields["means"].members == {"debts": "M2", "other": "M3"}
    assert found.fields["means"].column == "means"


def test_codes_follow_their_field_to_another_column():
    mapping = guess_mapping(("organisation", "report_date"))
    codes = type(mapping)(fields={**mapping.fields, "sex": Origin(column="a", codes={"1": "male"})})
    file = seen(("organisation", "report_date", "a", "b"), mapping=codes)
    found = corrected(file, 0, {"role-0-2": "", "role-0-3": "sex"})
    assert found.fields["sex"] == Origin(column="b", codes={"1": "male"})


def test_dates_separators_and_codes_are_taken():
    form = {"dates-0": "month first", "separator-0-means": "+", "codes-0-signals": "geen reis = S1\n\nweet niet ="}
    found = corrected(seen(HEADINGS), 0, form)
    assert found.fields["report_date"].dates == "month first"
    assert found.fields["means"].separator == "+"
    assert found.fields["signals"].codes == {"geen reis": "S1", "weet niet": ""}


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_an_office_explained_is_shown_so_that_it_is_read_back(code):
    with use_language(code):
        for name, origin in office().items():
            for each in origin.get("codes", {}).values():
                about = field_of(name)
                assert not about.codes or about.aliases[fold(meaning_of(name, each))] == each


def test_all_choices_are_fields_or_members():
    for _, choices in options():
        for role, words in choices:
            name, _, member = role.partition(MEMBER)
            assert name in fields()
            assert not member or member in fields()[name].codes
            assert words
