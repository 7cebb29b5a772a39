from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.files import even_rows, existing, kind_of, text_file, text_rows, write_plain


def read(path) -> tuple[tuple[str, ...], list[list[str]]]:
    file = text_file(path)
    return file.headings, list(text_rows(file))


ROWS = [["1", "0", "12"], ["0", "1", "5"]]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_line_ends_and_encodings(save, delimiter, end, encoding):
    lines = [["politie", "café", "aantal"], *ROWS]
    text = end.join(delimiter.join(line) for line in lines) + end
    assert read(save("a.csv", text.encode(encoding))) == (("politie", "café", "aantal"), ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "a;b;n\n1;0;12\n0;1;5\n\n\n",
        "a;b;n\n1;0;12\n\n;;\n   \n0;1;5\n;;\n",
        "\n\na;b;n\n1;0;12\n0;1;5\n",
        ";;\na;b;n\n1;0;12\n0;1;5\n",
        " a ; b;n \n 1;0 ;12\n0;1;\u00a05\n",
        '"a";"b";"n"\n"1";"0";"12"\n"0";"1";"5"\n',
        'a; "b"; n\n1; "0"; 12\n0;1;5\n',
        "sep=;\na;b;n\n1;0;12\n0;1;5\n",
        "SEP=;\r\na;b;n\r\n1;0;12\r\n0;1;5",
        "a;b;n;;\n1;0;12;;\n0;1;5;;\n",
        "a;b;n\n1;0;12;\n0;1;5;;;\n",
    ],
)
def test_messy_files(save, text):
    assert read(save("a.csv", text)) == (("a", "b", "n"), ROWS)


def test_a_declared_delimiter_wins(save):
    assert read(save("a.csv", "sep=,\na;x,b\n1;2,3\n"))[0] == ("a;x", "b")


def test_cells_left_off_at_the_end_are_empty(save):
    assert read(save("a.csv", "a;b;n\n1\n1;2\n"))[1] == [["1", "", ""], ["1", "2", ""]]


def test_decimal_commas_do_not_make_columns(save):
    assert read(save("a.csv", "a;b;n\n1,0;0,0;12,0\n"))[1] == [["1,0", "0,0", "12,0"]]


def test_headings_with_commas(save):
    assert read(save("a.csv", "Age, in years;Sex\n12;m\n13;f\n"))[0] == ("Age, in years", "Sex")


def test_quoted_delimiters_and_line_ends_stay_in_the_cell(save):
    headings, rows = read(save("a.csv", 'a;"two\nlines";n\n"x;y";"1\n2";"say ""hi"""\n'))
    assert headings == ("a", "two\nlines", "n")
    assert rows == [["x;y", "1\n2", 'say "hi"']]


def test_one_column(save):
    assert read(save("a.csv", "n\n1\n\n2\n")) == (("n",), [["1"], ["2"]])


@pytest.mark.parametrize(("text", "row"), [("a;b\n1;2\n\n1;2;3\n", 3), ("a;b\n1;2\n3;4\n5;6;;x\n", 4)])
def test_a_row_with_too_many_cells_is_refused(save, refused, text, row):
    error = refused(lambda: read(save("a.csv", text)))
    assert (error.code, error.values["row"]) == ("ragged_row", row)


@pytest.mark.parametrize(
    ("text", "row"),
    [('a;b\n1;2\n1;"2\n3;4\n', 3), ('a;b\n"1"x;2\n', 2), ('a;b\n1;"Jan;3\n4;"Piet;5\n', 2), ('"a;b\n1;2\n', 1)],
)
def test_a_quote_that_does_not_end_is_refused(save, refused, text, row):
    error = refused(lambda: read(save("a.csv", text)))
    assert (error.code, error.values["row"]) == ("stray_quote", row)


@pytest.mark.parametrize("text", ["", "\n\n", "   \n", ";;\n;;\n", "sep=;\n", "\ufeff"])
def test_an_empty_file_is_refused(save, refused, text):
    assert refused(lambda: text_file(save("a.csv", text))).code == "empty_file"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "text"),
        ("A.CSV", "text"),
        ("a.csv.gz", "text"),
        ("a.b.tsv", "text"),
        ("a.xlsx", "workbook"),
        ("a.parquet", "parquet"),
    ],
)
def test_kinds_of_files(save, name, kind):
    assert kind_of(save(name, "")) == kind


@pytest.mark.parametrize("name", ["a.doc", "a", "a.gz", "a.xlsx.gz", "csv"])
def test_unknown_kinds_are_refused(save, refused, name):
    assert refused(lambda: kind_of(save(name, ""))).code == "unknown_file_type"


def test_a_file_that_is_not_there(save, tmp_path, refused):
    save("gegevens.csv", "a")
    error = refused(lambda: existing(tmp_path / "gegeven.csv"))
    assert (error.code, error.values["near"]) == ("file_not_found_near", "gegevens.csv")
    assert refused(lambda: existing(tmp_path / "x" / "y.csv")).code == "file_not_found"
    assert refused(lambda: existing(tmp_path)).code == "is_a_folder"
    assert existing(str(tmp_path / "gegevens.csv")).name == "gegevens.csv"


def test_a_rewritten_file_reads_the_same_and_is_plain():
    rows = [["1", "x\ty", "one\ntwo"], ["2", 'say "hi"', ""]]
    written = write_plain(("a", "b;c", "d"), rows)
    assert written.headings == ("a", "b;c", "d")
    assert written.path.read_text(encoding="utf-8").splitlines()[1:] == ["1\tx y\tone two", '2\tsay "hi"\t']


cell = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6).map(str.strip)


@given(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_a_program_writes_comes_back(tmp_path_factory, rows):
    """Any cells, written by the standard library with quotes where needed."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.mktemp("rows") / "a.csv"
    path.write_bytes(out.getvalue().encode())
    spaces = " \t\r\n\u00a0"
    expected = [[text.strip(spaces) for text in row] for row in rows]
    assert read(path) == (("a", "b", "c"), [row for row in expected if any(row)])


def test_even_rows():
    assert list(even_rows([["a"], [], ["", ""], ["b", "c", ""]], 2, "f")) == [["a", ""], ["b", "c"]]


def test_even_rows_with_the_empty_ones_between():
    rows = [[], ["a"], ["", ""], [], ["b", "c"], ["", ""], []]
    assert list(even_rows(rows, 2, "f", empty_rows=True)) == [["", ""], ["a", ""], ["", ""], ["", ""], ["b", "c"]]


def test_empty_rows_count_where_a_row_is_wrong(refused):
    rows = even_rows([["a"], [], ["b", "c"]], 1, "f", empty_rows=True)
    assert refused(lambda: list(rows)).values["row"] == 4


@pytest.mark.parametrize("text", ['"', '""', "x" * 200_000 + ";y\n1;2\n", '"' + "x" * 200_000])
def test_what_no_program_reads_is_an_error_of_ours(save, refused, text):
    assert refused(lambda: read(save("a.csv", text))).code in ("stray_quote", "empty_file")
