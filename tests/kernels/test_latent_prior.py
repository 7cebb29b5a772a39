"""What priors of chances say of the dark figure."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.latent_moves import Prior
from darknumber.kernels.latent_prior import calibrated, prior_odds

GIVEN = Prior(1.0, 1.0, 1.0, 0.25, 0.25)
ERROR = 0.15  # of the log of a median of 2,000 draws whose standard deviation is up to 2


@pytest.mark.parametrize("ratio", [0.1, 1.0, 20.0])
@pytest.mark.parametrize("on", [1.0, 0.6])
def test_the_median_beforehand_is_the_one_asked_for(ratio, on):
    prior = calibrated(ratio, GIVEN._replace(on=on), 4, 4)
    assert np.median(prior_odds(prior, 4, 4)) == pytest.approx(ratio, rel=1e-3)
    rng = np.random.default_rng(3)
    size = 60_000
    left, seen = np.ones(size), np.zeros(size)
    concentration = np.maximum(rng.gamma(prior.shape, 1 / prior.rate, size), 1e-12)
    off = prior.off * np.exp(prior.spread * rng.standard_normal(size))
    for k in range(4):
        part = rng.beta(1, concentration) if k < 3 else np.ones(size)
        seen += left * part * (1 - np.prod(1 - rng.beta(prior.on, off, (4, size)), axis=0))
        left = left * (1 - part)
    assert np.log(np.median((1 - seen) / seen)) == pytest.approx(np.log(ratio), abs=ERROR)


def test_flat_chances_expect_hardly_anybody_unseen_and_fewer_with_every_list():
    medians = [np.median(prior_odds(GIVEN._replace(spread=0.0), 10, lists)) for lists in (2, 3, 5, 8)]
    assert medians == sorted(medians, reverse=True)
    assert medians[2] < 0.02


def test_a_wider_prior_is_wider():
    narrow, wide = (
        np.diff(np.quantile(np.log(prior_odds(calibrated(1.0, GIVEN._replace(spread=s), 10, 5), 10, 5)), [0.05, 0.95]))
        for s in (0.0, 1.0)
    )
    assert wide > 2 * narrow
