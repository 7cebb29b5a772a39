from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data import people
from darknumber.data.people import Field, fields_of
from darknumber.data.read import read_records
from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.data.tabulate import tabulate


def field(levels: int, shift: int = 0) -> Field:
    covariate = Covariate(name="x", levels=tuple(str(level) for level in range(levels)))
    return Field(covariate=covariate, column="covariate_0", numbers={}, shift=shift)


@given(st.integers(1, 10_000), st.integers(0, 30), st.data())
def test_a_mask_of_agreeing_rows_gives_the_level_back(levels, shift, data):
    each = field(levels, shift)
    number = data.draw(st.integers(0, levels - 1))
    level, several = each.read(np.array([each.mask(number), 0]))
    assert level.tolist() == [number, -1]
    assert several.tolist() == [False, False]


@given(st.integers(2, 10_000), st.data())
def test_two_levels_always_show(levels, data):
    each = field(levels)
    one, two = data.draw(st.lists(st.integers(0, levels - 1), min_size=2, max_size=2, unique=True))
    _, several = each.read(np.array([each.mask(one) | each.mask(two)]))
    assert several.all()


def test_masks_of_several_covariates_do_not_touch():
    records = read_records(
        pl.DataFrame(
            {"who": [], "list": [], "a": [], "b": []}, schema=dict.fromkeys(["who", "list", "a", "b"], pl.String)
        ),
        id="who",
        list_column="list",
        lists=["A", "B"],
        covariates=["a", "b"],
    )
    first, second = fields_of(records, [["x", "y", "z", ""], ["1", "2", "onbekend"]])
    assert first.covariate.levels == ("x", "y", "z")
    assert second.covariate.levels == ("1", "2")
    assert second.shift == 2 * first.width == 4
    both = np.array([first.mask(2) | second.mask(1)])
    assert first.read(both)[0].tolist() == [2]
    assert second.read(both)[0].tolist() == [1]


def test_more_levels_than_make_strata_are_refused(refused):
    columns = [f"c{place}" for place in range(8)]
    rows = 1000
    frame = pl.DataFrame(
        {"who": range(rows), "list": ["A", "B"] * (rows // 2), **{name: range(rows) for name in columns}}
    )
    records = read_records(frame, id="who", list_column="list", covariates=columns)
    assert refused(lambda: tabulate(records)).code == "too_many_strata"


row = st.tuples(
    st.integers(0, 8),
    st.sampled_from("ABC"),
    st.sampled_from(["2013", "2014", ""]),
    st.sampled_from(["f", "m", "onbekend"]),
)


def by_hand(rows, rule, keys):
    """What `count_people` should give, person by person; None where it should refuse."""
    groups: dict[tuple, list[tuple]] = {}
    for each in rows:
        groups.setdefault(tuple(each[key] for key in keys), []).append(each)
    counts: dict[tuple, int] = {}
    for group in groups.values():
        history = sum({"A": 1, "B": 2, "C": 4}[name] for name in {each[1] for each in group})
        stratum = []
        for place, missing in ((2, ""), (3, "onbekend")):
            values = sorted({each[place] for each in group} - {missing})
            if len(values) > 1 and rule == "error":
                return None
            if len(values) > 1 and rule == "not recorded":
                values = []
            stratum.append(values[0] if values else NOT_RECORDED)
        counts[(*stratum, history)] = counts.get((*stratum, history), 0) + 1
    return counts


def as_counts(table):
    coordinates = np.unravel_index(table.stratum, table.shape)
    labels = [
        [covariate.levels[place] for place in axis]
        for covariate, axis in zip(table.covariates, coordinates, strict=True)
    ]
    return dict(zip(zip(*labels, table.history.tolist(), strict=True), table.count.tolist(), strict=True))


@given(
    st.lists(row, max_size=25),
    st.sampled_from(["error", "not recorded", "lowest"]),
    st.sampled_from(["person", "person-year"]),
    st.booleans(),
)
def test_people_are_counted_as_by_hand(rows, rule, unit, in_duckdb):
    rows = [*rows, (99, "A", "2013", "f"), (99, "B", "2013", "f"), (99, "C", "2013", "f")]
    columns = dict(zip(("who", "list", "year", "sex"), zip(*rows, strict=True), strict=True))
    frame = pl.DataFrame(columns)
    if in_duckdb:
        import duckdb

        frame = duckdb.connect().from_arrow(frame.to_arrow())
    records = read_records(
        frame,
        id="who",
        list_column="list",
        covariates=["year", "sex"],
        year="year",
        unit=unit,
        on_conflict=rule,
    )
    expected = by_hand(rows, rule, [0] if unit == "person" else [0, 2])
    if expected is None:
        with pytest.raises(people.InputError):
            tabulate(records)
    else:
        assert as_counts(tabulate(records)) == expected
