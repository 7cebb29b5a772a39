"""Models for sparse tables against SparseMSE: the ends of its searches, main effects, all pairs, existence.

Its stepwise search adds terms by a Poisson p-value (Chan, Silverman & Vincent 2021), which is no rule of ours. So its
final models are refitted, and its rule is followed here step by step with our fits and verdicts.
"""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import poisson

from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import LogLinear
from tests.golden.peers import table_of

SAME = 1e-6  # relative
ALL_PAIRS_CODES = {0: ESTIMABLE, 2: NOT_IDENTIFIED}  # checkident: 0 all is well, 2 no maximum exists


def pairs(groups):
    return " + ".join(":".join(f"`{name}`" for name in group) for group in groups)


def refitted(record, table):
    """The model of a record: the pairs its coefficients name, and those that share nobody, which have none."""
    call, results = record["call"], record["results"]
    if 'method = "stepwise"' in call:
        empty = zip(*results["emptyoverlaps"], strict=True)
        named = [name.split(":") for name in results["coef"] if ":" in name]
        return pairs([*named, *([table.lists[a - 1], table.lists[b - 1]] for a, b in empty)])
    names = " + ".join(f"`{name}`" for name in table.lists)
    return "" if 'method = "main"' in call else f"({names})^2"


def test_estimates(golden, golden_data):
    compared = 0
    for record in golden("SparseMSE"):
        if "estimatepopulation.0" not in record["call"] or record["results"] is None:
            continue
        table = table_of(golden_data(record["dataset"]))
        fit = LogLinear(refitted(record, table)).fit(table)
        theirs = record["results"]["estimate"]
        theirs = theirs["point est."] if isinstance(theirs, dict) else theirs
        assert fit.verdict.tolist() == [ESTIMABLE], record["dataset"]
        assert fit.estimate[0] == pytest.approx(theirs, rel=SAME), (record["dataset"], record["call"])
        if "coef" in record["results"]:
            dark = np.exp(record["results"]["coef"]["(Intercept)"])
            assert fit.unobserved[0] == pytest.approx(dark, rel=SAME)
        compared += 1
    assert compared == 39


def their_stepwise(table, threshold):
    """Add the pair whose overlap is least likely under the model, while that is below the threshold and estimable."""
    cells = np.arange(1 << len(table.lists))
    y = table.dense()[0]
    inside = []
    while True:
        fit = LogLinear(pairs(inside)).fit(table)
        expected = fit.probabilities[0] * y.sum()
        ranked = []
        for i, j in combinations(range(len(table.lists)), 2):
            both = (cells >> i & cells >> j & 1) == 1
            seen, mean = y[both].sum(), expected[both].sum()
            ranked.append((min(poisson.cdf(seen, mean), poisson.sf(seen - 1, mean)), [table.lists[i], table.lists[j]]))
        for chance, pair in sorted(ranked):
            if chance >= threshold:
                return fit
            longer = [*inside, pair]
            if pair not in inside and LogLinear(pairs(longer)).fit(table).verdict[0] == ESTIMABLE:
                inside = longer
                break
        else:
            return fit


def test_its_stepwise_rule_ends_where_it_does(golden, golden_data):
    compared = 0
    for record in golden("SparseMSE"):
        if not re.search(r'estimatepopulation\.0.*method = "stepwise"', record["call"]):
            continue
        threshold = float(re.search(r"pthresh = ([0-9.e-]+)", record["call"]).group(1))
        fit = their_stepwise(table_of(golden_data(record["dataset"])), threshold)
        assert fit.estimate[0] == pytest.approx(record["results"]["estimate"], rel=SAME), record["dataset"]
        compared += 1
    assert compared == 24


def test_where_it_fails_we_say_why(golden, golden_data):
    """All pairs of the artificial table stop it with an error; the data do not identify the dark figure."""
    failed = [r for r in golden("SparseMSE") if r["results"] is None]
    assert [r["dataset"] for r in failed] == ["Artificial_3"]
    table = table_of(golden_data("Artificial_3"))
    assert LogLinear(refitted({"call": "all pairs", "results": None}, table)).fit(table).verdict.tolist() == [
        NOT_IDENTIFIED
    ]


def test_existence_codes(golden, golden_data):
    compared = 0
    for record in golden("SparseMSE"):
        if "checkident" not in record["call"]:
            continue
        table = table_of(golden_data(record["dataset"]))
        fit = LogLinear(refitted(record, table)).fit(table)
        assert fit.verdict.tolist() == [ALL_PAIRS_CODES[record["results"]["code"]]]
        compared += 1
    assert compared == 8
