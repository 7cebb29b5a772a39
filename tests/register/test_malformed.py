"""Files as no office should send them: refused with an error of ours, or read with every row accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from random import Random

import polars as pl
import pytest

import darknumber as dn
from darknumber.errors import DarknumberError, InputError
from darknumber.register.linkage.link import link
from darknumber.register.linkage.methods import Rules
from darknumber.register.reading.intake import Intake
from darknumber.register.reading.reports import read_reports
from darknumber.words import LANGUAGES, use_language

NAMES = ("organisation", "report_date", "given_name", "surname", "birth_date", "sex", "place")
HEADINGS = ";".join(NAMES)
ROWS = 30
HUGE = 3_000_000  # characters in one cell
KEYED = Rules(rules=(("surname", "birth_date"),))


def row(number: int) -> str:
    organisation = ("police", "care", "border")[number % 3]
    born = f"19{70 + number // 2 % 20}-03-{2 + number // 2 % 26:02d}"
    return f"{organisation};2019-{1 + number % 12:02d}-11;Jan;Sax{number // 2};{born};female;Delft"


GOOD = "\n".join([HEADINGS, *map(row, range(ROWS))]) + "\n"


def accounted_for(path: Path) -> Intake:
    """What came of a file that was read: every row either accepted or set aside for one reason."""
    found = dn.intake(read_reports(path))
    assert found.rows == found.accepted + found.set_aside
    assert found.set_aside == sum(rule.rows for rule in found.found("set aside"))
    for language in LANGUAGES:
        with use_language(language):
            assert str(found)
    return found


def with_place(text: str) -> bytes:
    return GOOD.replace("Delft", text).encode()


def with_heading(text: str) -> bytes:
    return GOOD.replace("place", text).encode()


def with_row(text: str) -> bytes:
    return (GOOD + text + "\n").encode()


REFUSED: dict[str, tuple[str, bytes]] = {
    "nothing": ("empty_file", b""),
    "blank lines": ("empty_file", b"\n\n  \n"),
    "nul bytes": ("unknown_encoding", with_place("De\0lft")),
    "only nul bytes": ("unknown_encoding", bytes(5_000)),
    "noise": ("unknown_encoding", Random(1).randbytes(20_000)),
    "two bytes a letter, not said": ("unknown_encoding", GOOD.encode("utf-16-le")),
    "too many cells": ("ragged_row", with_row("police;2019-01-01;a;b;c;d;e;f;g;h")),
    "a quote that stays open": ("stray_quote", with_row('"police;2019-01-01;a;b')),
    "a huge name": ("stray_quote", with_row(f"police;2019-01-01;{'x' * HUGE};b;1990-02-03;female;x")),
    "a heading twice": ("repeated_headings", with_heading("sex")),
    "organisation twice": ("repeated_headings", with_heading("organisation")),
    "no headings": ("mapping_no_headings", "\n".join(map(row, range(9))).encode()),
    "empty headings": ("mapping_no_headings", GOOD.replace(HEADINGS, ";" * 6).encode()),
    "3,000 columns": ("mapping_no_headings", (";".join(f"h{i}" for i in range(3_000)) + "\n" + ";" * 2_999).encode()),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused(tmp_path, case):
    code, content = REFUSED[case]
    path = tmp_path / "reports.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        accounted_for(path)
    assert caught.value.code == code
    assert caught.value.__context__ is None
    assert path.read_bytes() == content


# how many rows there are, and how many of them are accepted
READ: dict[str, tuple[int, int, bytes]] = {
    "only headings": (0, 0, (HEADINGS + "\n").encode()),
    "one row, no line end": (1, 1, f"{HEADINGS}\n{row(0)}".encode()),
    "two bytes a letter": (ROWS, ROWS, GOOD.encode("utf-16")),
    "a byte order mark": (ROWS, ROWS, b"\xef\xbb\xbf" + GOOD.encode()),
    "latin letters": (ROWS, ROWS, GOOD.replace("Delft", "Zürich").encode("latin-1")),
    "two encodings": (ROWS + 1, ROWS + 1, GOOD.encode() + "police;2019-01-01;Zoë;Müller;;;\n".encode("latin-1")),
    "half a letter": (ROWS + 1, ROWS + 1, GOOD.encode() + b"police;2019-01-01;\xed\xa0\x80;b;1990-02-03;female;x\n"),
    "control characters": (ROWS, ROWS, with_place("\x01\x1f\x7f\x85\u2028")),
    "too few cells": (ROWS + 2, ROWS + 1, with_row("police;2019-01-01\ncare")),
    "a line end in a cell": (ROWS + 1, ROWS + 1, with_row('police;2019-01-01;"a\nb";c;1990-01-02;female;x')),
    "formulas": (ROWS + 1, ROWS, with_row('=cmd|calc;=1+1;@SUM(A1);+1;-1;=x;=HYPERLINK("x")')),
    "a huge date": (ROWS + 1, ROWS, with_row("police;" + "9" * 100_000 + ";a;b;1990-02-03;female;x")),
    "html in a heading": (ROWS, ROWS, with_heading("<script>alert(1)</script>")),
    "markup in a heading": (ROWS, ROWS, with_heading("[red]x[/] {place}")),
    "a heading of ours": (ROWS, ROWS, GOOD.replace("place", "set_aside").replace("given_name", "row").encode()),
    "an empty heading": (ROWS, ROWS, GOOD.replace("given_name", "").encode()),
    "every row too early": (ROWS, 0, GOOD.replace("2019", "1850").encode()),
    "every cell empty": (ROWS, 0, f"{HEADINGS}\n".encode() + b";;;;;;\n" * ROWS),
    "every report the same": (ROWS, ROWS, f"{HEADINGS}\n".encode() + f"{row(0)}\n".encode() * ROWS),
    "impossible dates": (ROWS, ROWS, GOOD.replace("1970-03-02", "0000-00-00").replace("1971", "99999999").encode()),
    "carriage returns": (ROWS, ROWS, GOOD.replace("\n", "\r").encode()),
}


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_is_accounted_for_row_by_row(tmp_path, case):
    rows, accepted, content = READ[case]
    path = tmp_path / "reports.csv"
    path.write_bytes(content)
    found = accounted_for(path)
    assert (found.rows, found.accepted) == (rows, accepted)


def parquet(frame: pl.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.write_parquet(made)
    return made.getvalue()


def _damaged() -> bytes:
    """A Parquet file of which the rows are damaged and the end, which says what there is, is not."""
    whole = parquet(pl.read_csv(GOOD.encode(), separator=";"))
    middle = len(whole) // 3
    return whole[:4] + bytes(byte ^ 0x55 for byte in whole[4:middle]) + whole[middle:]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04junk"),
        ("a.xlsx", GOOD.encode()),
        ("a.parquet", b"PAR1junkPAR1"),
        ("a.parquet", GOOD.encode()),
        ("a.parquet", _damaged()),
        ("a.csv.gz", b"\x1f\x8bjunk"),
        ("a.docx", GOOD.encode()),
    ],
)
def test_a_file_that_is_not_what_it_is_called(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        accounted_for(path)
    assert caught.value.__context__ is None


CELLS = ("", " ", "NULL", "-", "0", "1e309", "-5", "31-02-2019", "2019-13-01", "99999999999999999999", "ja",
         "M1;M1;Q9", "'; DROP TABLE x; --", '"', "\\N", "%s {0} {x}", "日本", "\u202eabc", "a" * 5_000,
         "2019-01-01T25:61", "\t")  # fmt: skip
COLUMNS = (*NAMES, "report_id", "person_key", "birth_year", "age", "citizenship", "form", "means", "denied",
           "legal_basis", "signals", "crossing", "indicators", "consent", "status", "year")  # fmt: skip


def scrambled(seed: int) -> bytes:
    """Reports of which most cells hold anything but what belongs there."""
    drawn = Random(seed)
    names = ["organisation", "report_date", *drawn.sample(COLUMNS[2:], 8)]
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\r\n")
    out.writerow(names)
    good = {"organisation": ("police", "care", "border"), "report_date": ("2019-01-02", "3-4-2018", "43500")}
    for _ in range(60):
        out.writerow(drawn.choice((*good.get(name, ()), *CELLS[: drawn.randint(1, len(CELLS))])) for name in names)
    return made.getvalue().encode()


@pytest.mark.parametrize("seed", range(2))
def test_reports_of_anything_go_all_the_way_or_are_refused(tmp_path, seed):
    path = tmp_path / "reports.csv"
    path.write_bytes(scrambled(seed))
    try:
        found = accounted_for(path)
        assert found.rows == 60
        reports = read_reports(path)
        dn.screen(reports)
        drawn = dn.linked_tables(link(reports, seed=1), draws=2, seed=1, unlinkable="count")
        assert drawn.linkage.reports == found.accepted
    except DarknumberError as error:
        refused = error
    else:
        return
    assert refused.__context__ is None
    assert str(refused)


ALL_THE_WAY: dict[str, Callable[[], str]] = {
    "good": lambda: GOOD,
    "headings of ours": lambda: GOOD.replace("place", "set_aside").replace("sex", "meets"),
    "odd organisations": lambda: GOOD.replace("police", "=po'l\"ice|{x}[b]\u202e"),
    "semicolons of another sort": lambda: GOOD.replace(";", "\t"),
}


@pytest.mark.parametrize("case", ALL_THE_WAY)
def test_odd_files_go_all_the_way_to_an_estimate(tmp_path, case):
    path = tmp_path / "reports.csv"
    path.write_text(ALL_THE_WAY[case](), "utf-8")
    drawn = dn.linked_tables(link(read_reports(path), KEYED, seed=1), draws=2, seed=1, unlinkable="count")
    assert (drawn.linkage.reports, drawn.linkage.people) == (ROWS, ROWS // 2)
    estimates = dn.estimate(drawn, seed=1, interval=dn.Bootstrap(replicates=10))
    assert int(estimates.observed.sum()) == drawn.linkage.people
    assert str(estimates)


def test_too_many_organisations_are_refused_without_naming_them(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text("\n".join([HEADINGS, *(f"office{i}" + row(i)[row(i).index(";") :] for i in range(80))]))
    reports = read_reports(path)
    with pytest.raises(InputError) as caught:
        dn.linked_tables(link(reports, KEYED, seed=1))
    assert caught.value.code == "too_many_lists"
    assert "office" not in str(caught.value)


@pytest.mark.parametrize("case", ["only headings", "every row too early"])
def test_without_a_report_that_can_be_used_nothing_is_linked(tmp_path, case):
    path = tmp_path / "reports.csv"
    path.write_bytes(READ[case][2])
    with pytest.raises(InputError) as caught:
        link(read_reports(path), seed=1)
    assert caught.value.code == "too_few_reports"
