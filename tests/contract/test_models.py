"""What every model must do, with no copy of its own: the models of `MODELS`, and some of them set otherwise."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.histories import membership
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import (
    MODELS,
    BayesLogLinear,
    BayesThreshold,
    Behaviour,
    Chao,
    CompositeLink,
    Corrected,
    Decomposable,
    Heterogeneity,
    Independence,
    LatentClass,
    LatentClassEM,
    LincolnPetersen,
    Links,
    LogLinear,
    Model,
    PartialPooling,
    PoissonTail,
    PooledTotal,
    ReferralFlow,
    SampleCoverage,
    Stepwise,
    Stratified,
    Zelterman,
)
from darknumber.models.base import GivesCells, LeavesOut, expected_cells, settled
from darknumber.models.text import format_thing, from_json, parse, to_json
from darknumber.words import has

CLOSE = 1e-7  # relative: the order of sums differs, and iterations start elsewhere
SEED = 1

YEAR = Covariate(name="year", levels=("2011", "2012", "2013"), values=(2011.0, 2012.0, 2013.0))
SEX = Covariate(name="sex", levels=("female", "male"))
LISTS = ("police", "border police", "care")

Maker = Callable[[tuple[str, ...]], Model]


@dataclass(frozen=True)
class Subject:
    """A model that may name lists, and how many lists it wants."""

    make: Maker
    lists: int = 3

    @property
    def names(self) -> tuple[str, ...]:
        return LISTS[: self.lists]

    @property
    def model(self) -> Model:
        return self.make(self.names)


def quoted(*names: str) -> str:
    return ":".join(f"`{name}`" for name in names)


def fixed(model: Model) -> Maker:
    return lambda _: model


SUBJECTS: dict[str, Subject] = {
    name: Subject(fixed(model), 2 if name in ("lincoln-petersen", "chapman") else 3) for name, model in MODELS.items()
} | {
    "a pair": Subject(lambda n: LogLinear(quoted(n[0], n[2]))),
    "a list by covariates": Subject(
        lambda n: LogLinear(f"{quoted(n[1], 'sex')} + {quoted(n[0], 'poly')}(year, 2)".replace("`poly`", "poly"))
    ),
    "a pair by a covariate": Subject(lambda n: LogLinear(quoted(n[0], n[1], "sex"))),
    "a modelled margin": Subject(lambda n: LogLinear(f"{quoted(n[0], 'sex')} + year:sex", margin="modelled")),
    "stepwise by AIC to order 3": Subject(fixed(Stepwise("aic", max_order=3, trend="poly(year, 1)"))),
    "joined searches": Subject(fixed(Stepwise(1, lower=Stepwise("aic", lower=Stepwise("bic"))))),
    "stepwise backward": Subject(
        lambda n: Stepwise("aic", "backward", scope=f"{quoted(*n[:2])} + {quoted(n[2], 'sex')}")
    ),
    "stepwise with a modelled margin": Subject(fixed(Stepwise(margin="modelled", screen="refit"))),
    "one selection for all years": Subject(fixed(Stratified(Stepwise(), ("year",), "joint"))),
    "given terms in every year": Subject(lambda n: Stratified(LogLinear(quoted(n[0], n[2])), ("year",))),
    "one added in every stratum": Subject(
        lambda n: Stratified(Corrected(f"{quoted(*n[:2])} + {quoted(n[0], n[2])}", "plus-one"), ("year", "sex"))
    ),
    "a pair by a covariate, corrected": Subject(lambda n: Corrected(f"{quoted(*n[:2])} + {quoted(n[2], 'sex')}")),
    "two lists in every year": Subject(fixed(Stratified(LincolnPetersen(), ("year", "sex"))), 2),
    # For one table, so it stands inside a model for each stratum; few draws, as the contract is not about precision,
    # and a threshold that no pair of this table is near, so that two seeds keep the same terms.
    "bayes-threshold": Subject(fixed(Stratified(BayesThreshold(threshold=1.1, draws=400), ("year", "sex")))),
    # Few terms and draws, as the contract is not about precision.
    "bayes-log-linear": Subject(
        lambda n: BayesLogLinear(scope=f"{quoted(n[0], n[2])} + {quoted(n[1], 'sex')}", draws=400)
    ),
    "bayes-log-linear with a modelled margin": Subject(
        lambda n: BayesLogLinear(scope=f"{quoted(n[0], n[2])} + year:sex", margin="modelled", draws=400)
    ),
    "composite link": Subject(lambda n: CompositeLink(f"{quoted(n[0], n[2])} + {quoted(n[1], 'sex')}")),
    "composite link with a modelled margin": Subject(
        lambda n: CompositeLink(f"{quoted(n[0], n[2])} + year:sex", "modelled", "unseen")
    ),
    "pooled independence": Subject(fixed(PooledTotal(Independence()))),
    "decomposable": Subject(fixed(Stratified(Decomposable(draws=400), ("year", "sex")))),
    # A short plain chain with a prior that needs no calibration; as many classes as three lists can tell apart.
    "latent-class": Subject(
        fixed(Stratified(LatentClass(off=1.0, classes=1, rungs=1, draws=400, chains=2, thin=1), ("year", "sex")))
    ),
    "latent-class-em": Subject(fixed(Stratified(LatentClassEM(classes=1, starts=2), ("year", "sex")))),
    # For one table too.
    "heterogeneity": Subject(fixed(Stratified(Heterogeneity(), ("year", "sex")))),
    "heterogeneity in a form, lists alike": Subject(
        fixed(Stratified(Heterogeneity("darroch", "equal"), ("year", "sex")))
    ),
    "heterogeneity corrected": Subject(
        fixed(Stratified(Heterogeneity("poisson", correction="rivest-levesque"), ("year", "sex")))
    ),
    "behaviour": Subject(fixed(Stratified(Behaviour(), ("year", "sex")))),
    # For one table too.
    "referral-flow": Subject(fixed(Stratified(ReferralFlow(), ("year", "sex")))),
    "a referral": Subject(
        lambda n: Stratified(ReferralFlow(f"{quoted(n[0])} -> {quoted(n[2])}", (n[1],)), ("year", "sex"))
    ),
    "poisson-tail": Subject(fixed(Stratified(PoissonTail(), ("year", "sex")))),
    "missed and false links": Subject(fixed(Links(0.05, 0.01, Independence()))),
    # For one table too.
    "sample-coverage": Subject(fixed(Stratified(SampleCoverage(), ("year", "sex")))),
    "sample-coverage in the high form": Subject(fixed(Stratified(SampleCoverage("high"), ("year", "sex")))),
    "chao with covariates": Subject(fixed(Chao("sex + poly(year, 2)"))),
    "chao, lists alike": Subject(fixed(Chao("year + sex", "equal"))),
    "chao corrected": Subject(fixed(Stratified(Chao(lists="many", correction="plus-one"), ("year", "sex")))),
    "zelterman, lists alike": Subject(fixed(Zelterman("sex", "equal"))),
    # Few draws, as the contract is not about precision.
    "partial-pooling": Subject(fixed(PartialPooling(draws=200))),
    "partial-pooling of a walk": Subject(
        lambda n: PartialPooling(quoted(n[0], n[2]), ("year",), own_effects=False, draws=200)
    ),
    "missed links in a search": Subject(fixed(Links(0.1, model=Stepwise("aic")))),
}
IN_ORDER = {"behaviour"}  # lists follow each other in time, so that their order is an assumption
# A refit draws from the posterior anew, with other random numbers, so that its median is the same but for their error.
DRAWN_ANEW = {
    "bayes-threshold": 0.1,
    "bayes-log-linear": 0.1,
    "bayes-log-linear with a modelled margin": 0.1,
    "latent-class": 0.1,
    "partial-pooling": 0.1,
    "partial-pooling of a walk": 0.1,
}
# Firth's correction, a posterior mean, lists that follow each other and lists alike do not keep the size of each list;
# nor do counts corrected for links, as these are put into whole people, by a person or two.
ROUGH = {
    "missed and false links",
    "missed links in a search",
    "bayes-log-linear",
    "bayes-log-linear with a modelled margin",
    "corrected",
    "a pair by a covariate, corrected",
    "bayes-threshold",
    "partial-pooling",
    "partial-pooling of a walk",
    "decomposable",
    "latent-class",
    "behaviour",
    "a referral",
    "heterogeneity in a form, lists alike",
    "chao, lists alike",
    "chao corrected",
    "zelterman, lists alike",
}
MODELLED = {"a modelled margin", "stepwise with a modelled margin", "bayes-log-linear with a modelled margin"}


@pytest.fixture(scope="module", params=SUBJECTS, ids=lambda name: name.replace(" ", "-"))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def subject(name):
    return SUBJECTS[name]


@pytest.fixture(scope="module")
def table(subject):
    return a_table(subject.names)


@pytest.fixture(scope="module")
def fit(subject, table):
    return subject.model.fit(table, seed=SEED)


def a_table(lists: tuple[str, ...], seed: int = 7, people: float = 4000.0) -> CaptureTable:
    """Six strata of dependent lists, with nothing empty and no two models about equally good."""
    rng = np.random.default_rng(seed)
    on = (np.arange(1 << len(lists))[:, None] >> np.arange(len(lists))) & 1
    lean = np.array([-1.0, -0.7, -1.3])[: len(lists)]
    odds = np.array([on @ (lean + 0.5 * sex + 0.15 * year) for year in range(3) for sex in range(2)])
    odds += (0.8 if len(lists) > 2 else 0.0) * (on[:, 0] * on[:, -1])
    share = np.exp(odds)
    expected = people / 6 * share / share.sum(axis=1, keepdims=True)
    counts = rng.poisson(expected)
    counts[:, 0] = 0
    stratum, history = np.nonzero(counts)
    return CaptureTable.build(
        lists,
        history,
        counts[stratum, history],
        covariates=[YEAR, SEX],
        levels=list(np.unravel_index(stratum, (3, 2))),
    )


def rebuilt(table, *, lists=None, history=None, order=None, covariates=None, levels=None):
    """The table made again from its cells, with something changed."""
    levels = levels or list(np.unravel_index(table.stratum, table.shape))
    order = np.arange(len(table.count)) if order is None else order
    return CaptureTable.build(
        lists or table.lists,
        (table.history if history is None else history)[order],
        table.count[order],
        covariates=covariates or table.covariates,
        levels=[level[order] for level in levels],
    )


def unusual(table):
    """The table with values that were not recorded, and with a list that was not kept in one stratum."""
    missing = Covariate(name="sex", levels=("female", NOT_RECORDED))
    unrecorded = rebuilt(table, covariates=[YEAR, missing])
    grid = np.ones((table.strata, len(table.lists)), dtype=bool)
    grid[0, -1] = False
    kept = ~((table.stratum == 0) & (table.history >= 1 << (len(table.lists) - 1)))
    idle = CaptureTable.build(
        table.lists,
        table.history[kept],
        table.count[kept],
        covariates=table.covariates,
        levels=[level[kept] for level in np.unravel_index(table.stratum, table.shape)],
        operating=grid,
    )
    return {"not recorded": unrecorded, "inactive lists": idle}


def same(one, other):
    assert one.verdict.tolist() == other.verdict.tolist()
    assert one.unobserved == pytest.approx(other.unobserved, rel=CLOSE, abs=CLOSE, nan_ok=True)


def test_the_order_of_rows_is_irrelevant(subject, table, fit):
    order = np.random.default_rng(0).permutation(len(table.count))
    same(subject.model.fit(rebuilt(table, order=order), seed=SEED), fit)


def test_the_order_of_lists_is_irrelevant(name, subject, table, fit):
    turned = np.roll(np.arange(len(table.lists)), 1)
    history = sum(((table.history.astype(int) >> old) & 1) << new for new, old in enumerate(turned))
    again = subject.model.fit(rebuilt(table, lists=[table.lists[old] for old in turned], history=history), seed=SEED)
    if name in IN_ORDER:
        assert "lists_in_order" in subject.model.assumes
        assert again.unobserved != pytest.approx(fit.unobserved)
    else:
        same(again, fit)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_order_of_levels_is_irrelevant(subject, table, fit, axis):
    covariate = table.covariates[axis]
    turned = np.roll(np.arange(len(covariate.levels)), 1)  # the level now at each place
    values = None if covariate.values is None else tuple(covariate.values[old] for old in turned)
    other = Covariate(name=covariate.name, levels=tuple(covariate.levels[old] for old in turned), values=values)
    levels = list(np.unravel_index(table.stratum, table.shape))
    levels[axis] = np.argsort(turned)[levels[axis]]
    covariates = [other if place == axis else each for place, each in enumerate(table.covariates)]
    again = subject.model.fit(rebuilt(table, covariates=covariates, levels=levels), seed=SEED)
    back = np.arange(table.strata).reshape(table.shape).take(turned, axis=axis).reshape(-1)
    assert again.unobserved == pytest.approx(fit.unobserved[back], rel=CLOSE)
    assert again.verdict.tolist() == fit.verdict[back].tolist()


def test_new_names_change_nothing(subject, table, fit):
    names = ("Zoë's list", "A + B", "c")[: len(table.lists)]
    same(subject.make(names).fit(rebuilt(table, lists=names), seed=SEED), fit)


def test_nobody_who_was_counted_is_lost(name, fit):
    assert fit.observed.tolist() == fit.data.observed.tolist()
    if name in MODELLED:  # smooth in strata, so that only the total cannot be less
        assert fit.estimate.sum() >= fit.observed.sum()
    else:
        assert (fit.unobserved >= 0).all()


def test_the_data_are_left_as_they_were(subject, table):
    before = {each.name: np.copy(getattr(table, each.name)) for each in fields(table)}
    subject.model.fit(table)
    estimate(table, subject.model, Bootstrap(replicates=3), workers=1)
    assert all(np.array_equal(before[key], getattr(table, key)) for key in before)


def test_the_same_seed_gives_the_same_draws_on_one_worker_or_two(subject, table):
    settings = Bootstrap(replicates=40)
    draws = [estimate(table, subject.model, settings, seed=3, workers=workers).draws for workers in (1, 2)]
    assert np.array_equal(*draws, equal_nan=True)
    assert draws[0].shape == (40, table.strata)
    assert not np.array_equal(draws[0], estimate(table, subject.model, settings, seed=4).draws, equal_nan=True)


def test_a_table_is_fitted_alike_whatever_is_fitted_beside_it(subject, table, fit):
    """To the last bit: how many replicates go at a time depends on how fast the machine is just then."""
    drawn = np.random.default_rng(SEED).multinomial(400, np.full(7, 1 / 7), (12, table.strata)).astype(float)
    counts = np.zeros((12, table.strata, 1 << len(table.lists)))
    counts[:, :, 1:] = drawn[:, :, : counts.shape[2] - 1]
    together = subject.model.refit(fit, counts)
    for start, stop in ((0, 1), (1, 4), (4, 11), (11, 12)):
        apart = subject.model.refit(fit, counts[start:stop])
        assert np.array_equal(apart.unobserved, together.unobserved[start:stop], equal_nan=True)
        assert np.array_equal(apart.verdict, together.verdict[start:stop])


def test_it_pickles_and_goes_through_text_and_json(subject, fit):
    assert pickle.loads(pickle.dumps(subject.model)) == subject.model
    assert parse(format_thing(subject.model), MODELS) == subject.model
    assert from_json(json.loads(json.dumps(to_json(subject.model))), MODELS) == subject.model
    same(pickle.loads(pickle.dumps(fit)), fit)


def test_it_is_a_frozen_record_of_settings_with_a_name_and_a_source(subject):
    model = subject.model
    assert isinstance(model, Model)
    assert is_dataclass(model)
    assert type(MODELS[model.name]) is type(model)
    assert model.source
    with pytest.raises((AttributeError, TypeError)):
        model.name = "other"
    hash(model)


def test_its_assumptions_are_in_the_catalogue(subject):
    assert subject.model.assumes
    assert all(has(f"assumption.{code}") for code in subject.model.assumes)


def test_the_fit_says_what_it_is(name, subject, table, fit):
    assert fit.model == subject.model
    assert fit.data == table
    assert fit.unobserved.shape == fit.verdict.shape == (table.strata,)


def gives_its_cells(name, fit):
    """What people on some list are expected to be on, and how many people are on some list at all."""
    table, share = fit.data, fit.probabilities
    assert share.shape == (table.strata, 1 << len(table.lists))
    assert (share >= 0).all()
    idle = (~table.operating).astype(int) @ (1 << np.arange(len(table.lists)))
    assert not share[(np.arange(share.shape[1]) & idle[:, None]) > 0].any()
    assert not share[:, 0].any()
    there = table.observed > 0
    assert share[there].sum(axis=1) == pytest.approx(np.ones(there.sum()))
    cells = expected_cells(fit)
    finite = np.isfinite(fit.unobserved)
    if name in MODELLED:
        assert cells[finite].sum(axis=1) == pytest.approx(fit.estimate[finite])
    else:
        assert not share[~there].any()
        assert fit.ascertainment[finite] * fit.estimate[finite] == pytest.approx(fit.observed[finite])
        assert (fit.ascertainment[~there] == 1).all()
        assert cells[:, 1:].sum(axis=1) == pytest.approx(fit.observed)
        assert cells[:, 0] == pytest.approx(fit.unobserved, nan_ok=True)
    assert not fit.ascertainment[fit.verdict == INFINITE].any()
    assert np.isnan(fit.ascertainment).tolist() == (fit.verdict == NOT_IDENTIFIED).tolist()
    assert fit.ascertainment[fit.verdict == ZERO] == pytest.approx(1)


def test_it_gives_the_cells_it_implies(name, subject, fit):
    gives_its_cells(name, fit)
    seen = expected_cells(fit)[:, 1:].sum(axis=0)
    if name not in ROUGH:  # models that keep every list's size do so in the whole table
        on = membership(np.arange(1, 1 << len(fit.data.lists)), len(fit.data.lists))
        assert seen @ on == pytest.approx(fit.data.dense()[:, 1:].sum(axis=0) @ on, rel=1e-6)
    for feature, data in unusual(fit.data).items():
        if feature in subject.model.supports:
            gives_its_cells(name, subject.model.fit(data))


def test_its_cells_in_replicates_are_those_of_the_fit(subject, table, fit):
    if isinstance(subject.model, GivesCells):
        again = subject.model.refit_cells(fit, np.stack([table.dense()] * 2))
        assert again[1, :, 1:] == pytest.approx(expected_cells(fit)[:, 1:], rel=1e-6, abs=1e-6)


def leaves_out(fit):
    """Whether a fit, or every part of it, can leave cells out."""
    return isinstance(fit.model, LeavesOut) and all(leaves_out(part) for part in fit.parts)


def test_leaving_out_nothing_gives_the_fit(subject, table, fit):
    if leaves_out(fit):
        found = subject.model.refit_without(fit, np.zeros((1, *table.dense().shape), dtype=bool))
        assert found.unobserved[0] == pytest.approx(fit.unobserved, rel=1e-6)
        assert found.verdict[0].tolist() == fit.verdict.tolist()
        assert not found.predicted.any()


def test_people_left_out_can_be_put_back_as_they_are_predicted(name, subject, table, fit):
    """What a likelihood does without some cells, it does with them filled in as it predicts them (EM)."""
    if not leaves_out(fit) or name in ("average", "stepwise by AIC to order 3"):
        return  # a mean over models has no likelihood of its own, and with AIC the choice hangs on the people filled in
    absent = np.zeros((1, *table.dense().shape), dtype=bool)
    absent[0, 2, 3] = absent[0, 4, 1] = True
    found = subject.model.refit_without(fit, absent)
    assert (found.predicted[absent] > 0).all()
    assert not found.predicted[~absent].any()
    again = subject.model.refit(fit, np.where(absent, found.predicted, table.dense()))
    assert again.unobserved[0] == pytest.approx(found.unobserved[0], rel=1e-5)


def test_refitting_the_data_gives_the_fit(name, subject, table, fit):
    again = subject.model.refit(fit, np.stack([table.dense()] * 2))
    for b in range(2):
        assert again.unobserved[b] == pytest.approx(fit.unobserved, rel=DRAWN_ANEW.get(name, 1e-6))
        assert again.verdict[b].tolist() == fit.verdict.tolist()
        assert again.observed[b].tolist() == fit.observed.tolist()
    assert again.chosen.tolist() == [0, 0]


def test_figures_agree_with_verdicts_on_sparse_tables(subject, name):
    """Infinite is infinite, not identified no number, zero nobody; in the fit and in every replicate."""
    seen = set()
    for seed in range(12):
        table = a_table(subject.names, seed=seed, people=[20, 100][seed % 2])
        fit = subject.model.fit(table)
        gives_its_cells(name, fit)
        same = settled(subject.model, fit, table.dense()[None])  # however the weights lie, no lot is drawn on them
        assert same.verdict[0].tolist() == fit.verdict.tolist()
        known = np.isfinite(fit.unobserved)
        assert same.unobserved[0][known] == pytest.approx(
            fit.unobserved[known], rel=DRAWN_ANEW.get(name, 1e-6), abs=1e-9
        )
        again = subject.model.refit(
            fit, np.random.default_rng(seed).poisson(table.dense(), (4, *table.dense().shape)) * 1.0
        )
        for figure, verdict, observed in [
            (fit.unobserved, fit.verdict, fit.observed),
            *zip(again.unobserved, again.verdict, again.observed, strict=True),
        ]:
            assert np.isposinf(figure).tolist() == (verdict == INFINITE).tolist()
            assert np.isnan(figure).tolist() == (verdict == NOT_IDENTIFIED).tolist()
            if name not in MODELLED:
                assert (figure[verdict == ZERO] == 0).all()
                assert (figure[observed == 0] == 0).all()
                assert (verdict[observed == 0] == ESTIMABLE).all()
            seen.update(verdict.tolist())
    assert seen > {ESTIMABLE} or name in ("chapman", "chao", "zelterman", *MODELLED)


def test_what_it_cannot_take_is_refused(subject, table, name):
    """Values not recorded and lists that were not kept: taken, or an error; never a silent loss."""
    for feature, data in unusual(table).items():
        if feature in subject.model.supports:
            assert subject.model.fit(data).unobserved.shape == (table.strata,)
        else:
            with pytest.raises(ModelError) as caught:
                subject.model.fit(data)
            assert caught.value.code.startswith("unsupported")
            assert str(caught.value)


@pytest.mark.parametrize("model", [LogLinear(), Independence(), Stepwise(), LogLinear(margin="modelled")])
def test_two_independent_lists_agree_with_lincoln_and_petersen(model):
    table = CaptureTable.build("AB", [1, 2, 3], [200, 150, 60])
    ours, theirs = model.fit(table), LincolnPetersen().fit(table)
    assert ours.unobserved[0] == pytest.approx(theirs.unobserved[0], rel=1e-9)
    assert ours.unobserved[0] == pytest.approx(200 * 150 / 60)
    assert ours.variance[0] == pytest.approx(theirs.variance[0], rel=1e-9)


def test_two_lists_in_strata_agree_with_lincoln_and_petersen():
    table = a_table(LISTS[:2])
    theirs = LincolnPetersen().fit(table)
    every = " + ".join(quoted(a, "year", "sex") for a in LISTS[:2])
    for model in (LogLinear(every), Stratified(Independence(), ("year", "sex"))):
        same(replace(model.fit(table), model=theirs.model), theirs)
