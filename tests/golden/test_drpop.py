"""Doubly robust estimation against drpop, with its own probabilities and folds, and with ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import darknumber as dn
from darknumber.kernels.influence import gains, odd_histories, sums
from darknumber.models import DoublyRobust

EXACT = 1e-9


@pytest.fixture(scope="module")
def given(golden_data):
    """The histories, drpop's three probabilities within their bounds, and the folds."""
    people, nuisance = (pd.read_csv(golden_data(name)) for name in ("drpop_sim_K2", "drpop_sim_K2_nuisance_logit"))
    q12, q1, q2 = (nuisance[f"logit.{name}"].to_numpy() for name in ("q12", "q1", "q2"))
    q1 = np.minimum(np.maximum(q12, q1), 1)
    q2 = np.maximum(q12 / q1, np.minimum(np.minimum(q2, 1 + q12 - q1), 1))
    return (people.y1 + 2 * people.y2).to_numpy(), q1, q2, q12, nuisance["fold"].to_numpy()


def by_fold(values, fold):
    """The mean of the means of the folds, as drpop takes it."""
    return float(np.mean([values[fold == each].mean() for each in np.unique(fold)]))


def test_with_its_probabilities_and_folds_the_answer_is_the_same(golden, given):
    theirs = golden("drpop")[0]["results"]
    history, q1, q2, q12, fold = given
    gain, odds = gains(np.stack([q1 - q12, q2 - q12, q12], axis=1), odd_histories(2), 0.005)
    each = 1 + gain[np.arange(len(history)), history - 1]
    inverse = by_fold(each, fold)
    spread = np.mean([each[fold == part].var(ddof=1) for part in np.unique(fold)])
    n = theirs["observed"]
    error = np.sqrt(n * spread + n * inverse * (inverse - 1))
    assert 1 / inverse == pytest.approx(theirs["DR"]["psi"], rel=EXACT)
    assert np.sqrt(spread) == pytest.approx(theirs["DR"]["sigma"], rel=EXACT)
    assert error == pytest.approx(theirs["DR"]["sigman"], rel=EXACT)
    limits = n * inverse + 1.96 * error * np.array([-1, 1])
    assert np.rint([n * inverse, *limits]).tolist() == [theirs["DR"][name] for name in ("n", "lower", "upper")]
    # Its three probabilities are fitted apart and need not fit together, which the plug-in notices.
    assert 1 / by_fold(odds + q1 + q2 - q12, fold) == pytest.approx(theirs["PI"]["psi"], rel=EXACT)


def test_our_sum_and_variance_are_the_same_but_for_the_folds(golden, given):
    theirs = golden("drpop")[0]["results"]["DR"]
    history, q1, q2, q12, _ = given
    gain, _ = gains(np.stack([q1 - q12, q2 - q12, q12], axis=1), odd_histories(2), 0.005)
    own = gain[np.arange(len(history)), history - 1]
    dark, variance = sums(np.zeros(len(history), dtype=np.int64), 1, np.ones(len(history)), own)
    assert len(history) + dark[0] == pytest.approx(len(history) / theirs["psi"], rel=2e-4)  # folds of 1,342 and 1,343
    assert np.sqrt(variance[0]) == pytest.approx(theirs["sigman"], rel=2e-4)


def test_our_own_learner_comes_to_what_its_multinomial_one_does(golden, golden_data):
    theirs = golden("drpop")[1]["results"]["DR"]
    people = dn.read_records(golden_data("drpop_sim_K2"), lists=["y1", "y2"], covariates=["x1", "x2", "x3"])
    ours = [dn.estimate(people, DoublyRobust(), seed=seed) for seed in range(6)]
    found = np.array([each.estimate[0] for each in ours])
    assert abs(found.mean() - theirs["n"]) < 3 * found.std(ddof=1)
    assert np.mean([np.sqrt(each.fits[0].variance[0]) for each in ours]) == pytest.approx(theirs["sigman"], rel=0.1)
    assert all(each.limits[0, 0] < 5000 < each.limits[0, 1] for each in ours)


def test_without_covariates_it_is_petersen(golden, golden_data):
    theirs = golden("drpop")[2]["results"]
    people = dn.read_records(golden_data("drpop_sim_K2"), lists=["y1", "y2"])
    found = dn.estimate(people, DoublyRobust(), seed=1)
    assert found.observed[0] / found.estimate[0] == pytest.approx(theirs["psi"], rel=1e-4)  # answered over folds
    assert dn.estimate(people, DoublyRobust(folds=1)).estimate[0] == pytest.approx(
        theirs["observed"] / theirs["psi"], rel=EXACT
    )
