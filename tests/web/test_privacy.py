"""What is in the data of people stays there: in no page, no file that is left, and nothing that is printed."""

from __future__ import annotations

import ast
import csv
import io
import re
import signal
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest

import darknumber
from darknumber.web.guard import REPORT_POLICY
from tests.register import planted
from tests.web.conftest import PATIENCE, PEOPLE, ROWS, Browser, asked, files_in, speak, statuses, trouble_in

PAGES = ("/", "/data", "/check", "/estimate", "/explore", "/compare", "/report", "/reports", "/simulate")
LISTS = {"police": "list", "care": "list", "border": "list"}
HOSTILE = '<img src=x onerror="alert(1)">'
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
HINTS = (
    *["zwy", "quox", "brax", "fjor", "plim", "trux", "gnov", "hjal", "vrok", "smyx", "dwurg", "kliq", "klnt"],
    *(f"193{year}" for year in range(1, 9)),
)
LEADING_TO_FILES = (
    *("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"),
    *("/report/files/../../../etc/passwd", "/report/files/%2e%2e%2frun.json", "/report/files/run.json"),
    *("/report/files/-1", "/report/files/0%00", "/report/files/internal%2festimates.dn", "/static/htmx.LICENSE"),
    *("/%2e%2e/%2e%2e/etc/passwd", "/report/files/..%5c..%5crun.json"),
)
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?%?")


def wide() -> bytes:
    """A row on each person: who it is in eight columns, and on which lists."""
    lines = ["person_key,given_name,surname,birth_date,place,remark,police,care,border,sex"]
    for place, who in enumerate(planted.SOMEBODY * 2):
        on = [str(int(place % each < 2)) for each in (3, 4, 5)]
        on[0] = "1" if "1" not in on else on[0]
        key = f"{who['person_key']}{place // len(planted.SOMEBODY)}"
        remark = f"knows {planted.SOMEBODY[place % 59]['surname']}"
        said = [key, *(who[name] for name in ("given_name", "surname", "birth_date", "place")), remark]
        lines.append(",".join([*said, *on, who["sex"]]))
    return "\n".join(lines).encode()


def long() -> bytes:
    """A row on each person and list, three for most: few people, whose names are therefore not rare."""
    lines = ["case,organisation,surname,given_name,sex,file"]
    for place, who in enumerate(planted.SOMEBODY[:30]):
        for on in planted.ORGANISATIONS[: 3 - (place % 5 == 0)]:
            said = (str(place), on, who["surname"], who["given_name"], who["sex"])
            lines.append(",".join([*said, f"on {who['surname']}"]))
    return "\n".join(lines).encode()


def traces(texts: Iterable[str]) -> list[str]:
    """What was planted and stands in some text."""
    folded = {text.casefold() for text in texts}
    return planted.traces(text for text in folded if any(hint in text for hint in HINTS))


def everything(browser: Browser) -> list[str]:
    """All pages as they are now, and all files that may be taken from them."""
    texts = [browser.ready(path).text for path in PAGES]
    found = re.findall(r'href="(/report/files/\w+|/report/study\.toml)"', " ".join(texts))
    for path in dict.fromkeys(found):
        answer = browser.get(path)
        texts += [str(answer.headers), *planted.texts_of(answer.content)]
    return texts


def gone_through(browser: Browser) -> list[str]:
    """All pages after each step to the report, with exact counts at the end."""
    texts = everything(browser)
    browser.estimated(model="independence")
    browser.post("/compare", {"model": ["independence", "stepwise"]})
    browser.post("/compare/omit")
    browser.reported(trust=("check",))
    texts += everything(browser)
    taken = browser.post("/report/exact", {"understood": "yes"})
    return [*texts, *planted.texts_of(taken.content)]


