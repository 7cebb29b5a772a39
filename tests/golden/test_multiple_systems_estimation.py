"""Extended maximum likelihood and the best models by BIC against MultipleSystemsEstimation."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import LogLinear
from tests.golden.peers import table_of, terms_of

SAME = 1e-6  # relative for estimates, absolute for BIC
EXISTENCE = {0: ESTIMABLE, 2: NOT_IDENTIFIED}  # of the model with all pairs


def exact(golden):
    return [record for record in golden("MultipleSystemsEstimation") if record["tolerance"].startswith("exact")]


def test_the_twenty_best_models_by_bic(golden, golden_data):
    compared = 0
    for record in exact(golden):
        if "top20" not in record["results"]:
            continue
        table = table_of(golden_data(record["dataset"]))
        for row in record["results"]["top20"]:
            fit = LogLinear(terms_of(row["model"], table.lists)).fit(table)
            bic = -2 * fit.log_likelihood + np.log(table.observed.sum()) * fit.parameters
            assert fit.verdict.tolist() == [ESTIMABLE]
            assert fit.estimate[0] == pytest.approx(row["abundance"], rel=SAME)
            assert bic == pytest.approx(row["BIC"], abs=SAME)
            compared += 1
    assert compared == 104


def test_final_models_of_its_stepwise_search_and_fixed_models(golden, golden_data):
    compared = 0
    for record in exact(golden):
        results, call = record["results"], record["call"]
        if "fixed" in call:
            model = call.split('hiermod = "')[1].split('"')[0]
        elif "fit" in results:
            model = results["fit"]["other"]["hiermod"]
        else:
            continue
        table = table_of(golden_data(record["dataset"]))
        fit = LogLinear(terms_of(model, table.lists)).fit(table)
        assert fit.estimate[0] == pytest.approx(results["popest"], rel=SAME), (record["dataset"], call)
        compared += 1
    assert compared == 32


def test_existence_of_all_pairs(golden, golden_data):
    compared = 0
    for record in exact(golden):
        if "check_extended_MLE" not in record["call"]:
            continue
        table = table_of(golden_data(record["dataset"]))
        names = " + ".join(f"`{name}`" for name in table.lists)
        assert LogLinear(f"({names})^2").fit(table).verdict.tolist() == [EXISTENCE[record["results"]["value"]]]
        compared += 1
    assert compared == 8
