"""Extended maximum likelihood and the best models by BIC against MultipleSystemsEstimation."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import Best, LogLinear, PoissonTail
from tests.golden.peers import table_of, terms_of

SAME = 1e-6  # relative for estimates, absolute for BIC
REPLICATES = 1000
STANDARD_ERRORS = 3.5  # two runs of so many replicates, on sixteen limits
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


def test_its_best_models_by_bic_are_ours(golden, golden_data):
    """It leaves out models without a finite dark figure; of the others, the twenty best are the same."""
    compared = 0
    for record in exact(golden):
        if "top20" not in record["results"]:
            continue
        table = table_of(golden_data(record["dataset"]))
        rows = record["results"]["top20"]
        reach = rows[-1]["BIC"] - rows[0]["BIC"] + 1e-3
        found = Best(max_order=len(table.lists), delta=max(reach, 10.0)).fit(table).candidates
        finite = np.isfinite(found.unobserved)
        best = np.argsort(found.bic[finite], kind="stable")[: len(rows)]
        assert found.bic[finite][best] == pytest.approx([row["BIC"] for row in rows], abs=SAME)
        estimates = table.observed.sum() + found.unobserved[finite][best]
        assert estimates == pytest.approx([row["abundance"] for row in rows], rel=SAME)
        compared += len(rows)
    assert compared == 104


def position_error(share, replicates):
    """Standard error of the share of replicates below a BCa limit.

    That of a quantile, and that of the bias correction z0 (about 1.25 / sqrt(R), and BCa adds it twice).
    """
    return np.sqrt(share * (1 - share) / replicates) + 2 * 1.25 * norm.pdf(norm.ppf(share)) / np.sqrt(replicates)


@pytest.mark.parametrize(("method", "records"), [("bic", 4), ("stepwise", 7)])
def test_limits_with_the_model_chosen_anew_in_every_replicate(golden, golden_data, method, records):
    """1,000 replicates, BCa limits at 95% and 80%: within Monte Carlo error of theirs."""
    compared = 0
    for record in golden("MultipleSystemsEstimation"):
        if f'method = "{method}", nboot' not in record["call"]:
            continue
        table = table_of(golden_data(record["dataset"]))
        model = Best(max_order=len(table.lists)) if method == "bic" else PoissonTail()
        interval = Bootstrap(replicates=REPLICATES, limits="bca")
        ours = estimate(table, model, interval, seed=1, workers=1)
        assert ours.estimate[0] == pytest.approx(record["results"]["popest"], rel=SAME)
        limits = record["results"]["BCaquantiles"]
        theirs = limits if isinstance(limits, dict) else limits[-1]
        drawn = int(re.search(r"nboot = (\d+)", record["call"]).group(1))
        for level, names in ((0.95, ("0.025", "0.975")), (0.8, ("0.1", "0.9"))):
            for limit, name in zip(replace(ours, level=level).limits[0], names, strict=True):
                below = [float((ours.draws[:, 0] < value).mean()) for value in (limit, theirs[name])]
                share = np.clip(np.mean(below), 1 / REPLICATES, 1 - 1 / REPLICATES)
                error = np.hypot(position_error(share, REPLICATES), position_error(share, drawn))
                assert abs(below[0] - below[1]) < STANDARD_ERRORS * error, (record["dataset"], limit, theirs[name])
                compared += 1
    assert compared == 4 * records
