"""What each person adds to a dark figure, against derivatives taken by hand, and logistic regression against others."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.api import MNLogit

from darknumber.kernels.influence import class_shares, gains, log_normal_draws, maximise_classes, odd_histories, sums
from tests.robust import expit, logit, seen

POPULATIONS = 300
PEOPLE = 2_000


def odds_of(p, odd):
    """The sum over rows of products of odd cells over products of even ones, from joint probabilities."""
    return float((p[:, odd].prod(axis=1) / p[:, ~odd].prod(axis=1)).sum())


@pytest.mark.parametrize("lists", [2, 3, 4])
def test_a_gain_is_the_derivative_of_the_dark_figure(lists):
    odd = odd_histories(lists)
    p = np.random.default_rng(lists).dirichlet(np.full(5 * len(odd), 4.0)).reshape(5, -1)
    gain, odds = gains(p / p.sum(axis=1, keepdims=True), odd, 0.0)
    assert (p.sum(axis=1) * odds).sum() == pytest.approx(odds_of(p, odd), rel=1e-12)
    for cell in np.ndindex(*p.shape):
        step = 1e-6 * p[cell]
        up, down = p.copy(), p.copy()
        up[cell] += step
        down[cell] -= step
        assert gain[cell] == pytest.approx((odds_of(up, odd) - odds_of(down, odd)) / (2 * step), rel=1e-6)
    # The correction has mean zero under the truth: gains add up to the plug-in.
    assert (p * gain).sum() == pytest.approx(odds_of(p, odd), rel=1e-12)


def test_with_two_lists_it_is_the_formula_of_the_paper():
    q12, q1, q2 = np.array([0.2]), np.array([0.7]), np.array([0.5])
    gain, _ = gains(np.stack([q1 - q12, q2 - q12, q12], axis=1), odd_histories(2), 0.0)
    for history, (y1, y2) in enumerate([(1, 0), (0, 1), (1, 1)]):
        phi = q1 * q2 / q12 * (y1 / q1 + y2 / q2 - y1 * y2 / q12)
        assert 1 + gain[0, history] == pytest.approx(phi[0], rel=1e-12)


def test_an_overlap_below_the_margin_counts_as_the_margin():
    gain, odds = gains(np.array([[0.5, 0.499, 0.001]]), odd_histories(2), 0.01)
    assert odds[0] == pytest.approx(0.5 * 0.499 / 0.01)
    assert gain[0, 2] == pytest.approx(-odds[0] / 0.01)
    assert gains(np.array([[0.0, 0.5, 0.5]]), odd_histories(2), 0.01)[0][0, 0] == pytest.approx(1.0)


def test_the_variance_is_that_of_lincoln_and_petersen():
    on_one, on_other, on_both = 200.0, 150.0, 60.0
    n = on_one + on_other + on_both
    gain, _ = gains(np.array([[on_one, on_other, on_both]]) / n, odd_histories(2), 0.0)
    dark, variance = sums(np.zeros(3, dtype=np.int64), 1, np.array([on_one, on_other, on_both]), gain[0])
    assert dark[0] == pytest.approx(on_one * on_other / on_both)
    expected = on_one * on_other * (on_one + on_both) * (on_other + on_both) / on_both**3
    assert variance[0] == pytest.approx(expected)


def test_logistic_regression_is_that_of_statsmodels():
    rng = np.random.default_rng(5)
    x = np.c_[np.ones(400), rng.normal(size=(400, 2))]
    beta = np.array([[0.5, 1.0, -0.5], [-0.3, -1.0, 0.2]])
    share = class_shares(beta, x)
    y = (rng.random(400)[:, None] > share.cumsum(axis=1)).sum(axis=1)
    found, steps = maximise_classes(x, np.eye(3)[y], np.zeros((2, 3)), 1e-10)
    theirs = MNLogit((y + 1) % 3, x).fit(disp=False, tol=1e-12)  # its class 0 is our last
    assert class_shares(found, x) == pytest.approx(np.roll(theirs.predict(x), -1, axis=1), abs=1e-7)
    assert steps < 15


def test_its_totals_are_those_observed_and_counts_stand_for_people():
    rng = np.random.default_rng(6)
    x = np.c_[np.ones(30), rng.normal(size=30)]
    y = rng.integers(0, 5, (30, 3)).astype(float)
    found, _ = maximise_classes(x, y, np.zeros((2, 2)), 0.5)
    fitted = class_shares(found, x) * y.sum(axis=1, keepdims=True)
    assert fitted.sum(axis=0) == pytest.approx(y.sum(axis=0), rel=1e-8)
    turned, _ = maximise_classes(x, y[:, [2, 0, 1]], np.zeros((2, 2)), 0.5)  # no class is special under the penalty
    assert class_shares(turned, x) == pytest.approx(class_shares(found, x)[:, [2, 0, 1]], abs=1e-8)
    one_by_one = np.repeat(np.eye(3)[None], 30, axis=0).reshape(-1, 3)
    times = y.reshape(-1).astype(int)
    again, _ = maximise_classes(
        np.repeat(np.repeat(x, 3, axis=0), times, axis=0),
        np.repeat(one_by_one, times, axis=0),
        np.zeros((2, 2)),
        0.5,
    )
    assert again == pytest.approx(found, abs=1e-8)


def test_a_class_that_a_column_sets_apart_has_a_chance_near_zero_and_an_answer():
    x = np.c_[np.ones(40), np.repeat([0.0, 1.0], 20)]
    y = np.zeros((40, 3))
    y[np.arange(40), np.arange(40) % 2] = 1
    y[:5] = [0, 0, 1]  # the last class only where the column is 0
    found, steps = maximise_classes(x, y, np.zeros((2, 2)), 1e-6)
    assert steps < 60
    assert class_shares(found, x)[30, 2] < 1e-4
    empty, _ = maximise_classes(x, y * [1, 1, 0], np.zeros((2, 2)), 1e-6)
    assert class_shares(empty, x)[:, 2].max() < 1e-6


def test_noise_in_what_is_learned_counts_once_in_the_plug_in_and_twice_in_the_correction():
    """The design of drpop's popsize_simul: probabilities off by about n**-0.25 on the logit scale."""
    rng = np.random.default_rng(8)
    plug_in, corrected, hit = [], [], 0
    for _ in range(POPULATIONS):
        x, y = seen(PEOPLE, 1, 2, -1.0, rng)
        p = expit(-1.0 + np.outer(x[:, 0], [0.4, 0.3]))
        joint = np.stack([p[:, 0] * (1 - p[:, 1]), p[:, 1] * (1 - p[:, 0]), p.prod(axis=1)], axis=1)
        share = joint / joint.sum(axis=1, keepdims=True)
        share = expit(logit(share) + rng.normal(PEOPLE**-0.25, PEOPLE**-0.25, share.shape))
        gain, odds = gains(share, odd_histories(2), 0.005)
        own = gain[np.arange(len(y)), y - 1]
        dark, variance = sums(np.zeros(len(y), dtype=np.int64), 1, np.ones(len(y)), own)
        plug_in.append(len(y) + odds.sum())
        corrected.append(len(y) + dark[0])
        hit += abs(corrected[-1] - PEOPLE) <= 1.96 * np.sqrt(variance[0])
    error = np.std(corrected) / np.sqrt(POPULATIONS)
    assert np.mean(plug_in) > PEOPLE + 40
    assert abs(np.mean(corrected) - PEOPLE) < 4 * error + 5  # what is left of the bias is of the order 1 / sqrt(n)
    assert 0.91 <= hit / POPULATIONS <= 0.98


def test_draws_of_one_stratum_are_those_of_chao_and_their_sum_keeps_its_middle():
    normal = np.random.default_rng(2).standard_normal((40_000, 60))
    one = log_normal_draws(np.array([100.0]), np.array([900.0]), normal[:, :1])
    assert np.median(one) == pytest.approx(100.0, rel=0.01)
    assert np.log(one).std() == pytest.approx(np.sqrt(np.log1p(0.09)), rel=0.02)
    many = log_normal_draws(np.full(60, 10.0), np.full(60, 100.0), normal).sum(axis=1)
    assert np.median(many) == pytest.approx(600.0, rel=0.02)  # medians by themselves would add up to 420
    assert many.std() == pytest.approx(np.sqrt(6000.0), rel=0.05)
    mixed = log_normal_draws(np.array([0.0, 500.0, 20.0]), np.array([4.0, 2500.0, 8100.0]), normal[:, :3])
    assert mixed.sum(axis=1).mean() == pytest.approx(520 * np.sqrt(1 + 10604 / 520**2), rel=0.01)
    assert mixed.sum(axis=1).std() == pytest.approx(np.sqrt(10604), rel=0.05)
    assert (mixed[:, 1] > 0).all()
