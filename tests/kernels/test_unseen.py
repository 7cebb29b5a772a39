"""The grid against sums over every whole number, for laws whose quantiles are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from darknumber.kernels.unseen import (
    COARSE,
    FINE,
    FURTHEST,
    LOOK,
    TAIL,
    between,
    distribution,
    end_of,
    first_look,
    spread,
)

SHARES = np.array([0.001, 0.025, 0.25, 0.5, 0.75, 0.975, 0.999])
# The precision of log m about its mean, less that of a Poisson count: 1/variance = 1/(1/precision + 1/m).
LAWS = {
    "a few": (poisson(3.0), 1e4),
    "about the first panel": (poisson(100.0), 1e4),
    "hundreds": (nbinom(40, 40 / 640), 40),
    "a wide one": (nbinom(1.5, 1.5 / 9000), 1.5),
    "many": (nbinom(900, 900 / 2_000_900), 900),
}


def in_log(law, unseen):
    """The log density between whole numbers too, which scipy does not give."""
    from scipy.special import gammaln

    if "n" in law.kwds or len(law.args) == 2:
        size, chance = law.args
        fixed = size * np.log(chance) - gammaln(size)
        return gammaln(unseen + size) - gammaln(unseen + 1) + fixed + unseen * np.log1p(-chance)
    (mean,) = law.args
    return unseen * np.log(mean) - mean - gammaln(unseen + 1)


@pytest.mark.parametrize("name", LAWS)
def test_sums_and_quantiles(name):
    law, precision = LAWS[name]
    low, high = law.ppf(1e-10), law.ppf(1 - 1e-10)
    grid = between(low, high, 0, precision)
    density = in_log(law, grid.unseen)
    assert np.exp(density + grid.log_weight).sum() == pytest.approx(1, abs=2e-6)
    for step, near in ((FINE, 1e-5), (COARSE, 1e-3)):
        found = distribution(grid, density, high, step, precision)
        assert found.quantile(SHARES) == pytest.approx(law.ppf(SHARES), rel=near, abs=0.51 if step == FINE else 1.01)
        assert found.beyond(float(law.ppf(0.9)) + 0.5) == pytest.approx(law.sf(law.ppf(0.9)), abs=1e-5 + near / 10)


def test_a_quantile_is_a_whole_number_with_that_share_below():
    law = poisson(3.0)
    found = distribution(between(0, 40, 0, 1e4), in_log(law, np.arange(41.0)), 40.0, FINE, 1e4)
    assert found.quantile(law.cdf(np.arange(8))).tolist() == list(range(8))
    assert found.quantile(law.cdf(np.arange(8)) + 1e-6).tolist() == list(range(1, 9))
    assert found.quantile(0.0) == 0


def test_the_least_dark_figure_is_kept():
    assert between(0.0, 50.0, 1, 10.0).unseen.tolist() == list(range(1, 51))
    assert between(0.0, 0.0, 0, 10.0).unseen.tolist() == [0.0]
    only = distribution(between(0.0, 0.0, 0, 10.0), np.zeros(1), 0.0, FINE, 10.0)
    assert only.quantile(SHARES).tolist() == [0.0] * len(SHARES)


def test_the_end_leaves_out_no_more_than_it_says():
    law = nbinom(1.5, 1.5 / 9000)
    grid = between(0, 1e6, 0, 1.5)
    end = end_of(grid, in_log(law, grid.unseen) + grid.log_weight)
    assert TAIL / 10 < law.sf(end) < 2 * TAIL
    assert end_of(grid, -grid.unseen * 100.0) == 1.0


def test_the_first_look_goes_as_far_as_is_allowed():
    assert first_look(np.inf)[[0, -1]] == pytest.approx([1.0, FURTHEST])
    assert first_look(500.0)[[0, -1]] == pytest.approx([1.0, 500.0])
    assert np.diff(np.log(first_look(np.inf))).max() <= LOOK
    assert first_look(1.0)[-1] == 1.0


def test_the_spread_is_that_of_a_count_where_it_is_small():
    assert spread(25.0, 1e9) == pytest.approx(0.2, rel=1e-6)
    assert spread(1e12, 400.0) == pytest.approx(0.05, rel=1e-6)
