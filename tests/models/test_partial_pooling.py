"""Partial pooling, against quadrature, a plain Metropolis chain of everything, and populations drawn from it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.special import logsumexp

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import DarknumberError, ModelError
from darknumber.findings import Finding
from darknumber.inference.estimate import estimate
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED
from darknumber.models import LogLinear, PartialPooling, Stratified
from darknumber.models.partial_pooling import shrinkage
from darknumber.models.pooled_draws import analyse
from darknumber.models.pooled_effects import make_frame

ON = {lists: ((np.arange(1 << lists)[:, None] >> np.arange(lists)) & 1).astype(float) for lists in (2, 3, 4)}


def years(count):
    levels = tuple(str(2010 + year) for year in range(count))
    return Covariate(name="year", levels=levels, values=tuple(map(float, levels)))


SEX = Covariate(name="sex", levels=("female", "male"))


def built(y, covariates, **more):
    """A table from ``(strata, 2**K)`` counts."""
    stratum, history = np.nonzero(y)
    lists = [f"L{j}" for j in range(y.shape[1].bit_length() - 1)]
    levels = np.unravel_index(stratum, [len(each.levels) for each in covariates]) if covariates else []
    return CaptureTable.build(lists, history, y[stratum, history], covariates=covariates, levels=list(levels), **more)


def drawn(rng, sizes, effects, pairs):
    """``(strata, 2**K)`` counts of people with ``(strata, K)`` log odds and log odds ratios by pair; all, and seen."""
    on = ON[effects.shape[1]]
    eta = effects @ on.T + sum(
        (value * on[:, i] * on[:, j] for (i, j), value in pairs.items()), start=np.zeros(len(on))
    )
    share = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    y = np.stack([rng.multinomial(size, each) for size, each in zip(sizes, share, strict=True)])
    y[:, 0] = 0
    return y


def codes(fit) -> dict[str, Finding]:
    return {finding.code: finding for finding in fit.findings}


def test_two_lists_and_nothing_to_pool_agree_with_quadrature():
    """Two effects with a wide normal prior; the dark figure for each one seen, by a sum over a grid."""
    y = np.array([[0, 30, 20, 12]])
    grid = np.linspace(-6, 6, 600)
    a, b = grid[:, None], grid[None, :]
    norm = np.logaddexp(np.logaddexp(a, b), a + b)
    log_density = 30 * a + 20 * b + 12 * (a + b) - 62 * norm - 0.5 * (a**2 + b**2) / 10**2
    weight = np.exp(log_density - log_density.max()).reshape(-1)
    order = np.argsort(norm.reshape(-1))
    cumulated = np.cumsum(weight[order]) / weight.sum()
    exact = norm.reshape(-1)[order][np.searchsorted(cumulated, [0.025, 0.25, 0.5, 0.75, 0.975])]
    rng = np.random.default_rng(1)
    sampled = rng.choice(norm.reshape(-1), size=200_000, p=weight / weight.sum())
    dark = rng.poisson(np.exp(-sampled) * rng.standard_gamma(62, len(sampled)))
    fit = PartialPooling(draws=8000).fit(built(y, []), seed=1)
    told = np.quantile(np.exp(-exact) * 62, [0, 1])
    assert told[0] < fit.unobserved[0] < told[1]
    quantiles = [0.025, 0.25, 0.5, 0.75, 0.975]
    ours, theirs = np.quantile(fit.draws[:, 0], quantiles), np.quantile(dark, quantiles)
    assert ours == pytest.approx(theirs, rel=0.06)
    assert fit.unobserved[0] == pytest.approx(np.median(fit.draws))


def metropolis(table, pairs, walk, *, own, spread, term_sd, chains, steps, seed):
    """Random-walk Metropolis of means, effects, terms and standard deviations, standardised; many chains at a time.

    Returns draws of the log of the people seen for each one unseen, by stratum, and of the standard deviations.
    """
    y, lists = table.dense(), len(table.lists)
    n, strata, on = y.sum(axis=1), table.strata, ON[lists]
    both = np.stack([on[:, i] * on[:, j] for i, j in pairs], axis=1) if pairs else np.zeros((1 << lists, 0))
    roots, levels = [], []
    for covariate in table.covariates:
        size = len(covariate.levels)
        steps_of = np.tril(np.ones((size, size)), -1)[:, :-1]
        steps_of = steps_of - steps_of.mean(axis=0)
        walked = steps_of * np.sqrt((size - 1) / np.sum(steps_of**2))
        roots.append(walked if covariate.name in walk else np.eye(size))
        levels.append(table.level_of(covariate.name))
    sizes = [lists, *(lists * root.shape[1] for root in roots), len(pairs), strata * lists * own, len(roots) + own]
    ends = np.cumsum(sizes)

    def density(x):
        means, *effects, terms, alone, log_sd = np.split(x, ends[:-1], axis=1)
        sd = np.exp(log_sd)
        value = -0.5 * np.sum(means**2, axis=1) / 10**2 - 0.5 * np.sum(terms**2, axis=1) / term_sd**2
        value += np.sum(log_sd - 0.5 * sd**2 / spread**2, axis=1)
        odds = np.repeat(means[:, None, :], strata, axis=1)
        for place, (root, level, u) in enumerate(zip(roots, levels, effects, strict=True)):
            value -= 0.5 * np.sum(u**2, axis=1)
            odds += sd[:, place, None, None] * (root @ u.reshape(len(x), -1, lists))[:, level]
        value -= 0.5 * np.sum(alone**2, axis=1)
        if own:
            odds += sd[:, -1, None, None] * alone.reshape(len(x), strata, lists)
        eta = odds @ on.T + (terms @ both.T)[:, None, :]
        norm = logsumexp(eta[:, :, 1:], axis=2)
        return value + np.einsum("csw,sw->c", eta, y) - norm @ n, norm

    rng = np.random.default_rng(seed)
    x = 0.3 * rng.standard_normal((chains, ends[-1])) - np.r_[np.ones(lists), np.zeros(ends[-1] - lists)]
    value, norm = density(x)
    root, length = np.eye(ends[-1]), 0.3
    kept, deviations = [], []
    for step in range(steps):
        if step in (steps // 8, steps // 4):
            root, length = np.linalg.cholesky(np.cov(x.T) + 1e-6 * np.eye(ends[-1])), 2.38 / np.sqrt(ends[-1])
        trial = x + length * rng.standard_normal(x.shape) @ root.T
        new, new_norm = density(trial)
        taken = np.log(rng.random(chains)) < new - value
        x[taken], value[taken], norm[taken] = trial[taken], new[taken], new_norm[taken]
        if step < steps // 2:
            length *= np.exp(0.05 * (taken.mean() - 0.25))
        elif step % 20 == 0:
            kept.append(norm.copy())
            deviations.append(np.exp(x[:, ends[-2] :]))
    return np.concatenate(kept), np.concatenate(deviations)


@pytest.mark.parametrize(
    ("lists", "walk", "own", "steps"), [(2, (), False, 3000), (3, ("year",), True, 5000)], ids=["levels", "a walk"]
)
def test_the_posterior_is_that_of_a_plain_chain(lists, walk, own, steps):
    rng, covariates = np.random.default_rng(3), [years(3), SEX][: lists - 1]
    strata = 3 * 2 ** (lists - 2)
    pairs = list(combinations(range(lists), 2)) if lists > 2 else []
    effects = -1.0 + 0.5 * rng.standard_normal((strata, lists))
    table = built(drawn(rng, np.full(strata, 90), effects, {(0, 2): 0.5} if pairs else {}), covariates)
    slow, slow_sd = metropolis(table, pairs, walk, own=own, spread=0.8, term_sd=1.2, chains=150, steps=steps, seed=1)
    model = PartialPooling(walk=walk, own_effects=own, spread=0.8, term_sd=1.2, draws=4000)
    found = model.fit(table, seed=1)
    odds = found.draws / found.observed
    rng = np.random.default_rng(2)
    theirs = rng.poisson(np.exp(-slow) * rng.standard_gamma(found.observed, slow.shape)) / found.observed
    quantiles = [0.025, 0.25, 0.5, 0.75, 0.975]
    for s in range(strata):
        ours = np.quantile(np.log(odds[:, s] + 0.02), quantiles)
        assert ours == pytest.approx(np.quantile(np.log(theirs[:, s] + 0.02), quantiles), abs=0.16)
    whole, sought = (np.quantile(each.sum(axis=1), quantiles) for each in (odds, theirs))
    assert whole == pytest.approx(sought, rel=0.1)
    frame = make_frame(table, model._terms(table), walk, own=own, spread=0.8, term_sd=1.2, draws=4000)
    deviations = analyse(frame, table.dense(), draws=4000, seed=1).deviations
    ours = np.quantile(deviations, [0.25, 0.5, 0.75, 0.95], axis=0)
    assert ours == pytest.approx(np.quantile(slow_sd, [0.25, 0.5, 0.75, 0.95], axis=0), rel=0.2, abs=0.05)


@pytest.fixture(scope="module")
def uneven():
    """Twelve strata of four years, two of them with very few people; the truth beside it."""
    rng = np.random.default_rng(11)
    effects = np.array([-1.2, -1.0, -1.5]) + 0.3 * rng.standard_normal((4, 1, 3)) + 0.2 * rng.standard_normal((1, 3, 3))
    sizes = np.array([900, 700, 30, 800, 600, 500, 40, 700, 900, 1000, 300, 12])
    form = Covariate(name="form", levels=("a", "b", "c"))
    y = drawn(rng, sizes, effects.reshape(12, 3), {(0, 2): 0.6})
    y[11, [3, 5, 6, 7]] = 0  # nobody on two lists
    return built(y, [years(4), form]), sizes


def test_strata_without_overlap_lean_on_the_others_and_that_is_told(uneven):
    table, sizes = uneven
    model = PartialPooling()
    fit = model.fit(table, seed=1)
    beside = shrinkage(fit)
    alone = Stratified(LogLinear("L0:L1 + L0:L2 + L1:L2"), ("year", "form")).fit(table)
    assert beside.verdict.tolist() == alone.verdict.tolist()
    assert beside.alone == pytest.approx(alone.unobserved, rel=1e-7, nan_ok=True)
    assert beside.pooled is fit.unobserved
    assert beside.leans[11]
    assert not np.isfinite(beside.times[11])
    assert (fit.verdict == ESTIMABLE).all()
    assert 2 < fit.estimate[11] < 60
    found = codes(fit)
    assert found["pooling_lean"].values == {"n": int(beside.leans.sum()), "strata": 12}
    assert found["pooling_lean"].severity == "caution"
    times = beside.times[~beside.leans]
    assert found["pooling_moved"].values["most"] == pytest.approx(np.exp(np.abs(np.log(times))).max())
    assert {f.where for f in fit.findings if f.code == "pooling_spread"} == {"year", "form"}
    known = ~beside.leans
    away = [np.abs(np.log((table.observed + dark)[known] / sizes[known])) for dark in (beside.alone, fit.unobserved)]
    assert away[1].mean() < away[0].mean()


def test_parts_and_totals_come_from_the_same_draws(uneven):
    table, _ = uneven
    whole = estimate(table, PartialPooling(draws=500), seed=1)
    by_year = estimate(table, PartialPooling(draws=500), by=["year"], seed=1)
    assert by_year.draws == pytest.approx(whole.draws.reshape(500, 4, 3).sum(axis=2))
    assert by_year.unobserved.sum() == pytest.approx(np.median(whole.draws.sum(axis=1)) - table.observed.sum())


def test_strata_alike_are_one_table_and_those_far_apart_are_on_their_own():
    """With many people the priors have no say, and the data decide how much is pooled."""
    rng = np.random.default_rng(5)
    effects = np.full((6, 3), -1.0)
    table = built(drawn(rng, np.full(6, 20_000), effects, {(0, 1): 0.5}), [years(3), SEX])
    fit = PartialPooling("L0:L1", term_sd=10, draws=1000).fit(table)
    assert fit.unobserved == pytest.approx(LogLinear("L0:L1").fit(table).unobserved, rel=0.02)
    assert codes(fit)["pooling_spread_own"].values["high"] < 0.1
    effects = effects + rng.standard_normal((6, 3))
    table = built(drawn(rng, np.full(6, 20_000), effects, {(0, 1): 0.5}), [years(3), SEX])
    fit = PartialPooling("L0:L1", term_sd=10, draws=1000).fit(table)
    apart = LogLinear("L0:L1 + " + " + ".join(f"L{j}:year:sex" for j in range(3))).fit(table)
    assert fit.unobserved == pytest.approx(apart.unobserved, rel=0.02)
    assert fit.unobserved != pytest.approx(LogLinear("L0:L1").fit(table).unobserved, rel=0.2)


def test_a_walk_puts_a_year_between_its_neighbours():
    rng = np.random.default_rng(8)
    effects = np.linspace(-2.5, 0.5, 7)[:, None] + np.zeros((7, 3))
    y = drawn(rng, [900] * 6 + [10], effects, {})
    table = built(y, [years(7)])
    last = [
        PartialPooling("L0", walk=walk, own_effects=False, draws=4000).fit(table, seed=2).ascertainment[6]
        for walk in ((), ("year",))
    ]
    share = 1 - 1 / (1 + np.exp(0.5)) ** 3
    assert abs(last[1] - share) < abs(last[0] - share)
    turned = Covariate(name="year", levels=tuple(reversed(years(7).levels)), values=tuple(reversed(years(7).values)))
    other = built(y[::-1], [turned])
    again = PartialPooling("L0", walk=("year",), own_effects=False, draws=4000).fit(other, seed=2)
    assert again.ascertainment[0] == pytest.approx(last[1], rel=1e-6)


def test_no_prior_makes_a_number_of_what_the_lists_do_not_say():
    alone = np.zeros((2, 8), dtype=int)
    alone[:, [1, 2, 4]] = [[30, 20, 10], [5, 9, 7]]  # nobody on two lists
    fit = PartialPooling().fit(built(alone, [SEX]))
    assert fit.verdict.tolist() == [NOT_IDENTIFIED] * 2 or fit.verdict.tolist() == [INFINITE] * 2
    assert not np.isfinite(fit.unobserved).any()
    assert "pooling_lean" not in codes(fit)
    separate = alone.copy()
    separate[:, 3] = 4  # two lists overlap, the third stands alone
    independent = PartialPooling("L0 + L1 + L2").fit(built(separate, [SEX]))
    assert (independent.verdict == ESTIMABLE).all()
    assert not np.isfinite(PartialPooling().fit(built(separate, [SEX])).unobserved).any()


def test_a_stratum_where_nobody_is_has_nobody_unseen(uneven):
    table, _ = uneven
    y = table.dense().astype(int)
    y[4] = 0
    fit = PartialPooling(draws=300).fit(built(y, list(table.covariates)))
    assert fit.unobserved[4] == 0
    assert not fit.draws[:, 4].any()
    assert codes(fit)["pooling_lean"].values["strata"] == 11


def test_a_list_that_was_not_kept_is_estimated_from_where_it_was():
    rng = np.random.default_rng(12)
    effects = np.array([-1.0, -0.8, -1.2]) + 0.2 * rng.standard_normal((6, 3))
    sizes = np.full(6, 1500)
    y = drawn(rng, sizes, effects, {})
    y[0, :4] += y[0, 4:]  # whoever was on the third list there is not
    y[0, 4:] = 0
    y[0, 0] = 0
    operating = np.ones((6, 3), dtype=bool)
    operating[0, 2] = False
    fit = PartialPooling("L0:L1", draws=1000).fit(built(y, [years(3), SEX], operating=operating), seed=1)
    assert not fit.probabilities[0, 4:].any()
    assert shrinkage(fit).leans[0]  # two lists that may depend on each other say nothing alone
    low, high = np.quantile(fit.draws[:, 0] + fit.observed[0], [0.005, 0.995])
    assert low < 1500 < high


def test_a_stratum_of_which_the_lists_say_nothing_leaves_the_others_alone():
    """Two lists were kept in one stratum only, and may depend on each other."""
    rng = np.random.default_rng(15)
    rest = drawn(rng, np.full(3, 2000), np.full((3, 3), -1.0), {})
    y, operating = np.zeros((4, 32), dtype=int), np.ones((4, 5), dtype=bool)
    y[:3, :8], operating[:3, 3:] = rest, False
    y[3, [8, 16, 24]], operating[3, :3] = [50, 40, 20], False
    fit = PartialPooling("L3:L4", draws=1000).fit(built(y, [years(4)], operating=operating), seed=1)
    assert fit.verdict.tolist()[:3] == [ESTIMABLE] * 3
    assert fit.verdict[3] in (INFINITE, NOT_IDENTIFIED)
    others = PartialPooling("L0", draws=1000).fit(built(rest, [years(3)]), seed=1)
    assert fit.unobserved[:3] == pytest.approx(others.unobserved, rel=0.05)


def test_a_value_that_was_not_recorded_is_a_level_like_others():
    rng = np.random.default_rng(13)
    effects = -1 + 0.2 * rng.standard_normal((3, 3))
    unknown = Covariate(name="sex", levels=("female", "male", NOT_RECORDED))
    when = Covariate(name="year", levels=("2010", "2011", NOT_RECORDED), values=(2010.0, 2011.0, np.nan))
    y = drawn(rng, [800, 700, 300], effects, {})
    for covariate, walk in ((unknown, ()), (when, ()), (when, ("year",))):
        fit = PartialPooling("L0", walk=walk, draws=500).fit(built(y, [covariate]), seed=1)
        assert fit.estimate == pytest.approx([800, 700, 300], rel=0.35)


def test_the_prior_of_the_terms_is_told_where_it_matters():
    rng = np.random.default_rng(14)
    table = built(drawn(rng, [250] * 4, np.full((4, 3), -1.4), {(0, 1): 1.5, (1, 2): 1.5, (0, 2): 1.5}), [years(4)])
    held = codes(PartialPooling(term_sd=0.3).fit(table))
    assert held["pooling_prior_holds_down"].values["share"] > 0.1
    assert "pooling_prior_holds_down" not in codes(PartialPooling("L0:L1", term_sd=10).fit(table))
    few = codes(PartialPooling(draws=100).fit(table))
    assert few["pooling_few_draws"].values["draws"] == 100


POPULATIONS = 24  # drawn from the model itself; the pages tell of hundreds


def test_intervals_contain_the_truth_on_populations_from_the_model():
    """Strata, and the total: at this size shares below these would come once in some hundred runs of a right model."""
    model = PartialPooling(spread=0.5, term_sd=0.5, draws=500)
    inside, totals = [], []
    for seed in range(POPULATIONS):
        rng = np.random.default_rng(100 + seed)
        sd = np.abs(rng.normal(0, 0.5, 3))
        effects = rng.normal(-1.3, 0.3, 3) + sd[0] * rng.standard_normal((4, 1, 3))
        effects = (effects + sd[1] * rng.standard_normal((1, 3, 3))).reshape(12, 3)
        effects = effects + sd[2] * rng.standard_normal((12, 3))
        pairs = {pair: rng.normal(0, 0.5) for pair in combinations(range(3), 2)}
        sizes = rng.poisson(rng.choice([20, 100, 400], 12))
        y = drawn(rng, sizes, effects, pairs)
        fit = model.fit(built(y, [years(4), Covariate(name="form", levels=("a", "b", "c"))]), seed=seed)
        assert (fit.verdict == ESTIMABLE).all()
        low, high = np.quantile(fit.draws + fit.observed, [0.025, 0.975], axis=0)
        inside.append(np.mean((low <= sizes) & (sizes <= high)))
        low, high = np.quantile(fit.draws.sum(axis=1) + fit.observed.sum(), [0.025, 0.975])
        totals.append(low <= sizes.sum() <= high)
    assert np.mean(inside) > 0.9
    assert np.mean(totals) > 0.8


def test_settings_that_cannot_be():
    table = built(np.array([[0, 5, 5, 5, 5, 5, 5, 5], [0, 5, 5, 5, 5, 5, 5, 5]]), [SEX])
    refused = {
        "option_not_positive": lambda: PartialPooling(spread=0.0),
        "option_too_small": lambda: PartialPooling(draws=0),
        "pooling_walk_needs_numbers": lambda: PartialPooling(walk=("sex",)).fit(table),
        "unknown_covariate": lambda: PartialPooling(walk=("age",)).fit(table),
        "pooling_terms_of_lists": lambda: PartialPooling("L0:L1 + L2:sex").fit(table),
        "pooling_many_draws": lambda: PartialPooling(draws=10**8).fit(table),
        "pooling_other_model": lambda: shrinkage(LogLinear().fit(table)),
    }
    for code, act in refused.items():
        with pytest.raises(DarknumberError) as caught:
            act()
        assert caught.value.code == code
        assert str(caught.value)
    wide = Covariate(name="place", levels=tuple(str(place) for place in range(1000)))
    y = np.zeros((1000, 8), dtype=int)
    y[:, 1:] = 1
    with pytest.raises(ModelError) as caught:
        PartialPooling(draws=1).fit(built(y, [wide]))
    assert caught.value.code == "pooling_many_effects"


def test_names_that_are_gone_are_forgotten():
    model = PartialPooling("a:b + b:c", ("year", "month"))
    assert model.without(["c", "year"]) == replace(model, terms="b + a:b", walk=("month",))
