"""When something goes wrong, or much is asked at once: it is told, without data, and the next page works."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import threading
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from darknumber.web import visit
from darknumber.web.jobs import MOST_WAITING
from darknumber.web.steps import explore
from tests.web.conftest import PATIENCE, PEOPLE, ROWS, Browser, files_in, form, serving, trouble_in

MEGABYTE = 1024**2
SOMEBODY = "Zwyquox Braxfjor"
LONG = {
    "model": "",
    "interval": "bootstrap",
    "interval.of": "bootstrap",
    "interval.replicates": "100000",
    "level": "95",
}
ASKED = {"model": "", "interval": "", "level": "95", "seed": "1"}
NESTED = "&".join(f"model{'.model' * depth}=stratified" for depth in range(60))
ODD = (
    *("/nowhere", "/data/nowhere", "/explore?by=nowhere&only=a%3Db&not_recorded=x", f"/estimate?{NESTED}"),
    *("/explore/dial?xi=%00&pair=9999999999999999999999", "/explore?xi=nan&odds=1e999&pair=-1", "/data?%ff=%fe"),
    "/estimate?model=nowhere&model.x.y.z=1",
)
OFFERED = {"floor": "10", "base": "5", "language": "en", "format": "html"}


def until(true, patience: float = PATIENCE):
    """What is waited for, once it is there."""
    begun = time.monotonic()
    while not (found := true()):
        assert time.monotonic() - begun < patience
        time.sleep(0.01)
    return found


def broken(*_, **__):
    raise RuntimeError(SOMEBODY)


def told(page, capfd) -> bool:
    """Whether a page says that something went wrong, and nobody says more."""
    said = "".join(capfd.readouterr()) + page.text
    return page.status_code == 500 and not re.search(r"Traceback|\.py|Zwyquox|Braxfjor", said)


@pytest.fixture(scope="module")
def worked(running):
    """Somebody with an example and its answer."""
    opened = Browser(running.address, running)
    opened.open()
    opened.example()
    opened.estimated("independence")
    yield opened
    opened.close()


@pytest.mark.parametrize("where", ["code", "template", "frame"])
def test_a_page_that_fails_shows_no_traceback_and_no_data(worked, monkeypatch, capfd, where):
    if where == "code":
        monkeypatch.setattr(explore, "_choice", broken)
    elif where == "template":
        monkeypatch.setitem(visit.environment().globals, "to_svg", broken)
    else:
        monkeypatch.setattr(visit, "mark_of", broken)  # which the page that tells of it needs too
    page = worked.get("/explore")
    assert told(page, capfd)
    assert page.headers["content-security-policy"]
    monkeypatch.undo()
    assert worked.get("/explore").status_code == 200


def test_a_page_that_is_made_while_its_work_ends_shows_what_came_of_it(browser, monkeypatch):
    plain = visit.Visit.job

    def late(self, name):
        """What was asked for, once it has ended: between two looks of a page."""
        job = plain(self, name)
        until(lambda: job is None or not job.open)
        return job

    monkeypatch.setattr(visit.Visit, "job", late)
    page = browser.upload(("people.csv", PEOPLE))
    assert 'name="heading" value="police"' in page.text
    browser.post("/example", {"name": "uk-2013-5"})
    assert 'id="found"' in browser.get("/data").text


def test_a_form_that_fails_shows_no_traceback_and_no_data(browser, monkeypatch, capfd):
    browser.example()
    monkeypatch.setattr(visit.Visit, "ask", broken)
    assert told(browser.post("/estimate", ASKED), capfd)
    assert told(browser.upload(("people.csv", PEOPLE)), capfd)
    monkeypatch.undo()
    assert browser.post("/settings", {"language": "en"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/estimate", {"seed": "x"}),
        ("/estimate", {"seed": "9" * 5000}),
        ("/estimate", {"seed": "-1"}),
        ("/estimate", {"level": "0"}),
        ("/estimate", {"level": "nan"}),
        ("/estimate", {"level": "1e999"}),
        ("/estimate", {"model": "__import__('os').system('touch here')"}),
        ("/estimate", {"model": "stratified.of"}),
        ("/estimate", {"interval": "bootstrap", "interval.of": "bootstrap", "interval.replicates": "many"}),
        ("/compare", {"model": "independence"}),
        ("/compare", {"model": ["independence", "best"], "text": "stepwise(criterion=__import__('os'))"}),
        ("/report", {"floor": "x"}),
        ("/report", {"floor": "9" * 5000}),
        ("/report", {"base": "0"}),
        ("/report", {"language": "fr"}),
        ("/report", {"format": "exe"}),
    ],
    ids=lambda each: str(each)[:50],
)
def test_what_cannot_be_used_is_told_and_nothing_is_begun(worked, capfd, path, wrong):
    before = [job.number for job in worked.running.jobs.of(worked.session.owner)]
    asked = {"/estimate": ASKED, "/report": OFFERED}.get(path, {})
    page = worked.post(path, {**asked, **wrong})
    assert trouble_in(page)
    assert page.status_code in (200, 422)
    assert not re.search("Traceback|fault of ours", page.text + "".join(capfd.readouterr()))
    assert [job.number for job in worked.running.jobs.of(worked.session.owner)] == before


@pytest.mark.parametrize("asked", ODD, ids=lambda each: each[:40])
def test_addresses_that_nobody_should_ask_for_do_no_harm(worked, asked):
    page = worked.get(asked)
    assert page.status_code in (200, 204, 404)
    assert "Traceback" not in page.text
    assert worked.get("/data").status_code == 200


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "9" * 5000, "²", "٣", "1e3"], ids=lambda each: each[:5])
def test_nothing_is_stopped_by_a_number_that_is_none(worked, number):
    assert worked.post("/job/cancel", {"number": number}).status_code == 200
    assert worked.get("/").status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"a" * (MEGABYTE + 1), b"&".join(b"a%d=1" % each for each in range(20_000)), b"&" * 100_000],
    ids=["long", "many", "empty"],
)
def test_a_form_that_is_too_large_is_refused(browser, capfd, body):
    headers = {"origin": browser.origin, "content-type": "application/x-www-form-urlencoded"}
    sent = f"csrf={browser.csrf}&language=nl&".encode() + body
    assert browser.http.post("/settings", content=sent, headers=headers).status_code == 413
    assert browser.session.language == "en"
    odd = f"csrf={browser.csrf}&back=%ff%00&language=en".encode() + b"\xff\xfe"
    assert browser.http.post("/settings", content=odd, headers=headers).status_code == 200
    assert capfd.readouterr() == ("", "")


def test_a_killed_process_is_told_on_the_page_and_the_next_try_works(browser):
    browser.example()
    browser.post("/estimate", {**ASKED, **LONG})
    job = browser.running.jobs.latest(browser.session.owner, "answer")
    until(lambda: job.done)
    (worker,) = [each for each in browser.running.jobs.workers if each.lane == "slow"]
    os.kill(worker.process_id, signal.SIGKILL)
    page = browser.ready("/estimate")
    assert "its process has gone" in trouble_in(page)
    assert "Your data are still here." in trouble_in(page)
    assert trouble_in(browser.estimated("independence")) == ""
    assert browser.session.held["answer"].fits


def test_enough_waiting_is_told(browser, monkeypatch):
    browser.example()
    owner, given = browser.session.owner, {"prepared": None, "model": ""}
    task = visit.Task(call="tasks:look_at_lists", given=given)
    browser.post("/estimate", {**ASKED, **LONG})
    for place in range(MOST_WAITING - 1):
        browser.running.jobs.ask(owner, str(place), task, "slow", lambda _: None)
    page = browser.post("/compare", {"model": ["independence", "best"]})
    assert (page.status_code, trouble_in(page)) == (
        429,
        "There is enough work waiting already. Wait for some of it, or stop it.",
    )
    assert browser.get("/estimate").status_code == 200


@pytest.fixture
def twenty(running):
    """Ten people who asked for two fits each that take long, and their work."""
    people = [Browser(running.address, running) for _ in range(10)]
    for person in people:
        person.open()
        person.post("/example", {"name": "uk-2013-5"})
    for person in people:
        person.ready("/data")
        person.post("/estimate", {**ASKED, **LONG})
        person.post("/compare/omit")
    found = [job for person in people for job in running.jobs.of(person.session.owner) if job.lane == "slow"]
    yield people, found
    for person in people:
        person.close()
    until(lambda: not any(job.open for job in found))


def test_pages_stay_quick_while_twenty_fits_wait_their_turn(running, twenty):
    people, found = twenty
    until(lambda: found[0].state == "running")  # once what others stopped has ended
    assert [job.state for job in found] == ["running"] + ["waiting"] * 19
    assert max(running.jobs.before(job) for job in found[2::2]) <= 9  # before anybody's second, but for who began
    for person in people[:3]:
        for path in ("/", "/data", "/estimate", "/compare"):
            begun = time.monotonic()
            assert person.get(path).status_code == 200
            assert time.monotonic() - begun < 1
    people[-1].ready("/check")  # a quick look does not wait for fits
    assert "check" in people[-1].session.held
    assert found[0].open


def test_after_a_new_start_the_study_file_leads_to_the_same_answer(browser):
    people = PEOPLE + 2 * ROWS
    browser.counted(people, "people.csv", police="list", care="list", sex="covariate")
    before = browser.estimated("independence").text
    study = browser.get("/report/study.toml").content
    browser.post("/restart")
    browser.upload(("study.toml", study), ("people.csv", people))
    assert 'id="found"' in browser.ready("/data").text
    after = browser.estimated("independence").text
    shown = [
        re.findall(r'<section aria-labelledby="finding">.*?</section>', text, re.DOTALL) for text in (before, after)
    ]
    assert shown[0] == shown[1] != []


@pytest.mark.parametrize("named", ["no-such.csv", "broken.toml"])
def test_what_was_named_on_the_command_line_and_cannot_be_opened_is_told(tmp_path, named):
    from darknumber.web.serve import starting_with

    (tmp_path / "broken.toml").write_text("[[")
    with serving(begin=starting_with(str(tmp_path / named))) as running:
        for _ in range(20):
            person = Browser(running.address, running)
            page = person.open()
            assert (page.status_code, trouble_in(page) != "") == (422, True)
            person.http.close()


def sparse(row: int, column: str) -> bytes:
    """A workbook of one and a half kilobytes with two cells: the first, and one so far away."""
    book, out = io.BytesIO(), io.BytesIO()
    made = openpyxl.Workbook()
    made.active.append(["a"])
    made.save(book)
    far = f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row></sheetData>'.encode()
    with zipfile.ZipFile(book) as held, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in held.namelist():
            changed.writestr(name, held.read(name).replace(b"</sheetData>", far))
    return out.getvalue()


def test_files_that_would_take_all_memory_are_told_and_the_next_file_is_read(browser):
    page = browser.upload(("far.xlsx", sparse(1_048_576, "XFD")))
    page = browser.ready("/data")
    assert "The work was cut off" in trouble_in(page)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/workbook.xml", b"\0" * 60 * MEGABYTE)
    browser.upload(("bomb.xlsx", bomb.getvalue()))
    assert "unpacks to more than is sensible" in trouble_in(browser.ready("/data"))
    assert "police" in browser.counted(PEOPLE).text


def test_a_slow_upload_holds_nobody_up_and_leaves_nothing_when_it_is_broken_off(running, browser, other):
    body = form(('csrf"', browser.csrf.encode()), ('file"; filename="people.csv"', b"x" * 1000))
    head = (
        f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\nOrigin: {browser.origin}\r\n"
        f"Cookie: darknumber-{browser.port}={browser.cookie}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: multipart/form-data; boundary=sep\r\n\r\n"
    )
    with socket.create_connection((browser.host, browser.port)) as line:
        line.sendall(head.encode() + body[:-500])
        until = time.monotonic() + 10
        while not files_in(browser.session.folder) and time.monotonic() < until:
            time.sleep(0.01)
        assert [Path(name).name for name in files_in(browser.session.folder)] == ["people.csv"]
        begun = time.monotonic()
        assert browser.get("/data").status_code == other.get("/data").status_code == 200
        assert time.monotonic() - begun < 1
        browser.post("/restart")  # while it goes on
        assert files_in(browser.session.folder) == []
    until = time.monotonic() + 10
    while any(browser.session.folder.iterdir()) and time.monotonic() < until:
        time.sleep(0.01)
    assert list(browser.session.folder.iterdir()) == []
    assert browser.session.study is None


def test_uploads_and_new_starts_at_once_leave_the_session_usable(running, browser):
    again = [Browser(browser.address, running) for _ in range(4)]
    for each in again:
        each.http.cookies = browser.http.cookies
        each.csrf = browser.csrf
    answers: list[int] = []

    def work(place: int) -> None:
        for _ in range(5):
            act = again[place].upload if place % 2 else again[place].post
            given = ("people.csv", PEOPLE + 200 * ROWS) if place % 2 else "/restart"
            answers.append(act(given).status_code)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert set(answers) <= {200, 400, 422}
    assert "police" in browser.counted(PEOPLE).text
    for each in again:
        each.http.close()
