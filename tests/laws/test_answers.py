"""Laws that hold for any table, however sparse: hypothesis looks for one where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Chapman, LincolnPetersen, LogLinear, PooledTotal, Stepwise, Stratified

CLOSE = 1e-6  # relative; sums are added up in another order
TIES = 1e-3  # of a criterion: a search between models this close may go either way, and is no counterexample

counts = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 400))
YEAR = Covariate(name="year", levels=("2011", "2012", "2013"), values=(2011.0, 2012.0, 2013.0))
SEX = Covariate(name="sex", levels=("f", "m"))
RECORDED = Covariate(name="sex", levels=("f", "m", NOT_RECORDED))


@st.composite
def tables(draw, lists=3, covariates=(YEAR, SEX)):
    strata = int(np.prod([len(covariate.levels) for covariate in covariates], dtype=int))
    cells = (1 << lists) - 1
    count = np.array(draw(st.lists(counts, min_size=strata * cells, max_size=strata * cells)))
    stratum, history = np.divmod(np.arange(strata * cells), cells)
    try:
        return CaptureTable.build(
            "ABCD"[:lists],
            history + 1,
            count,
            covariates=covariates,
            levels=list(np.unravel_index(stratum, [len(c.levels) for c in covariates])) if covariates else [],
        )
    except InputError:  # nobody on some list
        assume(False)


def models(lists):
    """Some models for tables of that many lists."""
    if lists == 2:
        return [LincolnPetersen(), Chapman(), LogLinear("A:year"), Stratified(LincolnPetersen(), ("sex",))]
    return [
        LogLinear("A:B + C:sex"),
        LogLinear("A:B:year + C:poly(year, 2)"),
        Stratified(LogLinear("A:C"), ("year",)),
    ]


EVERY = [(lists, model) for lists in (2, 3) for model in models(lists)]
any_model = pytest.mark.parametrize(("lists", "model"), EVERY, ids=lambda value: str(value)[:40])
few = settings(max_examples=25)


def close(one, other):
    assert one == pytest.approx(other, rel=CLOSE, abs=CLOSE, nan_ok=True)


@any_model
@few
@given(data=st.data())
def test_nobody_is_lost_and_figures_agree_with_verdicts(lists, model, data):
    table = data.draw(tables(lists))
    fit = model.fit(table)
    assert (fit.unobserved[np.isfinite(fit.unobserved)] >= 0).all()
    assert np.isposinf(fit.unobserved).tolist() == (fit.verdict == INFINITE).tolist()
    assert np.isnan(fit.unobserved).tolist() == (fit.verdict == NOT_IDENTIFIED).tolist()
    assert (fit.unobserved[fit.verdict == ZERO] == 0).all()
    empty = table.observed == 0
    assert (fit.verdict[empty] == ESTIMABLE).all()
    assert (fit.unobserved[empty] == 0).all()


@any_model
@few
@given(data=st.data())
def test_the_order_of_lists_and_levels_is_irrelevant(lists, model, data):
    table = data.draw(tables(lists))
    new = data.draw(st.permutations(range(lists)))
    years = data.draw(st.permutations(range(3)))
    turned = Covariate(
        name="year",
        levels=tuple(YEAR.levels[old] for old in years),
        values=tuple(YEAR.values[old] for old in years),
    )
    history = sum(((table.history.astype(int) >> old) & 1) << place for place, old in enumerate(new))
    levels = list(np.unravel_index(table.stratum, table.shape))
    levels[0] = np.argsort(years)[levels[0]]
    other = CaptureTable.build(
        [table.lists[old] for old in new], history, table.count, covariates=[turned, SEX], levels=levels
    )
    back = np.arange(6).reshape(3, 2)[list(years)].reshape(-1)
    one, again = model.fit(table), model.fit(other)
    assert again.verdict.tolist() == one.verdict[back].tolist()
    close(again.unobserved, one.unobserved[back])


@few
@given(table=tables(3))
def test_ten_times_the_people_are_ten_times_the_people(table):
    model = LogLinear("A:B + C:sex + A:poly(year, 1)")
    more = CaptureTable.build(
        table.lists,
        table.history,
        10 * table.count,
        covariates=table.covariates,
        levels=list(np.unravel_index(table.stratum, table.shape)),
    )
    one, ten = model.fit(table), model.fit(more)
    assert one.verdict.tolist() == ten.verdict.tolist()
    close(10 * one.unobserved, ten.unobserved)
    assert ten.deviance == pytest.approx(10 * one.deviance, rel=1e-5, abs=1e-5)


@few
@given(table=tables(3))
def test_a_covariate_that_touches_no_list_changes_no_total(table):
    apart, pooled = LogLinear("A:B + C:sex").fit(table), LogLinear("A:B + C:sex").fit(table.pool(["year"]))
    finite = np.isfinite(apart.unobserved).reshape(3, 2).all(axis=0)
    close(apart.unobserved.reshape(3, 2).sum(axis=0)[finite], pooled.unobserved[finite])
    assert (np.isfinite(pooled.unobserved) == finite).all()


@few
@given(table=tables(3, covariates=(YEAR, RECORDED)))
def test_a_breakdown_adds_up_to_the_pooled_total(table):
    fit = PooledTotal(LogLinear("A:B + C:sex + A:year")).fit(table)
    pooled = LogLinear("A:B + A:year + C").fit(table.pool(["sex"]))
    whole = fit.unobserved.reshape(3, 3)
    for year in range(3):
        if np.isfinite(pooled.unobserved[year]):
            assert whole[year].sum() == pytest.approx(pooled.unobserved[year], rel=CLOSE)
        else:
            assert not np.isfinite(whole[year].sum())


@settings(max_examples=12)
@given(table=tables(3), seed=st.integers(0, 2**64 - 1))
def test_the_same_seed_is_the_same_answer_on_one_worker_or_two(table, seed):
    model = LogLinear("A:B + C:sex")
    one, two = (estimate(table, model, Bootstrap(replicates=6), seed=seed, workers=w) for w in (1, 2))
    assert np.array_equal(one.draws, two.draws, equal_nan=True)
    assert str(one) == str(two)


@settings(max_examples=15)
@given(table=tables(3), law=st.sampled_from(["percentile", "bca"]))
def test_totals_add_up_and_limits_are_in_order(table, law):
    answer = estimate(table, LogLinear("A:B + C:sex"), Bootstrap(replicates=8, limits=law), seed=1, workers=1)
    for names in ((), ("year",), ("sex",), ("sex", "year")):
        part = answer.by(*names)
        assert part.observed.sum() == table.observed.sum()
        lower, upper = part.limits.T
        assert (lower >= part.observed).all()
        assert (lower <= upper).all()
        assert (part.at_least >= part.observed - 1e-9).all()
        finite = np.isfinite(part.estimate)
        assert part.at_least[finite] == pytest.approx(part.estimate[finite], rel=CLOSE)
        again = part.total()
        close(again.estimate, answer.total().estimate)
        assert np.array_equal(np.isfinite(again.draws), np.isfinite(answer.total().draws))
        finite = np.isfinite(again.draws)
        close(again.draws[finite], answer.total().draws[finite])
        assert again.verdict.tolist() == answer.total().verdict.tolist()
    assert str(answer)


@settings(max_examples=15)
@given(table=tables(4, covariates=()), criterion=st.sampled_from(["bic", "aic", 1.0]))
def test_a_search_ends_where_no_step_helps(table, criterion):
    """Whatever the table: dropping or adding one pair never gives a lower criterion."""
    fit = Stepwise(criterion).fit(table)
    cost = {"bic": np.log(table.observed.sum()), "aic": 2.0}.get(criterion, criterion)
    chosen = set(fit.terms.split(" + ")) - {""}
    pairs = {f"{a}:{b}" for i, a in enumerate(table.lists) for b in table.lists[i + 1 :]}

    def value(terms):
        other = LogLinear(" + ".join(sorted(terms))).fit(table)
        return other.deviance + cost * other.parameters

    here = value(chosen)
    assert all(value(chosen ^ {pair}) > here - TIES for pair in pairs)


@settings(max_examples=15)
@given(table=tables(4, covariates=()), turn=st.permutations(range(4)))
def test_a_search_does_not_depend_on_the_order_of_lists(table, turn):
    """Where the two ways part, it is at steps that are equally good."""
    history = sum(((table.history.astype(int) >> old) & 1) << place for place, old in enumerate(turn))
    other = CaptureTable.build([table.lists[old] for old in turn], history, table.count)
    one, two = Stepwise().fit(table), Stepwise().fit(other)
    ways = [[models_of(label) for label in fit.candidates.label] for fit in (one, two)]
    parted = [place for place, (a, b) in enumerate(zip(*ways, strict=False)) if a != b]
    if parted:
        assert one.candidates.bic[parted[0]] == pytest.approx(two.candidates.bic[parted[0]], abs=TIES)
    elif len(ways[0]) == len(ways[1]):
        assert one.verdict.tolist() == two.verdict.tolist()
        close(one.unobserved, two.unobserved)
    else:
        last = min(map(len, ways)) - 1
        longer = max(one, two, key=lambda fit: len(fit.candidates.bic)).candidates.bic
        assert longer[last] - longer[last + 1] < TIES


def models_of(label):
    """The terms of a model, whatever their order and that of their names."""
    return frozenset(frozenset(term.split(":")) for term in label.split(" + "))
