from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date

import duckdb
import openpyxl
import polars as pl
import pytest

from darknumber.data import read as module
from darknumber.data.read import read_counts, read_records
from darknumber.data.table import NOT_RECORDED
from darknumber.data.tabulate import tabulate

COUNTS = [
    ["politie", "marechaussee", "opvang", "jaar", "geslacht", "aantal"],
    ["1", "0", "0", "2013", "man", "12"],
    ["0", "1", "0", "2013", "één", "5"],
    ["1", "1", "0", "2014", "", "3"],
    ["0", "0", "1", "2014", "man", "4"],
]
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16"]
MARKS = {"numbers": ("1", "0"), "ja": ("ja", "nee"), "yes": ("Yes", "No"), "true": ("TRUE", "FALSE"), "x": ("x", "")}


def lines(rows, delimiter, *, quoted=False, end="\r\n", tail="\r\n\r\n"):
    cells = [[f'"{cell}"' if quoted else cell for cell in row] for row in rows]
    return end.join(delimiter.join(row) for row in cells) + end + tail


def marked(rows, marks):
    yes, no = MARKS[marks]
    return [rows[0], *([yes if cell == "1" else no for cell in row[:3]] + row[3:] for row in rows[1:])]


def people(rows):
    """One row per person of a table of counts, with an id."""
    each = [row[:-1] for row in rows[1:] for _ in range(int(row[-1]))]
    return [["nummer", *rows[0][:-1]], *([f"{place:04}", *row] for place, row in enumerate(each))]


@pytest.fixture(scope="module")
def expected():
    """The table all these files hold."""
    rows = {name: [row[place] for row in COUNTS[1:]] for place, name in enumerate(COUNTS[0])}
    return read_counts(pl.DataFrame(rows))


def unnamed(table):
    return replace(table, name="")


