"""Other tables of the same people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.examples import example
from darknumber.data.reshape import conditioned_on, cut_down, merged_lists, merged_name, with_counts, without_list
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError

NAMES = ("A", "B", "C", "D")


def people(table: CaptureTable) -> dict[tuple[int, frozenset[str]], int]:
    """The people of a table by stratum and the names of the lists they are on."""
    return {
        (int(stratum), frozenset(name for j, name in enumerate(table.lists) if history >> j & 1)): int(count)
        for stratum, history, count in zip(table.stratum, table.history.tolist(), table.count, strict=True)
    }


def small() -> CaptureTable:
    return CaptureTable.build(("A", "B", "C"), [1, 2, 3, 4, 5, 7], [10, 20, 3, 30, 4, 1], name="small")


def stratified(operating: np.ndarray | None = None) -> CaptureTable:
    return CaptureTable.build(
        ("A", "B", "C"),
        [1, 2, 3, 4, 2, 4, 6],
        [10, 20, 3, 30, 5, 6, 7],
        covariates=[Covariate(name="sex", levels=("f", "m"))],
        levels=[np.array([0, 0, 0, 0, 1, 1, 1])],
        operating=operating,
        unit="person-year",
    )


def test_without_a_list_by_hand():
    left = without_list(small(), "A")
    assert left.lists == ("B", "C")
    assert people(left) == {(0, frozenset("B")): 23, (0, frozenset("C")): 34, (0, frozenset("BC")): 1}
    assert left.name == "small"


def test_merged_lists_by_hand():
    left = merged_lists(small(), "A", "C")
    assert left.lists == ("A+C", "B")
    assert people(left) == {(0, frozenset({"A+C"})): 44, (0, frozenset({"B"})): 20, (0, frozenset({"A+C", "B"})): 4}
    assert merged_lists(small(), "C", "A").lists == (merged_name("C", "A"), "B")


def test_conditioned_by_hand():
    left, known = conditioned_on(small(), "A")
    assert left.lists == ("B", "C")
    assert people(left) == {(0, frozenset("B")): 3, (0, frozenset("C")): 4, (0, frozenset("BC")): 1}
    assert known.tolist() == [18]


def test_lists_without_any_of_these_people_are_left_out():
    table = CaptureTable.build(NAMES, [1, 3, 5, 7, 8, 10], [9, 3, 4, 1, 5, 6])
    left, known = conditioned_on(table, "A")
    assert left.lists == ("B", "C")
    assert known.tolist() == [17]


def test_strata_structural_zeros_and_units_are_carried():
    operating = np.array([[True, True, True], [False, True, True]])
    table = stratified(operating)
    assert without_list(table, "A").operating.all()
    assert without_list(table, "B").operating.tolist() == [[True, True], [False, True]]
    assert merged_lists(table, "A", "B").operating.all()  # kept where either is
    assert merged_lists(table, "B", "C").operating.tolist() == [[True, True], [False, True]]
    assert people(without_list(table, "A")) == {
        (0, frozenset("B")): 23,
        (0, frozenset("C")): 30,
        (1, frozenset("B")): 5,
        (1, frozenset("C")): 6,
        (1, frozenset("BC")): 7,
    }
    left, known = conditioned_on(table, "B")
    assert known.tolist() == [23, 12]
    assert left.unit == "person-year"
    assert left.operating.tolist() == [[True, True], [False, True]]


@pytest.mark.parametrize("name", example("netherlands-2010-2015").lists)
def test_conditioning_hides_the_people_on_that_list_only(name):
    table = example("netherlands-2010-2015")
    left, known = conditioned_on(table, name)
    size = int(table.list_sizes[table.lists.index(name)])
    alone = people(table)[0, frozenset({name})]
    assert known.tolist() == [size]
    assert int(left.count.sum()) == size - alone


def test_too_few_lists_are_refused():
    two = CaptureTable.build(("A", "B"), [1, 2, 3], [5, 6, 7])
    for change in (lambda: without_list(two, "A"), lambda: merged_lists(two, "A", "B")):
        with pytest.raises(InputError) as caught:
            change()
        assert caught.value.code == "one_list"
    with pytest.raises(InputError) as caught:
        conditioned_on(two, "A")
    assert caught.value.code == "on_too_few_lists"
    assert caught.value.what


@pytest.mark.parametrize("names", [("A", "X"), ("A", "A")])
def test_a_name_that_is_no_other_list_is_told(names):
    with pytest.raises(InputError) as caught:
        merged_lists(small(), *names)
    assert caught.value.code.startswith("no_such_list")
    with pytest.raises(InputError):
        without_list(small(), "X")


@given(st.lists(st.integers(1, 40), min_size=15, max_size=15), st.permutations(NAMES))
def test_each_way_agrees_with_looking_at_people_one_by_one(counts, names):
    table = CaptureTable.build(NAMES, range(1, 16), counts)
    one, other = names[:2]
    expected_without: dict[tuple[int, frozenset[str]], int] = {}
    expected_merged: dict[tuple[int, frozenset[str]], int] = {}
    expected_conditioned: dict[tuple[int, frozenset[str]], int] = {}
    for (stratum, lists), count in people(table).items():
        rest = lists - {one}
        both = (lists - {one, other}) | ({merged_name(one, other)} if lists & {one, other} else set())
        for found, key, there in (
            (expected_without, rest, bool(rest)),
            (expected_merged, both, True),
            (expected_conditioned, rest, bool(rest) and one in lists),
        ):
            if there:
                found[stratum, key] = found.get((stratum, key), 0) + count
    assert people(without_list(table, one)) == expected_without
    assert people(merged_lists(table, one, other)) == expected_merged
    assert people(conditioned_on(table, one)[0]) == expected_conditioned


def test_other_counts_of_the_same_strata_and_lists():
    table = example("uk-2013-5")
    counts = table.dense()
    assert np.array_equal(with_counts(table, counts).dense(), counts)
    counts[0, 1] = 0.0
    changed = with_counts(table, counts)
    assert np.array_equal(changed.dense(), counts)
    assert (changed.lists, changed.name) == (table.lists, table.name)
    assert table.dense()[0, 1] > 0  # the one it was made from is as it was


def test_as_a_study_with_less_would_have_counted_it():
    year, sex = Covariate.of("year", ("2010", "2011")), Covariate.of("sex", ("f", "m"))
    levels = [np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 1])]
    table = CaptureTable.build("ABC", [1, 6, 3, 4, 2], [5, 4, 3, 2, 1], covariates=[year, sex], levels=levels)
    small = cut_down(table, lists=("A", "B"), covariates=("year",), levels={"year": ("2011",)})
    assert (small.lists, [each.name for each in small.covariates]) == (("A", "B"), ["year"])
    assert small.covariates[0].levels == ("2011",)
    assert small.dense().tolist() == [[0, 0, 1, 3]]  # the two on C only are not in it
    assert cut_down(table, lists="ABC", covariates=("year", "sex"), levels={}) == table
    with pytest.raises(InputError):
        cut_down(table, lists=("A", "D"), covariates=("year",), levels={})
