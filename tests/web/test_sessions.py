"""Whose data: a session sees its own and no other, and what it held is gone with it, however the server ends."""

from __future__ import annotations

import io
import re
import signal
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from darknumber.data import spool
from darknumber.run.study import Data, Study
from darknumber.web import sessions
from darknumber.web.serve import Running
from darknumber.web.sessions import MOST_SESSIONS, FullUp, Sessions
from tests.cli.asking import ask
from tests.web.conftest import PATIENCE, PEOPLE, Browser, files_in, serving, trouble_in


def children(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a process started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    return [int(each) for each in listed.stdout.split()]


def alive(number: int) -> bool:
    """Whether a process is there and not only waiting to be buried."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


def gone(numbers: list[int]) -> bool:
    """Whether processes end."""
    until = time.monotonic() + PATIENCE
    while any(map(alive, numbers)) and time.monotonic() < until:
        time.sleep(0.1)
    return not any(map(alive, numbers))


@pytest.fixture
def held() -> Sessions:
    found = Sessions("the token")
    yield found
    found.wipe_all()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_stopped_in_any_usual_way_it_leaves_nothing(started, tmp_path, how):
    process, browser = started(tmp_path)
    browser.upload(("people.csv", PEOPLE))
    workers = children(process)
    assert [Path(name).name for name in files_in(tmp_path)] == ["people.csv"]
    assert workers
    process.send_signal(how)
    out, err = process.communicate(timeout=PATIENCE)
    assert list(tmp_path.iterdir()) == []
    assert (process.returncode, err) == (0, "")
    assert "removed" in out
    assert gone(workers)


def test_killed_it_takes_its_workers_along_and_the_next_one_removes_what_it_held(started, tmp_path):
    process, browser = started(tmp_path)
    browser.counted(PEOPLE)
    workers = children(process)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert gone(workers)
    assert "people.csv" in {Path(name).name for name in files_in(tmp_path)}
    for folder in tmp_path.iterdir():
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "of-somebody-else").mkdir()
    process, browser = started(tmp_path)
    assert files_in(tmp_path) == []
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert [path.name for path in tmp_path.iterdir()] == ["of-somebody-else"]


def test_another_server_of_the_same_user_keeps_what_it_holds(running, browser):
    browser.upload(("people.csv", PEOPLE))
    with serving() as second:
        inside = Browser(second.address, second)
        inside.open()
        assert "people.csv" in {Path(name).name for name in files_in(browser.session.folder)}
        assert second.sessions.find(browser.cookie) is None
        assert inside.http.get(f"{browser.origin}/data").status_code == 403  # the cookie is of another server
        inside.close()
    assert "people.csv" in {Path(name).name for name in files_in(browser.session.folder)}


def test_what_a_session_holds_is_for_its_owner_only(running, browser):
    browser.counted(PEOPLE, police="list", care="list", sex="covariate")
    folder = browser.session.folder
    assert folder.parent == spool.folder()
    for place in (folder, *(path for path in folder.parent.rglob("*") if path.is_dir())):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(spool.folder().stat().st_mode) == 0o700


def test_one_session_does_not_see_another(browser, other):
    browser.counted(b"polaris,care,sex" + PEOPLE.partition(b"sex")[2], "secret-name.csv")
    browser.post("/data", {"heading": ["polaris", "care"], "role": ["list", "list"]})
    browser.ready("/data")
    browser.estimated(model="independence")
    assert "Polaris" in browser.ready("/check").text
    browser.reported()
    assert "/report/files/0" in browser.get("/report").text
    for path in ("/", "/data", "/check", "/estimate", "/explore", "/compare", "/report", "/report/study.toml"):
        page = other.get(path)
        assert page.status_code == 200
        assert not re.search("polaris|secret-name|/report/files", page.text, re.IGNORECASE), path
    for key in ("0", "1", "all"):
        assert str(other.get(f"/report/files/{key}").url).endswith("/report")
    assert other.session.held == {}
    assert not set(files_in(other.session.folder)) & set(files_in(browser.session.folder))


def test_the_secret_of_a_session_is_in_no_page_and_its_owner_does_not_give_it_away(browser):
    assert browser.cookie not in browser.get("/").text + browser.get("/data").text
    assert browser.session.owner not in browser.cookie
    assert len(browser.session.owner) == 16


def test_the_same_browser_keeps_its_session_and_another_gets_its_own(browser, other):
    before = browser.cookie
    assert browser.open().status_code == 200
    assert browser.cookie == before
    assert {browser.cookie, browser.csrf}.isdisjoint({other.cookie, other.csrf})


def test_there_are_as_many_browsers_as_fit_and_the_others_go_on():
    with serving() as running:
        browsers = [Browser(running.address, running) for _ in range(MOST_SESSIONS + 1)]
        pages = [each.open() for each in browsers]
        assert [page.status_code for page in pages] == [200] * MOST_SESSIONS + [503]
        assert "Too many browsers" in pages[-1].text
        assert browsers[0].get("/data").status_code == 200
        browsers[0].close()
        assert browsers[-1].open().status_code == 200
        for each in browsers[1:]:
            each.close()


def test_where_nobody_comes_back_what_was_held_is_wiped(running, browser, other, monkeypatch):
    other.counted(PEOPLE)
    session = other.session
    assert files_in(session.folder)
    session.seen = time.monotonic() - sessions.IDLE_SECONDS - 1
    assert browser.get("/").status_code == 200
    assert not session.folder.exists()
    assert session.held == {}
    assert running.jobs.of(session.owner) == ()
    assert other.get("/data").status_code == 403


def test_starting_anew_forgets_everything(running, browser):
    browser.counted(PEOPLE, police="list", care="list")
    browser.estimated(model="independence")
    session = browser.session
    kept = set(session.held)
    assert {"columns", "prepared", "answer"} <= kept
    assert browser.post("/restart").status_code == 200
    assert (session.study, session.held, files_in(session.folder)) == (None, {}, [])
    assert running.jobs.of(session.owner) == ()
    assert "There are no data yet." in browser.get("/data").text


def test_work_that_ends_after_a_new_start_is_not_kept(held):
    session = held.new("en")
    study = Study(data=Data(source="a.csv"))
    session.keep(study)
    session.put(study, "prepared", "counts")
    assert session.held == {"prepared": "counts"}
    session.restart()
    session.put(study, "answer", "a number")
    session.keep(Study(data=Data(source="a.csv")))
    session.put(study, "answer", "a number")
    assert session.held == {}
    session.keep(study)
    held.wipe(session)
    session.put(study, "answer", "a number")
    assert session.held == {}


def test_going_on_with_other_files_removes_those_of_before(held, tmp_path):
    session = held.new("en")
    for name in ("file-1", "file-2", "work"):
        (session.folder / name).mkdir()
        (session.folder / name / "a.csv").write_text("a")
    (session.folder / "loose").write_text("a")
    session.move(session.folder / "file-2")
    assert files_in(session.folder) == ["file-2/a.csv"]
    assert session.base == session.folder / "file-2"
    elsewhere = tmp_path / "own.csv"
    elsewhere.write_text("a")
    session.move(tmp_path)
    assert files_in(session.folder) == []
    assert elsewhere.exists()


def test_a_link_in_the_folder_of_a_session_is_removed_and_not_followed(held, tmp_path):
    (tmp_path / "own.csv").write_text("a")
    for leave in (lambda session: session.restart(), held.wipe):
        session = held.new("en")
        (session.folder / "file").symlink_to(tmp_path / "own.csv")
        (session.folder / "folder").symlink_to(tmp_path)
        leave(session)
        assert not session.folder.exists() or list(session.folder.iterdir()) == []
        assert (tmp_path / "own.csv").exists()


def test_no_more_sessions_than_fit_and_none_under_a_wrong_token(held):
    assert not held.opens("the toke")
    assert not held.opens("")
    assert held.opens("the token")
    made = [held.new("en") for _ in range(MOST_SESSIONS)]
    with pytest.raises(FullUp):
        held.new("en")
    assert len({session.key for session in made} | {session.csrf for session in made}) == 2 * MOST_SESSIONS
    assert held.find("") is None
    held.wipe(made[0])
    assert held.find(made[0].key) is None
    assert held.new("en").folder.is_dir()
    held.wipe_all()
    assert not any(session.folder.exists() for session in made)


STUDY = """
[data]
source = "{source}"
rows = "people"
[lists.police]
[lists.care]
"""


def test_a_study_file_and_its_data_come_in_together(browser):
    browser.upload(("study.toml", STUDY.format(source="people.csv").encode()), ("people.csv", PEOPLE))
    page = browser.ready("/data")
    assert trouble_in(page) == ""
    assert 'id="found"' in page.text


OUTSIDE = ("/etc/passwd", "../people.csv", "../../people.csv", "~/people.csv", "{secret}", "{other}", "{relative}")
KEYS = (
    '[rates]\nresidents = "{}"',
    '[[beside]]\nfile = "{}"',
    '[previous]\nfolder = "{}"',
    '[previous]\nlinked = "{}"',
)
KEYS += ('[reports]\nmapping = "{}"', '[reports]\nmodel = "{}"', '[reports.files]\n"{}" = ""')
KEYS += ('[reports.files]\n"a.csv" = "{}"',)


@pytest.mark.parametrize("named", OUTSIDE)
def test_a_study_file_from_a_browser_names_no_file_of_this_machine(browser, other, tmp_path, named):
    (tmp_path / "secret.csv").write_bytes(PEOPLE)
    other.upload(("people.csv", PEOPLE))
    theirs = other.session.folder / files_in(other.session.folder)[0]
    name = named.format(
        secret=tmp_path / "secret.csv", other=theirs, relative=f"../../{theirs.relative_to(theirs.parents[2])}"
    )
    page = browser.upload(("study.toml", STUDY.format(source=name).encode()))
    assert page.status_code == 422
    assert trouble_in(page)
    assert browser.session.study is None
    assert browser.session.held == {}


@pytest.mark.parametrize("key", KEYS)
def test_nor_does_any_other_key_of_it(browser, tmp_path, key):
    (tmp_path / "secret.csv").write_bytes(PEOPLE)
    text = STUDY.format(source="people.csv") + key.format(tmp_path / "secret.csv") + "\n"
    page = browser.upload(("study.toml", text.encode()), ("people.csv", PEOPLE))
    assert page.status_code == 422
    assert trouble_in(page)
    assert browser.session.study is None


def test_a_study_file_that_brings_a_bomb_is_told(browser):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("tree.npy", b"\0" * 60 * 1024**2)
    for name in ("people.xlsx", "people.csv"):
        browser.upload(("study.toml", STUDY.format(source=name).encode()), (name, bomb.getvalue()))
        assert "unpacks to more than is sensible" in trouble_in(browser.ready("/data"))


def test_the_next_upload_takes_the_place_of_the_one_before(browser):
    for name in ("one.csv", "two.csv", "three.csv"):
        browser.counted(PEOPLE, name)
        assert [Path(each).name for each in files_in(browser.session.folder)] == [name]
    browser.example()
    assert files_in(browser.session.folder) == []


def test_the_key_that_a_browser_is_started_with_opens_once(held):
    key = held.once()
    assert key != held.token
    assert held.opens(key)
    assert not held.opens(key)
    assert held.opens(held.token)


def test_a_browser_is_started_with_that_key_and_not_with_the_one_that_is_printed(monkeypatch, capsys):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # what this process does with them stays as it is
    monkeypatch.setattr(Running, "run", Running.close)
    assert ask("serve") == 0
    (address,) = opened
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", address)
    assert address.partition("token=")[2] not in capsys.readouterr().out.replace("\n", "")