def test_the_table_itself(expected):
    assert expected.lists == ("politie", "marechaussee", "opvang")
    assert expected.count.sum() == 24
    assert [covariate.levels for covariate in expected.covariates] == [("2013", "2014"), ("man", "één", NOT_RECORDED)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("marks", MARKS)
def test_messy_tables_of_counts(save, expected, encoding, delimiter, quoted, marks):
    path = save("telling.csv", lines(marked(COUNTS, marks), delimiter, quoted=quoted).encode(encoding))
    table = read_counts(path)
    assert table.name == "telling.csv"
    assert unnamed(table) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("marks", ["numbers", "x"])
def test_messy_records(save, expected, encoding, delimiter, quoted, marks):
    rows = people(COUNTS)
    rows = [[row[0], *cells] for row, cells in zip(rows, marked([row[1:] for row in rows], marks), strict=True)]
    path = save("mensen.csv", lines(rows, delimiter, quoted=quoted).encode(encoding))
    for options in ({}, {"id": "nummer"}):
        records = read_records(path, lists=COUNTS[0][:3], covariates=["jaar", "geslacht"], **options)
        assert records.name == "mensen.csv"
        assert unnamed(tabulate(records)) == expected


@pytest.mark.parametrize(
    "text",
    [
        " A ; B ;n\n1;0;12\n0;1;5\n",
        "A;B;n\n1;0;12,0\n0;1;5,0\n",
        'A;B;n\n1;0;"12"\n0;1;" 5"\n',
        "sep=;\nA;B;n\n1;0;12\n0;1;5\n;;\n\n   \n",
        "A;B;n;\n1;0;12;\n0;1;5;\n",
        "A,B,n\n1,0,12\n0,1,5",
        "A;B;n\r1;0;12\r0;1;5\r",
        "A;B;n\r\n1;0;12\n0;1;5\r\n",
    ],
)
def test_files_as_offices_keep_them(save, text):
    table = read_counts(save("a.csv", text))
    assert (table.lists, table.history.tolist(), table.count.tolist()) == (("A", "B"), [1, 2], [12, 5])
    records = tabulate(read_records(save("b.csv", text), lists=["A", "B"], covariates=["n"]))
    assert (records.lists, records.history.tolist()) == (("A", "B"), [2, 1])
    assert [level.strip() for level in records.covariates[0].levels] == ["5", "12"]


def test_ids_and_levels_keep_their_zeros(save):
    path = save("a.csv", "id;list;region\n007;A;08\n7;A;8\n007;B;08\n")
    table = tabulate(read_records(path, id="id", list_column="list", covariates=["region"]))
    assert table.count.tolist() == [1, 1]
    assert table.covariates[0].levels == ("08", "8")


def write_workbook(path, rows, title="Blad1"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_workbooks(tmp_path, expected):
    typed = [[int(cell) if cell.isdigit() else cell or None for cell in row] for row in COUNTS]
    assert unnamed(read_counts(write_workbook(tmp_path / "a.xlsx", typed))) == expected
    typed = [[int(cell) if cell.isdigit() else cell or None for cell in row] for row in people(COUNTS)]
    path = write_workbook(tmp_path / "b.xlsx", typed)
    records = read_records(path, lists=COUNTS[0][:3], covariates=["jaar", "geslacht"], id="nummer", sheet="Blad1")
    assert unnamed(tabulate(records)) == expected


def test_parquet_files(tmp_path, expected):
    rows = people(COUNTS)
    frame = pl.DataFrame({name: [row[place] or None for row in rows[1:]] for place, name in enumerate(rows[0])})
    frame = frame.with_columns(pl.col("jaar").cast(pl.Float64))
    frame.write_parquet(tmp_path / "b.parquet")
    records = read_records(tmp_path / "b.parquet", lists=COUNTS[0][:3], covariates=["jaar", "geslacht"], id="nummer")
    assert unnamed(tabulate(records)) == expected
    counts = {name: [row[place] or None for row in COUNTS[1:]] for place, name in enumerate(COUNTS[0])}
    pl.DataFrame(counts).write_parquet(tmp_path / "a.parquet")
    assert unnamed(read_counts(tmp_path / "a.parquet")) == expected


def test_large_plain_files_and_rewritten_ones_agree(save):
    """The same people through DuckDB's reader and through ours."""
    rows = [["id", "list", "sex"], *([f"{n % 700}", "ABC"[n % 3], "fm"[n % 700 % 2]] for n in range(2000))]
    plain = save("plain.csv", lines(rows, ";", end="\n"))
    quoted = save("quoted.csv", lines(rows, ";", quoted=True))
    tables = [
        unnamed(tabulate(read_records(path, id="id", list_column="list", covariates=["sex"])))
        for path in (plain, quoted)
    ]
    assert tables[0] == tables[1]
    assert tables[0].count.sum() == 700


def test_columns_called_alike_but_for_capitals(save):
    path = save("a.csv", "a;A;n;N\n1;0;1;x\n1;1;1;y\n")
    table = tabulate(read_records(path, lists=["a", "A"], covariates=["N"]))
    assert table.list_sizes.tolist() == [2, 1]
    assert table.covariates[0].levels == ("x", "y")


def test_columns_nobody_asks_for_may_be_called_alike(save, refused):
    path = save("a.csv", "A;B;note;note\n1;1;p;q\n")
    assert tabulate(read_records(path, lists=["A", "B"])).count.sum() == 1
    assert refused(lambda: read_records(path, lists=["A", "B"], covariates=["note"])).code == "repeated_headings"
    assert refused(lambda: read_counts(save("b.csv", "A;B;B;n\n1;1;1;2\n"))).code == "repeated_headings"


def test_dates_are_levels(tmp_path):
    frame = pl.DataFrame({"A": [1, 1], "B": [1, 0], "day": [date(2013, 1, 2), None]})
    assert tabulate(read_records(frame, lists=["A", "B"], covariates=["day"])).covariates[0].levels == (
        "2013-01-02",
        NOT_RECORDED,
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "lists_needed"),
        ({"list_column": "A"}, "id_needed"),
        ({"lists": ["A", "B"], "unit": "person-year"}, "year_needed"),
        ({"lists": ["A", "B"], "unit": "years"}, "unknown_choice"),
        ({"lists": ["A", "b"]}, "unknown_column_near"),
        ({"lists": ["A", "A"]}, "repeated_names"),
        ({"lists": ["A", "B"], "covariates": ["A"]}, "repeated_names"),
        ({"lists": ["A", "B"], "covariates": ["sx"]}, "unknown_column_near"),
        ({"lists": ["A", "B"], "id": "persoon"}, "unknown_column"),
        ({"lists": ["A", "B"], "on_conflict": "first"}, "unknown_choice"),
        ({"lists": ["A", "B"], "covariates": ["sex"], "on_conflict": {"sexe": "lowest"}}, "unknown_covariate_near"),
        ({"lists": ["A", "B"], "covariates": ["sex"], "on_conflict": {"sex": "last"}}, "unknown_choice_near"),
    ],
)
def test_options_that_are_refused(refused, options, code):
    frame = pl.DataFrame({"A": [1], "B": [1], "sex": ["f"]})
    error = refused(lambda: read_records(frame, **options))
    assert error.code == code
    assert str(error)


