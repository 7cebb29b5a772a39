"""Sample coverage against CARE1, and floors against the packages that have them.

Where the high form has no root, CARE1 prints the people counted as the estimate; we say that nothing is identified. Its
standard errors are from 200 bootstrap replicates, so that only their size can be compared.
"""

from __future__ import annotations

import csv
from itertools import combinations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import LogNormal
from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import Chao, SampleCoverage, Zelterman
from darknumber.models.coverage import coverage_statistics
from tests.golden.peers import table_of

SAME = 1e-10  # relative; closed formulas
PRINTED = 5e-4  # of three decimals
FORMS = {"Indep": "independent", "HSC": "high", "LSC": "low"}
SIGHTINGS = 6  # nobody was seen more often

# singleRcapture, estimatePopsize(model = "zelterman", popVar = "analytic"): population sizes to a person, and the
# limits of its ordinary interval, as its README and its own tests have them (github.com/ncn-foreigners/singleRcapture).
ZELTERMAN = {
    "gender + age + reason + nation": (16188, 9983, 22394),
    "gender + age + nation": (16129, 9973, 22285),
    "gender + age": (10213, 8416, 12009),
    "gender": (9970, 8327, 11614),
    "": (9425, 8084, 10765),
}
EXACT = 16188.3  # the first of them with the decimal that its README has


@pytest.fixture(scope="module")
def tables(golden, golden_data):
    """Each record of CARE1 with its table."""
    return [(record, table_of(golden_data(record["dataset"]))) for record in golden("CARE1")]


def test_estimates(tables):
    compared = 0
    for record, table in tables:
        method = next((name for name in FORMS if f'"{name}"' in record["call"]), None)
        if method is None:
            continue
        fit = SampleCoverage(FORMS[method]).fit(table)
        if record["results"]["estimate"] == table.observed[0]:
            assert fit.verdict.tolist() == [NOT_IDENTIFIED]
            continue
        assert fit.verdict.tolist() == [ESTIMABLE]
        assert fit.estimate[0] == pytest.approx(record["results"]["estimate"], rel=SAME)
        compared += 1
    assert compared == 19


def test_overlap_coverage_and_covariation(tables):
    compared = 0
    for record, table in tables:
        ours = coverage_statistics(table, SampleCoverage())
        if record["call"].startswith("estN.stat"):
            assert ours["known"] == pytest.approx(record["results"]["known"], abs=PRINTED)
            assert ours["coverage"] == pytest.approx(record["results"]["coverage"], abs=PRINTED)
            compared += 1
        if record["call"].startswith("estN.para"):
            names = table.lists
            order = sorted(combinations(range(len(names)), 2), key=lambda pair: pair[1])
            theirs = [ours[name] for name in names] + [ours[f"{names[i]}:{names[j]}"] for i, j in order]
            assert theirs == pytest.approx(record["results"]["values"], rel=1e-8)
            compared += 1
    assert compared == 14


def test_standard_errors_are_of_the_size_of_its_bootstrap(tables):
    """Where coverage is a tenth, its bootstrap has a long tail, which no large-sample formula has."""
    ratios = []
    for record, table in tables:
        method = next((name for name in FORMS if f'"{name}"' in record["call"]), None)
        if method in ("Indep", "LSC") and "standard_error" in record["results"]:
            variance = SampleCoverage(FORMS[method]).fit(table).variance[0]
            ratios.append(record["results"]["standard_error"] / np.sqrt(variance))
    assert len(ratios) == 4
    assert all(1.0 < ratio < 2.5 for ratio in ratios)


def test_chao_without_bias_is_that_of_rcapture(golden, golden_data):
    compared = 0
    for record in golden("Rcapture"):
        if record["call"].startswith("closedp.bc") and "'Mh', h='Chao'" in record["call"]:
            table = table_of(golden_data(record["dataset"]))
            (row,) = record["results"]["corrected"]
            fit = Chao(lists="equal", correction="plus-one").fit(table)
            assert fit.estimate[0] == pytest.approx(row["abundance"], rel=SAME)
            assert np.sqrt(fit.variance[0]) == pytest.approx(row["stderr"], rel=SAME)
            compared += 1
    assert compared == 7


@pytest.fixture(scope="module")
def immigrants(golden_data):
    """People without papers in four Dutch cities by how often the police had met them, as people on so many lists."""
    with golden_data("singleRcapture_netherlandsimmigrant").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = ("gender", "age", "reason", "nation")
    covariates = [Covariate.of(name, [row[name] for row in rows]) for name in names]
    return CaptureTable.build(
        [f"time {number}" for number in range(1, SIGHTINGS + 1)],
        [(1 << int(row["capture"])) - 1 for row in rows],
        [1] * len(rows),
        covariates=covariates,
        levels=[np.array([each.levels.index(row[each.name]) for row in rows]) for each in covariates],
    )


@pytest.mark.parametrize("terms", ZELTERMAN)
def test_zelterman_with_covariates_is_that_of_singlercapture(immigrants, terms):
    size, lower, upper = ZELTERMAN[terms]
    fit = Zelterman(terms, "many").fit(immigrants)
    assert fit.estimate.sum() == pytest.approx(size, abs=0.5)
    if "reason" in terms:
        assert fit.estimate.sum() == pytest.approx(EXACT, abs=0.05)
    if not terms:
        pooled = Zelterman(lists="many").fit(immigrants.pool([each.name for each in immigrants.covariates]))
        half = 1.959964 * np.sqrt(pooled.variance[0])
        assert [size - half, size + half] == pytest.approx([lower, upper], abs=1)


def test_chao_s_interval_of_the_immigrants(immigrants):
    """His variance and limits for the pooled counts by hand: 1,645 people were met once, 183 twice."""
    table = immigrants.pool([each.name for each in immigrants.covariates])
    one, two = table.by_number_of_lists[:2]
    ratio = one / two
    variance = two * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
    dark = one**2 / (2 * two)
    factor = np.exp(1.959963984540054 * np.sqrt(np.log(1 + variance / dark**2)))
    ours = estimate(table, Chao(lists="many"), LogNormal())
    assert ours.limits[0] == pytest.approx([1880 + dark / factor, 1880 + dark * factor], rel=1e-9)
