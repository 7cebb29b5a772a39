"""Rounding by the interval, and honest words where there is no number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import Covariate
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.publish import adds_up, figures, rounded, time_of, to_step, unit_name
from darknumber.kernels import verdicts
from darknumber.words import use_language

LEVELS = ("2017", "2018", "2019", "2020", "2021")


def answers(**changes: object) -> Estimates:
    """Five years: fine, without an upper limit, infinite, not identified, nobody registered."""
    observed = np.array([1000.0, 500.0, 321.0, 40.0, 0.0])
    unobserved = np.array([3111.0, 1500.0, np.inf, np.nan, 0.0])
    draws = np.tile(observed + unobserved, (100, 1))
    draws[:, 0] *= np.linspace(0.8, 1.3, 100)
    draws[:50, 1] = np.inf
    settings: dict[str, object] = {
        "covariates": (Covariate.of("year", LEVELS),),
        "observed": observed,
        "unobserved": unobserved,
        "verdict": np.array(
            [verdicts.ESTIMABLE, verdicts.ESTIMABLE, verdicts.INFINITE, verdicts.NOT_IDENTIFIED, verdicts.ZERO], np.int8
        ),
        "at_least": np.array([4111.0, 2000.0, 321.0, 40.0, 0.0]),
        "draws": draws,
        "level": 0.95,
        "interval": Bootstrap(replicates=100),
        "seed": 1,
        "fits": (),
        "unit": "person",
    }
    return Estimates(**(settings | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "lower", "upper", "shown"),
    [
        (5149, 3962, 6721, (5100, 4000, 6700)),
        (1323, 938, 1904, (1320, 940, 1900)),
        (51_234, 47_100, 58_900, (51_000, 47_000, 59_000)),
        (148, 131, 177, (148, 131, 177)),
        (15_000, 10_000, 1_700_000, (15_000, 10_000, 1_700_000)),  # a wide interval does not round the estimate away
        (6250, 6250, 6250, (6250, 6250, 6250)),
    ],
)
def test_rounding_follows_the_width(value, lower, upper, shown):
    result = rounded(value, lower, upper)
    assert (result.value, result.lower, result.upper) == shown


def test_without_an_upper_limit_the_lower_one_sets_the_step():
    result = rounded(5149, 3962, math.inf)
    assert (result.value, result.lower, result.upper) == (5100, 4000, math.inf)


@given(
    n=st.integers(1, 10**5),
    lower=st.floats(0, 10**6),
    value=st.floats(0, 10**6),
    upper=st.floats(0, 10**7),
)
def test_rounding_keeps_order_and_never_passes_the_registered_number(n, lower, value, upper):
    lower, value, upper = n + lower, n + lower + value, n + lower + value + upper
    result = rounded(value, lower, upper, floor=n)
    assert n <= result.lower <= result.value <= result.upper
    assert abs(result.value - value) <= max(result.step / 2, 1e-6 * value) + 1e-9 or result.value == n
    assert result.step <= max(value / 10, 1)


def test_to_step():
    assert to_step(50_449.0, 1000) == 50_000
    assert math.isinf(to_step(math.inf, 1000))


def test_kinds():
    assert [row.kind for row in figures(answers())] == ["estimable", "open", "infinite", "not identified", "nobody"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["no upper limit", "n.e.", "n.e."]),
        ("nl", ["geen bovengrens", "n.t.s.", "n.t.s."]),
    ],
)
def test_what_has_no_number_is_said_in_words(language, words):
    with use_language(language):
        rows = figures(answers())
        assert [row.estimate_text for row in rows[2:]] == words
        for row in rows[2:]:
            shown = [row.estimate_text, row.ratio_text, row.share_text, row.ratio_interval_text]
            assert not any(text in ("0", "0%", "0.0", "inf", "nan", "∞") for text in shown)
        assert rows[1].interval_text in ("2,000 or more", "2.000 of meer")
        assert "321" in rows[2].interval_text
        assert "40" in rows[3].interval_text
        assert "0" not in rows[4].interval_text


def test_at_least_counts_the_parts_that_are_known():
    total = figures(answers().total())[0]
    assert total.kind == "infinite"
    assert total.floor == 6470  # 4,111 + 2,000 + 321 + 40 + 0, rounded down
    assert total.interval_text == "at least 6,470"


@pytest.mark.parametrize("verdict", [verdicts.INFINITE, verdicts.NOT_IDENTIFIED])
def test_a_limit_that_stands_alone_is_never_rounded_up(verdict):
    draws = np.full((100, 5), np.inf)
    draws[:, 2] = np.where(np.arange(100) < 40, 677.0, 1000.0)  # limits of which the lower would be rounded to 680
    observed = np.array([1000.0, 500.0, 674.0, 40.0, 0.0])
    row = figures(answers(observed=observed, draws=draws, verdict=np.full(5, verdict, np.int8)))[2]
    assert not row.known
    assert 674 <= row.lower <= 677


def test_share_and_ratio_come_from_unrounded_figures():
    row = figures(answers())[0]
    assert row.ratio == pytest.approx(4.111)
    assert row.share == pytest.approx(1000 / 4111)
    assert row.ratio_text == "4.1"


def test_time_is_a_numeric_year():
    assert time_of(answers()) == Covariate.of("year", LEVELS)
    assert time_of(answers(covariates=(Covariate(name="year", levels=tuple("abcde")),))) is None
    assert time_of(answers(covariates=(Covariate.of("age", LEVELS),))) is None


def test_a_longer_name_is_the_year_where_person_years_are_counted():
    def named(*names: str, unit: str = "person-year") -> Covariate | None:
        size = len(LEVELS) ** (len(names) - 1)
        wide = {key: np.repeat(getattr(answers(), key), size, axis=-1) for key in ("observed", "unobserved", "verdict")}
        covariates = tuple(Covariate.of(name, LEVELS) for name in names)
        return time_of(answers(covariates=covariates, unit=unit, **wide))

    assert named("registratiejaar") == Covariate.of("registratiejaar", LEVELS)
    assert named("registratiejaar", unit="person") is None
    assert named("geboortejaar") is None
    assert named("Registration year", "YEAR") == Covariate.of("YEAR", LEVELS)


def test_limits_without_draws_do_not_add_up():
    bounds = np.tile([1000.0, 9000.0], (5, 1))
    assert adds_up(answers())
    assert not adds_up(answers(draws=None, bounds=bounds))


def test_units():
    assert unit_name(answers()) == "people"
    assert unit_name(answers(unit="person-year")) == "victim-years"
    assert unit_name(answers(unit="person-year").mean("year", ["2017"])) == "people a year"


def test_rounding_brings_nothing_below_those_registered():
    assert to_step(2_749.0, 100, 2_744.0) == 2_744.0
    assert to_step(2_743.2, 10, 2_744.0) == 2_743.2  # one of them was left out: not rounded further down
    assert to_step(2_760.0, 100, 2_744.0) == 2_800.0
    assert to_step(math.inf, 100, 2_744.0) == math.inf
    assert math.isnan(to_step(math.nan, 100, 2_744.0))
