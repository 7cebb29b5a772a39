"""Tables in an order of their own: by numbers of people, and back to the order in which they were given."""

from __future__ import annotations

import numpy as np

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.models.own_order import own_order

LISTS = ("A", "B", "C")
SEX = Covariate(name="sex", levels=("female", "male", NOT_RECORDED))
YEAR = Covariate.of("year", ["2011", "2012"])


def table_of(counts: np.ndarray, lists=LISTS) -> CaptureTable:
    """From ``(years, sexes, 2**K)`` counts."""
    year, sex, history = np.nonzero(counts)
    return CaptureTable.build(lists, history, counts[year, sex, history], covariates=[YEAR, SEX], levels=[year, sex])


def counts() -> np.ndarray:
    found = np.random.default_rng(4).integers(1, 40, (2, 3, 8)) * np.array([1, 2, 9])[:, None]
    found[:, :, 4:] *= 3  # the last list is the largest
    found[:, :, 0] = 0
    return found


def test_lists_and_levels_stand_by_their_numbers_of_people():
    order = own_order(table_of(counts()))
    assert order.table.lists[0] == "C"
    assert order.table.list_sizes.tolist() == sorted(order.table.list_sizes, reverse=True)
    assert order.table.covariates[1].levels == ("male", "female", NOT_RECORDED)  # which is last, however many they are


def test_counts_go_there_and_back():
    table = table_of(counts())
    order = own_order(table)
    there = order.counts(table.dense())
    assert np.array_equal(there, order.table.dense())
    assert not np.array_equal(there, table.dense())
    assert np.array_equal(order.cells_back(there), table.dense())
    assert np.array_equal(order.strata_back(np.stack([there.sum(axis=1)] * 2)), [table.observed] * 2)


def test_the_order_is_the_same_however_the_table_is_given():
    turned = counts().reshape(2, 3, 2, 2, 2).transpose(0, 1, 4, 3, 2).reshape(2, 3, 8)
    one, other = own_order(table_of(counts())), own_order(table_of(turned, lists=LISTS[::-1]))
    assert one.table.lists == other.table.lists
    assert np.array_equal(one.table.dense(), other.table.dense())
