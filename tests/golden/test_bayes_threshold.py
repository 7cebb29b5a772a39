"""Bayesian thresholding against MultipleSystemsEstimation, within the Monte Carlo error of its sampler.

Its sampler is one random-walk Metropolis chain of 10,000 steps in all directions at once, of which it accepts 1.4 to
23%. We ran that sampler 60 times with other seeds, on each table: the errors below are what its answers differ by among
themselves. Ours, of 10,000 nearly independent draws, are five to ten times smaller, and are left out of account.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from darknumber.kernels.faces import face
from darknumber.kernels.histories import list_counts
from darknumber.kernels.posterior import make_target, sample
from darknumber.models import BayesThreshold
from darknumber.models.threshold import threshold_statistics
from tests.golden.peers import table_of

ERRORS = 4.0  # standard errors between the two; 290 numbers are compared
# Independent draws its 10,000 are worth for the worst threshold statistic, all pairs in the model.
WORTH = {"UKdat_5": 55, "Ned_5": 60, "Kosovo": 176, "NewOrl_5": 59, "UKdat": 21, "Ned": 11}
# Standard error of a quantile of its log dark figure, the worst of 2.5, 50 and 97.5%, the retained terms in the model.
ERROR_OF_QUANTILE = {"UKdat_5": 0.012, "Ned_5": 0.016, "Kosovo": 0.025, "NewOrl_5": 0.036, "UKdat": 0.016, "Ned": 0.031}
SHARES = (0.025, 0.1, 0.5, 0.9, 0.975)
SAME = 0.03  # of our two ways to the same median: each has 10,000 draws, and the widest posterior a log sd of 0.3


@pytest.fixture(scope="module")
def records(golden):
    return [record for record in golden("MultipleSystemsEstimation") if "bayesthresh" in record["call"]]


def model_of(record):
    prior = "improper" if "improper" in record["call"] else "proper"
    return BayesThreshold(prior=prior, max_order=3 if "maxorder = 3" in record["call"] else 2)


def several(value):
    """R writes a list of one name as the name."""
    return [value] if isinstance(value, str) else list(value or ())


def names_of(lists, size):
    """Their order: by the last list, then by the others."""
    groups = sorted(combinations(range(len(lists)), size), key=lambda group: group[::-1])
    return [":".join(lists[place] for place in group) for group in groups]


def their_statistics(record, lists):
    results = record["results"]
    gone = several(results.get("minus_infinite_estimated_effects"))
    pairs = [name for name in names_of(lists, 2) if name not in gone]
    found = dict(zip(pairs, results["threshold_statistics"], strict=True))
    triples = several(results.get("eligible_triples"))
    return found | dict(zip(triples, results.get("triple_threshold_statistics", ()), strict=True))


def error_of(statistic, record):
    return ERRORS * np.sqrt((1 + statistic**2 / 2) / WORTH[record["dataset"]])


def kept_by(fit, lists):
    """The terms between lists in the answer, what is inside the largest ones included."""
    named = [frozenset(term.split(":")) for term in fit.terms.split(" + ")] if fit.terms else []
    return {
        name for size in (2, 3) for name in names_of(lists, size) if any(set(name.split(":")) <= term for term in named)
    }


def log_dark_given(table, terms, model):
    """Draws of the log dark figure with these terms in the model, and no thresholding."""
    y = table.dense()[0]
    singles = [1 << place for place in range(len(table.lists))]
    masks = np.array(
        [*singles, *(sum(1 << table.lists.index(name) for name in term.split(":")) for term in sorted(terms))]
    )
    flat = (list_counts(masks) == 1) | (model.prior == "improper")
    left = face(y, np.arange(len(y)) > 0, masks, flat)
    target = make_target(y, left.live, masks[left.kept], np.where(flat, 0.0, 1.0)[left.kept])
    return sample(target, chains=4, draws=2500, seed=5, stage=0).log_dark


def test_threshold_statistics(records, golden_data):
    compared = 0
    for record in records:
        table = table_of(golden_data(record["dataset"]))
        ours = threshold_statistics(table, model_of(record), seed=1)
        theirs = their_statistics(record, table.lists)
        assert {frozenset(name.split(":")) for name in theirs} <= {frozenset(name.split(":")) for name in ours}
        for name, value in theirs.items():
            assert ours[name] == pytest.approx(value, abs=error_of(ours[name], record)), (record["call"], name)
            compared += 1
    assert compared == 200


def test_retained_terms_agree_but_where_theirs_are_within_error_of_the_threshold(records, golden_data):
    different = {}
    for record in records:
        table = table_of(golden_data(record["dataset"]))
        model, results = model_of(record), record["results"]
        fit, statistics = model.fit(table, seed=1), threshold_statistics(table, model, seed=1)
        gone = set(several(results.get("minus_infinite_estimated_effects")))
        theirs = {*several(results["retained_interactions"]), *several(results.get("retained_triples")), *gone}
        ours = kept_by(fit, table.lists)
        assert gone <= ours
        for name in ours ^ theirs:
            assert abs(statistics[name] - model.threshold) < error_of(statistics[name], record)
            different[record["dataset"], model.prior] = name
    assert different == {
        ("UKdat_5", "improper"): "LA:PFNCA",
        ("UKdat", "improper"): "NG:GO",
        ("Ned", "proper"): "O:P:Z",
    }


def test_the_posterior_of_their_terms(records, golden_data):
    for record in records:
        table = table_of(golden_data(record["dataset"]))
        model, results = model_of(record), record["results"]
        gone = several(results.get("minus_infinite_estimated_effects"))
        terms = {*several(results["retained_interactions"]), *several(results.get("retained_triples")), *gone}
        log_dark = log_dark_given(table, terms, model)
        theirs = np.log(np.array(results["quantiles"]) - table.observed[0])
        error = ERRORS * ERROR_OF_QUANTILE[record["dataset"]]
        assert np.quantile(log_dark, SHARES) == pytest.approx(theirs, abs=error), (record["dataset"], record["call"])
        fit = model.fit(table, seed=1)
        if kept_by(fit, table.lists) == terms:
            assert np.log(fit.unobserved[0]) == pytest.approx(np.median(log_dark), abs=SAME)
