"""What texts mean, worked out once for each and joined to the rows."""

from __future__ import annotations

from datetime import date

import duckdb
import narwhals.stable.v2 as nw
import pytest

from darknumber.data import lookups
from darknumber.data.engine import connection, fetch
from darknumber.data.lookups import Lookup, with_lookups
from darknumber.errors import InputError

ODD = ["", "a", 'quo"te', "com,ma", "line\nend", "return\r\n", "\r", "tab\t", "é\u2028", "\\n", "NULL", "1"]


def frame(opened: duckdb.DuckDBPyConnection, texts: list[str]) -> nw.LazyFrame:
    opened.execute("CREATE TABLE texts (place BIGINT, word VARCHAR)")
    for row in enumerate(texts):
        opened.execute("INSERT INTO texts VALUES (?, ?)", row)
    return nw.from_native(opened.table("texts"))


def meaning(seen: list[str]) -> Lookup:
    def read(text: str) -> tuple[str | None, int | None, date | None]:
        seen.append(text)
        return (text or None, len(text) or None, date(2014, 3, 1) if text == "a" else None)

    return Lookup(key="word", about="field", outputs={"same": "text", "length": "number", "day": "day"}, read=read)


def test_every_text_is_read_once_and_joined():
    seen: list[str] = []
    opened = connection()
    found = fetch(with_lookups(frame(opened, [*ODD, *ODD, "a"]), [meaning(seen)], opened).sort("place"))
    texts = [*ODD, *ODD, "a"]
    assert sorted(seen) == sorted(ODD)
    assert found["same"] == [text or None for text in texts]
    assert found["length"] == [len(text) or None for text in texts]
    assert found["day"] == [date(2014, 3, 1) if text == "a" else None for text in texts]
    assert "word" not in found


def test_no_lookups_and_no_rows():
    opened = connection()
    rows = frame(opened, [])
    assert fetch(with_lookups(rows, [], opened))["word"] == []
    assert fetch(with_lookups(rows, [meaning([])], opened))["length"] == []


def test_too_many_texts_are_refused_without_one_of_them(monkeypatch):
    monkeypatch.setattr(lookups, "MAX_TEXTS", 3)
    opened = connection()
    with pytest.raises(InputError) as refused:
        with_lookups(frame(opened, list("abcd")), [meaning([])], opened)
    assert refused.value.values == {"field": "field", "limit": 3}


@pytest.mark.spark
def test_the_same_in_spark(spark, monkeypatch):
    rows = spark.createDataFrame(list(enumerate([*ODD, "a"])), schema="place long, word string")
    found = fetch(with_lookups(nw.from_native(rows), [meaning([])], connection()).sort("place"))
    assert found["same"] == [text or None for text in [*ODD, "a"]]
    assert found["day"][1] == found["day"][-1] == date(2014, 3, 1)
    monkeypatch.setattr(lookups, "MAX_TEXTS", 3)
    with pytest.raises(InputError):
        with_lookups(nw.from_native(rows), [meaning([])], connection())
