"""The posterior of one model, against brute force and numerical derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import logsumexp
from scipy.stats import invgamma, multivariate_normal, poisson

from darknumber.kernels.joint import (
    Joint,
    along,
    back,
    cholesky,
    curvature,
    find_mode,
    forward,
    log_below,
    log_density,
    log_likelihood,
    log_prior,
)
from tests.kernels.small_joint import EVERY, LOG_DET, a_joint

ROUNDING = 1e-9


@pytest.mark.parametrize("y", [0.0, 1.0, 7.0, 400.0])
@pytest.mark.parametrize("mean", [1e-4, 0.8, 7.0, 350.0, 900.0])
def test_the_chance_of_at_most_so_many_is_that_of_poisson(y, mean):
    found, slope = log_below(y, np.log(mean))
    assert found == pytest.approx(logsumexp(poisson.logpmf(np.arange(y + 1), mean)), rel=1e-9, abs=1e-12)
    step = 1e-5
    numeric = (log_below(y, np.log(mean) + step)[0] - log_below(y, np.log(mean) - step)[0]) / (2 * step)
    assert slope == pytest.approx(-numeric, rel=1e-5, abs=1e-8)


def density_of(joint: Joint, g: float):
    space = [np.empty(len(joint.y)), np.empty(len(joint.y)), np.empty(len(joint.people))]
    columns = EVERY if not joint.explicit else np.arange(joint.x.shape[1])
    return columns, lambda theta: log_density(theta, columns, LOG_DET, g, joint, *space)


@pytest.mark.parametrize(("settings", "g"), [({}, 1.0), ({"hyper": True}, 0.0), ({"bounded": True}, 1.0)])
def test_the_mode_and_the_curvature_are_those_of_the_density(settings, g):
    joint = a_joint(**settings)
    columns, value = density_of(joint, g)
    factor = np.zeros((len(columns), len(columns)))
    theta = np.zeros(len(columns))
    if joint.explicit:
        theta[-1] = 2.0
    find_mode(theta, columns, LOG_DET, 1.0, joint, factor)
    evidence = find_mode(theta, columns, LOG_DET, g, joint, factor)
    best = minimize(lambda at: -value(at), theta + 0.1, method="BFGS", options={"gtol": 1e-7})
    assert value(theta) == pytest.approx(-best.fun, abs=1e-6)
    assert theta == pytest.approx(best.x, abs=1e-3)
    slope = lambda at: approx_fprime(at, value, 1e-6)  # noqa: E731 - one line of numbers
    numeric = np.array([(slope(theta + 1e-4 * e) - slope(theta - 1e-4 * e)) / 2e-4 for e in np.eye(len(theta))])
    assert factor @ factor.T == pytest.approx(-(numeric + numeric.T) / 2, rel=0.02, abs=0.1)
    laplace = value(theta) + len(theta) / 2 * np.log(2 * np.pi) - np.log(np.diag(factor)).sum()
    assert evidence == pytest.approx(laplace)


def test_intercepts_that_are_integrated_out_leave_the_multinomial():
    joint = a_joint()
    theta = np.array([-0.5, 0.2, 0.3, 0.4])
    space = [np.empty(len(joint.y)), np.empty(len(joint.y)), np.empty(len(joint.people))]
    eta = joint.x @ theta
    log_share = eta - np.log(np.exp(eta).sum())
    assert log_likelihood(theta, EVERY, joint, *space) == pytest.approx(joint.y @ log_share)
    assert space[1] == pytest.approx(joint.people[0] * np.exp(log_share))
    assert space[2] == pytest.approx(np.log(np.exp(eta).sum()))


def test_the_prior_with_g_integrated_out_is_the_mixture_over_g():
    joint = a_joint(hyper=True)
    theta = np.array([-0.5, 0.2, 0.3, 0.4])
    log_g = np.arange(-20, 60, 0.01)
    g = np.exp(log_g)
    law = invgamma(joint.shape / 2, scale=joint.scale / 2).pdf(g) * g
    normal = [multivariate_normal(np.zeros(4), each * np.eye(4)).pdf(theta) for each in g]
    assert log_prior(theta, EVERY, LOG_DET, 0.0, joint)[0] == pytest.approx(
        np.log(np.sum(law * np.array(normal)) * 0.01), abs=1e-6
    )
    assert log_prior(theta, EVERY, LOG_DET, 2.0, joint)[0] == pytest.approx(
        multivariate_normal(np.zeros(4), 2 * np.eye(4)).logpdf(theta)
    )


def test_a_belief_is_a_prior_of_its_own():
    joint = a_joint(belief=(4.0, 0.5))
    theta = np.array([-0.5, 0.2, 0.3, 0.4])
    expected = multivariate_normal(np.zeros(3), np.eye(3)).logpdf(theta[:3])
    expected += multivariate_normal(0.5, 0.25).logpdf(theta[3])
    assert log_prior(theta, EVERY, LOG_DET, 1.0, joint)[0] == pytest.approx(expected)
    assert log_prior(theta, EVERY, LOG_DET, 3.0, joint)[1] == pytest.approx(theta[:3] @ theta[:3])


def test_modes_along_g_are_those_of_each_g():
    joint = a_joint(hyper=True)
    mode, factor = np.zeros(4), np.zeros((4, 4))
    find_mode(mode, EVERY, LOG_DET, 1.0, joint, factor)
    find_mode(mode, EVERY, LOG_DET, 0.0, joint, factor)
    g = np.exp(np.arange(-9.0, 9.0))
    modes, evidence = np.empty((len(g), 4)), np.empty(len(g))
    along(mode, EVERY, LOG_DET, g, joint, modes, evidence)
    for k, each in enumerate(g):
        alone = np.zeros(4)
        assert find_mode(alone, EVERY, LOG_DET, each, joint, factor) == pytest.approx(evidence[k], abs=1e-5)
        assert alone == pytest.approx(modes[k], abs=1e-4)


def test_triangles_are_solved_and_what_is_not_positive_is_refused():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(5, 5))
    matrix, factor, out = root @ root.T + np.eye(5), np.zeros((5, 5)), np.empty(5)
    assert cholesky(matrix, factor)
    assert factor == pytest.approx(np.linalg.cholesky(matrix))
    z = rng.normal(size=5)
    forward(factor, 5, z, out)
    assert factor @ out == pytest.approx(z)
    back(factor, 5, z, out)
    assert factor.T @ out == pytest.approx(z)
    assert not cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]), np.zeros((2, 2)))


def test_the_curvature_that_steps_use_is_positive_definite_far_from_the_mode():
    joint = a_joint(hyper=True)
    theta = np.array([3.0, -3.0, 2.0, -2.0])
    space = [np.empty(len(joint.y)), np.empty(len(joint.y)), np.empty(len(joint.people))]
    log_likelihood(theta, EVERY, joint, *space)
    _, _, pull = log_prior(theta, EVERY, LOG_DET, 0.0, joint)
    matrix = np.empty((4, 4))
    curvature(theta, EVERY, joint, space[1], pull, 0.0, matrix)
    assert np.linalg.eigvalsh(matrix).min() > -ROUNDING
