"""Laws of sightings: their derivatives, that they sum to one, and what truncation and extra ones make of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from darknumber.kernels.sightings import Recipe, laws
from darknumber.kernels.truncated import chance, geometric, negative_binomial, one_inflated, poisson, truncated, within

STEP = 1e-4
RECIPES = [
    Recipe(law, ones, link)
    for law in ("poisson", "geometric", "negative-binomial")
    for ones in ("plain", "inflated", "inflated-all", "left-out")
    for link in (("logit", "cloglog") if ones.startswith("inflated") else ("logit",))
] + [Recipe(law, most=most, whole=whole) for law in ("poisson", "geometric") for most in (2, 3) for whole in (0, 1)]
TIMES = np.array([0, 1, 2, 3, 4, 6, 9])
LONG = np.arange(600)


def at(recipe, seed=1):
    rng = np.random.default_rng(seed)
    return [0.7 * rng.normal(size=(2, 3)) for _ in range(recipe.predictors)]


def figures(recipe, predictors):
    """Everything with derivatives, in one array."""
    _, told, odds = laws(recipe, TIMES, predictors)
    kept = within(TIMES, recipe.lowest, recipe.most)
    return (
        np.concatenate([told.log_p[..., kept], odds.value[..., None]], axis=-1),
        np.concatenate([told.first[..., kept], odds.first[..., None]], axis=-1),
        np.concatenate([told.second[..., kept], odds.second[..., None]], axis=-1),
    )


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: "-".join(map(str, recipe)))
def test_derivatives(recipe):
    predictors = at(recipe)
    _, first, second = figures(recipe, predictors)
    for k in range(recipe.predictors):
        above = [each + STEP * (k == m) for m, each in enumerate(predictors)]
        below = [each - STEP * (k == m) for m, each in enumerate(predictors)]
        high, low = figures(recipe, above), figures(recipe, below)
        assert (high[0] - low[0]) / (2 * STEP) == pytest.approx(first[k], abs=1e-6)
        assert (high[1] - low[1]) / (2 * STEP) == pytest.approx(second[k], abs=1e-6)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: "-".join(map(str, recipe)))
def test_a_law_sums_to_one_and_its_odds_are_those_of_its_parts(recipe):
    everybody, told, odds = laws(recipe, LONG, at(recipe))
    assert np.exp(told.log_p).sum(axis=-1) == pytest.approx(1)
    p = np.exp(everybody.log_p)
    assert p.sum(axis=-1) == pytest.approx(1)
    against = p[..., 1:].sum(axis=-1) if recipe.whole else p[..., within(LONG, recipe.lowest, recipe.most)].sum(axis=-1)
    assert np.exp(odds.value) == pytest.approx(p[..., 0] / against, rel=1e-9)


def test_the_laws_are_those_of_the_books():
    mean, spread = np.array([0.3, 2.0]), np.array([0.5, 4.0])
    k = LONG[:40]
    assert poisson(k, np.log(mean)).log_p == pytest.approx(
        k * np.log(mean[:, None]) - mean[:, None] - gammaln(k + 1), abs=1e-10
    )
    share = (1 / (1 + mean))[:, None]
    assert np.exp(geometric(k, np.log(mean)).log_p) == pytest.approx(share * (1 - share) ** k)
    size = 1 / spread[:, None]
    whole = gammaln(k + size) - gammaln(size) - gammaln(k + 1)
    book = whole + size * np.log(size / (size + mean[:, None])) + k * np.log(mean[:, None] / (size + mean[:, None]))
    assert negative_binomial(k, np.log(mean), np.log(spread)).log_p == pytest.approx(book)


def test_a_negative_binomial_is_geometric_at_one_and_poisson_at_none():
    mean = np.log(np.array([0.02, 0.7, 5.0]))
    same = negative_binomial(TIMES, mean, np.zeros(3))
    assert same.log_p == pytest.approx(geometric(TIMES, mean).log_p)
    assert same.first[0] == pytest.approx(geometric(TIMES, mean).first[0])
    assert negative_binomial(TIMES, mean, np.full(3, -20.0)).log_p == pytest.approx(
        poisson(TIMES, mean).log_p, rel=1e-6
    )


def test_the_order_of_truncation_and_inflation_matters_for_the_unseen_and_not_for_the_seen():
    law, share = geometric(LONG, np.array([0.1])), np.array([-0.5])
    later = one_inflated(truncated(law, 1), share)
    sooner = one_inflated(law, share)
    # the same law of those seen has a smaller share of extra ones among everybody (Bohning 2023)
    omega, unseen = 1 / (1 + np.exp(0.5)), np.exp(law.log_p[0, 0])
    among_all = omega * (1 - unseen) / (1 - omega * unseen)
    same = truncated(one_inflated(law, np.log(among_all / (1 - among_all)) * np.ones(1)), 1)
    assert np.exp(same.log_p) == pytest.approx(np.exp(later.log_p))
    assert np.exp(chance(sooner, 1).value) == pytest.approx(1 - (1 - omega) * unseen)


def test_small_means_keep_their_digits():
    part = chance(poisson(TIMES, np.array([-20.0])), 1)
    assert part.value == pytest.approx(-20.0, rel=1e-8)
