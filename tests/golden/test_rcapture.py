"""Hierarchical models and profile intervals against Rcapture."""

from __future__ import annotations

import re

import numpy as np
import pytest

from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Profile
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED
from darknumber.models import LogLinear
from darknumber.models.best import Best
from tests.golden.peers import table_of, terms_of

SAME = 1e-6  # relative, of estimates and standard errors; absolute, of deviances and criteria
# R stops where the deviance changes by 1e-8 of itself, which leaves its standard errors less exact than its estimates.
STANDARD_ERROR = 5e-5
PROFILE = 1e-3  # relative; R finds the limits by interpolation
# infoFit 1 says that the asymptotic bias is large; 3 that an effect ran off to minus infinity, where R stops at about
# -18; 13 is both. N moves by exp(-18), so it can still be compared; the deviance can only be larger than ours.
AT_THE_EDGE = (3, 13)
TOP = 20  # models by each criterion that were kept of its scans of five and six lists
SCAN = re.compile(r"closedpMS\.t\(X, dfreq = TRUE(?:, maxorder = (\d))?")
NO_ESTIMATE = 1e9  # an abundance above this stands for an infinite dark figure, or one that is not identified


def fitted(golden, golden_data):
    """Every model of every table: the table, the row R gives, our fit."""
    for record in golden("Rcapture"):
        if "models" not in record["results"]:
            continue
        table = table_of(golden_data(record["dataset"]))
        for row in record["results"]["models"]:
            model = "[1]" if row.get("row") == "Mt" else row.get("model")
            if model is not None:  # the other rows are models of heterogeneity
                yield table, row, LogLinear(terms_of(model, table.lists)).fit(table)


@pytest.fixture(scope="module")
def fits(golden, golden_data):
    return list(fitted(golden, golden_data))


def test_there_are_several_hundred_models(fits):
    assert len(fits) > 300
    assert {row["infoFit"] for _, row, _ in fits} >= {0, 1, *AT_THE_EDGE}


def test_estimates_and_standard_errors(fits):
    for _, row, fit in fits:
        if row["abundance"] > NO_ESTIMATE:
            continue
        assert fit.verdict.tolist() == [ESTIMABLE]
        assert fit.estimate[0] == pytest.approx(row["abundance"], rel=SAME)
        assert np.sqrt(fit.variance[0]) == pytest.approx(row["stderr"], rel=STANDARD_ERROR)


def test_deviances_and_criteria(fits):
    for table, row, fit in fits:
        n, k = table.observed.sum(), fit.parameters
        aic = -2 * fit.log_likelihood + 2 * k
        bic = -2 * fit.log_likelihood + np.log(n) * k
        assert 2 ** len(table.lists) - 1 - k == row["df"]
        assert fit.deviance == pytest.approx(row["deviance"], abs=SAME)
        assert fit.deviance <= row["deviance"] + SAME / 100 or row["infoFit"] not in AT_THE_EDGE
        assert aic == pytest.approx(row["AIC"], abs=SAME)
        assert bic == pytest.approx(row["BIC"], abs=SAME)


def test_where_r_gives_billions_we_say_so(fits):
    said = {row["model"]: fit.verdict[0] for _, row, fit in fits if row["abundance"] > NO_ESTIMATE}
    assert said == {
        "[12,3]": INFINITE,
        "[12,13]": INFINITE,
        "[12,23]": INFINITE,
        "[12,13,23]": NOT_IDENTIFIED,
    }
    assert all(not np.isfinite(fit.estimate[0]) for _, row, fit in fits if row["abundance"] > NO_ESTIMATE)


def test_profile_limits(golden, golden_data):
    compared = 0
    for record in golden("Rcapture"):
        for row in record["results"].get("profile", ()):
            table = table_of(golden_data(record["dataset"]))
            text = terms_of("[1]" if row["row"] == "Mt" else row["row"], table.lists)
            ours = estimate(table, LogLinear(text), Profile())
            assert ours.limits[0, 0] == pytest.approx(row["infCL"], rel=PROFILE)
            if str(row["supCL"]).startswith(">"):
                assert ours.limits[0, 1] == np.inf
            else:
                assert ours.limits[0, 1] == pytest.approx(row["supCL"], rel=PROFILE)
            compared += 1
    assert compared == 22


@pytest.mark.parametrize("criterion", ["bic", "aic"])
def test_its_scans_of_all_models_and_our_search_have_the_same_best_ones(golden, golden_data, criterion):
    """In the same order, with the same criterion and the same estimate; it fits up to 32,768 models for that."""
    compared = 0
    for record in golden("Rcapture"):
        scan = SCAN.match(record["call"])
        if scan is None:
            continue
        table = table_of(golden_data(record["dataset"]))
        rows = sorted(record["results"]["models"], key=lambda row: row[criterion.upper()])[:TOP]
        reach = rows[-1][criterion.upper()] - rows[0][criterion.upper()] + 1e-3
        found = Best(criterion, int(scan[1] or len(table.lists)), delta=reach).fit(table).candidates
        ours = getattr(found, criterion)
        best = np.argsort(ours, kind="stable")[: len(rows)]
        assert ours[best] == pytest.approx([row[criterion.upper()] for row in rows], abs=SAME)
        assert found.beyond > reach
        if table.observed.sum() == 96:
            continue  # the artificial table: equal criteria, infinite estimates; its models are compared above
        estimates = table.observed.sum() + found.unobserved[best]
        assert estimates == pytest.approx([row["abundance"] for row in rows], rel=SAME)
        compared += len(rows)
    assert compared == 6 * TOP
