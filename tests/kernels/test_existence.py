"""The four-way verdict against linear programmes over all cells, and against published tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError
from darknumber.kernels import existence
from darknumber.kernels.design import keep_columns
from darknumber.kernels.existence import MOVES, SAME, Existence
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import LogLinear
from darknumber.models.columns import make_columns, terms_of
from tests.oracles import compare, covariates_of, random_table, sparse_case

TABLES = 400  # here; all 10,000 in `python -m evidence verdicts`
CLOSE = 1e-6  # of a dark figure, relative
CONES = 2500  # random walls and rows
ROUNDING = 1e-7  # of a linear programme


def test_sparse_tables_against_linear_programmes():
    """No finite number where it is infinite or not identified, and no number refused that can be had."""
    seen = Counter()
    for seed in range(TABLES):
        found = compare(sparse_case(seed))
        assert found.engine.tolist() == found.oracle.tolist(), seed
        assert found.finite.tolist() == np.isin(found.oracle, (ESTIMABLE, ZERO)).tolist(), seed
        assert found.error < CLOSE, seed
        assert found.deviance < CLOSE, seed
        seen.update(found.oracle.tolist())
    assert min(seen[code] for code in (ESTIMABLE, INFINITE, ZERO, NOT_IDENTIFIED)) > 30  # each was put to the test


def some_lists_idle(case, rng):
    """The same people without those on lists that, drawn at random, were not kept in a stratum."""
    table = case.table
    operating = rng.random((table.strata, len(table.lists))) > 0.25
    idle = (~operating).astype(int) @ (1 << np.arange(len(table.lists)))
    kept = (table.history.astype(int) & idle[table.stratum]) == 0
    levels = np.unravel_index(table.stratum, table.shape) if table.shape else ()
    less = CaptureTable.build(
        table.lists,
        table.history[kept],
        table.count[kept],
        covariates=table.covariates,
        levels=[level[kept] for level in levels],
        operating=operating,
    )
    return replace(case, table=less)


def test_sparse_tables_with_lists_that_were_not_kept():
    """Strata in which no list was kept among them: nothing is known there but what the terms bring."""
    compared = Counter()
    for seed in range(200):
        rng = np.random.default_rng([13, seed])
        try:
            case = some_lists_idle(sparse_case(seed), rng)
        except InputError:  # nobody is left on some list
            continue
        found = compare(case)
        assert found.engine.tolist() == found.oracle.tolist(), seed
        assert found.error < CLOSE, seed
        compared[case.margin] += not case.table.operating.any(axis=1).all()
    assert min(compared["free"], compared["modelled"]) >= 1


def test_a_stratum_that_nobody_is_in_has_no_say_in_the_others():
    for seed in range(120):
        case = sparse_case(seed)
        kept = case.table.stratum != 0
        levels = np.unravel_index(case.table.stratum, case.table.shape) if case.table.shape else ()
        try:
            less = CaptureTable.build(
                case.table.lists,
                case.table.history[kept],
                case.table.count[kept],
                covariates=case.table.covariates,
                levels=[level[kept] for level in levels],
            )
        except InputError:  # nobody is left on some list
            continue
        found = compare(replace(case, table=less))
        assert found.engine.tolist() == found.oracle.tolist(), seed


def verdict_of(table, text):
    return LogLinear(text).fit(table).verdict.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ESTIMABLE),
        ("A:C", ESTIMABLE),
        ("B:C", ESTIMABLE),
        ("A:C + B:C", ESTIMABLE),
        ("A:B", INFINITE),
        ("A:B + A:C", INFINITE),
        ("A:B + B:C", INFINITE),
        ("A:B + A:C + B:C", NOT_IDENTIFIED),
    ],
)
def test_the_published_artificial_table(text, expected):
    assert verdict_of(example("artificial-3"), text) == [expected]


def pair_models(lists):
    pairs = [":".join(pair) for pair in combinations(lists, 2)]
    for choice in range(1 << len(pairs)):
        yield " + ".join(pair for bit, pair in enumerate(pairs) if choice >> bit & 1)


def test_korea_has_six_admissible_pair_models():
    table = example("korea")
    counted = Counter(verdict_of(table, text)[0] for text in pair_models(table.lists))
    assert counted == {ESTIMABLE: 6, INFINITE: 2}


@pytest.mark.parametrize("name", ["uk-2013-5", "netherlands-2010-2015-5", "new-orleans-2016-5", "western-us"])
def test_five_list_tables_have_1024_estimable_pair_models(name):
    table = example(name)
    columns = make_columns(table, terms_of(f"({' + '.join(f'`{name}`' for name in table.lists)})^2", table), "free")
    pairs = np.array([len(term) == 2 for term in columns.terms])
    y, found = table.dense(), Counter()
    for choice in range(1 << int(pairs.sum())):
        state = columns.fixed.copy()
        state[np.flatnonzero(pairs)] = [(choice >> bit) & 1 for bit in range(int(pairs.sum()))]
        found[int(Existence(columns.only(state)).verdict(y)[0])] += 1
    assert found == {ESTIMABLE: 1024}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([5, 4, 3], ESTIMABLE), ([5, 4, 0], INFINITE), ([5, 0, 3], ZERO), ([0, 0, 3], ZERO)],
)
def test_two_lists(counts, expected):
    assert verdict_of(CaptureTable.build("AB", [1, 2, 3], counts), "") == [expected]


def test_verdicts_differ_between_strata():
    """Lists A and B share nobody in the second stratum, whose overlap has a term of its own."""
    table = CaptureTable.build(
        "AB",
        [1, 2, 3, 1, 2, 1, 2, 3],
        [9, 8, 7, 6, 5, 4, 3, 2],
        covariates=covariates_of((4,)),
        levels=[np.array([0, 0, 0, 1, 1, 2, 2, 2])],
    )
    fit = LogLinear("A:u + B:u").fit(table)
    assert fit.verdict.tolist() == [ESTIMABLE, INFINITE, ESTIMABLE, ESTIMABLE]
    assert fit.unobserved.tolist() == [pytest.approx(72 / 7), np.inf, pytest.approx(6), 0.0]


def test_a_remembered_verdict_is_the_verdict():
    """One `Existence` on many tables says the same as a new one on each."""
    rng = np.random.default_rng(4)
    case = next(case for case in map(sparse_case, range(100)) if case.table.strata == 3 and case.terms.count("+") > 4)
    columns = make_columns(case.table, terms_of(case.terms, case.table), "free")
    design = columns.only(np.ones(len(columns.terms), dtype=bool))
    one = Existence(design)
    for _ in range(25):
        y = rng.poisson(rng.choice([0.0, 0.5, 5.0], size=design.live.shape) * design.live).astype(float)
        assert one.verdict(y).tolist() == Existence(design).verdict(y).tolist()


def test_many_models_at_once_are_each_alone():
    """Some columns of one design, void ones among them: as if each model had been given by itself."""
    rng = np.random.default_rng(5)
    seen = Counter()
    for seed in range(150):
        case = sparse_case(seed)
        columns = make_columns(case.table, terms_of(case.terms, case.table), case.margin)
        design = columns.only(np.ones(len(columns.terms), dtype=bool))
        y = case.table.dense()
        inside = rng.random((12, design.columns)) < rng.choice([0.5, 0.8, 1.0], size=(12, 1))
        together = Existence(design).of_models(y, inside)
        for row, kept in enumerate(inside):
            assert together[row].tolist() == Existence(keep_columns(design, kept)).verdict(y).tolist(), seed
        seen.update(together.ravel().tolist())
    assert min(seen[code] for code in (ESTIMABLE, INFINITE, ZERO, NOT_IDENTIFIED)) > 30


def random_cone(number):
    """A row and walls of four kinds: anyhow, few and whole, these turned round, and opposite but for rounding."""
    rng = np.random.default_rng([91, number])
    size, count = int(rng.integers(2, 7)), int(rng.integers(0, 16))
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0] if number % 4 > 1 else np.eye(size)
    walls = rng.normal(size=(count, size)) if number % 4 == 0 else rng.integers(-1, 2, size=(count, size)) @ turn
    if number % 4 == 3:
        walls = np.vstack([walls, rng.normal(size=size) * 1e-10 - walls[: rng.integers(1, count + 2)]])
    walls = existence._distinct(walls)
    row = rng.integers(-1, 2, size=size) @ turn
    if number % 5 == 0:  # on a face of the cone, or on its edge
        row = walls.T @ rng.integers(0, 3, size=len(walls))
    return np.where(np.abs(row) < SAME, 0.0, row).round(9) + 0.0, walls


def test_distances_from_a_cone_are_the_linear_programmes():
    """The same moves, and as far: the ball lies within the box, and the box within a ball root r times as large."""
    moves = Counter()
    for number in range(CONES):
        row, walls = random_cone(number)
        if not row.any():
            continue
        low, high = existence._range_by_distance(row, walls)
        least, most = existence._range_by_programme(row, walls if len(walls) else np.zeros((1, len(row))))
        for moved, end in ((-low, -least), (high, most)):
            assert (moved > MOVES) == (end > MOVES), number
            assert moved <= end + ROUNDING, number
            assert end <= np.sqrt(len(row)) * moved + ROUNDING, number
        moves[low < -MOVES, high > MOVES] += 1
    assert len(moves) == 4
    assert min(moves.values()) > CONES / 100


def test_walls_that_are_opposite_but_for_rounding_are_opposite():
    """Between them nothing moves; across them the dark figure moves both ways, though weights of 1e9 lead there."""
    walls = np.array([[1.0, 0.0], [-1.0, 1e-9]])
    for row, moves in (([1.0, 0.0], False), ([0.0, 1.0], True), ([0.0, -1.0], True)):
        low, high = existence._range_by_distance(np.array(row), walls)
        assert (low < -MOVES, high > MOVES) == (moves, moves)


def published_code(table, pairs):
    """The check of Chan, Silverman & Vincent 2021 for a model of pairs: 1 no maximum exists, 2 not full rank, 3 both.

    Pairs that share nobody are set to minus infinity first, and their cells taken out.
    """
    cells = np.arange(1, 1 << len(table.lists))
    y = table.dense()[0, 1:]
    masks = [0, *(1 << j for j in range(len(table.lists)))]
    for pair in pairs:
        mask = sum(1 << table.lists.index(name) for name in pair)
        together = (cells & mask) == mask
        if y[together].sum() > 0:
            masks.append(mask)
        else:
            cells, y = cells[~together], y[~together]
    rows = np.array([[(w & mask) == mask for mask in masks] for w in cells], dtype=float)
    found = linprog(
        np.r_[np.zeros(len(cells)), -1.0],
        A_ub=np.hstack([-np.eye(len(cells)), np.ones((len(cells), 1))]),
        b_ub=np.zeros(len(cells)),
        A_eq=np.hstack([rows.T, np.zeros((len(masks), 1))]),
        b_eq=rows.T @ y,
        bounds=[(0, None)] * len(cells) + [(None, None)],
    )
    return (1 if -found.fun < 1e-6 else 0) + (2 if np.linalg.matrix_rank(rows) < len(masks) else 0)


def test_the_published_yes_or_no_is_refined():
    """What it passes is estimable; without full rank nothing is identified; the rest is mostly infinite or zero."""
    counted = Counter()
    for seed in range(600):
        rng = np.random.default_rng([44, seed])
        table = random_table(rng, lists=3 + seed % 2, people=rng.uniform(30, 400))
        pairs = [pair for pair in combinations(table.lists, 2) if rng.random() < 0.5]
        verdict = verdict_of(table, " + ".join(map(":".join, pairs)))[0]
        counted[published_code(table, pairs), verdict] += 1
    assert {verdict for (code, verdict) in counted if code == 0} == {ESTIMABLE}
    assert {verdict for (code, verdict) in counted if code >= 2} == {NOT_IDENTIFIED}
    without = {verdict: number for (code, verdict), number in counted.items() if code == 1}
    assert without[INFINITE] + without[ZERO] > 0.85 * sum(without.values())
    assert min(without[INFINITE], without[ZERO]) > 5
