"""Sample coverage: the sums by hand, their derivatives by differences, and tables in which something is missing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from darknumber.kernels.coverage import covariation, dark_of, sizes_of, sums_of, variances_of
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO

FORMS = ("independent", "low", "high")


def by_hand(y):
    """Population sizes by the formulas as they are printed, one person's history at a time."""
    lists = int(np.log2(len(y)))
    on = [[w for w in range(1, len(y)) if w >> j & 1] for j in range(lists)]
    n, size = sum(y[1:]), [sum(y[w] for w in on[j]) for j in range(lists)]
    alone = [y[1 << j] for j in range(lists)]
    coverage = 1 - sum(alone[j] / size[j] for j in range(lists)) / lists
    known = sum(n - alone[j] for j in range(lists)) / lists
    pairs = list(combinations(range(lists), 2))
    only = {(i, j): alone[i] + alone[j] + 2 * y[1 << i | 1 << j] for i, j in pairs}
    both = {(i, j): sum(y[w] for w in on[i] if w in on[j]) for i, j in pairs}

    def ccv(pair, people):
        i, j = pair
        return people * both[pair] / (size[i] * size[j]) - 1

    plain = known / coverage
    first = plain + sum(only[pair] * ccv(pair, plain) for pair in pairs) / (lists * coverage)
    low = plain + sum(only[pair] * ccv(pair, first) for pair in pairs) / (lists * coverage)
    rest = lists * coverage - sum(only[i, j] * both[i, j] / size[i] / size[j] for i, j in pairs)
    return {"independent": plain, "low": low, "high": (lists * known - sum(only.values())) / rest}


def random_counts(seed, lists):
    y = np.random.default_rng(seed).poisson(60 / (1 + np.arange(1 << lists) % 5)) + 1.0
    y[0] = 0
    return y


@pytest.mark.parametrize("lists", [3, 4, 6])
@pytest.mark.parametrize("form", FORMS)
def test_the_formulas_by_hand(form, lists):
    tables = np.stack([random_counts(seed, lists) for seed in range(4)])
    found = sizes_of(sums_of(tables), form)
    assert found == pytest.approx([by_hand(y)[form] for y in tables], rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_the_high_form_solves_its_own_equation_and_the_low_form_takes_a_step(form):
    y = random_counts(3, 4)[None]
    sums, size = sums_of(y), sizes_of(sums_of(y), form)
    gap = sums.known + (sums.only * covariation(sums, size)).sum(axis=1) / 4 - size * sums.coverage
    if form == "high":
        assert gap == pytest.approx([0.0], abs=1e-9)
    else:
        assert abs(gap[0]) > 1e-3


@pytest.mark.parametrize("form", FORMS)
def test_derivatives_by_differences(form):
    y, step = random_counts(5, 3), 1e-4
    slope = np.zeros(len(y))
    for cell in range(1, len(y)):
        up, down = y.copy(), y.copy()
        up[cell] += step
        down[cell] -= step
        slope[cell] = (sizes_of(sums_of(up[None]), form) - sizes_of(sums_of(down[None]), form))[0] / (2 * step)
    size = sizes_of(sums_of(y[None]), form)[0]
    assert y @ slope == pytest.approx(size, rel=1e-6)  # twice the counts are twice the people
    assert variances_of(y[None], form)[0] == pytest.approx(y @ slope**2 - size, rel=1e-5)


def test_two_lists_are_lincoln_and_petersen():
    y = np.array([[0.0, 250, 130, 70]])
    n1, n2, both = 320, 200, 70
    for form in ("independent", "low"):
        dark, verdict = dark_of(y, form)
        assert verdict.tolist() == [ESTIMABLE]
        assert dark == pytest.approx([250 * 130 / 70])
        assert variances_of(y, form) == pytest.approx([n1 * n2 * 250 * 130 / both**3])
    assert dark_of(y, "high")[1].tolist() == [NOT_IDENTIFIED]  # two lists say nothing of their dependence


@pytest.mark.parametrize("form", FORMS)
def test_a_list_nobody_is_on_changes_nothing(form):
    y = random_counts(8, 3)
    wider = np.zeros((1, 16))
    wider[0, [0, 1, 2, 3, 8, 9, 10, 11]] = y  # the third list becomes the fourth
    assert dark_of(wider, form)[0] == pytest.approx(dark_of(y[None], form)[0], rel=1e-12)
    assert np.isnan(covariation(sums_of(wider), np.array([500.0]))[0]).sum() == 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0], ESTIMABLE),
        ([0, 9, 0, 0, 0, 0, 0, 0], NOT_IDENTIFIED),
        ([0, 9, 7, 0, 5, 0, 0, 0], INFINITE),
        ([0, 0, 0, 0, 0, 0, 0, 8], ZERO),
    ],
)
def test_verdicts(form, counts, verdict):
    dark, found = dark_of(np.array([counts], dtype=float), form)
    assert found.tolist() == [verdict]
    assert dark.tolist() == [0.0]


def test_where_dependence_leaves_no_room_there_is_no_root():
    """The lists share few people, and those they share all at once."""
    y = np.zeros((1, 8))
    y[0, [1, 2, 4, 7]] = [40, 40, 40, 6]
    assert sizes_of(sums_of(y), "high")[0] < 0
    assert dark_of(y, "high")[1].tolist() == [NOT_IDENTIFIED]
    assert dark_of(y, "low")[1].tolist() == [ESTIMABLE]
