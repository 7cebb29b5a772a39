"""The search of R's mse on its simulated register: the same 33 steps, and what it does not say at the end of them."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.inference.estimate import estimate
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import LogLinear, Stepwise
from darknumber.models.family import Family
from tests.golden.peers import simdat

ROUNDED = 0.05 + 1e-6  # deviances and estimates are given to 0.1
# Differences from the lowest criterion on the path: both ends are rounded, and R rounds on the way.
CRITERION = 0.1
NO_ESTIMATE = 1e9  # from here on R's fits diverge


def joined(screen):
    """Its three phases: by BIC from nothing, by AIC with that model as floor, then at a cost of 1 a parameter."""
    common = {"margin": "modelled", "trend": "poly(Y, 2)", "screen": screen}
    bic = Stepwise(criterion="bic", **common)
    aic = Stepwise(criterion="aic", lower=bic, **common)
    return Stepwise(criterion=1, lower=aic, **common)


def plain(step):
    """A step whatever the order of its names: R writes Y for the polynomial."""
    sign, _, term = step.replace("poly(Y, 2)", "Y").partition(" ")
    return sign, *sorted(term.split(":"))


@pytest.fixture(scope="module")
def searched(golden, golden_data):
    table = simdat(golden_data("mse_simdat"))
    return golden("mse")[0]["results"], table, {screen: joined(screen).fit(table) for screen in ("refit", "score")}


@pytest.mark.parametrize("screen", ["refit", "score"])
def test_the_same_33_steps(searched, screen):
    theirs, _, fits = searched
    ours = fits[screen].candidates
    assert [plain(step) for step in ours.step] == [plain(row["Step"]) for row in theirs["path"]]
    assert len(ours.step) == 33
    assert ours.deviance == pytest.approx([row["Resid..Dev"] for row in theirs["path"]], abs=ROUNDED)
    dropped = [row["Resid..Df"] - theirs["path"][0]["Resid..Df"] for row in theirs["path"]]
    assert (ours.parameters[0] - ours.parameters).tolist() == dropped


@pytest.mark.parametrize("screen", ["refit", "score"])
def test_criteria_to_a_tenth(searched, screen):
    theirs, _, fits = searched
    ours = fits[screen].candidates
    for name, values in {"AIC": ours.aic, "AICc": ours.aicc, "BIC": ours.bic}.items():
        assert values.min() == pytest.approx(theirs["minima"][name], abs=ROUNDED)
        assert values - values.min() == pytest.approx([row[name] for row in theirs["path"]], abs=CRITERION)
    assert int(np.argmin(ours.bic)) + 1 == theirs["best_bic_step"]


@pytest.mark.parametrize("screen", ["refit", "score"])
def test_estimates_until_its_fits_diverge(searched, screen):
    theirs, table, fits = searched
    ours = fits[screen].candidates
    estimates = ours.unobserved + table.observed.sum()
    diverged = 0
    for place, row in enumerate(theirs["path"]):
        if row["Nhat"] < NO_ESTIMATE:
            assert ours.verdict[place] == ESTIMABLE
            assert estimates[place] == pytest.approx(row["Nhat"], abs=ROUNDED)
        else:
            assert ours.verdict[place] == INFINITE
            assert estimates[place] == np.inf
            diverged += 1
    assert diverged == 2


def test_without_covariates(golden, golden_data):
    theirs = golden("mse")[1]["results"]["path"]
    table = simdat(golden_data("mse_simdat"), covariates=False)
    bic = Stepwise(criterion="bic", screen="refit")
    aic = Stepwise(criterion="aic", lower=bic, screen="refit")
    ours = Stepwise(criterion=1, lower=aic, screen="refit").fit(table).candidates
    assert [plain(step) for step in ours.step] == [plain(row["Step"]) for row in theirs]
    assert ours.deviance == pytest.approx([row["Resid..Dev"] for row in theirs], abs=ROUNDED)
    assert ours.unobserved + 1043 == pytest.approx([row["Nhat"] for row in theirs], abs=ROUNDED)
    for name, values in {"AIC": ours.aic, "AICc": ours.aicc, "BIC": ours.bic}.items():
        assert values - values.min() == pytest.approx([row[name] for row in theirs], abs=CRITERION)


@pytest.fixture(scope="module")
def best(searched):
    """The model with the lowest BIC on the path, with its fitted totals."""
    theirs, table, fits = searched
    label = fits["refit"].candidates.label[theirs["best_bic_step"] - 1]
    return estimate(table, LogLinear(label, margin="modelled"), "bootstrap(replicates=2)")


def test_tables_by_year_and_subgroup(golden, best):
    """The fitted totals of one year, one factor by year, and two factors by year, to the person."""
    compared = 0
    for name, rows in golden("mse")[2]["results"]["tables"].items():
        factors = [] if name == "x" else name.split("x")
        broken_down = best.by(*factors, *([] if name in ("x", "Y") else ["Y"]))
        assert np.rint(broken_down.estimate).tolist() == [row["Nhat"] for row in rows], name
        assert broken_down.observed.tolist() == [row["nobs"] for row in rows], name
        compared += len(rows)
    assert compared == 1 + 4 + 36 + 3 * 16 + 3 * 24


SEARCHED_FITS = 300  # a small part of what the search may take; the evidence of a whole one is in its own tests


def test_the_exact_search_ends_no_higher_than_their_path(searched):
    """Their lowest BIC on the path, and ours after a few hundred fits, with every model found within 6 points of it."""
    theirs, table, _ = searched
    family = Family(table, "bic", trend="poly(Y, 2)", margin="modelled")
    y = family.refitter.merge(table.dense())
    local = family.local(y)
    found = family.near(y, 6.0, (local,), most=SEARCHED_FITS * y.size)
    listed = family.tabulate(table.dense(), found, 6.0, local, weighed=False)
    assert listed.bic.min() <= theirs["minima"]["BIC"] + ROUNDED
    assert not found.complete
    assert listed.beyond < 0  # stopped: the gap is told
    assert (listed.distance <= 6).sum() > 1
