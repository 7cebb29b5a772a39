"""Intervals drawn from the mixture of the laws of all models in an average."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.errors import ModelError
from darknumber.inference.bootstrap import draw, law_of
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap, Mixture
from darknumber.models import Average, Best, LogLinear, Stepwise
from darknumber.words import use_language
from tests.oracles import random_table

REPLICATES = 400
QUANTILE_TOLERANCE = 0.05  # relative: two samples of 2,000 draws differ by a few hundredths in the middle


@pytest.fixture(scope="module")
def answer():
    return estimate(example("kosovo-1999"), Average(criterion="bic"), Mixture(replicates=REPLICATES), seed=3)


def test_the_estimate_is_that_of_the_average(answer):
    plain = estimate(example("kosovo-1999"), Average(criterion="bic"), Bootstrap(replicates=20), seed=3)
    assert answer.estimate == pytest.approx(plain.estimate)


def test_every_model_has_its_share_of_the_replicates_to_within_one():
    table = example("australia-2015-2017")
    found = estimate(table, Average(), Mixture(replicates=REPLICATES), seed=3)
    listed = found.fits[0].candidates
    assert listed is not None
    assert listed.weight is not None
    drawn = dict(zip(found.selection.choices, found.selection.shares, strict=True))
    for label, weight in zip(listed.label, listed.weight, strict=True):
        assert abs(drawn.get(label, 0.0) - weight) <= 1 / REPLICATES + 1e-9


def test_the_draws_are_those_of_each_model_by_hand():
    """Each model's replicates, drawn and refitted here one at a time, give the same numbers."""
    table = example("australia-2015-2017")
    found = estimate(table, Average(), Mixture(replicates=60), seed=3)
    shape, place = (1, 1 << len(table.lists)), 0
    for label, people in zip(found.selection.choices, np.rint(found.selection.shares * 60).astype(int), strict=True):
        rows = np.flatnonzero(found.selection.chosen == found.selection.choices.index(label))
        assert len(rows) == people
        fit = LogLinear(label).fit(table)
        law = law_of(fit, Bootstrap())
        for b in rows:
            again = LogLinear(label).refit(fit, draw(law, shape, 3, int(b))[None])
            expected = float((again.observed + again.unobserved)[0, 0])
            assert found.draws[b, 0] == pytest.approx(expected, rel=1e-6)
            place += 1
    assert place == 60


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_the_draws_with_covariates_by_hand(margin):
    table = random_table(np.random.default_rng(7), lists=3, levels=(3,), people=300, on_list=(0.2, 0.5), dependence=1)
    found = estimate(table, Average(margin=margin, criterion="aic"), Mixture(replicates=30), seed=3)
    assert len(found.selection.choices) > 3
    for b in range(30):
        own = LogLinear(found.selection.choices[found.selection.chosen[b]], margin)
        fit = own.fit(table)
        again = own.refit(fit, draw(law_of(fit, Bootstrap()), (3, 8), 3, b)[None])
        assert found.draws[b] == pytest.approx((again.observed + again.unobserved)[0], rel=1e-6, nan_ok=True)


def test_one_model_alone_is_its_own_bootstrap():
    """Where all the weight is on one model, the mixture is the bootstrap of that model."""
    table = example("kosovo-1999")
    found = estimate(table, Average(criterion=200.0), Mixture(replicates=2000), seed=3)
    assert len(found.selection.choices) == 1
    alone = estimate(table, LogLinear(found.selection.choices[0]), Bootstrap(replicates=2000), seed=4)
    assert found.limits == pytest.approx(alone.limits, rel=QUANTILE_TOLERANCE)


def test_the_draws_do_not_depend_on_the_workers(answer):
    again = estimate(
        example("kosovo-1999"), Average(criterion="bic"), Mixture(replicates=REPLICATES), seed=3, workers=2
    )
    assert np.array_equal(answer.draws, again.draws)


def test_progress_is_told_to_the_end():
    told = []
    estimate(example("kosovo-1999"), Best(), Mixture(replicates=50), seed=3, progress=lambda *step: told.append(step))
    assert told[-1] == (50, 50, "replicates")


def test_a_model_without_weights_is_refused():
    with pytest.raises(ModelError) as caught:
        estimate(example("kosovo-1999"), Stepwise(), Mixture(replicates=50))
    assert caught.value.code == "mixture_needs_family"


def test_the_print_says_how_it_was_made_and_not_what_replicates_chose(answer):
    said = " ".join(str(answer).split())
    assert "400 replicates, drawn from all models by their weights. Seed 3." in said
    assert "The replicates chose" not in said
    with use_language("nl"):
        assert "trekkingen uit alle modellen" in " ".join(str(answer).split())
