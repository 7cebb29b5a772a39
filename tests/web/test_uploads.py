"""Files that come in: never under a name of theirs, never more than is taken, and never unpacked without a limit."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.kinds import KINDS
from darknumber.errors import InputError
from darknumber.web import uploads
from darknumber.web.uploads import LARGEST_FIELD, MOST_PARTS, Refused, check_packed, own_name, receive
from tests.awaited import awaited
from tests.web.conftest import PEOPLE, Browser, asked, files_in, form, serving, speak, statuses, trouble_in

MEGABYTE = 1024**2
TOO_LARGE = "The file is too large to be taken in."
NOT_TAKEN = "This upload cannot be taken."
SECRET = "the secret"

ENDINGS = frozenset({*KINDS, ".toml", ".dn", *(f"{each}.gz" for each, kind in KINDS.items() if kind == "text")})
NAMES = {
    "../../etc/people.csv": "people.csv",
    "..\\..\\people.csv": "people.csv",
    "C:\\people.csv": "people.csv",
    "\\\\server\\share\\people.csv": "people.csv",
    "/etc/people.csv": "people.csv",
    "people.csv\0.exe.csv": "people.csv.exe.csv",
    "pe\0ople.csv": "people.csv",
    "~/people.csv": "people.csv",
    "..gz.csv": "gz.csv",
    " !.csv": "_.csv",
    "people.csv/": "people.csv",
    "people.csv. ": "people.csv",
    "people.CSV": "people.csv",
    "people\r\nset-cookie: a=b.csv": "people__set-cookie_ a_b.csv",
    "<b>people</b>.csv": "b_.csv",
    '"people".csv': "_people_.csv",
    "people\u202evsc.csv": "people_vsc.csv",
    "people;rm -rf.csv": "people_rm -rf.csv",
    "$(people).csv": "_(people).csv",
    "%2e%2e%2fpeople.csv": "_2e_2e_2fpeople.csv",
    "slachtoffers 2018-2019.csv": "slachtoffers 2018-2019.csv",
    "mensen ë.csv.gz": "mensen ë.csv.gz",
    "con.csv": "_con.csv",
    "NUL.txt": "_NUL.txt",
    "com1.tar.csv": "_com1.tar.csv",
    "a" * 300 + ".csv": "a" * 76 + ".csv",
    "\U00020000" * 300 + ".csv": "\U00020000" * 50 + ".csv",
    "a" * 300 + ".csv.gz": "a" * 73 + ".csv.gz",
}
UNKNOWN = ("", ".", "..", "people", "people.", "people.exe", ".csv", " ..csv", "people.xlsx.gz", "a.gz", ".gz")


def code_of(act) -> str:
    with pytest.raises(InputError) as refused:
        act()
    return refused.value.code


def taken(body: bytes, folder: Path, *, size: int = 7, largest: int = MEGABYTE, kind: str = "") -> uploads.Upload:
    """What is taken from a form that comes in small pieces."""

    async def stream() -> AsyncIterator[bytes]:
        for place in range(0, len(body), size):
            yield body[place : place + size]

    async def received() -> uploads.Upload:
        kind_given = kind or "multipart/form-data; boundary=sep"
        return await receive(stream(), kind_given, folder, lambda each: each == SECRET, largest=largest)

    return awaited(received())


GOOD = ('csrf"', SECRET.encode())
FILE = ('file"; filename="people.csv"', PEOPLE)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:40])
def test_a_file_gets_a_name_that_leads_nowhere(name):
    assert own_name(name) == NAMES[name]


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_file_without_an_ending_that_we_read_is_refused(name):
    assert code_of(lambda: own_name(name)) == "unknown_file_type"


@given(st.text(), st.sampled_from(sorted(ENDINGS)))
def test_whatever_the_name_it_is_one_name_that_file_systems_take(stem, ending):
    try:
        name = own_name(stem + ending)
    except InputError:  # there was nothing before the ending
        return
    assert Path(name).name == name
    assert len(name) <= 90
    assert len(name.encode()) <= 255
    assert not {"/", "\\", "\0", ":", '"', "<", ">", "\n", "\r"} & set(name)
    assert not name.startswith(".")


def test_a_form_is_read_in_whatever_pieces_it_comes(tmp_path):
    body = form(GOOD, ('sheet"', b"One"), FILE, ('file"; filename="../b.csv"', b"a\r\n--se\r\n"))
    for size in (1, 3, 64, len(body)):
        found = taken(body, tmp_path, size=size)
        assert found.fields == {"csrf": SECRET, "sheet": "One"}
        assert [path.name for path in found.files["file"]] == ["people.csv", "b.csv"]
        assert [path.read_bytes() for path in found.files["file"]] == [PEOPLE, b"a\r\n--se\r\n"]
        assert all(path.parent.parent == tmp_path for path in found.files["file"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"people",
        form(FILE),  # no secret
        form(FILE, GOOD),  # which comes after the file
        form(('csrf"', b"another"), FILE),
        form(GOOD, FILE, ('csrf"', b"another")),
        form(('csrf"', b"x" * (LARGEST_FIELD + 1)), FILE),
        form(*[GOOD] * (MOST_PARTS + 1)),
        form(GOOD, FILE, end=b""),  # broken off
        form(GOOD, FILE)[:-20],
        form(GOOD, FILE).replace(b"--sep", b"--other"),
        form(GOOD, FILE).replace(b"\r\n", b"\n"),
        b"--sep\r\n" + b"x" * 100_000 + b": a\r\n\r\n",
        b"--sep\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
        b"--sep\r\n\0\0: a\r\n\r\n",
    ],
    ids=lambda body: str(len(body)),
)
def test_what_is_no_form_of_ours_leaves_nothing(tmp_path, body):
    with pytest.raises(Refused):
        taken(body, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data", "application/x-www-form-urlencoded; boundary=sep"])
def test_another_kind_of_content_is_refused(tmp_path, kind):
    for each in (kind, f"multipart/form-data; boundary={'s' * 300}"):
        with pytest.raises(Refused):
            taken(form(GOOD, FILE), tmp_path, kind=each)


def test_what_is_too_large_or_of_another_kind_leaves_nothing(tmp_path):
    large = ('file"; filename="people.csv"', b"x" * (MEGABYTE + 1))
    for files in (
        (large,),
        (FILE, large),
        (FILE, ('file"; filename="b.csv"', b"x" * MEGABYTE)),
        (FILE, ('a"; filename=""', large[1])),
    ):
        assert code_of(lambda files=files: taken(form(GOOD, *files), tmp_path, size=65536)) == "upload_too_large"
        assert list(tmp_path.iterdir()) == []
    assert taken(form(GOOD, ('file"; filename="a.csv"', b"x" * MEGABYTE)), tmp_path, size=65536).files
    for name in ("virus.exe", "people", "people.docx"):
        assert code_of(lambda name=name: taken(form(GOOD, FILE, (f'file"; filename="{name}"', b"a")), tmp_path)) == (
            "unknown_file_type"
        )
    assert len(list(tmp_path.iterdir())) == 1


def test_what_stands_around_the_files_is_limited_too(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "AROUND", 1000)
    after = form(GOOD, FILE) + b"x" * (MEGABYTE + 2000)
    assert code_of(lambda: taken(after, tmp_path, size=65536)) == "upload_too_large"


def test_a_study_file_is_small_whatever_else_may_be_large(tmp_path):
    study = ('file"; filename="study.toml"', b"#" * (uploads.LARGEST_STUDY + 1))
    assert (
        code_of(lambda: taken(form(GOOD, study), tmp_path, size=65536, largest=8 * MEGABYTE)) == "no_study_of_this_size"
    )
    assert list(tmp_path.iterdir()) == []


def test_where_the_disk_is_full_or_the_folder_has_gone_it_is_said(tmp_path):
    assert code_of(lambda: taken(form(GOOD, FILE), tmp_path / "gone")) == "cannot_write"


def packed(path: Path, *parts: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as out:
        for name, content in parts:
            out.writestr(name, content)
    return path


def lying(path: Path, size: int, check: int) -> Path:
    """The packed file, which now says that what is in it is so large, with that sum as its check."""
    content = path.read_bytes()
    for mark, at in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        place = content.index(mark) + at
        old = struct.unpack_from("<III", content, place)
        content = content[:place] + struct.pack("<III", check, old[1], size) + content[place + 12 :]
    path.write_bytes(content)
    return path


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (["a", "b", "count"], [1, 0, 5], [0, 1, 7], [1, 1, 2]):
        book.active.append(row)
    book.save(path)
    return path


def test_honest_files_pass(tmp_path):
    check_packed(workbook(tmp_path / "a.xlsx"))
    check_packed(packed(tmp_path / "stored.xlsx", ("a", b"a" * 1000), how=zipfile.ZIP_STORED))
    (tmp_path / "a.csv").write_bytes(PEOPLE)
    check_packed(tmp_path / "a.csv")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(PEOPLE * 1000))
    check_packed(tmp_path / "a.csv.gz")
    (tmp_path / "a.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1000)
    check_packed(tmp_path / "a.xls")
    np.savez_compressed(tmp_path / "a.dn", tree=np.zeros(1000))
    (tmp_path / "a.dn.npz").rename(tmp_path / "a.dn")
    check_packed(tmp_path / "a.dn")


@pytest.mark.parametrize("name", ["a.xlsx", "a.xlsm", "a.ods", "a.dn", "a.csv", "a.txt", "a.parquet", "a.xls"])
def test_a_bomb_is_found_whatever_it_is_called(tmp_path, monkeypatch, name):
    monkeypatch.setattr(uploads, "SMALL", MEGABYTE)
    bomb = packed(tmp_path / name, *((f"part{each}", b"\0" * MEGABYTE) for each in range(3)))
    assert bomb.stat().st_size < 10_000
    assert code_of(lambda: check_packed(bomb)) == "unpacks_too_large"


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tsv.gz", "a.txt.GZ"])
def test_a_packed_text_without_end_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(uploads, "SMALL", MEGABYTE)
    (tmp_path / name).write_bytes(gzip.compress(b"\0" * 3 * MEGABYTE))
    assert code_of(lambda: check_packed(tmp_path / name)) == "unpacks_too_large"
    many = gzip.compress(b"\0" * MEGABYTE) * 3  # one after the other
    (tmp_path / name).write_bytes(many)
    assert code_of(lambda: check_packed(tmp_path / name)) == "unpacks_too_large"


def test_a_large_file_may_unpack_to_more_but_not_to_anything(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "SMALL", 1000)
    monkeypatch.setattr(uploads, "UNPACKED", 100_000)
    assert uploads.RATIO == 200
    check_packed(packed(tmp_path / "a.xlsx", ("a", b"\0" * 20_000)))
    assert code_of(lambda: check_packed(packed(tmp_path / "b.xlsx", ("a", b"\0" * 100_001)))) == "unpacks_too_large"


@pytest.mark.parametrize("size", [0, 1000, 3 * MEGABYTE + 1])
def test_what_a_packed_file_says_of_its_size_is_not_believed(tmp_path, monkeypatch, size):
    content = b"\0" * 3 * MEGABYTE
    lie = lying(packed(tmp_path / "a.xlsx", ("a", content)), size, zlib.crc32(content[:size]))
    assert code_of(lambda: check_packed(lie)) == "unreadable_file"
    honest = lying(packed(tmp_path / "b.xlsx", ("a", content)), size, zlib.crc32(content))
    assert code_of(lambda: check_packed(honest)) == "unreadable_file"
    monkeypatch.setattr(uploads, "SMALL", MEGABYTE)
    assert code_of(lambda: check_packed(lie)) == "unpacks_too_large"


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_no_office_uses_are_refused(tmp_path, how):
    assert code_of(lambda: check_packed(packed(tmp_path / "a.xlsx", ("a", b"a" * 1000), how=how))) == "unreadable_file"


def test_a_workbook_that_is_none_is_refused(tmp_path):
    whole = workbook(tmp_path / "a.xlsx").read_bytes()
    for name, content in {
        "text.xlsx": PEOPLE,
        "empty.ods": b"",
        "torn.xlsx": whole[: len(whole) // 2],
        "torn.dn": whole[:-30],
        "broken.xlsx": whole.replace(b"PK\x03\x04", b"PK\x03\x05", 1),
        "torn.csv.gz": gzip.compress(PEOPLE)[:-9],
        "none.csv.gz": PEOPLE,
        "sum.csv.gz": gzip.compress(PEOPLE)[:-8] + b"\0" * 8,
    }.items():
        (tmp_path / name).write_bytes(content)
        assert code_of(lambda name=name: check_packed(tmp_path / name)) == "unreadable_file", name


def test_damaged_files_are_told_and_nothing_else_happens(browser):
    for name, content in {
        "people.csv": b"\x89PNG\r\n\x1a\n\0\0\0",
        "people.xlsx": PEOPLE,
        "people.parquet": b"PAR1" + PEOPLE + b"PAR1",
        "people.csv.gz": PEOPLE,
        "quote.csv": b'a,b\n1,"x\n',
        "empty.csv": b"",
        "study.toml": b"[[[[" * 10_000,
        "other.toml": b"\xff\xfe\0",
    }.items():
        browser.upload((name, content))
        page = browser.ready("/data") if not name.endswith(".toml") else browser.upload((name, content))
        assert trouble_in(page), name
        assert "Traceback" not in page.text
        browser.post("/restart")
        assert files_in(browser.session.folder) == []


def test_uploads_that_are_refused_leave_no_file(browser):
    answers = [browser.raw(form(FILE)), browser.raw(form(('csrf"', b"x"), FILE)), browser.raw(b"--sep\r\nx")]
    answers += [browser.raw(form(('csrf"', browser.csrf.encode()), FILE, end=b""))]
    assert {answer.status_code for answer in answers} == {400}
    assert all(NOT_TAKEN in answer.text for answer in answers)
    assert browser.upload(("virus.exe", b"MZ")).status_code == 422
    nothing = browser.raw(form(('csrf"', browser.csrf.encode()), ('file"; filename=""', b"")))
    assert "No file came in." in trouble_in(nothing)
    assert files_in(browser.session.folder) == []
    assert browser.session.study is None


def test_what_is_too_large_is_told_to_a_browser_that_listens_only_when_it_has_said_all():
    with serving(largest=MEGABYTE) as running:
        browser = Browser(running.address, running)
        browser.open()
        for name, content in (("people.csv", b"x" * 20 * MEGABYTE), ("virus.exe", b"x" * 20 * MEGABYTE)):
            body = form(('csrf"', browser.csrf.encode()), (f'file"; filename="{name}"', content))
            about = {"origin": browser.origin, "content-type": "multipart/form-data; boundary=sep"}
            _, *lines = asked(browser, **about, **{"content-length": str(len(body))})
            heard = speak(browser, "POST /upload HTTP/1.1", *lines, body=body)
            assert statuses(heard) == [422]
            assert (TOO_LARGE in heard.decode()) == (name == "people.csv")
        assert files_in(browser.session.folder) == []
        browser.close()


def test_however_large_a_file_is_it_is_not_held_in_memory(tmp_path):
    rows = PEOPLE * 100
    pieces = 64 * MEGABYTE // len(rows)

    async def stream() -> AsyncIterator[bytes]:
        yield form(GOOD, FILE, end=b"")[: -len(PEOPLE) - 2]
        for _ in range(pieces):
            yield rows
        yield b"\r\n--sep--\r\n"

    kind = "multipart/form-data; boundary=sep"
    tracemalloc.start()
    found = awaited(receive(stream(), kind, tmp_path, lambda each: each == SECRET))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.files["file"][0].stat().st_size == pieces * len(rows)
    assert most < 2 * MEGABYTE
