"""Tables of linked reports, against counting the same reports by an id."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.data.read import read_records
from darknumber.data.tabulate import tabulate
from darknumber.errors import InputError
from darknumber.register.linkage import draws
from darknumber.register.linkage.coded import coded
from darknumber.register.linkage.counting import cells_of, covariates_of, labelled, table_of
from darknumber.register.linkage.draws import at_threshold, drawn_tables
from darknumber.register.linkage.partitions import partitions, people_at
from tests.data.conftest import spark  # noqa: F401 - a fixture

ORGANISATIONS = ["police", "border", "shelter"]


def frame_of(rows):
    """Reports from ``(organisation, year, sex)``, as a lazy frame of canonical columns."""
    organisation, year, sex = zip(*rows, strict=True)
    return nw.from_native(
        pl.DataFrame(
            {
                "row": [place + 2 for place in range(len(rows))],
                "organisation": organisation,
                "year": pl.Series(year, dtype=pl.Int64),
                "sex": pl.Series(sex, dtype=pl.String),
            }
        ).lazy()
    )


def pairs_of(rows, weights):
    pairs = sorted(weights)
    return SimpleNamespace(
        rows=rows,
        left=np.array([a for a, _ in pairs], dtype=np.int64),
        right=np.array([b for _, b in pairs], dtype=np.int64),
        weight=np.array([weights[pair] for pair in pairs], dtype=float),
    )


def by_id(frame, person, **settings):
    """The same reports counted by an id of their people."""
    rows = frame.collect().to_native().with_columns(pl.Series("who", [str(each) for each in person]))
    return tabulate(read_records(rows, id="who", list_column="organisation", name="", **settings))


def of_partition(numbers, person):
    found = labelled(numbers, cells_of(numbers, np.arange(len(person)), np.asarray(person)))
    return found, table_of(numbers, found, covariates_of(numbers, [found]), (*numbers.findings, *found.findings))


ROWS = [
    ("police", 2018, "female"),
    ("border", 2018, None),
    ("shelter", 2018, "male"),
    ("police", 2019, "male"),
    ("police", 2019, "male"),
    ("border", 2019, "female"),
    ("shelter", None, "female"),
    ("border", 2018, "male"),
]

report = st.tuples(
    st.sampled_from(ORGANISATIONS),
    st.sampled_from([2018, 2019, None]),
    st.sampled_from(["female", "male", None]),
)


@settings(max_examples=80)
@given(
    st.lists(report, min_size=3, max_size=30),
    st.sampled_from(["person", "person-year"]),
    st.sampled_from(["lowest", "not recorded", {"sex": "lowest", "year": "not recorded"}]),
    st.data(),
)
def test_a_labelling_counts_as_its_id_would(reports, unit, rule, data):
    rows = [*((name, 2018, "female") for name in ORGANISATIONS), *reports]
    person = data.draw(st.lists(st.integers(0, len(rows) // 2), min_size=len(rows), max_size=len(rows)))
    frame = frame_of(rows)
    numbers = coded(frame, ["year", "sex"], lists=sorted(ORGANISATIONS), unit=unit, on_conflict=rule)
    year = {"year": "year"} if unit == "person-year" else {}
    expected = by_id(frame, person, covariates=["year", "sex"], unit=unit, on_conflict=rule, **year)
    found, table = of_partition(numbers, person)
    several = [each for each in expected.findings if each.code == "several_years"]
    assert table.with_findings(several).columns() == expected.columns()
    assert {str(each) for each in (*table.findings, *several)} == {str(each) for each in expected.findings}
    assert int(found.count.sum()) == int(expected.count.sum())


def test_two_values_are_an_error_where_that_is_asked():
    numbers = coded(frame_of(ROWS), ["sex"], on_conflict="error")
    with pytest.raises(InputError):
        of_partition(numbers, [0, 0, 0, 0, 4, 5, 6, 7])


def test_only_some_organisations_count():
    frame = frame_of(ROWS)
    person = [0, 0, 0, 3, 3, 5, 6, 5]
    settings = {"lists": ["police", "border"], "covariates": ["sex"], "on_conflict": "not recorded"}
    _, table = of_partition(coded(frame, ["sex"], lists=["police", "border"]), person)
    assert table == by_id(frame, person, **settings)
    assert "other_lists_left_out" in {finding.code for finding in table.findings}


def test_merged_organisations_are_one_list():
    frame = frame_of(ROWS)
    merge = {"care": ["shelter", "border"]}
    _, table = of_partition(coded(frame, merge=merge), [0, 0, 0, 3, 3, 5, 6, 5])
    assert table.lists == ("care", "police")
    assert table.columns() == {"care": [1, 0, 1], "police": [0, 1, 1], "count": [2, 1, 1]}


@pytest.mark.parametrize(
    ("merge", "code"),
    [
        ({"care": ["hospital"]}, "no_such_list"),
        ({"care": ["shelter"], "rest": ["shelter", "border"]}, "merged_twice"),
        ({"police": ["shelter", "border"]}, "merge_name_taken"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(merge, code):
    with pytest.raises(InputError) as caught:
        coded(frame_of(ROWS), merge=merge)
    assert caught.value.code.startswith(code)


def test_somebody_counts_with_any_report_that_meets_the_definition():
    numbers = coded(frame_of(ROWS))
    met = replace(numbers, meets=np.arange(len(ROWS)) == 1)
    people = np.array([0, 0, 0, 3, 3, 5, 6, 5])
    cells = cells_of(met, np.arange(len(ROWS)), people)
    assert cells.count.tolist() == [1]
    assert cells.bits[0].tolist() == [0b111]  # all lists of that person
    assert cells.people == 1


def test_the_best_table_and_the_draws_by_hand():
    frame = frame_of(ROWS)
    weights = {(0, 1): 3.0, (1, 2): 0.2, (0, 2): 0.1, (3, 4): np.inf, (5, 7): -0.3, (4, 6): -20.0}
    pairs = pairs_of(len(ROWS), weights)
    numbers = coded(frame, ["sex"])
    found = drawn_tables(pairs, numbers, draws=30, seed=5)
    _, best = of_partition(numbers, people_at(pairs))
    assert found.best.columns() == best.columns()
    expected = {}
    for person in partitions(pairs, 30, seed=5):
        _, table = of_partition(numbers, person)
        key = str(table.columns())
        expected[key] = expected.get(key, 0) + 1
    assert found.draws == 30
    assert dict(zip((str(each.columns()) for each in found.tables), found.weights, strict=True)) == expected
    assert {each.covariates for each in found.tables} == {found.best.covariates}
    facts = found.linkage
    assert (facts.reports, facts.people, facts.in_doubt, facts.largest) == (8, 5, 5, 3)
    assert facts.people_low == 4
    assert facts.people_high == 7


def test_draws_without_doubt_are_one_table():
    pairs = pairs_of(len(ROWS), {(0, 1): 30.0, (4, 6): -20.0})
    found = drawn_tables(pairs, coded(frame_of(ROWS)), draws=7)
    assert found.weights == (7,)
    assert found.tables[0].columns() == found.best.columns()
    assert "same counts" in str(found)


def test_person_years_count_once_a_year():
    pairs = pairs_of(len(ROWS), {(0, 1): 20.0, (0, 3): 20.0, (1, 3): 20.0})
    numbers = coded(frame_of(ROWS), unit="person-year")
    found = drawn_tables(pairs, numbers, draws=2)
    assert found.best.unit == "person-year"
    assert "several_years" in {finding.code for finding in found.best.findings}
    person = people_at(pairs)
    rows = frame_of(ROWS).collect().to_native().with_columns(pl.Series("who", person))
    by_year = tabulate(read_records(rows, id="who", list_column="organisation", year="year", unit="person-year"))
    assert found.best.columns() == by_year.columns()
    assert {str(each) for each in found.best.findings} == {str(each) for each in by_year.findings}


def test_a_person_with_many_reports_is_told(monkeypatch):
    monkeypatch.setattr(draws, "MANY_REPORTS", 2)
    pairs = pairs_of(len(ROWS), {(0, 1): 20.0, (1, 2): 20.0, (0, 2): 20.0})
    found = drawn_tables(pairs, coded(frame_of(ROWS)), draws=2)
    assert [finding.code for finding in found.findings] == ["person_with_many_reports"]


def test_at_each_threshold_a_table():
    pairs = pairs_of(len(ROWS), {(0, 1): 3.0, (5, 7): -0.5})
    numbers = coded(frame_of(ROWS))
    at = [at_threshold(pairs, numbers, each) for each in (0.3, 0.5, 0.99)]
    assert [each.people for each in at] == [int(each.table.count.sum()) for each in at] == [6, 7, 8]
    one, other = 1 / (1 + np.exp(-3.0)), 1 / (1 + np.exp(0.5))
    assert [each.missed for each in at] == pytest.approx([0.0, other, one + other])
    assert [each.false for each in at] == pytest.approx([2 - one - other, 1 - one, 0.0])
    kept = drawn_tables(pairs, numbers, draws=2, threshold=0.3).at
    assert [each.threshold for each in kept] == list(draws.THRESHOLDS)


def test_nobody_who_meets_the_definition_is_refused():
    numbers = replace(coded(frame_of(ROWS)), meets=np.zeros(len(ROWS), dtype=bool))
    with pytest.raises(InputError) as caught:
        drawn_tables(pairs_of(len(ROWS), {(0, 1): 1.0}), numbers, draws=2)
    assert caught.value.code == "nobody_linked"


def test_tables_can_be_made_smaller_together():
    pairs = pairs_of(len(ROWS), {(0, 1): 0.1, (5, 7): 0.2})
    found = drawn_tables(pairs, coded(frame_of(ROWS), ["sex"]), draws=20)
    pooled = found.pool(["sex"])
    assert pooled.draws == found.draws
    assert pooled.best.covariates == ()
    assert len(pooled.tables) <= len(found.tables)


def same_numbers(frame):
    """Whether reports in some engine give the numbers that they give in memory."""
    settings = {"lists": ["police", "care"], "merge": {"care": ["border", "shelter"]}, "unit": "person-year"}
    one, other = (coded(each, ["sex"], **settings) for each in (frame_of(ROWS), nw.from_native(frame).lazy()))
    for name in ("row", "on", "levels", "meets"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert one.fields == other.fields


@pytest.mark.parametrize("library", ["pandas", "pyarrow", "duckdb"])
def test_every_engine_gives_the_same_numbers(library):
    rows = frame_of(ROWS).collect().to_native()
    backwards = rows.reverse()  # the order in which an engine has them is of no matter
    if library == "pandas":
        same_numbers(backwards.to_pandas())
    elif library == "pyarrow":
        same_numbers(backwards.to_arrow())
    else:
        held = duckdb.connect()
        held.register("rows", backwards.to_arrow())
        same_numbers(held.sql("SELECT * FROM rows"))


@pytest.mark.spark
def test_spark_gives_the_same_numbers(spark):  # noqa: F811
    rows = frame_of(ROWS).collect().to_native()
    same_numbers(spark.createDataFrame(rows.rows(), schema="row long, organisation string, year long, sex string"))
