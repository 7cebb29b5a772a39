"""Values not recorded: people are dealt out over the values, the model is of whole people, and parts add up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.histories import membership
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import BayesThreshold, Completed, CompositeLink, LogLinear, PooledTotal, Stratified
from darknumber.models.whole import PRIOR_SD, Completing, Whole, rounded
from tests.models.test_not_recorded import POPULATION, expected_table
from tests.oracles import random_table

EXACT = 1e-3  # of a population of millions of expected people: the prior on odds ratios, and rounding to people
LISTS = 3
# Two forms of exploitation, how many people, who is on which list, and which list writes the form down.
PEOPLE = np.array([4e6, 6e6])
COVERAGE = np.array([[0.30, 0.10, 0.10], [0.10, 0.25, 0.05]])
RECORDS = np.array([0.9, 0.2, 0.6])
ON = membership(np.arange(1 << LISTS), LISTS)


def recorded_share():
    """``(2**K,)`` of the people with each history; somebody's form is known as soon as one list writes it down."""
    return 1 - np.where(ON, 1 - RECORDS, 1.0).prod(axis=1)


def expected(people=PEOPLE):
    """``(3, 2**K)`` people registered as each form, and as none; people on no list are zero."""
    cells = people[:, None] * np.where(ON[None], COVERAGE[:, None, :], 1 - COVERAGE[:, None, :]).prod(axis=2)
    cells[:, 0] = 0.0
    known = recorded_share()
    return np.vstack([cells * known, (cells * (1 - known)).sum(axis=0)])


def table_of(counts):
    stratum, history = np.nonzero(np.rint(counts))
    return CaptureTable.build(
        "ABC",
        history,
        np.rint(counts)[stratum, history].astype(int),
        covariates=[Covariate(name="form", levels=("labour", "sexual", NOT_RECORDED))],
        levels=[stratum],
    )


@pytest.fixture(scope="module")
def table():
    return table_of(expected())


TERMS = "A:form + B:form + C:form"


def test_the_published_example():
    """10,000 people of two forms, where not recorded as a plain level would say 13,446."""
    fit = Completed(LogLinear("A:form + B:form")).fit(expected_table())
    assert fit.estimate.sum() == pytest.approx(POPULATION)
    assert fit.estimate[0] == pytest.approx(fit.estimate[1])


def test_it_comes_by_itself():
    found = estimate(expected_table(), LogLinear(), Bootstrap(replicates=50), seed=1)
    assert isinstance(found.fits[0].model, Completed)
    assert "recorded_at_random" in found.fits[0].model.assumes
    assert found.total().estimate[0] == pytest.approx(POPULATION)


def test_lists_that_record_differently_and_reach_differently(table):
    """From expected counts the numbers by form are right, which no total of the pooled table gives."""
    found = estimate(table, LogLinear(TERMS), Bootstrap(replicates=2), seed=1)
    shared = found.by("form", not_recorded="allocate")
    assert shared.estimate == pytest.approx(PEOPLE, rel=EXACT)
    assert found.total().estimate[0] == pytest.approx(PEOPLE.sum(), rel=EXACT)
    pooled = PooledTotal(LogLinear(TERMS)).fit(table)
    assert abs(pooled.estimate.sum() / PEOPLE.sum() - 1) > 0.05


def test_it_is_the_maximum_of_what_was_counted(table):
    """Dealt out by a law that holds the model's own, the model is where the likelihood of the sums is highest."""
    one, other = Completed(LogLinear(TERMS)).fit(table), CompositeLink(TERMS).fit(table)
    assert one.estimate == pytest.approx(other.estimate, rel=EXACT)


def test_the_row_without_a_value_has_the_share_of_those_who_would_have_none(table):
    fit = Completed(LogLinear(TERMS)).fit(table)
    share = table.observed[2] / table.observed.sum()
    assert fit.estimate[2] / fit.estimate.sum() == pytest.approx(share)
    assert fit.parts[0].data.covariates[0].levels == ("labour", "sexual")
    assert fit.estimate[:2] / (1 - share) == pytest.approx(fit.parts[0].estimate, rel=1e-6)


def several(seed=5):
    """Years by form by sex, some forms and some sexes not recorded."""
    drawn = random_table(
        np.random.default_rng(seed), lists=3, levels=(2, 3, 3), people=3000, on_list=(0.15, 0.4), dependence=0.3
    )
    return CaptureTable.build(
        drawn.lists,
        drawn.history,
        drawn.count,
        covariates=[
            Covariate.of("year", ["2011", "2012"]),
            Covariate(name="form", levels=("a", "b", NOT_RECORDED)),
            Covariate(name="sex", levels=("f", "m", NOT_RECORDED)),
        ],
        levels=np.unravel_index(drawn.stratum, drawn.shape),
    )


