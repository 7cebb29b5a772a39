"""Log-linear models with given terms, against a design matrix over all cells."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import Independence, LogLinear
from tests.oracles import covariates_of, dense, random_table, split_terms

# The oracle writes two polynomials of one covariate out in full; only its fitted counts and its rank are used.
pytestmark = pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(11)
    return random_table(rng, lists=3, levels=(3, 2), people=5000, on_list=(0.2, 0.45), dependence=0.4)


TERMS = [
    "",
    "A:B",
    "A:u",
    "A:B + B:C + A:u + C:v",
    "A:B:u",
    "A:B:u + C:u:v",
    "A:poly(u, 2) + B:poly(u, 1)",
    "A:B:poly(u, 1) + C:poly(u, 2):v",
]


def glm(table, text, margin):
    model = dense(table, split_terms(text), margin)
    return model, sm.GLM(model.y, model.rows, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=300)


@pytest.mark.parametrize("text", TERMS)
def test_conditioning_on_the_strata_is_a_free_total_each(table, text):
    model, answer = glm(table, text, "free")
    fit = LogLinear(text).fit(table)
    assert fit.unobserved == pytest.approx(np.exp(model.dark @ answer.params), rel=1e-7)
    assert fit.deviance == pytest.approx(answer.deviance, rel=1e-7)
    assert fit.log_likelihood == pytest.approx(answer.llf, rel=1e-9)
    assert fit.parameters == np.linalg.matrix_rank(model.rows) - table.strata + 1
    expected = fit.probabilities * table.observed[:, None]
    assert expected[:, 1:].reshape(-1) == pytest.approx(answer.fittedvalues, rel=1e-6)
    assert expected.sum(axis=1) == pytest.approx(table.observed)  # registered totals are matched exactly


@pytest.mark.parametrize("text", [*TERMS, "A:u + u:v", "A:poly(u, 1) + v:poly(u, 2)"])
def test_a_modelled_margin_takes_the_fitted_total(table, text):
    model, answer = glm(table, text, "modelled")
    fit = LogLinear(text, margin="modelled").fit(table)
    seen = np.bincount(model.stratum, weights=answer.fittedvalues)
    assert fit.estimate == pytest.approx(np.exp(model.dark @ answer.params) + seen, rel=1e-7)
    assert fit.deviance == pytest.approx(answer.deviance, rel=1e-7)
    assert fit.parameters == np.linalg.matrix_rank(model.rows)
    assert fit.ascertainment == pytest.approx(seen / fit.estimate, rel=1e-7)


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_refits_are_fits(table, margin):
    model = LogLinear("A:B + A:u", margin)
    counts = np.random.default_rng(0).poisson(table.dense(), size=(5, *table.dense().shape)).astype(float)
    found = model.refit(model.fit(table), counts)
    for b, y in enumerate(counts):
        stratum, history = np.nonzero(y)
        levels = list(np.unravel_index(stratum, table.shape))
        again = CaptureTable.build(
            table.lists, history, y[stratum, history].astype(int), covariates=table.covariates, levels=levels
        )
        assert found.unobserved[b] == pytest.approx(model.fit(again).unobserved, rel=1e-6)
        assert found.observed[b].tolist() == y.sum(axis=1).tolist()


def test_the_answer_does_not_depend_on_covariates_that_touch_no_list(table):
    """Passive covariates: they break the answer down, and its total stays."""
    active = LogLinear("A:u").fit(table)
    pooled = LogLinear("A:u").fit(table.pool(["v"]))
    assert active.unobserved.reshape(3, 2).sum(axis=1) == pytest.approx(pooled.unobserved)
    assert active.active == ("u",)
    assert LogLinear("A:B + A:B:v").fit(table).active == ("v",)
    assert LogLinear("u:v + A:u", margin="modelled").fit(table).active == ("u",)


def test_pooling_over_a_covariate_of_two_lists_is_another_answer(table):
    apart = LogLinear("A:u + B:u").fit(table).unobserved.sum()
    assert apart != pytest.approx(LogLinear().fit(table.pool(["u"])).unobserved.sum(), rel=1e-3)


def test_terms_that_touch_no_list_are_the_free_totals_already(table):
    same = LogLinear("A:u + u:v").fit(table)
    assert same.unobserved == pytest.approx(LogLinear("A:u").fit(table).unobserved)
    assert same.terms == "A:u"


def test_standard_errors_are_those_of_the_delta_method():
    table = random_table(np.random.default_rng(2), lists=4, people=900, on_list=(0.2, 0.5), dependence=0.3)
    model, answer = glm(table, "A:B + C:D", "free")
    fit = LogLinear("A:B + C:D").fit(table)
    dark = np.exp(model.dark @ answer.params)[0]
    assert fit.variance[0] == pytest.approx(dark + dark**2 * answer.cov_params()[0, 0], rel=1e-6)


def test_levels_of_a_polynomial_as_high_as_can_be_are_the_levels(table):
    smooth = LogLinear("A:poly(u, 2) + B:poly(u, 5)").fit(table)
    assert smooth.unobserved == pytest.approx(LogLinear("A:u + B:u").fit(table).unobserved, rel=1e-7)


def test_terms_are_said_without_what_they_imply(table):
    assert LogLinear("A:B:u + A:B + C:v").fit(table).terms == "C:v + A:B:u"
    assert LogLinear().fit(table).terms == ""


def test_independence_is_the_model_without_terms(table):
    assert Independence().fit(table).unobserved.tolist() == LogLinear().fit(table).unobserved.tolist()
    assert Independence().fit(table).model == Independence()


def test_findings_say_which_strata_have_no_number():
    table = CaptureTable.build(
        "AB", [1, 2, 3, 1, 2], [9, 8, 7, 6, 5], covariates=covariates_of((2,)), levels=[np.array([0, 0, 0, 1, 1])]
    )
    fit = LogLinear("A:u + B:u").fit(table)
    assert fit.verdict[1] == INFINITE
    (finding,) = fit.findings
    assert finding.code == "dark_figure_infinite"
    assert finding.values == {"n": 1, "people": 11, "strata": 2}
    assert finding.sentence()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A:E", "unknown_name_in_term"),
        ("A:B:C", "term_of_all_lists"),
        ("A:B:C:u", "term_of_all_lists"),
        ("A:poly(B, 2)", "poly_needs_numbers"),
        ("A:poly(w, 2)", "poly_needs_numbers"),
        ("A:u:poly(u, 2)", "name_twice_in_term"),
        ("A:", "bad_terms_end"),
    ],
)
def test_terms_that_cannot_be_are_refused(text, code):
    table = random_table(np.random.default_rng(0), lists=3, levels=(3,), people=200, on_list=(0.1, 0.4))
    words = covariates_of((3,))[0].of("w", ["x", "y", "z"])
    table = CaptureTable.build(
        table.lists,
        table.history,
        table.count,
        covariates=[*table.covariates, words],
        levels=[table.stratum, table.stratum],
    )
    with pytest.raises(ModelError) as caught:
        LogLinear(text).fit(table)
    assert caught.value.code == code
    assert str(caught.value)


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("A:B + A:u", ["u"], "A + A:B"),
        ("A:B:u", ["u"], "A:B"),
        ("A:poly(u, 2) + B:C", ["u"], "A + B:C"),
        ("A:B + C:v", ["u"], "A:B + C:v"),
        ("u + A:B", ["u"], "A:B"),
        ("", ["u"], ""),
    ],
)
def test_without_a_covariate_what_is_left_of_a_term_stays(text, names, left):
    assert LogLinear(text).without(names) == LogLinear(left)


def test_a_replicate_without_anybody_has_nobody_unseen():
    fit = Independence().fit(CaptureTable.build("AB", [1, 2, 3], [5, 4, 3]))
    again = Independence().refit(fit, np.zeros((2, 1, 4)))
    assert again.unobserved.tolist() == [[0.0], [0.0]]
    assert (again.verdict == ESTIMABLE).all()
