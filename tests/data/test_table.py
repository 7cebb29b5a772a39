from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import MAX_LISTS, NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding

YEAR = Covariate.of("year", ["2013", "2014", "2015"])
SEX = Covariate.of("sex", ["f", "m", NOT_RECORDED])


@st.composite
def cells(draw):
    """Histories, counts and levels of three lists, years and sexes; every list has somebody."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(1, 7), st.integers(0, 2), st.integers(0, 2), st.integers(0, 50)),
            min_size=1,
            max_size=40,
        )
    )
    return [*rows, (7, 0, 0, 1)]


def table_of(rows, **options) -> CaptureTable:
    history, year, sex, count = zip(*rows, strict=True)
    return CaptureTable.build(
        ["A", "B", "C"],
        history,
        count,
        covariates=[YEAR, SEX],
        levels=[np.array(year), np.array(sex)],
        **options,
    )


@given(cells(), st.randoms(use_true_random=False))
def test_order_of_rows_is_irrelevant(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert table_of(shuffled) == table_of(rows)


@given(cells())
def test_equal_cells_are_added_up_and_nobody_is_lost(rows):
    table = table_of(rows)
    assert table.count.sum() == sum(row[-1] for row in rows)
    assert table.observed.sum() == table.count.sum()
    assert (table.count > 0).all()
    coordinates = list(zip(table.stratum.tolist(), table.history.tolist(), strict=True))
    assert coordinates == sorted(set(coordinates))


@given(cells())
def test_list_sizes_overlaps_and_numbers_of_lists_agree_with_the_rows(rows):
    table = table_of(rows)
    for j in range(3):
        assert table.list_sizes[j] == sum(n for history, _, _, n in rows if history >> j & 1)
        for k in range(3):
            on_both = (1 << j) | (1 << k)
            assert table.overlaps[j, k] == sum(n for history, _, _, n in rows if history & on_both == on_both)
    assert table.by_number_of_lists.tolist() == [
        sum(n for history, _, _, n in rows if history.bit_count() == lists) for lists in (1, 2, 3)
    ]


@given(cells())
def test_the_dense_table_holds_everybody_and_nobody_on_no_list(rows):
    table = table_of(rows)
    dense = table.dense()
    assert dense.shape == (9, 8)
    assert dense[:, 0].sum() == 0
    assert (dense.sum(axis=1) == table.observed).all()


@given(cells(), st.sampled_from([["year"], ["sex"], ["year", "sex"]]))
def test_pooling_keeps_the_people(rows, names):
    table = table_of(rows)
    pooled = table.pool(names)
    assert [covariate.name for covariate in pooled.covariates] == [
        covariate.name for covariate in table.covariates if covariate.name not in names
    ]
    assert pooled.count.sum() == table.count.sum()
    assert (pooled.list_sizes == table.list_sizes).all()
    assert (pooled.overlaps == table.overlaps).all()


@given(cells())
def test_pooling_in_two_steps_or_one_is_the_same(rows):
    table = table_of(rows)
    assert table.pool(["year"]).pool(["sex"]) == table.pool(["sex", "year"])


@given(cells())
def test_selecting_each_level_in_turn_gives_everybody_once(rows):
    table = table_of([*rows, *((7, year, 0, 1) for year in range(3))])
    parts = [table.select("year", [level]) for level in YEAR.levels]
    assert sum(part.count.sum() for part in parts) == table.count.sum()
    assert np.concatenate([part.observed for part in parts]).tolist() == table.observed.tolist()


def test_selecting_renumbers_levels_and_leaves_out_lists_nobody_is_on():
    table = table_of([(1, 0, 0, 4), (2, 0, 1, 5), (3, 0, 2, 6), (7, 2, 0, 9)])
    early = table.select("year", ["2013"])
    assert early.lists == ("A", "B")
    assert early.covariates[0] == Covariate.of("year", ["2013"])
    assert early.covariates[0].values == (2013.0,)
    assert early.count.tolist() == [4, 5, 6]
    assert early.history.tolist() == [1, 2, 3]


def test_operating_follows_pooling_and_selecting():
    operating = np.ones((9, 3), dtype=bool)
    operating[:3, 2] = False  # list C was not kept in 2013
    rows = [(1, 0, 0, 4), (3, 0, 1, 5), (7, 1, 0, 6), (4, 2, 2, 7)]
    table = table_of(rows, operating=operating)
    assert table.select("year", ["2014", "2015"]).operating.all()
    assert not table.select("year", ["2013", "2014"]).operating[:3, 2].any()
    assert table.pool(["year"]).operating.all()
    assert table.pool(["sex"]).operating[:, 2].tolist() == [False, True, True]


def test_a_list_may_be_marked_as_not_kept(refused):
    table = table_of([(1, 0, 0, 4), (7, 1, 0, 6), (4, 2, 2, 7)])
    marked = table.not_kept("C", "year", ["2013"])
    assert marked.pool(["sex"]).operating.tolist() == [[True, True, False], [True, True, True], [True, True, True]]
    assert table.operating.all()
    assert (marked.count == table.count).all()
    error = refused(lambda: table.not_kept("C", "year", ["2013", "2014"]))
    assert (error.code, error.values) == ("on_idle_list", {"list": "C", "n": 6})
    assert refused(lambda: table.not_kept("c", "year", ["2013"])).values["near"] == "C"
    assert refused(lambda: table.not_kept("D", "year", ["2013"])).code == "no_such_list"
    assert refused(lambda: table.not_kept("C", "yaer", ["2013"])).code == "unknown_covariate_near"
    assert refused(lambda: table.not_kept("C", "year", ["2031"])).code == "unknown_level_near"


def test_people_on_a_list_that_was_not_kept_are_refused(refused):
    operating = np.ones((9, 3), dtype=bool)
    operating[0, 0] = False
    error = refused(lambda: table_of([(7, 0, 0, 3)], operating=operating))
    assert (error.code, error.values) == ("on_idle_list", {"list": "A", "n": 3})


def test_pooling_leaves_out_what_was_said_about_the_pooled_covariate():
    findings = [Finding(code="not_recorded", where="sex", values={"n": 1, "share": 0.1}), Finding(code="several_years")]
    table = table_of([(7, 0, 0, 3)], findings=findings)
    assert table.pool(["sex"]).findings == (findings[1],)
    assert table.pool(["year"]).findings == tuple(findings)


def test_levels_are_sorted_as_numbers_where_they_are_and_not_recorded_is_last():
    age = Covariate.of("age", ["10", "9", NOT_RECORDED, "100"])
    assert age.levels == ("9", "10", "100", NOT_RECORDED)
    assert age.values[:3] == (9.0, 10.0, 100.0)
    assert np.isnan(age.values[3])
    assert age.recorded == ("9", "10", "100")
    assert age.has_not_recorded


@pytest.mark.parametrize("label", ["nan", "infinity", "1_000", "1e3", "1,5", ""])
def test_a_level_that_only_python_takes_for_a_number_is_text(label):
    assert Covariate.of("kind", ["1", label]).values is None


def test_a_leading_zero_is_kept():
    assert Covariate.of("region", ["007", "7", "08"]).levels == ("007", "7", "08")


@given(
    st.sets(st.sampled_from(["a", "b", "2013", "2014", NOT_RECORDED]), min_size=1), st.randoms(use_true_random=False)
)
def test_a_covariate_does_not_depend_on_the_order_of_its_labels(labels, random):
    shuffled = sorted(labels)
    random.shuffle(shuffled)
    assert Covariate.of("kind", shuffled).levels == Covariate.of("kind", labels).levels


@pytest.mark.parametrize("count", [-1, 0.5, np.nan, np.inf])
def test_counts_that_are_not_whole_numbers_are_refused(count, refused):
    assert refused(lambda: CaptureTable.build(["A", "B"], [1, 2, 3], [1, 2, count])).code == "bad_counts"


@pytest.mark.parametrize(
    ("lists", "histories", "counts", "code"),
    [
        (["A"], [1], [1], "one_list"),
        ([f"L{j}" for j in range(MAX_LISTS + 1)], [1], [1], "too_many_lists"),
        (["A", "A"], [1, 2], [1, 1], "repeated_names"),
        (["A", "B"], [0, 3], [2, 1], "on_no_list"),
        (["A", "B"], [1, 2], [0, 0], "nobody"),
        (["A", "B"], [], [], "nobody"),
        (["A", "B"], [1], [1], "empty_list"),
    ],
)
def test_tables_that_cannot_be_are_refused(lists, histories, counts, code, refused):
    assert refused(lambda: CaptureTable.build(lists, histories, counts)).code == code


def test_a_covariate_called_as_a_list_is_refused(refused):
    same = Covariate.of("A", ["x"])
    make = lambda: CaptureTable.build(["A", "B"], [3], [1], covariates=[same], levels=[np.array([0])])  # noqa: E731
    assert refused(make).code == "repeated_names"


def test_too_many_strata_are_refused(refused):
    wide = [Covariate.of(name, map(str, range(101))) for name in ("a", "b", "c")]
    make = lambda: CaptureTable.build(["A", "B"], [3], [1], covariates=wide, levels=[np.array([0])] * 3)  # noqa: E731
    assert refused(make).code == "too_many_strata"


def test_twenty_lists_are_held_but_not_made_dense():
    lists = [f"L{j}" for j in range(MAX_LISTS)]
    table = CaptureTable.build(lists, [(1 << MAX_LISTS) - 1, 1], [3, 4])
    assert table.list_sizes.tolist() == [7, *[3] * 19]
    with pytest.raises(ModelError):
        table.dense()


def test_names_that_are_not_there_are_answered_with_near_ones(refused):
    table = table_of([(7, 0, 0, 3)])
    assert refused(lambda: table.axis("yaer")).values["near"] == "year"
    assert refused(lambda: table.pool(["region"])).code == "unknown_covariate"
    assert refused(lambda: table.select("year", ["2031"])).values["near"] in YEAR.levels
    assert refused(lambda: table.select("sex", ["zzz"])).code == "unknown_level"
    bare = CaptureTable.build(["A", "B"], [3], [1])
    assert refused(lambda: bare.axis("year")).code == "unknown_covariate_none"


def test_arrays_cannot_be_changed():
    table = table_of([(7, 0, 0, 3)])
    for array in (table.count, table.history, table.stratum, table.operating):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_tables_are_equal_in_value_and_after_pickling():
    table = table_of([(7, 0, 0, 3), (1, 1, 2, 5)], findings=[Finding(code="several_years", values={"n": 2})])
    assert pickle.loads(pickle.dumps(table)) == table
    assert table != replace(table, unit="person-year")
    assert table != table_of([(7, 0, 0, 3), (1, 1, 2, 6)])
    assert table != "a table"


def test_errors_are_the_root_kind():
    with pytest.raises(InputError):
        CaptureTable.build([], [], [])
