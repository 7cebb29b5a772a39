"""Scores against cases worked out by hand, and against the known properties of normal intervals."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from darknumber.kernels import verdicts
from darknumber.lab.runs import REFUSED, Runs, of_rows
from darknumber.lab.scores import (
    CAP,
    holds,
    interval_scores,
    median_with_error,
    middle,
    regret,
    score_of,
    share_error,
    stated_limits,
)

ESTIMABLE, INFINITE, UNKNOWN = verdicts.ESTIMABLE, verdicts.INFINITE, verdicts.NOT_IDENTIFIED


def row(estimate, lower, upper, *, verdict=ESTIMABLE, lower_80=None, upper_80=None, observed=100.0, truth=200.0):
    return {
        "population": 0,
        "truth": truth,
        "level": 0.95,
        "observed": observed,
        "estimate": estimate,
        "lower": lower,
        "upper": upper,
        "lower_80": lower if lower_80 is None else lower_80,
        "upper_80": upper if upper_80 is None else upper_80,
        "seconds": 1.0,
        "verdict": verdict,
        "refusal": "bad" if verdict == REFUSED else "",
        "findings": (),
        "measures": {},
    }


def of(*rows) -> Runs:
    return of_rows(rows, "design", "pipeline")


HELD = row(210.0, 150.0, 300.0, lower_80=180.0, upper_80=190.0)
TOO_LOW = row(120.0, 110.0, 160.0)
TOO_HIGH = row(400.0, 250.0, 800.0)
NO_LIMIT = row(500.0, 160.0, inf)
ENDLESS = row(inf, 170.0, inf, verdict=INFINITE)
NOT_KNOWN = row(nan, 100.0, 120.0, verdict=UNKNOWN)
NO_ANSWER = row(nan, nan, nan, verdict=REFUSED)
ALL = of(HELD, TOO_LOW, TOO_HIGH, NO_LIMIT, ENDLESS, NOT_KNOWN, NO_ANSWER)


def test_which_intervals_hold_the_truth():
    assert holds(ALL).tolist() == [True, False, False, True, True, True, False]


def test_of_what_is_not_identified_only_the_people_seen_are_stated():
    lower, upper = stated_limits(of(NOT_KNOWN))
    assert (lower[0], upper[0]) == (100.0, inf)


def test_interval_scores_by_hand():
    expected = [
        log(2),  # 300 / 150
        log(160 / 110) + 40 * log(200 / 160),  # 2 / 0.05 for each unit by which it misses
        log(800 / 250) + 40 * log(250 / 200),
        log(CAP * 100 / 160),
        log(CAP * 100 / 170),
        log(CAP),
        log(CAP),
    ]
    np.testing.assert_allclose(interval_scores(ALL), expected, rtol=1e-12)


def test_a_width_is_cut_and_a_miss_is_not():
    beyond = CAP * 100 * 2
    wide, far = row(500.0, 150.0, beyond), row(beyond, beyond, 2 * beyond)
    np.testing.assert_allclose(interval_scores(of(wide, far)), [log(CAP * 100 / 150), 40 * log(beyond / 200)])
    unseen = row(500.0, 150.0, inf, truth=2 * beyond)  # no upper limit is right, however many people there are
    np.testing.assert_allclose(interval_scores(of(unseen)), [log(CAP * 100 / 150)])


def test_a_table_of_nobody_has_a_score():
    nobody = row(nan, nan, nan, verdict=REFUSED, observed=0.0)
    np.testing.assert_allclose(interval_scores(of(nobody)), [log(CAP)])


def test_score_by_hand():
    score = score_of(ALL)
    assert score.populations == 7
    assert score.coverage == pytest.approx(4 / 7)
    assert score.coverage_error == pytest.approx(sqrt(6 / 11 * 5 / 11 / 11))
    assert score.coverage_80 == pytest.approx(3 / 7)
    assert score.bias == pytest.approx(1.0)  # of .05, -.4, 1, 1.5 and infinity; the others have no estimate
    assert score.mean_bias == pytest.approx((0.05 - 0.4 + 1.0 + 1.5) / 4)
    assert score.rmse == pytest.approx(sqrt((log(1.05) ** 2 + log(0.6) ** 2 + log(2) ** 2 + log(2.5) ** 2) / 4))
    assert score.infinite == pytest.approx(1 / 7)
    assert score.not_identified == pytest.approx(1 / 7)
    assert score.refused == pytest.approx(1 / 7)
    assert score.unbounded == pytest.approx(3 / 6)
    assert score.width == pytest.approx(3.2)  # of 2, 16/11, 3.2 and three without an upper limit
    assert score.score == pytest.approx(float(interval_scores(ALL).mean()))
    assert score.seconds == 1.0


def test_all_refused_has_no_estimate_and_no_coverage():
    score = score_of(of(NO_ANSWER, NO_ANSWER))
    assert (score.coverage, score.coverage_80, score.refused) == (0.0, 0.0, 1.0)
    assert np.isnan([score.bias, score.mean_bias, score.rmse, score.width, score.unbounded]).all()
    assert score.score == pytest.approx(log(CAP))


def test_limits_at_one_level_only_have_no_second_coverage():
    score = score_of(of(row(210.0, 150.0, 300.0, lower_80=nan, upper_80=nan)))
    assert np.isnan([score.coverage_80, score.coverage_80_error]).all()
    assert score.coverage == 1.0


def test_no_share_is_certain():
    assert share_error(1.0, 200) == pytest.approx(sqrt(202 / 204 * 2 / 204 / 204))
    assert share_error(0.0, 200) == pytest.approx(share_error(1.0, 200))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0, 1.0, 2.0], 2.0), ([1.0, 2.0, 3.0, 9.0], 2.5), ([1.0, inf], 1.0), ([1.0, inf, inf], inf), ([], nan)],
)
def test_medians_of_what_may_be_infinite(values, expected):
    np.testing.assert_equal(middle(np.array(values)), expected)


def test_the_error_of_a_median_is_that_of_many_medians():
    rng = np.random.default_rng(5)
    samples = rng.normal(size=(2_000, 200))
    errors = [median_with_error(sample)[1] for sample in samples]
    assert np.mean(errors) == pytest.approx(np.median(samples, axis=1).std(), rel=0.1)


def test_normal_intervals_score_as_theory_says():
    """An interval of a normal estimate with the right spread: coverage 95% and 80%, and the least possible score."""
    size, sd, z, z_80 = 20_000, 0.2, ndtri(0.975), ndtri(0.9)
    logs = log(1000) + sd * np.random.default_rng(3).normal(size=size)
    estimates = np.exp(logs)
    rows = [row(value, 0.0, 0.0, observed=500.0, truth=1000.0) for value in estimates]
    runs = replace(
        of(*rows),
        lower=estimates * np.exp(-z * sd),
        upper=estimates * np.exp(z * sd),
        lower_80=estimates * np.exp(-z_80 * sd),
        upper_80=estimates * np.exp(z_80 * sd),
    )
    score = score_of(runs)
    assert score.coverage == pytest.approx(0.95, abs=4 * score.coverage_error)
    assert score.coverage_80 == pytest.approx(0.80, abs=4 * score.coverage_80_error)
    assert score.bias == pytest.approx(0.0, abs=4 * score.bias_error)
    assert score.rmse == pytest.approx(sd, rel=0.02)
    assert score.width == pytest.approx(np.exp(2 * z * sd))
    density = np.exp(-(z**2) / 2) / sqrt(2 * np.pi)
    assert score.score == pytest.approx(2 * sd * density / 0.025, abs=4 * score.score_error)
    narrower = replace(runs, lower=runs.lower * 1.1, upper=runs.upper / 1.1)
    wider = replace(runs, lower=runs.lower / 1.1, upper=runs.upper * 1.1)
    assert interval_scores(narrower).mean() > score.score
    assert interval_scores(wider).mean() > score.score


def test_regret_is_of_pairs():
    one, other = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, 2.5])
    assert regret(one, other) == (0.5, 0.0)
    assert regret(one, one) == (0.0, 0.0)


@given(
    st.floats(1, 1e6),
    st.floats(1, 1e3),
    st.floats(1, 1e3),
    st.floats(1.0, 1e6),
    st.floats(0.5, 0.99),
    st.floats(1, 1e4),
)
def test_a_score_is_a_width_and_never_less_than_the_miss(lower, factor, less, truth, level, people):
    runs = replace(of(row(lower, lower, lower * factor, truth=truth, observed=people)), level=np.array([level]))
    score = interval_scores(runs)[0]
    assert score >= -1e-12
    inside = lower <= truth <= lower * factor
    assert (score <= log(factor) + 1e-9) if inside else score > 0
    shifted = replace(runs, **{name: getattr(runs, name) * less for name in ("lower", "upper", "truth", "observed")})
    assert interval_scores(shifted)[0] == pytest.approx(score, abs=1e-6)
