"""The two further questions to the simulations, on runs made up by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.lab.factorial import factorial
from darknumber.lab.projection import without_top_term
from darknumber.lab.runs import of_rows
from evidence import checks

POPULATIONS = 20


def runs(held: float, recaptures: float, truth: float = 100.0, observed: float = 50.0):
    """Populations of which a share has an interval that holds the truth; all with about the same measure."""
    rows = []
    for number in range(POPULATIONS):
        lower = 60.0 if number < held * POPULATIONS else 110.0
        rows.append(
            {
                "population": number,
                "verdict": 0,
                "truth": truth,
                "level": 0.95,
                "observed": observed,
                "estimate": 90.0,
                "lower": lower,
                "upper": 120.0,
                "lower_80": lower,
                "upper_80": 120.0,
                "seconds": 0.1,
                "refusal": "",
                "findings": (),
                "measures": {"recaptures": recaptures + number / 100},
            }
        )
    return of_rows(rows, "d", "p")


def test_a_measure_that_tells_the_designs_apart_is_found():
    several = [runs(0.5, 10.0), runs(1.0, 100.0), runs(1.0, 200.0), runs(0.5, 11.0)]
    found = checks.information(several, [False, False, False, True])
    assert found["designs"] == {"too low": 2, "between": 0, "enough": 2}
    recaptures = found["measures"]["recaptures"]
    assert 10.0 < recaptures["threshold"] < 10.2
    assert recaptures["too low"] == pytest.approx(0.95)
    assert recaptures["enough"] == 0.0
    assert recaptures["too low held out"] == 0.0  # there the measure is above the threshold: it is told as it is
    assert found["best"] == "recaptures"


def test_a_measure_that_says_nothing_spares_no_one():
    several = [runs(0.5, 10.0), runs(1.0, 10.0)]
    found = checks.information(several, [False, False])
    assert found["measures"]["recaptures"]["enough"] == pytest.approx(0.95)
    assert found["measures"]["recaptures"]["too low held out"] is None


def test_where_no_design_is_covered_too_little_no_threshold_is_set():
    assert checks.information([runs(1.0, 10.0)], [False])["best"] is None


def test_the_sensitivity_interval_at_the_dependence_it_is_declared_for():
    design = next(each for each in factorial((3, 4)) if each.kind == "k-way")
    cells = design.expected[0]
    times = float(cells[0] / without_top_term(cells))
    observed = float(cells[1:].sum())
    blind = observed + (design.truth - observed) / times  # what the lists show
    rows = [
        {**row, "estimate": blind, "lower": 0.99 * blind, "upper": 1.01 * blind, "truth": design.truth}
        for row in _rows(observed)
    ]
    (found,) = checks.boundary([design], [of_rows(rows, design.name, "p")])
    assert found["plain"] == 0.0
    assert found["declared"] == 1.0
    assert found["oracle"] == 1.0
    assert found["times"] == pytest.approx(math.exp(design.factors["strength"]), rel=1e-6) or found[
        "times"
    ] == pytest.approx(math.exp(-design.factors["strength"]), rel=1e-6)
    factor, dark = max(times, 1 / times), np.array([0.99, 1.01]) * blind - observed
    by_hand = (dark[1] * factor - dark[0] / factor) / ((dark[1] - dark[0]) * times)
    assert found["width"] == pytest.approx(by_hand)


def _rows(observed: float):
    return [
        {
            "population": number,
            "verdict": 0,
            "level": 0.95,
            "observed": observed,
            "lower_80": math.nan,
            "upper_80": math.nan,
            "seconds": 0.1,
            "refusal": "",
            "findings": (),
            "measures": {},
        }
        for number in range(3)
    ]
