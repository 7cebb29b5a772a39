from __future__ import annotations

import duckdb
import narwhals.stable.v2 as nw
import pytest

from darknumber.data import spool
from darknumber.data.engine import (
    combine,
    connection,
    fetch,
    first_row,
    in_engine,
    kept,
    numbered,
    open_parquet,
    open_plain,
)
from darknumber.data.files import text_file


def lazily(frame) -> nw.LazyFrame:
    return nw.from_native(frame).lazy()


def test_the_connection_spills_to_the_spool_folder_only_and_fetches_and_prints_nothing():
    settings = dict(
        connection()
        .execute(
            "SELECT name, value FROM duckdb_settings() WHERE name IN "
            "('temp_directory', 'memory_limit', 'autoinstall_known_extensions', 'enable_progress_bar')"
        )
        .fetchall()
    )
    assert settings["temp_directory"] == str(spool.folder())
    assert settings["autoinstall_known_extensions"] == "false"
    assert settings["enable_progress_bar"] == "false"
    assert settings["memory_limit"].startswith("1.")


def test_plain_files_are_opened_without_their_empty_rows(save):
    opened = open_plain(text_file(save("a.csv", "a;b\n1;2\n;\n   \n\n3\n;4\n")))
    assert fetch(opened) == {"c0": ["1", "3", None], "c1": ["2", None, "4"]}


@pytest.mark.parametrize("name", ["a[1].csv", "a*.csv", "a?.csv", "a'b.csv", "a b.csv", "é.csv"])
def test_odd_file_names_are_names_and_not_patterns(save, name):
    save("a1.csv", "a;b\n9;9\n")
    save("ab.csv", "a;b\n9;9\n")
    opened = open_plain(text_file(save(name, "a;b\n1;2\n")))
    assert fetch(opened) == {"c0": ["1"], "c1": ["2"]}


def test_what_duckdb_cannot_read_is_none(save):
    assert open_plain(text_file(save("a.csv", "a;b\n1;2\n1;2;3\n"))) is None
    assert open_parquet(save("a.parquet", "not parquet")) is None


def test_a_file_that_goes_bad_later_is_an_error_without_its_contents(save, everything_said, refused):
    path = save("a.csv", "a;b\n1;2\n")
    opened = open_plain(text_file(path))
    path.write_text("a;b\nJansen;4711;Utrecht\n")
    error = refused(lambda: fetch(opened))
    assert error.code == "engine_failed"
    assert "Jansen" not in everything_said(error)


def test_results_come_back_as_columns(frame_of):
    found = fetch(lazily(frame_of({"a": [1, 2], "b": ["x", None]})))
    assert found["a"] == [1, 2]
    assert found["b"][0] == "x"
    assert found["b"][1] is None or found["b"][1] != found["b"][1]


def test_the_first_wrong_row_is_numbered_as_in_a_spreadsheet(frame_of, request):
    frame = lazily(frame_of({"a": ["1", "0", "?", "1", "?"], "b": [1, 2, 3, 4, 5]}))
    spark = request.node.callspec.params["frame_of"] == "spark"
    assert first_row(frame, nw.col("a") == "?") == (None if spark else 4)
    assert first_row(frame, nw.col("a") == "nothing") is None


def test_the_bits_of_one_persons_rows_are_combined(frame_of):
    frame = lazily(
        frame_of(
            {
                "person": ["p", "q", "p", "r", "q", "p"],
                "year": [1, 1, 1, 2, 2, 1],
                "lists": [1, 2, 4, 1 << 19, 1, 1],
                "levels": [0, (1 << 61) | 1, 3, 5, 6, 1 << 40],
                "low": [3, 2, 1, 5, 7, 2],
            }
        )
    )
    found = fetch(combine(frame, ["person", "year"], [("lists", 20), ("levels", 62)], ["low"]))
    rows = set(zip(*(found[name] for name in ("person", "year", "lists", "levels", "low")), strict=True))
    assert rows == {
        ("p", 1, 5, (1 << 40) | 3, 1),
        ("q", 1, 2, (1 << 61) | 1, 2),
        ("q", 2, 1, 6, 7),
        ("r", 2, 1 << 19, 5, 5),
    }


def test_a_frame_of_one_engine_stays_in_it():
    relation = duckdb.connect().sql("SELECT 'p' AS person, 1 AS lists, 0 AS levels")
    combined = combine(lazily(relation), ["person"], [("lists", 1), ("levels", 0)])
    assert isinstance(combined.to_native(), duckdb.DuckDBPyRelation)


def test_rows_are_numbered_and_kept_in_every_engine(frame_of):
    rows = in_engine(nw.from_native(frame_of({"a": ["x", "y", "z"]})).lazy())
    found = fetch(kept(numbered(rows, "row"), connection()).sort("row"))
    assert (found["row"], found["a"]) == ([2, 3, 4], ["x", "y", "z"])


def test_kept_rows_do_not_follow_their_source():
    opened = duckdb.connect()
    opened.execute("CREATE TABLE rows AS SELECT 1 AS a")
    held = kept(nw.from_native(opened.table("rows")), connection())
    opened.execute("DROP TABLE rows")
    assert fetch(held) == {"a": [1]}


def test_texts_come_into_an_engine_as_they_were(frame_of):
    texts = ["a\r\nb", "\r", "", 'quo"te', "c\nd", "comma,", "\\n", "NULL", None, "é\u2028"]
    held = in_engine(
        nw.from_native(frame_of({"place": list(range(10)), "word": texts, "size": [0.5, *[None] * 9]})).lazy()
    )
    found = fetch(held.sort("place"))
    assert found["word"] == texts
    assert found["size"][0] == 0.5
    assert all(size is None for size in found["size"][1:])
