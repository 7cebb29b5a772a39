"""Two lists: formulas, their verdicts, and published numbers."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Chapman, LincolnPetersen
from tests.oracles import covariates_of

ONLY_A, ONLY_B, BOTH = 250, 130, 70


def table(only_a, only_b, both):
    return CaptureTable.build("AB", [1, 2, 3], [only_a, only_b, both])


def test_formulas():
    n1, n2 = ONLY_A + BOTH, ONLY_B + BOTH
    lincoln = LincolnPetersen().fit(table(ONLY_A, ONLY_B, BOTH))
    assert lincoln.estimate[0] == pytest.approx(n1 * n2 / BOTH)
    assert lincoln.variance[0] == pytest.approx(n1 * n2 * ONLY_A * ONLY_B / BOTH**3)
    chapman = Chapman().fit(table(ONLY_A, ONLY_B, BOTH))
    assert chapman.estimate[0] == pytest.approx((n1 + 1) * (n2 + 1) / (BOTH + 1) - 1)
    variance = (n1 + 1) * (n2 + 1) * (n1 - BOTH) * (n2 - BOTH) / ((BOTH + 1) ** 2 * (BOTH + 2))
    assert chapman.variance[0] == pytest.approx(variance)


def test_chapman_has_next_to_no_bias():
    rng = np.random.default_rng(1)
    population, first, second = 400, 0.3, 0.25
    shares = [first * (1 - second), (1 - first) * second, first * second, (1 - first) * (1 - second)]
    cells = rng.multinomial(population, shares, size=2000)[:, :3]
    chapman = [Chapman().fit(table(*row)).estimate[0] for row in cells]
    lincoln = [LincolnPetersen().fit(table(*row)).estimate[0] for row in cells]
    error = np.std(chapman) / np.sqrt(len(cells))
    assert np.mean(chapman) == pytest.approx(population, abs=4 * error)
    assert np.mean(lincoln) > population + 4 * error


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [((5, 4, 3), ESTIMABLE), ((5, 4, 0), INFINITE), ((5, 0, 3), ZERO), ((0, 4, 3), ZERO), ((0, 0, 3), ZERO)],
)
def test_verdicts(counts, verdict):
    fit = LincolnPetersen().fit(table(*counts))
    assert fit.verdict.tolist() == [verdict]
    assert np.isfinite(fit.variance[0]) == (verdict == ESTIMABLE)
    assert Chapman().fit(table(*counts)).verdict.tolist() == [ESTIMABLE]


def test_every_stratum_stands_alone():
    data = CaptureTable.build(
        "AB",
        [1, 2, 3, 1, 1, 2],
        [9, 8, 6, 5, 4, 3],
        covariates=covariates_of((4,)),
        levels=[np.array([0, 0, 0, 1, 2, 2])],
    )
    fit = LincolnPetersen().fit(data)
    assert fit.verdict.tolist() == [ESTIMABLE, NOT_IDENTIFIED, INFINITE, ESTIMABLE]
    assert np.array_equal(fit.unobserved, [12, np.nan, np.inf, 0], equal_nan=True)


@pytest.mark.parametrize("model", [LincolnPetersen(), Chapman()])
def test_three_lists_are_refused(model):
    with pytest.raises(ModelError) as caught:
        model.fit(CaptureTable.build("ABC", [1, 2, 4], [1, 1, 1]))
    assert caught.value.code == "needs_two_lists"
