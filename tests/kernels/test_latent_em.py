"""EM over latent classes: known truths, closed forms, derivatives, and what lists can tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from darknumber.kernels import latent_em
from darknumber.kernels.latent_em import class_shares, determined, fit_classes, in_general, seen_shares

TRUTH = np.array([0.7, 0.3]), np.array([[0.1, 0.15, 0.08, 0.2, 0.12], [0.6, 0.4, 0.7, 0.3, 0.5]])


def expected_table(people=1e6):
    """Expected counts of two classes on five lists, and unseen people for each one seen."""
    weight, chance = TRUTH
    on = (np.arange(32)[:, None] >> np.arange(5)) & 1
    cells = people * np.where(on[:, None, :], chance, 1 - chance).prod(axis=2) @ weight
    return cells, cells[0] / cells[1:].sum()


def fit(y, classes, starts=20):
    live = 1 + np.flatnonzero(y[1:] > 0)
    return fit_classes(y[live], live, len(y).bit_length() - 1, classes, starts)


def test_expected_counts_give_the_truth_back():
    cells, odds = expected_table()
    found = fit(cells, 2)
    assert found.odds == pytest.approx(odds, rel=1e-4)
    assert found.reached > 5
    assert found.span == pytest.approx((odds, odds), rel=1e-3)
    assert np.sort(found.chance[:, 2]) == pytest.approx([0.08, 0.7], abs=1e-3)
    assert class_shares(found.weight, found.chance)[1:] == pytest.approx(cells[1:] / cells[1:].sum(), abs=1e-6)
    assert determined(found.weight, found.chance)


def test_one_class_of_two_lists_is_lincoln_and_petersen():
    found = fit(np.array([0.0, 200, 150, 60]), 1)
    assert 410 * found.odds == pytest.approx(200 * 150 / 60)


def test_the_maximum_is_that_of_another_optimiser():
    rng = np.random.default_rng(2)
    cells, _ = expected_table(4000)
    y = np.r_[0.0, rng.poisson(cells[1:])].astype(float)
    found = fit(y, 2)

    def minus(theta):
        weight = np.exp(theta[:2]) / np.exp(theta[:2]).sum()
        share = class_shares(weight, 1 / (1 + np.exp(-theta[2:].reshape(2, 5))))
        return -y[1:] @ np.log(share[1:])

    best = min(minimize(minus, rng.normal(-1, 1, 12), method="BFGS").fun for _ in range(6))
    assert found.log_likelihood == pytest.approx(-best, abs=1e-4)
    assert minus(np.r_[np.log(found.weight), np.log(found.chance / (1 - found.chance)).ravel()]) == pytest.approx(
        -found.log_likelihood, abs=1e-6
    )


def test_nobody_on_two_lists_has_no_upper_limit():
    assert fit(np.array([0.0, 20, 15, 0]), 1).odds > latent_em.ENDLESS


def test_derivatives():
    rng = np.random.default_rng(0)
    weight, chance = rng.dirichlet(np.ones(3)), rng.random((3, 4))
    slopes, dark = latent_em._slopes(weight, chance)
    basis = np.linalg.qr(np.c_[np.ones(3), np.eye(3)[:, :2]])[0][:, 1:]

    def at(step):
        w = weight + basis @ step[:2]
        c = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + step[2:].reshape(3, 4))))
        seen = seen_shares(c)
        return np.r_[np.sqrt(class_shares(w, c)[1:]), np.log(w @ ((1 - seen) / seen))]

    numbers = np.array([(at(1e-6 * e) - at(-1e-6 * e)) / 2e-6 for e in np.eye(14)]).T
    assert slopes == pytest.approx(numbers[:-1], abs=1e-8)
    assert dark == pytest.approx(numbers[-1], abs=1e-7)


def test_how_many_classes_lists_can_tell_apart():
    """Lists that differ in whom they see tell more classes apart than lists alike, which need twice as many lists."""
    most = {lists: max(j for j in range(1, 8) if in_general(j, lists)) for lists in (2, 3, 4, 5)}
    assert most == {2: 1, 3: 1, 4: 3, 5: 5}
    for lists in range(2, 9):
        alike = [
            determined(np.full(j, 1 / j), np.repeat(np.linspace(0.1, 0.8, j)[:, None], lists, axis=1))
            for j in range(1, 6)
        ]
        assert alike == [2 * j <= lists or j == 1 for j in range(1, 6)]