@pytest.mark.parametrize("source", [None, 12, [1, 2], {"a": [1]}, object()])
@pytest.mark.parametrize("reader", [read_counts, lambda source: read_records(source, lists=["A", "B"])])
def test_what_is_no_source_is_refused(refused, source, reader):
    error = refused(lambda: reader(source))
    assert (error.code, error.values["kind"]) == ("unsupported_source", type(source).__name__)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"A;B;n\n", "no_rows"),
        ("a.doc", b"A;B;n\n", "unknown_file_type"),
        ("a.csv", b"\x00\x01", "unknown_encoding"),
        ("a.xlsx", b"A;B;n\n", "unreadable_file"),
        ("a.parquet", b"A;B;n\n", "unreadable_file"),
        ("a.csv", b"A;B;n\n1;1;2;9\n", "ragged_row"),
        ("a.csv", b'A;B;n\n1;"1;2\n', "stray_quote"),
        ("a.csv", b"A;B;n\n1;1;1.234\n", "ambiguous_counts"),
        ("a.csv", b"A;B;n\n1;1;12,5\n", "fractional_counts"),
        ("a.csv", b"A;B;n\n1;1;-1\n", "negative_counts"),
        ("a.csv", b"A;B;n\n1;1;\n", "missing_counts"),
        ("a.csv", b"A;B;n\n1;1;veel\n", "not_counts"),
        ("a.csv", b"A;B;n\n1;misschien;2\n", "one_list"),
        ("a.csv", b"A;n\n1;2\n", "one_list"),
        ("a.csv", b"A;B;n\n1;0;2\n", "empty_list"),
        ("a.csv", b"A;B;n\n0;0;2\n1;1;3\n", "on_no_list_rows"),
        ("a.csv", b"A;B;A;n\n1;1;1;2\n", "repeated_headings"),
        ("a.csv", b"A;B;C\n1;0;1\n1;0;0\n0;1;1\n", "looks_like_records"),
    ],
)
def test_tables_of_counts_that_are_refused(save, refused, name, content, code):
    error = refused(lambda: read_counts(save(name, content)))
    assert error.code == code
    assert str(error)


def test_a_file_that_is_not_there(save, tmp_path, refused):
    save("telling.csv", "A;B;n\n1;1;1\n")
    assert refused(lambda: read_counts(tmp_path / "teling.csv")).values["near"] == "telling.csv"
    assert refused(lambda: read_records(str(tmp_path / "nergens.csv"), lists=["A", "B"])).code == "file_not_found"


def test_too_many_rows_for_a_table_of_counts(refused, monkeypatch):
    monkeypatch.setattr(module, "MAX_COUNT_ROWS", 3)
    frame = pl.DataFrame({"A": [1] * 4, "B": [1] * 4, "n": [1, 2, 3, 4]})
    assert refused(lambda: read_counts(frame)).code == "too_many_rows"


def test_a_file_with_too_many_rows_is_not_read_to_its_end(save, refused, monkeypatch):
    monkeypatch.setattr(module, "MAX_COUNT_ROWS", 3)
    beyond = "1;1;1;one cell too many\n"  # an error of its own, if it were read
    assert refused(lambda: read_counts(save("a.csv", "A;B;n\n" + "1;1;1\n" * 4 + beyond))).code == "too_many_rows"


