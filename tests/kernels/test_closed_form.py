"""The dark figure as a ratio of counts: which models have one, and what one added below the line does to its mean."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import factorial

import numpy as np
import pytest

from darknumber.kernels.closed_form import own_parameters, plus_one, plus_one_variance, ratio_of
from darknumber.kernels.design import merge_strata
from darknumber.models.columns import make_columns, terms_of
from tests.oracles import poisson_fit, random_table

PAIRS = np.array([1, 2, 4, 3, 5, 6])  # three lists, every pair of them
ONE_PAIR = np.array([1, 2, 4, 3])
STAR = np.array([1, 2, 4, 3, 5])  # lists 2 and 3 independent given list 1
WHOLE = 3**7  # no ratio of the counts below has a larger denominator; other numbers are 1e-8 from the nearest
SAME = 1e-10  # what is left of sixteen digits after Newton's method


def models_of(lists: int) -> list[tuple[int, ...]]:
    """Every hierarchical model without the term of all lists, as masks."""
    cells = range(1, 1 << lists)
    singles = tuple(w for w in cells if w & (w - 1) == 0)
    rest = [w for w in cells if w not in singles and w != (1 << lists) - 1]
    found = []
    for size in range(len(rest) + 1):
        for chosen in combinations(rest, size):
            inside = {*singles, *chosen}
            if all(part in inside for w in chosen for part in cells if part & w == part):
                found.append((*singles, *chosen))
    return found


def maximum(lists: int, masks: tuple[int, ...], y: np.ndarray) -> float:
    """The dark figure of the maximum likelihood fit, with a design matrix over all cells."""
    cells = np.arange(1, 1 << lists)
    rows = np.stack([np.ones(len(cells)), *((cells & a) == a for a in masks)], axis=1).astype(float)
    return float(np.exp(poisson_fit(rows, y[1:])[0][0]))


def uncorrected(ratio, y: np.ndarray) -> float:
    above = np.prod([y[cells].sum() for cells in ratio.above])
    return float(above / np.prod([y[cells].sum() for cells in ratio.below]))


def is_ratio(x: float) -> bool:
    return abs(float(Fraction(x).limit_denominator(WHOLE)) - x) < SAME * x


def test_there_are_as_many_models_as_are_known():
    assert [len(models_of(lists)) for lists in (2, 3, 4)] == [1, 8, 113]


@pytest.mark.parametrize("lists", [2, 3, 4])
def test_a_ratio_is_the_maximum_and_where_there_is_none_the_maximum_is_no_ratio(lists):
    """Whole numbers of one to three people: a ratio of them has a small denominator, a root but seldom."""
    rng = np.random.default_rng(lists)
    closed = 0
    for masks in models_of(lists):
        ratio = ratio_of(lists, np.array(masks))
        tables = rng.integers(1, 4, size=(6, 1 << lists)).astype(float)
        fitted = [maximum(lists, masks, y) for y in tables]
        if ratio is None:
            assert not all(is_ratio(dark) for dark in fitted)
        else:
            closed += 1
            assert fitted == pytest.approx([uncorrected(ratio, y) for y in tables], rel=1e-9)
            assert all(is_ratio(dark) for dark in fitted)
            assert len(ratio.above) == len(ratio.below) + 1
            used = np.concatenate([*ratio.above, *ratio.below])
            assert len(used) == len(set(used))
    assert closed == {2: 1, 3: 7, 4: 30}[lists]


def test_three_independent_lists_solve_a_quadratic_equation():
    y = np.array([0, 30, 25, 9, 40, 7, 11, 3.0])
    n, sizes = y.sum(), [y[np.arange(8) >> j & 1 == 1].sum() for j in range(3)]
    dark = maximum(3, (1, 2, 4), y)
    assert dark * (n + dark) ** 2 == pytest.approx(np.prod([n - size + dark for size in sizes]))
    assert ratio_of(3, np.array([1, 2, 4])) is None


def test_formulas():
    y = np.array([0, 30, 25, 9, 40, 7, 11, 3.0])
    assert plus_one(ratio_of(3, PAIRS), y) == pytest.approx(30 * 25 * 40 * 3 / (10 * 8 * 12))
    assert plus_one(ratio_of(3, STAR), y) == pytest.approx(25 * 40 / (11 + 1))
    assert plus_one(ratio_of(3, ONE_PAIR), y) == pytest.approx((30 + 25 + 9) * 40 / (7 + 11 + 3 + 1))
    assert plus_one(ratio_of(2, np.array([1, 2])), y[:4]) == pytest.approx(30 * 25 / 10)
    assert plus_one(ratio_of(3, PAIRS), np.zeros(8)) == 0


@pytest.mark.parametrize("masks", [PAIRS, STAR, ONE_PAIR])
@pytest.mark.parametrize("people", [4, 6])
def test_the_mean_is_known_exactly(masks, people):
    """Over every table that so few people can make: mu_0 times the probability that no count below the line is zero."""
    share = shares(masks)
    ratio = ratio_of(3, masks)
    mean = sum(
        probability(cells, share) * plus_one(ratio, np.array([0, *cells[1:]], dtype=float))
        for cells in compositions(people, 8)
    )
    filled = 0.0
    for empty in product([False, True], repeat=len(ratio.below)):
        left = 1 - sum(share[cells].sum() for cells, out in zip(ratio.below, empty, strict=True) if out)
        filled += (-1) ** sum(empty) * left ** (people - 1)
    assert mean == pytest.approx(people * share[0] * filled, rel=1e-12)


def shares(masks: np.ndarray) -> np.ndarray:
    """Shares of the histories in a population that follows the model."""
    eta = np.array([sum(0.3 * (-1) ** a * a for a in masks if a & w == a) for w in range(8)])
    return np.exp(eta) / np.exp(eta).sum()


def compositions(people: int, cells: int):
    if cells == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in compositions(people - first, cells - 1):
            yield (first, *rest)


def probability(cells: tuple[int, ...], share: np.ndarray) -> float:
    ways = factorial(sum(cells)) / np.prod([float(factorial(n)) for n in cells])
    return float(ways * np.prod(share ** np.array(cells)))


@pytest.mark.parametrize(
    ("on_list", "people", "true", "likelihood", "corrected"),
    [
        ((0.3, 0.3, 0.3), 200, 68.6, 90.5, 68.6),
        ((0.2, 0.2, 0.2), 500, 256.0, 316.2, 256.4),
        ((0.05, 0.1, 0.1), 5000, 3847.5, 4340, 3858),
    ],
)
def test_bias_of_all_pairs_among_independent_lists(on_list, people, true, likelihood, corrected):
    """Means that another simulation gave: 200,000 tables each time, with chance errors of about half a per cent."""
    on = np.arange(8)[:, None] >> np.arange(3) & 1
    share = np.where(on, on_list, 1 - np.array(on_list)).prod(axis=1)
    assert people * share[0] == pytest.approx(true, abs=0.06)
    y = np.random.default_rng(5).multinomial(people, share, size=200_000).astype(float)
    known = (y[:, [3, 5, 6]] > 0).all(axis=1)
    plain = y[known][:, [1, 2, 4, 7]].prod(axis=1) / y[known][:, [3, 5, 6]].prod(axis=1)
    ours = plus_one(ratio_of(3, PAIRS), y)
    chance = 0.006  # relative: three standard errors of either simulation
    assert plain.mean() == pytest.approx(likelihood, rel=2 * chance)
    assert ours.mean() == pytest.approx(corrected, rel=2 * chance)
    assert ours.mean() == pytest.approx(people * share[0], abs=4 * ours.std() / np.sqrt(len(y)))


@pytest.mark.parametrize("masks", [PAIRS, STAR, ONE_PAIR])
def test_the_variance_is_that_of_repeated_counting(masks):
    share, people = shares(masks), 1500
    y = np.random.default_rng(2).multinomial(people, share, size=100_000).astype(float)
    size = y[:, 1:].sum(axis=1) + plus_one(ratio_of(3, masks), y)
    assert size.mean() == pytest.approx(people, abs=4 * size.std() / np.sqrt(len(y)))
    assert plus_one_variance(ratio_of(3, masks), y).mean() == pytest.approx(size.var(), rel=0.05)


def test_eight_lists_do_not_overflow():
    masks = np.arange(1, 255)
    y = np.full(256, 1e6)
    assert plus_one(ratio_of(8, masks), y) == pytest.approx(1e6, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "own"), [("", True), ("A:B", True), ("A:u + B:u + C:u", True), ("A:u", False), ("A:B:u + C:u", True)]
)
def test_strata_with_parameters_of_their_own(text, own):
    table = random_table(np.random.default_rng(1), lists=3, levels=(3, 2), people=900, on_list=(0.2, 0.4))
    columns = make_columns(table, terms_of(text, table), "free")
    design, _ = merge_strata(columns.only(np.ones(len(columns.terms), dtype=bool)))
    assert own_parameters(design) == own
