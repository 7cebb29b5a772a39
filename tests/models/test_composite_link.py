"""Log-linear models of sums of cells: values not recorded, lists not kept, values recorded for another."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.histories import membership
from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import CompositeLink, LogLinear
from tests.oracles import random_table

SAME = 1e-6  # two Newton methods, each to a decrement of its own
EXACT = 2e-4  # of expected counts of millions, rounded to people
LISTS = 3
ON = membership(np.arange(1 << LISTS), LISTS).astype(float)
YEARS = Covariate.of("year", ["2013", "2014"])
FORMS = Covariate(name="form", levels=("labour", "sexual"))


def built(counts, covariate, operating=None):
    counts = np.rint(counts)
    counts[:, 0] = 0
    stratum, history = np.nonzero(counts)
    return CaptureTable.build(
        "ABC",
        history,
        counts[stratum, history].astype(int),
        covariates=[covariate],
        levels=[stratum],
        operating=operating,
    )


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_where_everything_is_known_it_is_the_log_linear_model(margin):
    table = random_table(np.random.default_rng(4), lists=3, levels=(3, 2), people=4000, on_list=(0.1, 0.4))
    terms = f"A:B + B:{table.covariates[0].name} + C:{table.covariates[1].name}"
    ours, theirs = CompositeLink(terms, margin).fit(table), LogLinear(terms, margin).fit(table)
    assert ours.unobserved.sum() == pytest.approx(theirs.unobserved.sum(), rel=SAME)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood)
    assert ours.parameters == theirs.parameters
    assert ours.terms == theirs.terms
    if margin == "free":
        assert ours.unobserved == pytest.approx(theirs.unobserved, rel=SAME)


def test_lists_that_nobody_could_be_on_are_as_in_the_log_linear_model():
    table = random_table(np.random.default_rng(6), lists=3, levels=(2,), people=4000, on_list=(0.2, 0.4))
    part = table.history & 4 == 0
    kept = part | (table.stratum == 1)
    there = CaptureTable.build(
        table.lists,
        table.history[kept],
        table.count[kept],
        covariates=table.covariates,
        levels=[table.stratum[kept]],
        operating=np.array([[True, True, False], [True, True, True]]),
    )
    ours, theirs = CompositeLink("A:C + B:u").fit(there), LogLinear("A:C + B:u").fit(there)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=SAME)


def one_list_started_later():
    """Millions of people in two years; A and C go together, and C was not written down in the first."""
    theta, together = np.array([-1.2, -1.5, -0.9]), 1.4
    law = np.exp(ON @ theta + together * ON[:, 0] * ON[:, 2])
    people = np.array([3e6, 5e6])
    cells = people[:, None] * law / law.sum()
    first = cells[0].copy()
    for w in range(8):
        if w & 4:
            first[w & ~4] += first[w]
            first[w] = 0.0
    operating = np.array([[True, True, False], [True, True, True]])
    return people, built(np.stack([first, cells[1]]), YEARS, operating)


def test_a_list_that_started_later_would_have_seen_as_many():
    people, table = one_list_started_later()
    found = CompositeLink("A:C", inactive="unseen").fit(table)
    assert found.estimate == pytest.approx(people, rel=EXACT)
    assert found.verdict.tolist() == [ESTIMABLE, ESTIMABLE]
    assert "lists_would_be_alike" in found.model.assumes
    # taken to be impossible there, the law of those not on C is that of everybody: fewer on A, so too many unseen
    assert abs(LogLinear("A:C").fit(table).estimate[0] / people[0] - 1) > 0.05


def test_values_recorded_for_another():
    people, share = np.array([4e6, 3e6]), 0.1
    coverage = np.array([[0.3, 0.2, 0.1], [0.1, 0.25, 0.2]])
    cells = people[:, None] * np.where(ON[None] > 0, coverage[:, None], 1 - coverage[:, None]).prod(axis=2)
    seen = np.stack([cells[0] * (1 - share), cells[1] + share * cells[0]])
    terms = "A:form + B:form + C:form"
    model = CompositeLink(terms, mistaken=("form: labour as sexual 0.1",))
    fit = model.fit(built(seen, FORMS))
    assert fit.estimate == pytest.approx(people, rel=EXACT)
    assert "known_mistakes" in model.assumes
    assert abs(LogLinear(terms).fit(built(seen, FORMS)).estimate / people - 1).max() > 0.05
    assert model.without(["form"]) == CompositeLink("A + B + C")


def test_mistakes_and_values_not_recorded_together():
    """A third of the people have no form; of the rest the forms are mixed up."""
    people, share, none = np.array([4e6, 3e6]), 0.1, 1 / 3
    coverage = np.array([[0.3, 0.2, 0.1], [0.1, 0.25, 0.2]])
    cells = people[:, None] * np.where(ON[None] > 0, coverage[:, None], 1 - coverage[:, None]).prod(axis=2)
    seen = np.stack([cells[0] * (1 - share), cells[1] + share * cells[0]])
    table = built(
        np.vstack([seen * (1 - none), seen.sum(axis=0) * none]),
        Covariate(name="form", levels=("labour", "sexual", NOT_RECORDED)),
    )
    model = CompositeLink("A:form + B:form + C:form", mistaken=("form: labour as sexual 0.1",))
    found = estimate(table, model, Bootstrap(replicates=2), seed=1)
    assert found.fits[0].model == model
    assert found.by("form", not_recorded="allocate").estimate == pytest.approx(people, rel=EXACT)


def test_a_strong_ridge_leaves_nothing_of_the_terms():
    table = random_table(
        np.random.default_rng(8), lists=3, levels=(2,), people=2000, on_list=(0.5, 0.5), dependence=0.5
    )
    # chances of a half on every list have main effects of zero, so that nothing else is drawn away
    weak, strong = (CompositeLink("A:B + A:u", ridge=ridge).fit(table).unobserved.sum() for ridge in (1e-8, 1e7))
    assert weak == pytest.approx(LogLinear("A:B + A:u").fit(table).unobserved.sum(), rel=1e-5)
    assert strong == pytest.approx(table.count.sum() / 7, rel=1e-3)


def test_what_is_not_identified_is_not_estimated():
    """In the first year only A was kept, and its chance may be another: nothing tells how many there were."""
    counts = np.array([[0, 90, 0, 0, 0, 0, 0, 0], [0, 40, 30, 12, 25, 8, 7, 5]], dtype=float)
    table = built(counts, YEARS, np.array([[True, False, False], [True, True, True]]))
    for inactive in ("unseen", "never"):
        fit = CompositeLink("A:year", inactive=inactive).fit(table)
        assert fit.verdict.tolist() == [NOT_IDENTIFIED, ESTIMABLE]
        assert np.isnan(fit.unobserved[0])
    assert CompositeLink("", inactive="unseen").fit(table).verdict.tolist() == [ESTIMABLE, ESTIMABLE]


def test_a_prior_makes_nothing_known():
    counts = np.array([[0, 90, 0, 0, 0, 0, 0, 0], [0, 40, 30, 12, 25, 8, 7, 5]], dtype=float)
    table = built(counts, YEARS, np.array([[True, False, False], [True, True, True]]))
    assert CompositeLink("A:year", inactive="unseen", ridge=1.0).fit(table).verdict.tolist()[0] == NOT_IDENTIFIED


def test_intervals_hold_both_years():
    """A list that started later, from the model's own law."""
    _, table = one_list_started_later()
    share = table.dense() / table.dense().sum(axis=1, keepdims=True)
    small, random, hit = np.array([600, 1000]), np.random.default_rng(2), []
    whole = CompositeLink("A:C", inactive="unseen").fit(table)
    people = small / whole.ascertainment
    for _ in range(40):
        seen = random.binomial(np.rint(people).astype(int), whole.ascertainment)
        drawn = np.stack([random.multinomial(n, p) for n, p in zip(seen, share, strict=True)]).astype(float)
        sample = built(drawn, YEARS, table.operating)
        model = CompositeLink("A:C", inactive="unseen")
        limits = estimate(sample, model, Bootstrap(replicates=99), seed=1).limits
        hit.append((limits[:, 0] <= people) & (people <= limits[:, 1]))
    assert np.mean(hit) >= 0.86  # of 80; three standard errors below 95%


