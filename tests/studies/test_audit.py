"""Pairs of lists: counts by hand, and the laws of renaming and reordering."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.kernels.odds import odds_ratio
from darknumber.studies.audit import audit_pairs, pair_columns, strongest
from darknumber.studies.check import check

A, B, C = 1, 2, 4


def table_of(counts: dict[int, int], lists: str = "ABC", **more) -> CaptureTable:
    return CaptureTable.build(tuple(lists), list(counts), list(counts.values()), **more)


def test_the_four_cells_are_counted_among_people_on_another_list():
    table = table_of({A: 100, B: 90, C: 80, A | B: 7, A | C: 6, B | C: 5, A | B | C: 4})
    first = audit_pairs(table)[0]
    assert (first.lists, first.overlap) == (("A", "B"), 11)
    assert first.others == (4, 6, 5, 80)  # of the 95 people on C
    assert first.odds == odds_ratio(4, 6, 5, 80)
    assert first.telling


def test_a_covariate_that_one_list_never_records_does_not_make_lists_avoid_each_other():
    """Independent lists; people on C alone have no sex. Held apart by sex, A and B would share nobody beside C."""
    sex = Covariate(name="sex", levels=("f", "m", NOT_RECORDED))
    on = {w: 8000 * (0.3 if w & A else 0.7) * (0.2 if w & B else 0.8) * (0.25 if w & C else 0.75) for w in range(1, 8)}
    cells = [(w, round(n / 2), level) for w, n in on.items() if w != C for level in (0, 1)] + [(C, round(on[C]), 2)]
    history, count, level = (list(column) for column in zip(*cells, strict=True))
    table = CaptureTable.build(("A", "B", "C"), history, count, covariates=[sex], levels=[level])
    pairs = audit_pairs(table)
    assert pairs[0].odds == audit_pairs(table.pool(["sex"]))[0].odds
    assert pairs[0].odds.lower < 1 < pairs[0].odds.upper


def test_two_lists_have_no_odds_ratio():
    (pair,) = audit_pairs(table_of({A: 30, B: 20, A | B: 10}, "AB"))
    assert (pair.others, pair.odds, pair.telling) == (None, None, False)
    assert pair.expected == pytest.approx(10)  # what independence makes of it is what was seen
    columns = pair_columns((pair,))
    assert columns["odds_ratio"] == columns["others_both"] == [None]


def test_an_empty_pair_is_a_sampling_zero_with_its_chance():
    table = example("netherlands-2010-2015")
    pairs = {pair.lists: pair for pair in audit_pairs(table)}
    empty = pairs["K", "R"]
    assert (empty.overlap, empty.empty, empty.structural) == (0, True, False)
    # 1,348 and 742 people, of the 52,823 that independent lists would have
    assert empty.expected == pytest.approx(1348 * 742 / 52_823.46, rel=1e-5)
    assert empty.chance_of_none == pytest.approx(exp(-empty.expected))


def test_an_empty_pair_says_little_or_much():
    found = {finding.code: finding for finding in check(example("netherlands-2010-2015")).findings}
    assert found["empty_pairs_telling"].values["names"] == ("I:K", "K:R")
    assert "empty_pairs_dull" not in found
    found = {finding.code: finding for finding in check(example("new-orleans-2016-8")).findings}
    assert found["empty_pairs_dull"].values["n"] == 18
    assert found["empty_pairs_dull"].severity == "note"
    assert "empty_pairs_telling" not in found


def test_lists_never_kept_together_are_neither_expected_nor_asked():
    years = Covariate.of("year", ["2018", "2019"])
    kept = np.array([[True, True, False, True], [False, True, True, True]])
    cells = [(0, 1, 40), (0, 2, 30), (0, 3, 6), (0, 9, 9), (0, 10, 3), (0, 11, 2), (0, 8, 50)]
    cells += [(1, 4, 40), (1, 2, 30), (1, 6, 6), (1, 12, 9), (1, 10, 4), (1, 8, 50)]
    level, history, count = zip(*cells, strict=True)
    table = CaptureTable.build(
        tuple("ABCD"), history, count, covariates=[years], levels=[np.array(level)], operating=kept
    )
    pairs = {pair.lists: pair for pair in audit_pairs(table)}
    never = pairs["A", "C"]
    assert (never.structural, never.empty, never.expected, never.others, never.odds) == (True, False, 0.0, None, None)
    # A and B only in 2018, where both were kept: of those on D
    assert pairs["A", "B"].others == (2, 9, 3, 50)


def test_the_surest_pairs_are_named_by_their_nearer_limit():
    most, least = strongest(audit_pairs(example("korea")))
    assert (most.lists, least.lists) == (("b", "c"), ("c", "d"))
    assert most.odds.lower > 1 > least.odds.upper
    assert strongest(audit_pairs(example("uk-2013-5"))) == (None, None)


def test_independent_lists_are_seldom_told_apart():
    generator = np.random.default_rng(4)
    telling = []
    for _ in range(60):
        on = generator.random((3000, 4)) < [0.2, 0.15, 0.25, 0.1]
        history = on @ (1 << np.arange(4))
        counts = np.bincount(history[history > 0], minlength=16)
        telling += [pair.telling for pair in audit_pairs(table_of(dict(enumerate(counts.tolist())), "ABCD"))]
    assert len(telling) == 360
    assert np.mean(telling) < 0.05 + 3 * (0.05 * 0.95 / 360) ** 0.5  # exact intervals are never wrong too often


@given(counts=st.lists(st.integers(0, 30), min_size=15, max_size=15), order=st.permutations(range(4)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_lists_changes_nothing(counts, order):
    counts = [n + (w in (1, 2, 4, 8)) for w, n in enumerate(counts, start=1)]
    moved = {sum(1 << order[j] for j in range(4) if w >> j & 1): n for w, n in enumerate(counts, start=1)}
    names = "".join(sorted("ABCD", key=lambda name: order["ABCD".index(name)]))
    one = {frozenset(p.lists): p for p in audit_pairs(table_of(dict(enumerate(counts, start=1)), "ABCD"))}
    other = {frozenset(p.lists): p for p in audit_pairs(table_of(moved, names))}
    assert one.keys() == other.keys()
    for lists, pair in one.items():
        assert other[lists].overlap == pair.overlap
        assert other[lists].expected == pytest.approx(pair.expected, rel=1e-9)
        assert other[lists].odds.lower == pytest.approx(pair.odds.lower, rel=1e-6)
        assert other[lists].odds.upper == pytest.approx(pair.odds.upper, rel=1e-6)


def test_names_of_lists_change_nothing():
    counts = {A: 100, B: 90, C: 80, A | B: 7, A | C: 6, B | C: 5, A | B | C: 4}
    one, other = (pair_columns(audit_pairs(table_of(counts, names))) for names in ("ABC", "ZQX"))
    assert {name: one[name] for name in one if name not in ("first", "second")} == {
        name: other[name] for name in other if name not in ("first", "second")
    }
