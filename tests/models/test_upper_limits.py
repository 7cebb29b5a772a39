"""Counts that are upper limits in the composite link: lists that also hold people who do not belong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import poisson

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.histories import membership
from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import CompositeLink, LogLinear
from darknumber.words import LANGUAGES, use_language

CLOSE = 1e-5  # a search without derivatives against EM, both stopped by what they still gain
SETTLED = 1e-6  # of a count: what rounds of EM that were not made would still move
LISTS = 3
ON = membership(np.arange(1 << LISTS), LISTS).astype(float)
PEOPLE = 4000
POPULATIONS = 24  # a hit rate has an error of 4.5%; `evidence.own_assumptions` has 400


def table_of(counts, **more):
    counts = np.atleast_2d(np.asarray(counts, dtype=int)).copy()
    counts[:, 0] = 0
    stratum, history = np.nonzero(counts)
    levels = [stratum] if more else []
    return CaptureTable.build("ABC", history, counts[stratum, history], levels=levels, **more)


def independent(chances=(0.3, 0.2, 0.25)):
    return np.where(ON > 0, chances, 1 - np.array(chances)).prod(axis=1)


def by_search(counts, design, limit):
    """Log means by a search without derivatives, from the likelihood written out."""
    known, limit = ~np.isin(np.arange(8), [0, *limit]), list(limit)

    def loss(theta):
        mean = np.exp(design @ theta)
        return -(poisson.logpmf(counts[known], mean[known]).sum() + poisson.logcdf(counts[limit], mean[limit]).sum())

    start = np.r_[np.log(counts[known].mean()), np.zeros(design.shape[1] - 1)]
    found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000})
    return np.exp(design @ found.x), -found.fun


@pytest.mark.parametrize("others", [0, 15, 40, 900])
@pytest.mark.parametrize("pair", [False, True])
def test_it_is_the_maximum_of_the_likelihood(others, pair):
    counts = np.array([0, 210, 130, 55, 160, 70, 40, 22])
    counts[1] += others - 15  # fewer on A alone than the others say, about as many, and more
    design = np.c_[np.ones(8), ON, ON[:, 0] * ON[:, 1]] if pair else np.c_[np.ones(8), ON]
    mean, value = by_search(counts, design, [1])
    fit = CompositeLink("A:B" if pair else "", censored=("A",)).fit(table_of(counts))
    assert fit.unobserved[0] == pytest.approx(mean[0], rel=CLOSE)
    assert fit.log_likelihood == pytest.approx(value, abs=CLOSE)
    assert fit.verdict[0] == ESTIMABLE
    assert "counts_are_limits" in fit.model.assumes


def test_several_limits_at_once():
    counts = np.array([0, 400, 130, 90, 160, 70, 40, 22])
    mean, value = by_search(counts, np.c_[np.ones(8), ON], [1, 3])
    fit = CompositeLink(censored=("A", "A:B")).fit(table_of(counts))
    assert fit.unobserved[0] == pytest.approx(mean[0], rel=CLOSE)
    assert fit.log_likelihood == pytest.approx(value, abs=CLOSE)


def test_a_limit_far_away_says_nothing():
    """Half a million on one list only: the answer is that of the other counts."""
    counts = np.rint(1e6 * independent())
    far = counts.copy()
    far[1] += 5e5
    near, other = LogLinear().fit(table_of(counts)), CompositeLink(censored=("A",)).fit(table_of(far))
    assert other.unobserved[0] == pytest.approx(near.unobserved[0], rel=1e-4)  # counts are whole people
    (said,) = [each for each in other.findings if each.code == "limits_apart"]
    assert said.values["n"] == pytest.approx(5e5, rel=1e-3)
    assert other.estimate[0] - said.values["n"] == pytest.approx(1e6, rel=1e-3)
    assert LogLinear().fit(table_of(far)).unobserved[0] > 1.5 * near.unobserved[0]


def test_where_the_other_counts_tell_nothing_no_limit_does():
    counts = np.array([0, 210, 130, 55, 160, 70, 40, 22])
    all_pairs = "A:B + A:C + B:C"
    assert LogLinear(all_pairs).fit(table_of(counts)).verdict[0] == ESTIMABLE
    assert CompositeLink(all_pairs, censored=("A",)).fit(table_of(counts)).verdict[0] == NOT_IDENTIFIED
    # B and C go together and whoever is on A alone is not known: how many are on none is not either
    assert CompositeLink("B:C", censored=("A",)).fit(table_of(counts)).verdict[0] == NOT_IDENTIFIED
    # of those who are not on A, the lists B and C tell how many there are
    assert CompositeLink(censored=("A", "A:B", "A:C", "A:B:C")).fit(table_of(counts)).verdict[0] == ESTIMABLE


def test_where_every_count_is_a_limit_nothing_is_known():
    table = CaptureTable.build("AB", [1, 2, 3], [30, 20, 10])
    answer = estimate(table, CompositeLink(censored=("A", "B", "A:B")), Bootstrap(replicates=5), seed=1)
    assert answer.verdict.tolist() == [NOT_IDENTIFIED]
    assert np.isnan(answer.draws).all()


@pytest.mark.parametrize("seed", range(40))
def test_any_table_gets_a_number_or_a_verdict(seed):
    """Few people, lists not kept, values not recorded, any counts that are limits: never a number that is none."""
    rng = np.random.default_rng(seed)
    form = Covariate(name="form", levels=("x", "y", *((NOT_RECORDED,) if seed % 2 else ())))
    counts = rng.poisson(rng.choice([1.0, 4.0, 30.0]), (len(form.levels), 8)) + (np.arange(8) == 7)
    operating = np.ones((len(form.levels), 3), dtype=bool)
    if not seed % 2 and seed % 4:
        operating[0, 2], counts[0, 4:] = False, 0
    histories = ["A", "B", "A:B", "C", "A:C", "B:C", "A:B:C"]
    censored = tuple(str(each) for each in rng.choice(histories, rng.integers(1, 8), replace=False))
    model = CompositeLink(
        str(rng.choice(["", "A:B", "A:form", "A:B + B:form"])),
        margin=("free", "modelled")[seed % 3 % 2],
        inactive=("never", "unseen")[seed % 5 % 2],
        censored=censored,
    )
    table = table_of(counts, covariates=[form], operating=operating)
    fit = model.fit(table)
    known = fit.verdict == ESTIMABLE
    assert np.isfinite(fit.unobserved[known]).all()
    assert (fit.unobserved[known] >= 0).all()
    again = model.refit(fit, table.dense()[None])
    assert again.verdict[0].tolist() == fit.verdict.tolist()


def test_a_stratum_of_limits_only_is_not_identified():
    year = Covariate.of("year", ["2013", "2014"])
    counts = np.array([[0, 210, 130, 55, 160, 70, 40, 22], [0, 90, 0, 0, 0, 0, 0, 0]])
    fit = CompositeLink(censored=("A",)).fit(table_of(counts, covariates=[year]))
    assert fit.verdict.tolist() == [ESTIMABLE, NOT_IDENTIFIED]


def test_limits_and_values_not_recorded_together():
    """A fifth has no form; the list A also holds as many others as there are on it alone."""
    form = Covariate(name="form", levels=("labour", "sexual", NOT_RECORDED))
    people, none = np.array([3e6, 4e6]), 0.2
    cells = people[:, None] * np.stack([independent((0.3, 0.2, 0.1)), independent((0.1, 0.25, 0.2))])
    cells[:, 1] *= 2
    counts = np.rint(np.vstack([cells * (1 - none), none * cells.sum(axis=0)]))
    terms = "A:form + B:form + C:form"
    table = table_of(counts, covariates=[form])
    found = estimate(table, CompositeLink(terms, censored=("A",)), Bootstrap(replicates=2), seed=1)
    (said,) = [each for each in found.fits[0].findings if each.code == "limits_apart"]
    assert found.total().estimate[0] - said.values["n"] == pytest.approx(people.sum(), rel=1e-3)
    assert said.values["n"] == pytest.approx(cells[:, 1].sum() / 2, rel=0.01)
    forms = found.by("form", not_recorded="allocate")
    assert forms.unobserved.sum() == pytest.approx(cells[:, 0].sum(), rel=1e-3)
    assert forms.unobserved == pytest.approx(cells[:, 0], rel=0.03)  # those who do not belong have a form too


def test_intervals_hold_the_truth_where_a_list_holds_others_too():
    """As many others as there are on A alone: the unseen are covered, and without the limit they are not."""
    shares, hits, plain = independent(), 0, 0
    for number in range(POPULATIONS):
        rng = np.random.default_rng([3, number])
        cells = rng.multinomial(PEOPLE, shares)
        unseen = cells[0]
        cells[1] += rng.poisson(PEOPLE * shares[1])
        table = table_of(cells)
        seen = int(table.count.sum())
        for model in (CompositeLink(censored=("A",)), LogLinear()):
            answer = estimate(table, model, Bootstrap(replicates=199), seed=number, workers=1)
            low, high = answer.limits[0] - seen
            if isinstance(model, CompositeLink):
                hits += low <= unseen <= high
            else:
                plain += low <= unseen <= high
    assert hits / POPULATIONS >= 0.8
    assert plain == 0


def test_lists_that_are_not_there_are_refused_and_words_are_said():
    counts = np.array([0, 900, 130, 55, 160, 70, 40, 22])
    with pytest.raises(InputError) as caught:
        CompositeLink(censored=("D",)).fit(table_of(counts))
    assert caught.value.code.startswith("no_such_list")
    answer = estimate(table_of(counts), "composite-link(censored=(A))", Bootstrap(replicates=20), seed=1)
    for language in LANGUAGES:
        with use_language(language):
            text = str(answer)
            assert ("do not belong" if language == "en" else "niet tot de populatie") in " ".join(text.split())
