"""Pairs added by Poisson tails: against the rule written out, and its honesty."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import poisson

from darknumber.data.examples import example
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.models import LogLinear, PoissonTail
from tests.oracles import random_table

SAME = 1e-7  # relative: both fits are exact to ten digits


def written_out(table, threshold):
    """The rule with a full fit of every model it looks at."""
    cells, y = np.arange(1 << len(table.lists)), table.dense()[0]
    inside: list[str] = []
    while True:
        fit = LogLinear(" + ".join(inside)).fit(table)
        ranked = []
        for i, j in combinations(range(len(table.lists)), 2):
            both = (cells >> i & cells >> j & 1) == 1
            seen, mean = y[both].sum(), (fit.probabilities[0] * y.sum())[both].sum()
            chance = min(poisson.cdf(seen, mean), poisson.sf(seen - 1, mean))
            ranked.append((chance, len(ranked), f"{table.lists[i]}:{table.lists[j]}"))
        unlikely = [pair for chance, _, pair in sorted(ranked) if chance < threshold and pair not in inside]
        good = [p for p in unlikely if LogLinear(" + ".join([*inside, p])).fit(table).verdict[0] == ESTIMABLE]
        if not good:
            return fit
        inside.append(good[0])


@pytest.mark.parametrize("threshold", [0.001, 0.02, 0.2])
def test_the_rule_on_random_sparse_tables(threshold):
    longest = 0
    for seed in range(25):
        rng = np.random.default_rng([seed, 4])
        table = random_table(rng, lists=4, levels=(), people=400, on_list=(0.02, 0.3), dependence=1.5)
        ours, theirs = PoissonTail(threshold).fit(table), written_out(table, threshold)
        assert ours.terms == theirs.terms
        assert ours.verdict.tolist() == theirs.verdict.tolist()
        if theirs.verdict[0] == ESTIMABLE:
            assert ours.estimate[0] == pytest.approx(theirs.estimate[0], rel=SAME)
        longest = max(longest, (ours.terms or "").count(":"))
    assert longest > 1


def test_replicates_start_anew():
    found = estimate(example("uk-2013-5"), "poisson-tail", "bootstrap(replicates=40)", seed=2)
    assert found.estimate[0] == pytest.approx(11_313, abs=0.5)  # Chan, Silverman & Vincent 2021
    again = PoissonTail().refit(found.fits[0], found.fits[0].data.dense()[None])
    assert found.fits[0].observed[0] + again.unobserved[0, 0] == pytest.approx(found.estimate[0])
    assert len(found.selection.choices) > 1


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1, float("nan")])
def test_a_threshold_is_a_probability(threshold):
    with pytest.raises(ModelError, match="must be a probability"):
        PoissonTail(threshold)
