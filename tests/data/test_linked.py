from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.data.linked import ABSENT, Extract, Linked, placed
from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.words import use_language

YEARS = Covariate.of("year", ("2010", "2011"))
SEX = Covariate.of("sex", ("f", "m"))


def extract(stratum, history, *, lists=("A", "B"), covariates=(YEARS,), unit="person") -> Extract:
    return Extract(
        lists=lists,
        covariates=covariates,
        stratum=np.array(stratum, dtype=np.int64),
        history=np.array(history, dtype=np.uint32),
        unit=unit,
    )


def small() -> Linked:
    """Three in both (one with another history), one withdrawn, four late; by hand."""
    old = extract([0, 0, 1, ABSENT], [1, 1, 3, 0])
    new = extract([0, 0, ABSENT, 1], [1, 3, 0, 2])
    return Linked.build({"old": old, "new": new}, np.array([2, 1, 1, 4]))


def test_people_in_both_and_in_one():
    linked = small()
    assert (linked.both, linked.only("old"), linked.only("new")) == (3, 1, 4)
    assert "3" in str(linked)
    with use_language("nl"):
        assert "Gekoppelde" in str(linked)


def test_the_margins_are_the_tables():
    linked = small()
    assert linked.table("old").dense().tolist() == [[0, 3, 0, 0], [0, 0, 0, 1]]
    assert linked.table("new").dense().tolist() == [[0, 2, 0, 1], [0, 0, 4, 0]]
    with pytest.raises(InputError) as caught:
        linked.table("same_definition")
    assert caught.value.code.startswith("no_such_extract")


def test_equal_cells_are_added_up_and_nobody_is_left_out():
    old, new = extract([0, 0, 1], [1, 1, 0]), extract([0, 0, 1], [3, 3, 0])
    linked = Linked.build({"old": old, "new": new}, np.array([2, 5, 9]))
    assert linked.count.tolist() == [7]
    assert not linked.count.flags.writeable


@pytest.mark.parametrize(
    ("count", "unit", "code"),
    [([1, -1, 1], "person", "bad_counts"), ([1, 1, 1], "person-year", "other_units"), ([0, 0, 0], "person", "nobody")],
)
def test_what_is_refused(count, unit, code):
    with pytest.raises(InputError) as caught:
        Linked.build(
            {"old": extract([0, 0, 1], [1, 1, 2]), "new": extract([0, 0, 1], [1, 2, 2], unit=unit)}, np.array(count)
        )
    assert caught.value.code == code


def test_placed_by_names_and_not_by_order():
    both = extract([0, 1, 2, 3, ABSENT], [1, 2, 3, 3, 0], covariates=(YEARS, SEX))
    turned = Covariate(name="sex", levels=("m", "f"))
    stratum, history = placed(both, ("B", "A"), (turned,))
    assert stratum.tolist() == [1, 0, 1, 0, ABSENT]  # f is now the second level
    assert history.tolist() == [2, 1, 3, 3, 0]


def test_placed_where_a_table_has_less():
    both = extract([0, 1], [1, 2])
    stratum, history = placed(both, ("B",), (Covariate(name="year", levels=("2011",)),))
    assert (stratum.tolist(), history.tolist()) == ([ABSENT, 0], [0, 1])


def test_placed_where_a_table_has_more_is_refused():
    with pytest.raises(InputError) as caught:
        placed(small().old, ("A", "C"), (YEARS,))
    assert caught.value.code.startswith("no_such_list")
    with pytest.raises(InputError) as caught:
        placed(small().old, ("A", "B"), (SEX,))
    assert caught.value.code.startswith("unknown_covariate")


cells = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 1), st.integers(0, 3), st.integers(1, 9)),
    min_size=1,
    max_size=12,
)


@given(cells)
@settings(max_examples=60, deadline=None)
def test_nobody_is_lost_on_the_way(rows):
    rows = [*rows, (0, 1, 0, 1, 1), (0, 2, 0, 2, 1)]  # a list nobody is on is an error
    old = extract([r[0] for r in rows], [r[1] for r in rows])
    new = extract([r[2] for r in rows], [r[3] for r in rows])
    linked = Linked.build({"old": old, "new": new}, np.array([r[4] for r in rows]))
    assert linked.table("old").count.sum() == sum(r[4] for r in rows if r[1])
    assert linked.table("new").count.sum() == sum(r[4] for r in rows if r[3])
    assert linked.both + linked.only("old") == linked.table("old").count.sum()
    assert linked.count.sum() == sum(r[4] for r in rows if r[1] or r[3])
