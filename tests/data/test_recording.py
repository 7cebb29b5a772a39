from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from darknumber.data.recording import RISE_SIGNIFICANCE, with_recording
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.findings import by_severity


def table(one, more, *, levels=("f", NOT_RECORDED)) -> CaptureTable:
    """People on one list and on two: how many have a value, and how many have none."""
    return CaptureTable.build(
        ["A", "B"],
        [1, 1, 3, 3],
        [*one, *more],
        covariates=[Covariate(name="sex", levels=levels)],
        levels=[np.array([0, len(levels) - 1] * 2)],
    )


def codes(found: CaptureTable) -> list[str]:
    return [finding.code for finding in found.findings]


def test_what_was_not_recorded_is_counted():
    found = with_recording(table((60, 20), (15, 5)))
    assert codes(found) == ["not_recorded"]
    assert found.findings[0].where == "sex"
    assert found.findings[0].values == {"n": 25, "share": 0.25}


def test_nothing_is_said_where_everything_is_recorded():
    assert codes(with_recording(table((60, 0), (15, 0)))) == []
    assert codes(with_recording(table((60, 20), (15, 5), levels=("f", "m")))) == []


def test_recording_that_rises_is_a_caution():
    found = with_recording(table((600, 400), (95, 5)))
    rise = found.findings[1]
    assert (rise.code, rise.severity, rise.where) == ("recording_rises_with_lists", "caution", "sex")
    assert rise.values == {"one": 0.6, "more": 0.95}
    assert by_severity(found.findings)[0] == rise


@pytest.mark.parametrize(("one", "more"), [((600, 400), (60, 40)), ((95, 5), (60, 40)), ((6, 4), (7, 3))])
def test_recording_that_does_not_rise_is_not(one, more):
    assert codes(with_recording(table(one, more))) == ["not_recorded"]


@pytest.mark.parametrize(("one", "more"), [((60, 40), (0, 0)), ((0, 0), (60, 40))])
def test_without_both_kinds_of_people_nothing_is_compared(one, more):
    rows = CaptureTable.build(
        ["A", "B"],
        [1, 2, 3, 3] if not sum(one) else [1, 2, 1, 2],
        [0, 0, *more] if not sum(one) else [*one, 1, 1],
        covariates=[Covariate(name="sex", levels=("f", NOT_RECORDED))],
        levels=[np.array([0, 1, 0, 1])],
    )
    assert codes(with_recording(rows)) == ["not_recorded"]


@pytest.mark.parametrize("more", range(1, 100, 7))
def test_the_test_is_that_of_two_proportions(more):
    one, recorded = (500, 700), (more, 100 - more)
    pooled = (one[0] + recorded[0]) / 1300
    z = (recorded[0] / 100 - one[0] / 1200) / np.sqrt(pooled * (1 - pooled) * (1 / 100 + 1 / 1200))
    rises = norm.sf(z) < RISE_SIGNIFICANCE
    assert ("recording_rises_with_lists" in codes(with_recording(table(one, recorded)))) == rises


def test_false_alarms_are_as_rare_as_said():
    """Recording that does not depend on lists: about one table in a hundred is flagged."""
    random = np.random.default_rng(1)
    tables, alarms = 4000, 0
    for _ in range(tables):
        one, more = random.binomial(800, 0.7), random.binomial(150, 0.7)
        alarms += len(with_recording(table((one, 800 - one), (more, 150 - more))).findings) == 2
    assert abs(alarms / tables - RISE_SIGNIFICANCE) < 0.005


def test_each_covariate_is_looked_at():
    rows = CaptureTable.build(
        ["A", "B"],
        [1, 2, 3],
        [5, 6, 7],
        covariates=[Covariate(name=name, levels=("x", NOT_RECORDED)) for name in ("sex", "form")],
        levels=[np.array([0, 1, 0]), np.array([1, 0, 0])],
    )
    found = with_recording(rows)
    counted = [finding for finding in found.findings if finding.code == "not_recorded"]
    assert [(finding.where, finding.values["n"]) for finding in counted] == [("sex", 6), ("form", 5)]
