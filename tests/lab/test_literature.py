"""Designs of the literature at their published settings, and populations fitted to published tables."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from darknumber import use_language
from darknumber.kernels.histories import membership
from darknumber.lab.designs import columns
from darknumber.lab.literature import literature, published
from darknumber.register.small import small_law

LITERATURE = {design.name: design for design in literature()}
PUBLISHED = {design.name: design for design in published()}


def coverage_of(shares: np.ndarray) -> np.ndarray:
    return shares @ membership(np.arange(shares.shape[-1]), int(np.log2(shares.shape[-1])))


def test_every_study_is_there():
    assert Counter(design.factors["study"] for design in LITERATURE.values()) == {
        "S1": 2,
        "S2": 9,
        "S3": 1,
        "S4": 6,
        "S5": 18,
        "S6": 8,
    }
    assert all(design.source for design in LITERATURE.values())


def test_s1_has_independent_lists_and_poisson_counts():
    sparse = LITERATURE["S1/sparse"]
    assert sparse.size == "poisson"
    assert sparse.truth == 1_000
    np.testing.assert_allclose(coverage_of(sparse.histories[0]), [0.01, 0.04, 0.2])


def test_s2_has_the_published_stepwise_estimates():
    assert LITERATURE["S2/korea"].truth == 269  # 268.8
    assert LITERATURE["S2/western-us"].truth == 2_483
    assert LITERATURE["S2/new-orleans-2016-5"].truth == 1_034


def test_s3_is_two_classes():
    design = LITERATURE["S3"]
    low, high = np.array([0.033, 0.033, 0.099, 0.132, 0.033]), np.array([0.660, 0.825, 0.759, 0.990, 0.693])
    np.testing.assert_allclose(coverage_of(design.histories[0]), 0.9 * low + 0.1 * high)
    unseen = 1_800 * np.prod(1 - low) + 200 * np.prod(1 - high)
    assert design.expected[0, 0] == pytest.approx(unseen)


def test_s5_grows_and_its_lists_are_those_of_s3():
    two = LITERATURE["S5/2-2-100000"]
    assert two.truth == 100_000
    np.testing.assert_allclose(coverage_of(two.histories[0]), [0.9 * 0.033 + 0.1 * 0.825, 0.9 * 0.099 + 0.1 * 0.759])
    three = LITERATURE["S5/4-3-2000"]
    assert coverage_of(three.histories[0])[3] == pytest.approx(0.7 * 0.033 + 0.2 * 0.325 + 0.1 * 0.693)


def test_s6_is_the_integral_over_the_covariates():
    hidden, known = LITERATURE["S6/2--3-hidden"], LITERATURE["S6/2--3-covariate"]
    law = norm(6, np.sqrt(2) * 1.5)
    for j, slope in enumerate((0.4, 0.3)):
        exact = quad(lambda s, slope=slope: expit(-3 + slope * s) * law.pdf(s), -10, 25)[0]
        assert coverage_of(hidden.histories[0])[j] == pytest.approx(exact, rel=1e-3)
    both = quad(lambda s: expit(-3 + 0.4 * s) * expit(-3 + 0.3 * s) * law.pdf(s), -10, 25)[0]
    assert hidden.histories[0, 3] == pytest.approx(both, rel=1e-3)
    np.testing.assert_allclose(known.histories.mean(axis=0), hidden.histories[0])
    assert known.population.sum() == hidden.truth
    assert (np.diff(coverage_of(known.histories), axis=0) > 0).all()


def test_published_truths_are_of_every_type():
    types = Counter(design.factors["type"] for design in PUBLISHED.values())
    assert set(types) == {"aic", "bic", "three-way", "latent-class", "covariates"}
    assert min(types.values()) >= 3


def test_published_truths_are_the_published_estimates():
    assert PUBLISHED["published/uk-2013-bic"].truth == 12_350
    assert PUBLISHED["published/uk-2013-5-bic"].truth == 22_991
    assert PUBLISHED["published/kosovo-1999-aic"].truth == 14_342
    assert PUBLISHED["published/korea-aic"].truth == 157


def test_what_is_expected_of_published_truths_is_about_what_was_seen():
    table = columns(list(PUBLISHED.values()))
    seen = dict(zip(table["design"], table["seen"], strict=True))
    assert seen["published/uk-2013-bic"] == pytest.approx(2_744, abs=1)
    assert seen["published/uk-2013-latent-class"] == pytest.approx(2_744, abs=1)
    assert min(table["ascertainment"]) >= 0.01


def test_pairwise_truths_are_right_for_pairwise_models_and_three_way_truths_are_not():
    table = columns(list(PUBLISHED.values()))
    pairs = [abs(np.log(ratio)) for ratio, kind in zip(table["pairs"], table["kind"], strict=True) if kind == "pairs"]
    three = [abs(np.log(r)) for r, kind in zip(table["pairs"], table["kind"], strict=True) if kind == "three-way"]
    np.testing.assert_allclose(pairs, 0, atol=1e-4)
    assert min(three) > 0.01


def test_the_small_register_is_there_with_fewer_covariates_too():
    whole = PUBLISHED["published/small-register-year-sex-form"]
    np.testing.assert_allclose(whole.histories, small_law().shares)
    part = PUBLISHED["published/small-register-sex-form"]
    assert part.truth == whole.truth
    np.testing.assert_allclose(part.expected.sum(axis=0), whole.expected.sum(axis=0))


def test_every_design_says_what_it_is_in_both_languages():
    for code in ("en", "nl"):
        with use_language(code):
            for design in (*LITERATURE.values(), *PUBLISHED.values()):
                assert max(map(len, str(design).splitlines())) <= 80
    assert "best pairwise model by BIC" in str(PUBLISHED["published/uk-2013-bic"])
    assert "Manrique-Vallier" in str(LITERATURE["S3"])