def test_the_law_is_the_most_likely_one():
    """A plain multinomial regression over all that people without a value may be, by a general optimiser."""
    table = several()
    whole = Whole(table)
    law = Completing(whole)
    year, form, sex = np.unravel_index(np.arange(8), (2, 2, 2))
    on = membership(np.arange(8), 3).astype(float)
    blocks = []
    for level in (form, sex):
        for value in (0, 1):
            own = (level == value).astype(float)
            beside = [(year == v).astype(float) for v in (0, 1)]
            beside += [(form == v).astype(float) for v in (0, 1)] if level is sex else []
            blocks += [(own, None, 0.0), *((own, j, 1.0) for j in range(3)), *((own * b, None, 1.0) for b in beside)]
    columns = np.stack(
        [own[:, None] * (np.ones(8) if j is None else on[:, j])[None, :] for own, j, _ in blocks], axis=2
    )
    prior = np.array([held for *_, held in blocks]) / PRIOR_SD**2
    y, members = table.dense(), whole.members.toarray()

    def height(theta):
        odds = np.exp(columns @ theta)
        held = members @ odds
        every = np.stack([odds[year == v].sum(axis=0) for v in (0, 1)])[np.arange(18) // 9]
        return (y[:, 1:] * np.log(held / every)[:, 1:]).sum() - prior @ theta**2 / 2

    best = minimize(lambda t: -height(t), np.zeros(len(prior)), tol=1e-12)
    odds = np.exp(columns @ best.x)
    dealt = np.zeros((8, 8))
    for s in range(18):
        chance = members[s][:, None] * odds
        dealt += y[s] * chance / chance.sum(axis=0)
    dealt[:, 0] = 0.0
    assert law.expected(y[None])[0] == pytest.approx(dealt, abs=0.02)


def test_everybody_is_dealt_out_and_no_recorded_value_changes():
    table = several()
    whole = Whole(table)
    y, law = table.dense(), Completing(Whole(table))
    known = whole.members.sum(axis=1) == 1
    for found in (law.expected(y[None])[0], law.drawn(y, np.random.default_rng(0))):
        assert found.sum(axis=0) == pytest.approx(y.sum(axis=0))
        by_year = found.reshape(2, 4, 8).sum(axis=1), y.reshape(2, 9, 8).sum(axis=1)
        assert by_year[0] == pytest.approx(by_year[1])
        assert (found + 1e-9 >= whole.members[known].T @ y[known]).all()


def test_draws_of_values_have_the_expected_ones_in_their_middle():
    table = several()
    y, law = table.dense(), Completing(Whole(table))
    random = np.random.default_rng(1)
    draws = np.stack([law.drawn(y, random).sum(axis=1) for _ in range(300)])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert np.abs(draws.mean(axis=0) - law.expected(y[None])[0].sum(axis=1)).max() < 4 * error.max()


def test_rounded_people_add_up():
    cells = np.random.default_rng(0).gamma(1.0, size=(7, 5))
    cells[-1] += np.rint(cells.sum(axis=0)) - cells.sum(axis=0)
    found = rounded(np.abs(cells))
    assert (found == np.rint(found)).all()
    assert (found >= 0).all()
    assert np.abs(np.cumsum(found, axis=0) - np.cumsum(np.abs(cells), axis=0)).max() <= 0.5 + 1e-9


def test_the_parts_add_up_to_the_model_of_whole_people():
    table = several()
    model = Completed(LogLinear("A:B + A:form + B:year + C:sex"))
    fit = model.fit(table)
    counts = np.random.default_rng(0).poisson(table.dense(), size=(4, *table.dense().shape)).astype(float)
    again = model.refit(fit, counts)
    inner = LogLinear("A:B + A:form + B:year + C:sex").refit(fit.parts[0], Completing(Whole(table)).expected(counts))
    ours = (again.observed + again.unobserved).reshape(4, 2, 9).sum(axis=2)
    assert ours == pytest.approx((inner.observed + inner.unobserved).reshape(4, 2, 4).sum(axis=2))


def test_everything_recorded_is_the_model_itself():
    table = random_table(np.random.default_rng(1), lists=3, levels=(2,), people=900, on_list=(0.1, 0.4))
    assert Completed(LogLinear("A:u")).fit(table).unobserved == pytest.approx(LogLinear("A:u").fit(table).unobserved)


def test_a_covariate_that_nobody_has_a_value_of_stays_as_it_is():
    covariate = Covariate(name="form", levels=(NOT_RECORDED,))
    table = CaptureTable.build("AB", [1, 2, 3], [30, 20, 10], covariates=[covariate], levels=[np.zeros(3, int)])
    assert Completed(LogLinear()).fit(table).estimate.sum() == pytest.approx(40 * 30 / 10)


def test_where_a_form_has_no_estimate_there_is_no_total():
    """Form b has no overlap, and the model has a chance for each form: so nothing says how many there are."""
    form = Covariate(name="form", levels=("a", "b", NOT_RECORDED))
    cells = ([1, 2, 3, 1, 2, 1], [30, 20, 10, 5, 5, 20], [np.array([0, 0, 0, 1, 1, 2])])
    table = CaptureTable.build("AB", *cells[:2], covariates=[form], levels=cells[2])
    fit = Completed(LogLinear("A:form + B:form")).fit(table)
    assert fit.verdict.tolist() == [ESTIMABLE, INFINITE, INFINITE]
    assert np.isfinite(Completed(LogLinear("A:form")).fit(table).unobserved).all()


def test_a_list_on_which_no_value_is_known_is_named(table):
    assert Completed(LogLinear()).fit(table).findings == ()
    counts = expected()
    counts[2] += np.where(ON[:, 1], counts[:2].sum(axis=0), 0.0)
    counts[:2, ON[:, 1]] = 0.0
    (finding,) = Completed(LogLinear()).fit(table_of(counts)).findings
    assert (finding.code, finding.where, finding.values["lists"]) == ("value_never_on_list", "form", ["B"])


def test_a_posterior_holds_the_doubt_about_the_values():
    """Where most values are missing the shares of the forms vary more than where all are known."""
    counts = expected(PEOPLE / 10_000)
    model = Stratified(BayesThreshold(threshold=1.1, draws=500), ("form",))
    fit = Completed(model).fit(table_of(counts), seed=1)
    again = Completed(model).fit(table_of(counts), seed=1)
    assert fit.draws.shape == (500, 3)
    assert np.array_equal(fit.draws, again.draws)
    inner = fit.parts[0].draws
    spread = [np.std(d[:, 0] / d[:, :2].sum(axis=1)) for d in (fit.draws + fit.observed, inner + fit.parts[0].observed)]
    assert spread[0] > 1.02 * spread[1]


def test_intervals_hold_the_numbers_by_form():
    """A small run of what docs/recording.md reports: 95% intervals of both forms, from what is recorded."""
    people, random, hit = np.array([1600, 2400]), np.random.default_rng(11), []
    cells = people[:, None] * np.where(ON[None], COVERAGE[:, None, :], 1 - COVERAGE[:, None, :]).prod(axis=2)
    for _ in range(40):
        drawn = np.stack([random.multinomial(n, row / row.sum()) for n, row in zip(people, cells, strict=True)])
        drawn[:, 0] = 0
        known = random.binomial(drawn, recorded_share())
        table = table_of(np.vstack([known, (drawn - known).sum(axis=0)]))
        found = estimate(table, LogLinear(TERMS), Bootstrap(replicates=99), seed=3)
        limits = found.by("form", not_recorded="allocate").limits
        hit.append((limits[:2, 0] <= people) & (people <= limits[:2, 1]))
    assert np.mean(hit) >= 0.86  # of 80; three standard errors below 95%


def test_nobody_is_dealt_out_to_a_list_that_was_not_kept_there():
    """Labour exploitation is not on list C: who is on C and has no form is of another."""
    form = Covariate(name="form", levels=("labour", "sexual", NOT_RECORDED))
    counts = np.rint(expected(PEOPLE / 10_000))
    counts[2, 4:] += counts[0, 4:]
    counts[0, 4:] = 0
    stratum, history = np.nonzero(counts)
    operating = np.array([[True, True, False], [True, True, True], [True, True, True]])
    table = CaptureTable.build(
        "ABC",
        history,
        counts[stratum, history].astype(int),
        covariates=[form],
        levels=[stratum],
        operating=operating,
    )
    dealt = Completing(Whole(table)).expected(table.dense()[None])[0]
    assert not dealt[0, 4:].any()
    assert dealt[1, 4:] == pytest.approx(counts[1:, 4:].sum(axis=0))
    assert np.isfinite(Completed(LogLinear("A:form")).fit(table).unobserved).all()


def test_a_model_without_covariates_is_named_itself():
    """Nobody who asks for it needs to know what is put around other models."""
    table = expected_table()
    assert table.not_recorded
    with pytest.raises(ModelError) as caught:
        estimate(table, "latent-class")
    assert caught.value.code == "unsupported_covariates"
    assert caught.value.values["model"] == "latent-class"