@pytest.mark.parametrize(
    ("said", "code", "kind"),
    [
        ("form labour as sexual", "bad_mistake", ModelError),
        ("form: labour as labour 0.1", "bad_mistake", ModelError),
        ("form: labour as sexual 0.1.2", "bad_mistake", ModelError),
        ("form: labour as sexual 1.5", "too_many_mistakes", ModelError),
        ("form: labor as sexual 0.1", "unknown_level", InputError),
        ("shape: labour as sexual 0.1", "unknown_covariate", InputError),
    ],
)
def test_mistakes_that_make_no_sense_are_refused(said, code, kind):
    table = built(np.full((2, 8), 5.0), FORMS)
    with pytest.raises(kind) as caught:
        CompositeLink(mistaken=(said,)).fit(table)
    assert caught.value.code == code


def test_a_ridge_below_zero_is_refused():
    with pytest.raises(ModelError) as caught:
        CompositeLink(ridge=-1.0)
    assert caught.value.code == "bad_ridge"


def test_fewer_people_with_a_value_than_were_recorded_with_it_is_a_stop():
    """Three in ten of one form are recorded as the other, of which there are few; its row cannot be the model's."""
    people, share = np.array([4000.0, 300.0]), 0.3
    chances = np.array([0.7, 0.6, 0.5])
    cells = people[:, None] * np.where(ON > 0, chances, 1 - chances).prod(axis=1)
    seen = np.rint(np.stack([cells[0] * (1 - share), cells[1] + share * cells[0]]))
    found = CompositeLink("A + B + C", mistaken=("form: labour as sexual 0.3",)).fit(built(seen, FORMS))
    (told,) = [each for each in found.findings if each.code == "mistaken_fewer"]
    assert told.severity == "stop"
    assert told.values["levels"] == ("sexual",)
    assert found.estimate.sum() == pytest.approx(people.sum(), rel=0.01)
    few = CompositeLink("A + B + C", mistaken=("form: labour as sexual 0.01",)).fit(built(seen, FORMS))
    assert "mistaken_fewer" not in {each.code for each in few.findings}
