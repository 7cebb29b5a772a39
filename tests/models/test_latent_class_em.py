"""A given number of latent classes: known answers, and the verdict where the lists cannot tell them apart."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED
from darknumber.models import Independence, LatentClassEM

THREE = CaptureTable.build("ABC", [1, 2, 3, 4, 5, 6, 7], [30, 25, 6, 20, 5, 4, 2])


def codes(fit):
    return [finding.code for finding in fit.findings]


def test_one_class_is_independent_lists():
    table = example("kosovo-1999")
    ours, theirs = LatentClassEM(classes=1, starts=2).fit(table), Independence().fit(table)
    assert ours.unobserved[0] == pytest.approx(theirs.unobserved[0], rel=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood)
    assert ours.deviance == pytest.approx(theirs.deviance)
    assert ours.parameters == theirs.parameters == 5
    assert "independent_lists" in ours.model.assumes


def test_two_classes_fit_better_and_find_more_people():
    table = example("kosovo-1999")
    one, two = (LatentClassEM(classes=j, starts=10).fit(table) for j in (1, 2))
    assert two.verdict.tolist() == [ESTIMABLE]
    assert two.deviance < one.deviance - 100
    assert two.estimate[0] == pytest.approx(9563.4, rel=1e-3)  # the same from 41 of 50 starts
    assert two.parameters == 10
    assert not codes(two)


def test_three_lists_do_not_identify_two_classes():
    fit = LatentClassEM(starts=5).fit(THREE)
    assert fit.verdict.tolist() == [NOT_IDENTIFIED]
    assert np.isnan(fit.unobserved[0])
    assert "latent_em_too_many" in codes(fit)
    assert LatentClassEM(classes=1, starts=2).fit(THREE).verdict.tolist() == [ESTIMABLE]


def test_a_class_that_hardly_anybody_sees_has_no_upper_limit():
    """On five lists of New Orleans the second class runs off; most of 50 starts end there."""
    fit = LatentClassEM(starts=20).fit(example("new-orleans-2016-5"))
    assert fit.verdict.tolist() == [INFINITE]
    assert np.isposinf(fit.unobserved[0])


def test_more_classes_than_half_the_lists_are_doubted():
    fit = LatentClassEM(classes=3, starts=4).fit(example("kosovo-1999"))
    assert "latent_em_lists_alike" in codes(fit)


def test_refits_begin_at_the_data_and_nobody_is_zero():
    table = example("kosovo-1999")
    model = LatentClassEM(starts=10)
    fit = model.fit(table)
    empty = np.zeros_like(table.dense())
    again = model.refit(fit, np.stack([table.dense(), empty]))
    assert again.unobserved[0] == pytest.approx(fit.unobserved, rel=1e-4)
    assert again.unobserved[1].tolist() == [0.0]
    assert again.verdict.tolist() == [[ESTIMABLE], [ESTIMABLE]]


@pytest.mark.parametrize("settings", [{"classes": 0}, {"starts": 0}])
def test_settings_that_cannot_be(settings):
    with pytest.raises(ModelError):
        LatentClassEM(**settings)


def test_more_classes_than_lists_can_tell_apart_are_refused_at_once():
    """Where no data could tell, nothing is looked for from many places, in no replicate either."""
    table = example("uk-2013-5")
    fit = LatentClassEM(classes=8, starts=5000).fit(table)
    assert fit.verdict.tolist() == [NOT_IDENTIFIED]
    assert "latent_em_too_many" in {each.code for each in fit.findings}
    found = LatentClassEM(classes=8, starts=5000).refit(fit, table.dense()[None].repeat(3, axis=0))
    assert found.verdict.tolist() == [[NOT_IDENTIFIED]] * 3
