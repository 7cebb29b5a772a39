"""Models for sparse tables against SparseMSE: the ends of its searches, main effects, all pairs, existence.

Its stepwise search adds terms by a Poisson p-value, which is no rule of ours, so its final models are refitted.
"""

from __future__ import annotations

import numpy as np
import pytest

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
