"""Both engines take marks off the same letters, and write what the other would misread."""

from __future__ import annotations

import unicodedata

import duckdb
import narwhals.stable.v2 as nw
import pytest

from darknumber.register.names.dialects import DUCKDB, SPARK, _marked_letters, dialect_of, project
from tests.data.conftest import spark  # noqa: F401 - a fixture

# Letters of the alphabets in use in Europe, the Middle East and Vietnam.
ALPHABETS = [*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000), *range(0x620, 0x6D5)]


def test_marks_come_off_the_same_letters():
    letters = [chr(point) for point in ALPHABETS if unicodedata.category(chr(point)) in ("Ll", "Lo", "Lm")]
    held = nw.from_native(duckdb.connect().sql("SELECT unnest($letters) AS letter", params={"letters": letters})).lazy()
    found = dict(project(held, {"letter": '"letter"', "bare": DUCKDB.without_marks('"letter"')}).to_native().fetchall())
    bare = dict(zip(*_marked_letters(), strict=True))
    assert {letter: bare.get(letter, letter) for letter in letters} == found


@pytest.mark.parametrize("text", ["it's", "back\\slash", "a\\'b", "$1", "'"])
def test_constant_texts_in_duckdb(text):
    held = nw.from_native(duckdb.connect().sql("SELECT 1 AS one")).lazy()
    assert dialect_of(held) is DUCKDB
    assert project(held, {"text": DUCKDB.text(text)}).to_native().fetchall() == [(text,)]


@pytest.mark.spark
def test_constant_texts_and_patterns_in_spark(spark):  # noqa: F811
    held = nw.from_native(spark.sql("SELECT 'van den Berg' AS name")).lazy()
    assert dialect_of(held) is SPARK
    columns = {
        "text": SPARK.text("a\\'b"),
        "swapped": SPARK.swap("name", r"(\p{L}+) (\p{L}+)", r"\2 \1"),
        "fits": SPARK.fits("name", "van.*"),
        "fits_not": SPARK.fits("name", "van"),
        "has": SPARK.has("name", r"d.n"),
        "part": SPARK.part("name", r"(\p{L}+)$", 1),
    }
    found = project(held, columns, keep=True).to_native().collect()[0].asDict()
    told = {"text": "a\\'b", "swapped": "den van Berg", "fits": True, "fits_not": False, "has": True, "part": "Berg"}
    assert found == {"name": "van den Berg"} | told