SECRETS = ("Jansen", "4711", "Utrecht", "1999-12-31", "misschien")
PERSON = "4711;Jansen;Utrecht;1999-12-31"


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (["1;1;" + PERSON, "1;misschien;" + PERSON], {"lists": ["A", "B"]}),
        (["1;1;" + PERSON, "0;0;" + PERSON], {"lists": ["A", "B"]}),
        (["1;1;" + PERSON, "1;1;;Jansen;Utrecht;1999-12-31"], {"lists": ["A", "B"], "id": "id"}),
        (
            ["1;1;" + PERSON, "1;1;4711;Pieters;Utrecht;2000-01-01"],
            {"lists": ["A", "B"], "id": "id", "covariates": ["born"]},
        ),
        (
            ["1;1;" + PERSON, "1;1;4711;Pieters;Assen;2000-01-01"],
            {"list_column": "name", "id": "id", "covariates": ["town"]},
        ),
        (["1;1;" + PERSON + ";Jansen"], {"lists": ["A", "B"]}),
        (['1;1;"' + PERSON], {"lists": ["A", "B"]}),
        (['1;1;"' + PERSON + '"x;Jansen'], {"lists": ["A", "B"]}),
        (["1;1;" + PERSON], {"lists": ["A", "B"], "covariates": ["twn"]}),
        (["1;0;" + PERSON], {"lists": ["A", "B"]}),
        (["1;1;" + PERSON], {"list_column": "town", "id": "id"}),
        (["1;1;" + PERSON, "1;1;4712;;Utrecht;1999-12-31"], {"list_column": "name", "id": "id"}),
        (["1;1;" + PERSON], {"list_column": "town", "id": "id", "unit": "person-year"}),
    ],
)
@pytest.mark.parametrize("through", ["file", "frame", "relation"])
def test_no_error_tells_about_a_person(save, refused, everything_said, rows, options, through):
    path = save("a.csv", "\n".join(["A;B;id;name;town;born", *rows]) + "\n")

    def act():
        source = path
        if through != "file":
            frame = pl.read_csv(path, separator=";", infer_schema=False, truncate_ragged_lines=True, quote_char=None)
            source = frame if through == "frame" else duckdb.connect().from_arrow(frame.to_arrow())
        return tabulate(read_records(source, **options))

    if through != "file" and (rows[0].endswith("Jansen") or '"' in rows[0]):
        act()  # only a file can have rows like these
        return
    error = refused(act)
    said = everything_said(error)
    assert [secret for secret in SECRETS if secret in said] == []


@pytest.mark.parametrize(
    "rows",
    [
        "1;misschien;Jansen;2",
        "1;1;Jansen;4711.5",
        "1;1;Jansen;1.471",
        "1;1;Jansen;Utrecht",
        "0;0;Jansen;4711",
        '1;1;"Jansen;4',
    ],
)
def test_no_error_about_counts_tells_about_a_row(save, refused, everything_said, rows):
    error = refused(lambda: read_counts(save("a.csv", f"A;B;name;n\n1;1;Jansen;2\n{rows}\n"), lists=["A", "B"]))
    said = everything_said(error).replace("4711 people", "").replace("4,711 people", "").replace("4.711 mensen", "")
    assert [secret for secret in SECRETS if secret in said.replace("'n': 4711", "")] == []


def test_nothing_is_printed_from_start_to_end(save):
    path = save("a.csv", 'id;list;sex\n1;A;"m"\n1;B;m\n2;B;\n')
    code = f"""
import sys
from darknumber.data.read import read_records
from darknumber.data.tabulate import tabulate
table = tabulate(read_records({str(path)!r}, id="id", list_column="list", covariates=["sex"]))
records = read_records({str(path)!r}, id="id", list_column="list", covariates=["sex"], lists=["A", "B"])
try:
    tabulate(read_records({str(path)!r}, id="sex", list_column="list"))
except Exception as error:
    kept = error
assert not {{"pandas", "polars", "pyarrow"}} & set(sys.modules), "the base install has none of these"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
