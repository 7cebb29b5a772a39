"""What a reader can work out, by hand and by looking at every table there is; and that hiding ends in time."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array

from darknumber.kernels.suppression import (
    HIDDEN,
    PRINTED,
    SMALL,
    UNPRINTED,
    Sums,
    audit,
    first,
    known,
    rounded,
    small,
    suppress,
)


def sums_of(rows, cells, *, cost=None, offered=None, exact=None, links=None) -> Sums:
    rows = np.array(rows, dtype=np.int64)
    value = rows @ np.array(cells)
    return Sums(
        rows=csr_array(rows),
        links=csr_array(np.zeros((0, rows.shape[1]), dtype=np.int64) if links is None else np.array(links)),
        value=value,
        offered=np.ones(len(value), dtype=bool) if offered is None else np.array(offered),
        exact=np.zeros(len(value), dtype=bool) if exact is None else np.array(exact),
        cost=np.sqrt(value + 1.0) if cost is None else np.array(cost, dtype=float),
    )


def crossed(table, *, total_cost=1000.0) -> Sums:
    """A table with its margins: cells, rows, columns, everyone."""
    table = np.array(table)
    down, across = table.shape
    masks = [np.eye(table.size)]
    masks.append(np.kron(np.eye(down), np.ones(across)))
    masks.append(np.kron(np.ones(down), np.eye(across)))
    rows = np.vstack([*masks, np.ones(table.size)])
    cost = np.concatenate([np.sqrt(table.ravel() + 1.0), np.full(down + across, 20.0), [total_cost]])
    return sums_of(rows, table.ravel(), cost=cost)


SUBTRACTION = [[3, 20], [40, 50]]


def test_rounding_goes_half_up():
    assert rounded(np.array([0, 2, 3, 7, 8, 12, 13]), 5).tolist() == [0, 0, 5, 5, 10, 10, 15]
    assert rounded(np.array([4, 5, 15, 16]), 10).tolist() == [0, 10, 20, 20]
    assert rounded(np.array([7, 8]), 1).tolist() == [7, 8]


def test_what_is_printed_of_a_number_says_how_large_it_is():
    sums = sums_of(np.eye(5), [0, 7, 11, 23, 23], exact=[False] * 4 + [True])
    assert small(sums.value, 10).tolist() == [False, True, False, False, False]
    state = first(sums, floor=10)
    assert state.tolist() == [PRINTED, SMALL, PRINTED, PRINTED, PRINTED]
    low, high = known(sums, state, floor=10, base=5)
    assert low.tolist() == [0, 1, 10, 23, 23]  # 11 is printed as 10, and what is printed is not below the floor
    assert high.tolist() == [0, 9, 12, 27, 23]
    hidden = np.full(5, HIDDEN, dtype=np.int8)
    low, high = known(sums, hidden, floor=10, base=5)
    assert low.tolist() == [10, 1, 10, 10, 10]
    assert np.isinf(high).all()
    low, high = known(sums, np.full(5, UNPRINTED, dtype=np.int8), floor=10, base=5)
    assert low.tolist() == [0] * 5


def test_a_small_number_follows_from_its_margin_by_subtraction():
    sums = crossed(SUBTRACTION)
    found = audit(sums, first(sums, floor=5), floor=5, base=1)
    assert (found.lower[0], found.upper[0]) == (3, 3)
    assert not found.protected[0]
    assert np.isnan(found.lower[1:]).all()


def test_a_square_of_hidden_cells_protects_it():
    sums = crossed(SUBTRACTION)
    state = suppress(sums, floor=5, base=1)
    assert state.tolist() == [SMALL, HIDDEN, HIDDEN, HIDDEN, PRINTED, PRINTED, PRINTED, PRINTED, PRINTED]
    found = audit(sums, state, floor=5, base=1)
    assert found.protected.all()
    assert (found.lower[0], found.upper[0]) == (1, 4)
    assert (found.lower[1], found.upper[1]) == (19, 22)  # 20 + 3 = 23, and the first is 1 to 4


def test_rounding_may_be_enough():
    sums = crossed(SUBTRACTION)
    state = suppress(sums, floor=10, base=5)
    assert state.tolist() == [SMALL] + [PRINTED] * 8  # each sum is known to within 2: 25 - 20 is 1 to 9


def test_a_sum_of_ones_is_not_said_to_be_small():
    # four parts that hold somebody and a sum below 5 would be one in each
    sums = sums_of([*np.eye(4), np.ones(4)], [1, 1, 1, 1])
    naive = audit(sums, first(sums, floor=5), floor=5, base=1)
    assert (naive.lower[0], naive.upper[0]) == (1, 1)
    state = suppress(sums, floor=5, base=1)
    assert state.tolist() == [SMALL] * 4 + [HIDDEN]
    found = audit(sums, state, floor=5, base=1)
    assert (found.lower[:4].tolist(), found.upper[:4].tolist()) == ([1] * 4, [4] * 4)
    assert found.least.tolist() == [1, 1, 1, 1, 4]


def test_the_whole_is_kept_unless_nothing_else_helps():
    sums = crossed([[3, 20, 30], [40, 50, 60], [25, 35, 45]])
    assert suppress(sums, floor=5, base=1)[-1] == PRINTED
    alone = sums_of([[1, 0], [0, 1], [1, 1]], [3, 40], cost=[1, 1, 1000])
    assert suppress(alone, floor=5, base=1).tolist() == [SMALL, HIDDEN, PRINTED]
    known_whole = sums_of([[1, 0], [1, 1]], [3, 40], offered=[True, True])
    assert suppress(known_whole, floor=5, base=1).tolist() == [SMALL, PRINTED]


def test_what_is_never_printed_is_protected_too():
    # a list of 53 of whom 50 are on another one: 3 are on it alone, though nobody prints that
    rows = [[1, 1], [0, 1], [1, 0]]
    sums = sums_of(rows, [3, 50], offered=[True, True, False], cost=[10, 1, 1])
    assert not audit(sums, first(sums, floor=5), floor=5, base=1).protected[2]
    state = suppress(sums, floor=5, base=1)
    assert state.tolist() == [PRINTED, HIDDEN, UNPRINTED]
    assert audit(sums, state, floor=5, base=1).protected.all()


def test_two_tables_side_by_side_are_one():
    # the same people by sex and by age, each with its own cells: 3 minors follow from the women and men
    rows = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    links = [[1, 1, -1, -1]]
    sums = sums_of(rows, [60, 43, 100, 3], links=links)
    state = suppress(sums, floor=5, base=1)
    assert state[3] == SMALL
    assert (state == HIDDEN).sum() == 1
    assert audit(sums, state, floor=5, base=1).protected.all()


def test_a_number_that_is_known_exactly_has_no_slack():
    rows = [[1, 1], [1, 0], [0, 1]]
    loose = sums_of(rows, [3, 40], cost=[1000, 1, 1])
    tight = sums_of(rows, [3, 40], cost=[1000, 1, 1], exact=[True, False, False])
    assert suppress(loose, floor=10, base=10)[2] == PRINTED  # 43 is printed as 40, and 40 as 40: 1 to 9 remain
    assert audit(tight, first(tight, floor=10), floor=10, base=10).upper[1] == 8
    assert suppress(tight, floor=10, base=10)[2] == HIDDEN


def test_the_same_numbers_give_the_same_choice():
    random = np.random.default_rng(5)
    table = random.poisson(random.gamma(0.7, 12, size=(4, 4)))
    states = {suppress(crossed(table), floor=10, base=5).tobytes() for _ in range(3)}
    assert len(states) == 1


@pytest.mark.parametrize("rule", [(10, 5), (5, 1), (4, 2)])
@pytest.mark.parametrize("seed", range(8))
def test_nothing_more_can_be_printed(seed, rule):
    """No hidden number is hidden for nothing: printing any single one would give a small number away."""
    floor, base = rule
    random = np.random.default_rng(seed)
    sums = crossed(random.poisson(random.gamma(0.7, 12, size=(3, 4))))
    state = suppress(sums, floor=floor, base=base)
    assert audit(sums, state, floor=floor, base=base).protected.all()
    for k in np.flatnonzero(state == HIDDEN):
        again = state.copy()
        again[k] = SMALL if small(sums.value, floor)[k] else PRINTED
        assert not audit(sums, again, floor=floor, base=base).protected.all()


def every_table(sums: Sums, most: int) -> np.ndarray:
    """The numbers of every table of which no cell is above `most`."""
    cells = np.array(list(product(range(most + 1), repeat=sums.rows.shape[1])))
    fits = ~(cells @ sums.links.toarray().T).any(axis=1)
    return (cells @ sums.rows.toarray().T)[fits]


TINY = [
    crossed([[3, 7], [6, 2]]),
    crossed([[1, 0], [2, 8]]),
    crossed([[4, 4], [0, 5]]),
    sums_of([*np.eye(4), [1, 1, 1, 1], [1, 1, 0, 0]], [1, 3, 2, 6]),
    sums_of([[1, 1, 0, 1], [0, 1, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1]], [5, 1, 6, 1]),  # three lists
    sums_of(np.eye(4), [6, 2, 7, 1], links=[[1, 1, -1, -1]]),
]


@pytest.mark.parametrize("rule", [(5, 1), (3, 1), (4, 2), (5, 5)])
@pytest.mark.parametrize("which", range(len(TINY)))
def test_ranges_are_those_of_all_tables(which, rule):
    """The audit against every table there is; without a limit above is what reaches the end of what is looked at."""
    floor, base = rule
    sums, most = TINY[which], 14
    for state in (first(sums, floor=floor), suppress(sums, floor=floor, base=base)):
        found = audit(sums, state, floor=floor, base=base)
        low, high = known(sums, state, floor=floor, base=base)
        tables = every_table(sums, most)
        possible = tables[((tables >= low) & (tables <= high)).all(axis=1)]
        assert len(possible)
        for k in np.flatnonzero(~np.isnan(found.lower)):
            assert possible[:, k].min() == found.lower[k]
            if found.upper[k] < most:
                assert possible[:, k].max() == found.upper[k]
            else:
                assert possible[:, k].max() >= min(most, floor - 1)
    assert found.protected.all()