def test_who_anybody_is_stands_nowhere(started, tmp_path):
    process, browser = started(tmp_path)
    roles = {**LISTS, "sex": "covariate", "person_key": "id"}
    told = [browser.upload(("people.csv", wide())).text, browser.ready("/data").text]
    for wrong in ("surname", "given_name"):  # which is refused, and says why
        for role in ("list", "count", "year", "list column"):
            told.append(browser.post("/data", {"heading": [wrong, "police"], "role": [role, "list"]}).text)
            told.append(browser.ready("/data").text)
    browser.post("/data", {"heading": list(roles), "role": list(roles.values())})
    assert 'id="found"' in browser.ready("/data").text
    told += gone_through(browser)
    told += [browser.upload(("people.csv", long())).text, *everything(browser)]
    browser.post("/data", {"heading": ["case", "organisation", "sex"], "role": ["id", "list column", "covariate"]})
    assert 'id="found"' in browser.ready("/data").text
    told += everything(browser)
    assert traces(told) == []
    kept = [tmp_path / name for name in files_in(tmp_path)]
    assert [path for path in kept if path.name == "people.csv"]  # what came in is there still
    assert (
        traces(text for path in kept if path.name != "people.csv" for text in planted.texts_of(path.read_bytes())) == []
    )
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (traces([out]), err) == ([], "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_guessed_of_a_file_shows_nobody(browser):
    for content in (wide(), long()):
        browser.upload(("people.csv", content))
        page = browser.ready("/data")
        assert trouble_in(page) == ""
        assert "surname" in page.text
        assert traces([page.text]) == []
        chosen = re.findall(r'<option value="([^"]*)" selected>.*?name="heading" value="([^"]*)"', page.text, re.DOTALL)
        roles = {heading: role for role, heading in chosen}
        own = {roles.get(name) for name in ("surname", "given_name", "file", "remark")}
        assert not own & {"covariate", "list", "list column"}


def test_files_that_cannot_be_read_are_told_without_what_is_in_them(browser):
    text = wide().decode()
    surname = planted.SOMEBODY[1]["surname"]
    for name, content in {
        "quote.csv": text.replace(f",{surname}", f',"{surname}').encode(),
        "cells.csv": (text + f",{surname}" * 30).encode(),
        "bytes.csv": text.encode() + b"\0\xff",
        "zip.xlsx": b"PK\x03\x04" + text.encode(),
        "rows.parquet": b"PAR1" + text.encode() + b"PAR1",
        "study.toml": text.encode(),
    }.items():
        page = browser.upload((name, content))
        page = page if name.endswith(".toml") else browser.ready("/data")
        assert trouble_in(page), name
        assert traces([page.text]) == []


def hostile() -> bytes:
    """People with markup and formulas in headings and in values."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([HOSTILE, "=cmd()|' /C calc'!A0", "care", f"sex{HOSTILE}", "kind"])
    kinds = [
        "=cmd()",
        "+1+1",
        "@SUM(1)",
        "-2+3",
        "\tx",
        f'"{HOSTILE}',
        '"; filename="a.html',
        "</script><script>alert(1)",
    ]
    for place in range(800):
        on = [int(place % 3 == 0), int(place % 4 < 2), int(place % 5 < 2)]
        on[0] |= not any(on)
        rows.writerow([*on, f"{HOSTILE}{place % 2}", kinds[place % len(kinds)]])
    return out.getvalue().encode()


@pytest.fixture(scope="module")
def attacked(running):
    """Somebody who was sent a hostile file, and went all the way with it."""
    browser = Browser(running.address, running)
    browser.open()
    browser.upload((f"{HOSTILE}.csv", hostile()))
    browser.ready("/data")
    headings = [HOSTILE, "=cmd()|' /C calc'!A0", "care", f"sex{HOSTILE}", "kind"]
    browser.post("/data", {"heading": headings, "role": ["list", "list", "list", "covariate", "covariate"]})
    assert 'id="found"' in browser.ready("/data").text
    browser.estimated(model="independence")
    browser.post("/compare", {"model": ["independence", "stepwise"], "text": f"log-linear({HOSTILE})\n{HOSTILE}"})
    browser.post("/compare", {"model": ["independence", "stepwise"]})
    browser.post("/compare/omit")
    texts = dict.fromkeys(("title_en", "title_nl", "place", "publisher", "population"), HOSTILE)
    browser.post("/report", {"floor": "10", "base": "5", "language": ["en", "nl"], "format": "html", **texts})
    assert "/report/files/all" in browser.ready("/report").text
    yield browser
    browser.close()


def test_markup_in_names_is_text_everywhere(attacked):
    shown = 0
    for path in (*PAGES, f"/explore?by=kind&only=kind%3D{HOSTILE}", "/explore?by=kind&and=sex", "/explore/dial"):
        page = attacked.ready(path)
        assert page.status_code == 200, path
        assert "<img" not in page.text, path
        assert "<script>" not in page.text, path
        shown += "&lt;img src=x" in page.text
    assert shown >= 5
    for form in ({"model": [HOSTILE]}, {"model": HOSTILE, "text": HOSTILE}):
        assert "<img" not in attacked.post("/compare", form).text
    asked = {"model": HOSTILE, "interval": HOSTILE, "level": HOSTILE, "seed": HOSTILE}
    assert "<img" not in attacked.post("/estimate", asked).text + attacked.get("/estimate", None, **asked).text
    assert "<img" not in attacked.post("/report", {"floor": HOSTILE, "base": HOSTILE}).text
    roles = attacked.post("/data", {"heading": [HOSTILE, HOSTILE], "role": [HOSTILE, "year"], "unit": HOSTILE})
    assert "<img" not in roles.text


@pytest.fixture(scope="module")
def downloads(attacked) -> list[tuple[str, bytes]]:
    """All files that can be taken, those with exact counts too."""
    taken = [attacked.get("/report/files/all"), attacked.post("/report/exact", {"understood": "yes"})]
    found = []
    for answer in taken:
        assert answer.headers["content-type"] == "application/zip"
        packed = zipfile.ZipFile(io.BytesIO(answer.content))
        found += [(name, packed.read(name)) for name in packed.namelist()]
    return found


def test_formulas_in_names_are_text_in_every_table(downloads):
    tables = [(name, content) for name, content in downloads if name.endswith(".csv")]
    assert len(tables) > 5
    seen = 0
    for name, content in tables:
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            wrong = [cell for cell in row if cell.startswith(FORMULAS) and not NUMBER.fullmatch(cell)]
            assert wrong == [], name
            seen += sum("cmd()" in cell for cell in row)
    assert seen
    for name, content in downloads:
        if name.endswith(".xlsx"):
            book = openpyxl.load_workbook(io.BytesIO(content))
            assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"], name


def test_markup_in_names_is_text_in_every_file(downloads):
    pages = [content.decode() for name, content in downloads if name.endswith((".html", ".svg"))]
    assert len(pages) > 4
    for text in pages:
        assert "<img src=x" not in text
        assert "<script" not in text
    assert any("&lt;img src=x" in text for text in pages)


def test_files_are_called_what_we_call_them(attacked, downloads):
    for name, _ in downloads:
        assert re.fullmatch(r"[\w./ -]+", name), name
        assert ".." not in name
    for key in re.findall(r'href="(/report/files/\w+)"', attacked.get("/report").text):
        header = attacked.get(key).headers["content-disposition"]
        assert re.fullmatch(r'(inline|attachment); filename="[\w.-]+"', header), header


def test_a_report_can_neither_run_nor_load_anything(attacked):
    page = attacked.get("/report")
    keys = dict(re.findall(r'href="/report/files/(\d+)"[^>]*>.*?([\w.-]+\.\w+)<', page.text))
    assert "report.html" in keys.values()
    for key, name in keys.items():
        answer = attacked.get(f"/report/files/{key}")
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == REPORT_POLICY
        assert answer.headers["content-disposition"].startswith("inline" if name.endswith(".html") else "attachment")
    assert "sandbox" in REPORT_POLICY
    assert "allow-" not in REPORT_POLICY


@pytest.mark.parametrize("path", LEADING_TO_FILES)
def test_no_address_leads_to_the_file_system(attacked, path):
    heard = speak(attacked, *asked(attacked, path))
    assert statuses(heard) == [404]
    assert b"root:" not in heard
    assert b"def " not in heard


def test_small_numbers_are_in_no_file_unless_that_was_asked_for_and_it_is_recorded(browser):
    few = b"".join(b"1,1,rarely\n" for _ in range(7))
    browser.counted(PEOPLE + 20 * ROWS + few, "people.csv", police="list", care="list", sex="covariate")
    browser.estimated(model="independence")
    browser.reported()
    open_to_all = zipfile.ZipFile(io.BytesIO(browser.get("/report/files/all").content))
    assert not [name for name in open_to_all.namelist() if "internal" in name]
    rows = list(csv.reader(io.StringIO(open_to_all.read("darknumber-study/estimates.csv").decode())))
    rare = [row for row in rows if "rarely" in row and "registered" in row]
    assert rare
    assert "7" not in rare[0]
    for understood in ("", "no"):
        page = browser.post("/report/exact", {"understood": understood})
        assert (trouble_in(page) != "", browser.session.log) == (True, [])
    taken = browser.post("/report/exact", {"understood": "yes"})
    exact = zipfile.ZipFile(io.BytesIO(taken.content))
    assert [name for name in exact.namelist() if "/internal/" in name]
    (record,) = [exact.read(name).decode() for name in exact.namelist() if name.endswith("exact-counts.csv")]
    assert re.fullmatch(r"when,what\r\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,all\r\n", record)
    assert "Exact counts were taken once in this session." in browser.get("/report").text


def test_nobody_stops_the_work_of_another_or_hears_of_it(browser, other):
    browser.example()
    browser.post("/estimate", {"model": "", "interval": "bootstrap", "interval.of": "bootstrap", "seed": "1",
                               "interval.replicates": "100000", "level": "95"})  # fmt: skip
    running = browser.running
    job = running.jobs.latest(browser.session.owner, "answer")
    other.post("/job/cancel", {"number": str(job.number)})
    other.post("/restart")
    assert job.open
    assert not job.stop.is_set()
    with other.http.stream("GET", "/events") as news:
        assert next(news.iter_lines()) == "data: []"
    with browser.http.stream("GET", "/events") as news:
        assert f'"number": {job.number}' in next(news.iter_lines())
    browser.post("/job/cancel", {"number": str(job.number)})
    assert "This was stopped before it was ready." in browser.ready("/estimate").text


def test_nothing_from_outside_is_run_or_unpickled():
    root = Path(darknumber.__file__).parent
    wrong = []
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            wrong += [
                (path.name, name) for name in names if name.split(".")[0] in ("pickle", "marshal", "shelve", "dill")
            ]
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                plain = isinstance(node.func, ast.Name)
                wrong += [(path.name, called)] if plain and called in ("eval", "exec", "compile", "__import__") else []
                if called == "load" and ast.unparse(node.func) == "np.load":
                    said = {each.arg: ast.unparse(each.value) for each in node.keywords}
                    wrong += [] if said.get("allow_pickle") == "False" else [(path.name, "np.load")]
    assert wrong == []
