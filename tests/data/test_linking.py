from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import polars as pl
import pytest

from darknumber.data.dates import registered_by
from darknumber.data.linking import link_vintages
from darknumber.data.read import read_records
from darknumber.data.tabulate import tabulate


def rows(seed: int = 1, people: int = 300) -> dict[str, list]:
    """Reports: who, list, year, sex, day of registration; some people in two years, some twice on a list."""
    rng = np.random.default_rng(seed)
    found: dict[str, list] = {name: [] for name in ("id", "list", "year", "sex", "day")}
    for person in range(people):
        for year in {2010 + int(rng.integers(0, 3)), 2010 + int(rng.integers(0, 3))}:
            for name in "ABC":
                for _ in range(int(rng.choice([0, 1, 2], p=[0.6, 0.35, 0.05]))):
                    late = rng.random() < 0.2
                    day = f"{2015 if late else year + 1}-{int(rng.integers(1, 12)):02d}-01"
                    values = (f"p{person}", name, year, "f" if person % 3 else "m", day)
                    for column, value in zip(found, values, strict=True):
                        found[column].append(value)
    return found


def read(source, unit="person-year", **given):
    covariates = [] if unit == "person" else ["sex"]
    year = None if unit == "person" else "year"
    return read_records(
        source, id="id", list_column="list", covariates=covariates, year=year, unit=unit, dates="day", **given
    )


def by_hand(columns, last: str, unit: str) -> Counter:
    """Counts by history then and now, person by person; the slow way."""
    then, now = defaultdict(set), defaultdict(set)
    for person, name, year, day in zip(columns["id"], columns["list"], columns["year"], columns["day"], strict=True):
        key = (person, year if unit == "person-year" else 0)
        now[key].add(name)
        if day <= last:
            then[key].add(name)
    return Counter((key[1], "".join(sorted(then[key])), "".join(sorted(now[key]))) for key in now)


def counted(linked) -> Counter:
    table = linked.columns()
    found: Counter = Counter()
    for place, n in enumerate(linked.count.tolist()):
        histories = ["".join(name for name in "ABC" if table[f"{side}:{name}"][place]) for side in ("old", "new")]
        year = table["new:year"][place] if "new:year" in table else 0
        found[(int(year), *histories)] += n
    return found


@pytest.mark.parametrize("unit", ["person", "person-year"])
def test_every_engine_counts_what_counting_by_hand_gives(frame_of, unit):
    columns = rows()
    new = read(frame_of(columns), unit)
    old = registered_by(new, "2014-06-30")
    linked = link_vintages(old, new)
    assert counted(linked) == by_hand(columns, "2014-06-30", unit)
    for side, records in (("old", old), ("new", new)):
        assert linked.table(side) == tabulate(records)


def test_files_that_were_opened_one_by_one(save):
    columns = rows()
    text = pl.DataFrame(columns).write_csv()
    one, other = save("old.csv", text), save("new.csv", text)
    linked = link_vintages(registered_by(read(one), "2014-06-30"), read(other))
    assert counted(linked) == by_hand(columns, "2014-06-30", "person-year")


def test_a_file_and_frames_of_two_libraries(save):
    columns = rows()
    file = save("new.csv", pl.DataFrame(columns).write_csv())
    old = registered_by(read(pd.DataFrame(columns)), "2014-06-30")
    linked = link_vintages(old, read(file), same_definition=read(pl.DataFrame(columns)))
    assert counted(linked) == by_hand(columns, "2014-06-30", "person-year")
    assert linked.table("same_definition").dense().tolist() == linked.table("new").dense().tolist()


def test_ids_of_another_kind_are_the_same_ids():
    text = {"id": ["1", "2", "3"], "A": ["1", "0", "1"], "B": ["0", "1", "1"]}
    number = {"id": [1.0, 2.0, 4.0], "A": [1, 1, 0], "B": [1, 1, 1]}
    linked = link_vintages(
        read_records(pl.DataFrame(text), id="id", lists=["A", "B"]),
        read_records(pd.DataFrame(number), id="id", lists=["A", "B"]),
    )
    assert (linked.both, linked.only("old"), linked.only("new")) == (2, 1, 1)


def test_a_corrected_value_is_where_it_was_and_where_it_is():
    old = pl.DataFrame({"id": ["a", "b", "c"], "A": [1, 1, 0], "B": [0, 1, 1], "sex": ["m", "m", None]})
    new = pl.DataFrame({"id": ["a", "b", "d"], "A": [1, 1, 0], "B": [0, 0, 1], "sex": ["f", "m", "f"]})
    linked = link_vintages(*(read_records(each, id="id", lists=["A", "B"], covariates=["sex"]) for each in (old, new)))
    table = linked.columns()
    found = {(was, now, int(n)) for was, now, n in zip(table["old:sex"], table["new:sex"], linked.count, strict=True)}
    assert found == {("m", "f", 1), ("m", "m", 1), ("not recorded", "", 1), ("", "f", 1)}


def test_the_lowest_of_two_values_is_kept():
    frame = pl.DataFrame({"id": ["a", "a", "b"], "list": ["A", "B", "A"], "year": [2011, 2010, 2011]})
    frame = pl.concat([frame, pl.DataFrame({"id": ["b", "c"], "list": ["B", "B"], "year": [2011, 2012]})])
    records = read_records(frame, id="id", list_column="list", covariates=["year"], on_conflict={"year": "lowest"})
    linked = link_vintages(records, records)
    assert linked.table("old") == linked.table("new") == tabulate(records)
    assert linked.table("new").observed.tolist() == [1, 1, 1]


def test_without_ids_nobody_can_be_linked(refused):
    records = read_records(pl.DataFrame({"A": [1, 0], "B": [1, 1]}), lists=["A", "B"])
    assert refused(lambda: link_vintages(records, records)).code == "link_needs_id"


def test_people_and_person_years_are_not_linked(refused):
    columns = pl.DataFrame(rows(people=30))
    error = refused(lambda: link_vintages(read(columns, "person"), read(columns, "person-year")))
    assert error.code == "other_units"


def test_errors_hold_no_values_of_people(refused, everything_said):
    frame = pl.DataFrame({"id": ["secret", "secret", "x"], "A": [1, 1, 0], "B": [1, 0, 1], "sex": ["f", "m", "f"]})
    records = read_records(frame, id="id", lists=["A", "B"], covariates=["sex"])
    error = refused(lambda: link_vintages(records, records))
    assert error.code == "two_values"
    assert "secret" not in everything_said(error)


@pytest.mark.spark
def test_a_cluster_and_a_file_are_not_brought_together(save, refused, spark):
    columns = rows(people=20)
    schema = "id string, list string, year long, sex string, day string"
    frame = spark.createDataFrame(list(zip(*columns.values(), strict=True)), schema=schema)
    file = save("new.csv", pl.DataFrame(columns).write_csv())
    assert refused(lambda: link_vintages(read(frame), read(file))).code == "other_engines"
