"""Two classes of people by the EM algorithm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from darknumber import example
from darknumber.kernels.populations import classes
from darknumber.lab.two_classes import fit_two_classes

WEIGHTS, COVERAGE = [0.9, 0.1], [[0.033, 0.033, 0.099, 0.132, 0.033], [0.660, 0.825, 0.759, 0.990, 0.693]]


def test_expected_counts_give_the_truth_back():
    found = fit_two_classes(2_000 * classes(WEIGHTS, COVERAGE))
    np.testing.assert_allclose(found.weights, WEIGHTS, atol=1e-5)
    np.testing.assert_allclose(found.coverage, COVERAGE, atol=1e-5)
    assert found.estimate == pytest.approx(2_000, rel=1e-5)


def test_simulated_people_give_about_the_truth():
    counts = np.random.default_rng(4).multinomial(50_000, classes(WEIGHTS, COVERAGE))
    found = fit_two_classes(counts.astype(float))
    assert found.estimate == pytest.approx(50_000, rel=0.05)


def test_no_other_optimiser_climbs_higher():
    y = example("kosovo-1999").dense()[0]
    found = fit_two_classes(y)

    def depth(parameters: np.ndarray) -> float:
        share = expit(parameters[0])
        shares = classes([share, 1 - share], expit(parameters[1:].reshape(2, 4)))
        return float(y.sum() * np.log1p(-shares[0]) - y[1:] @ np.log(shares[1:]))

    rng = np.random.default_rng(0)
    best = min(minimize(depth, rng.normal(-1, 1, 9), method="BFGS").fun for _ in range(8))
    assert -found.log_likelihood == pytest.approx(best, abs=1e-3)


def test_the_same_seed_gives_the_same_answer():
    y = example("kosovo-1999").dense()[0]
    assert fit_two_classes(y, seed=3).estimate == fit_two_classes(y, seed=3).estimate
    assert fit_two_classes(y, seed=3).estimate == pytest.approx(fit_two_classes(y, seed=4).estimate, rel=1e-3)
