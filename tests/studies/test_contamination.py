"""Errors of linkage and records that should not be there, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.kernels.linkage import recorded
from darknumber.models import Average, LincolnPetersen, LogLinear
from darknumber.studies.contamination import crossing, grids, planned, totals, without_erroneous

TWO = CaptureTable.build(("A", "B"), [1, 2, 3], [60, 40, 20])
MISSED, FALSE, ERRONEOUS = (0.0, 0.02, 0.1), (0.0, 0.05), (0.0, 0.1, 0.3)


def answered(fit, missed=MISSED, false=FALSE, erroneous=ERRONEOUS, threshold=None, **more):
    job = planned(fit, missed, false, erroneous)
    found = totals(fit, job.tables, more.get("workers", 1), more.get("progress"), 0, len(job.tables))
    return job, *grids(fit, job, found, missed, false, erroneous, threshold)


def test_missed_links_are_ding_and_fienbergs():
    fit = LincolnPetersen().fit(TWO)
    _, linkage, _ = answered(fit)
    assert linkage.estimate[:, 0] == pytest.approx([(1 - rate) * 80 * 60 / 20 for rate in MISSED])
    # a false link takes one of the rarer kind with it, 40 of the second list only
    for column, rate in enumerate(FALSE):
        right = 20 - linkage_excess(rate)
        assert linkage.estimate[0, column] == pytest.approx(80 * 60 / right, rel=1e-6)


def linkage_excess(rate: float) -> float:
    """How many of the 20 on both lists are false: the rate times the true number on the second list only."""
    return 40 * rate / (1 - rate)


def test_a_table_with_errors_is_answered_as_the_one_without():
    truth = np.array([[0.0, 60, 50, 12, 40, 9, 8, 6]]) * 50
    wrong = np.rint(recorded(truth, 0.1, 0.05)[0]).astype(int)
    fit = LogLinear("A:B").fit(CaptureTable.build(("A", "B", "C"), range(1, 8), wrong[1:]))
    clean = LogLinear("A:B").fit(CaptureTable.build(("A", "B", "C"), range(1, 8), truth[0, 1:].astype(int)))
    _, linkage, _ = answered(fit)
    assert linkage.estimate[2, 1] == pytest.approx(float(clean.estimate[0]), rel=0.001)
    assert abs(linkage.estimate[0, 0] / float(clean.estimate[0]) - 1) > 0.008


def test_erroneous_records_are_taken_from_people_on_that_list_only():
    fit = LincolnPetersen().fit(TWO)
    _, _, (every, first, second) = answered(fit)
    assert first.estimate == pytest.approx([80 * (1 - share) * 60 / 20 for share in ERRONEOUS])
    assert second.estimate == pytest.approx([80 * 60 * (1 - share) / 20 for share in ERRONEOUS])
    assert every.estimate == pytest.approx([80 * 60 * (1 - share) ** 2 / 20 for share in ERRONEOUS])
    assert every.lists == ("A", "B")


def test_more_than_are_on_that_list_only_cannot_be_erroneous():
    y = TWO.dense()
    assert without_erroneous(y, [1], 0.7) is None
    assert without_erroneous(y, [1], 40 / 60)[0].tolist() == pytest.approx([0, 60, 0, 20])
    _, _, (every, first, second) = answered(LincolnPetersen().fit(TWO), erroneous=(0.0, 0.7))
    assert np.isnan(every.estimate[1])
    assert np.isnan(second.estimate[1])
    assert np.isfinite(first.estimate[1])


def test_where_a_threshold_is_crossed():
    fit = LincolnPetersen().fit(TWO)  # 240; without 5% of the first list 228
    _, linkage, trimmed = answered(fit, erroneous=(0.0, 0.1, 0.2), threshold=228.0)
    assert linkage.missed_crossing == pytest.approx(0.05)
    assert linkage.false_crossing is None
    assert trimmed[1].crossing == pytest.approx(0.05)
    assert crossing((0.2, 0.0), np.array([10.0, 30.0]), 20.0) == pytest.approx(0.1)
    assert crossing((0.0, 0.1), np.array([10.0, np.nan]), 20.0) is None
    assert crossing((0.0, 0.1), np.array([10.0, 30.0]), None) is None
    assert crossing((0.0, 0.1, 0.2), np.array([10.0, 30.0, 10.0]), 20.0) == pytest.approx(0.05)


def test_no_table_is_fitted_twice():
    job = planned(LincolnPetersen().fit(TWO), (0.0, 0.0), (0.0,), (0.0, 0.1))
    assert len(job.tables) == 1 + 3
    assert job.linkage.tolist() == [[0], [0]]


def test_an_average_draws_no_lots_here():
    # half of the weight is on models without an upper limit: in replicates some of these tables would be infinite
    table = example("korea")
    fit = Average().fit(table)
    assert np.isfinite(fit.unobserved[0])
    tables = table.dense()[None] * (1 + 1e-9 * np.arange(40))[:, None, None]
    lots = Average().refit(fit, tables).unobserved[:, 0]
    assert 0 < np.isinf(lots).sum() < 40
    assert totals(fit, tables, 1, None, 0, 40) == pytest.approx(np.full(40, float(fit.estimate[0])), rel=1e-4)


def test_workers_and_progress():
    fit, said = LincolnPetersen().fit(TWO), []
    job, linkage, _ = answered(fit, workers=2, progress=lambda *what: said.append(what))
    assert said[-1] == (len(job.tables), len(job.tables), "sensitivity")
    assert np.array_equal(linkage.estimate, answered(fit)[1].estimate)
