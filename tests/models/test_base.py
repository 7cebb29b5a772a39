"""What models hand back: figures that agree with verdicts, replicates put together, data refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models.base import Replicates, check_supports, figures, stack
from tests.oracles import covariates_of


def test_figures_are_what_the_verdict_says():
    codes = np.array([ESTIMABLE, INFINITE, ZERO, NOT_IDENTIFIED], dtype=np.int8)
    assert np.array_equal(figures(np.full(4, 7.0), codes), [7, np.inf, 0, np.nan], equal_nan=True)


def replicates(choices, chosen):
    b = len(chosen)
    return Replicates(
        observed=np.ones((b, 2)),
        unobserved=np.arange(2.0 * b).reshape(b, 2),
        verdict=np.zeros((b, 2), dtype=np.int8),
        chosen=np.array(chosen),
        choices=choices,
    )


def test_replicates_are_put_one_after_the_other():
    whole = stack([replicates(("x", "y"), [0, 1, 1]), replicates(("z", "x"), [1, 0])])
    assert [whole.choices[place] for place in whole.chosen] == ["x", "y", "y", "x", "z"]
    assert whole.unobserved.shape == (5, 2)


class Picky:
    """Takes nothing but one plain table."""

    name = "picky"
    supports = frozenset()


@pytest.mark.parametrize("feature", ["covariates", "inactive lists", "not recorded"])
def test_data_with_something_more_are_refused(feature):
    grid = np.array([[True, feature != "inactive lists"], [True, True]])
    covariates = covariates_of((2,))
    if feature == "not recorded":
        covariates = [covariates[0].of("u", ["1", "not recorded"])]
    table = CaptureTable.build("AB", [1, 3], [4, 2], covariates=covariates, levels=[np.array([0, 1])], operating=grid)
    everything = {"covariates", "inactive lists", "not recorded"}
    picky = Picky()
    picky.supports = frozenset(everything - {feature})
    with pytest.raises(ModelError) as caught:
        check_supports(picky, table)
    assert caught.value.code == f"unsupported_{feature.replace(' ', '_')}"
    assert str(caught.value)
    picky.supports = frozenset(everything)
    check_supports(picky, table)
