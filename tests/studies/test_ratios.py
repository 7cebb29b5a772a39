"""The mean of yearly ratios and the ratio of sums: worked by hand, and never taken for each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.summaries import percentile_limits
from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.studies.ratios import yearly_ratios
from darknumber.words import use_language

YEAR = Covariate(name="year", levels=("2014", "2015", "2016", NOT_RECORDED), values=(2014, 2015, 2016, np.nan))
DRAWS = 199


@pytest.fixture
def yearly() -> Estimates:
    observed, unobserved = np.array([100.0, 300.0, 50.0, 5.0]), np.array([400.0, 600.0, 50.0, 5.0])
    return Estimates(
        covariates=(YEAR,),
        observed=observed,
        unobserved=unobserved,
        verdict=np.full(4, ESTIMABLE, dtype=np.int8),
        at_least=observed + unobserved,
        draws=observed + unobserved * np.random.default_rng(5).lognormal(0, 0.3, (DRAWS, 4)),
        level=0.95,
        interval=Bootstrap(replicates=DRAWS),
        seed=0,
        fits=(),
        unit="person-year",
    )


def test_worked_by_hand(yearly):
    # 500 of 100 is 5 times, 900 of 300 is 3 times: on average 4 times; together 1,400 of 400 is 3.5 times
    found = yearly_ratios(yearly, ("2014", "2015"))
    assert found.mean_of_ratios.value[0] == pytest.approx(4.0)
    assert found.ratio_of_sums.value[0] == pytest.approx(3.5)


def test_limits_are_those_of_the_draws(yearly):
    found = yearly_ratios(yearly, ("2014", "2015"))
    draws, observed = yearly.draws[:, :2], yearly.observed[:2]
    mean = percentile_limits((draws / observed).mean(axis=1)[:, None], 0.95, np.ones(1))[0]
    sums = percentile_limits((draws.sum(axis=1) / observed.sum())[:, None], 0.95, np.ones(1))[0]
    assert [found.mean_of_ratios.lower[0], found.mean_of_ratios.upper[0]] == pytest.approx(mean)
    assert [found.ratio_of_sums.lower[0], found.ratio_of_sums.upper[0]] == pytest.approx(sums)


def test_all_recorded_years_by_default_and_one_year_is_its_own_ratio(yearly):
    assert yearly_ratios(yearly).years == ("2014", "2015", "2016")
    found, alone = yearly_ratios(yearly, ("2015",)), yearly.ratio()
    for spread in (found.mean_of_ratios, found.ratio_of_sums):
        assert (spread.value[0], spread.lower[0], spread.upper[0]) == pytest.approx(
            (alone.value[1], alone.lower[1], alone.upper[1])
        )


def test_a_year_without_anybody_has_no_ratio(yearly):
    empty = replace(yearly, observed=np.where(np.arange(4) == 1, 0.0, yearly.observed))
    found = yearly_ratios(empty, ("2014", "2015"))
    assert not np.isfinite(found.mean_of_ratios.value[0])
    assert np.isfinite(found.ratio_of_sums.value[0])
    assert "inf" not in str(found)


def test_a_year_without_upper_limit(yearly):
    draws = yearly.draws.copy()
    draws[:40, 0] = np.inf
    found = yearly_ratios(replace(yearly, draws=draws), ("2014", "2015"))
    assert np.isinf(found.mean_of_ratios.upper[0])
    assert "or more" in str(found)


def test_both_are_printed_under_their_names(yearly):
    text = str(yearly_ratios(yearly, ("2014", "2015")))
    assert max(map(len, text.splitlines())) <= 80
    assert [line.split()[-4] for line in text.splitlines() if "ratios  " in line or "sums  " in line] == ["4.0", "3.5"]
    with use_language("nl"):
        dutch = str(yearly_ratios(yearly, ("2014", "2015")))
    assert "verhouding van de sommen" in dutch
    assert "3,5" in dutch
    assert max(map(len, dutch.splitlines())) <= 80


def test_columns(yearly):
    table = yearly_ratios(yearly, ("2014", "2015")).columns()
    assert table["what"] == ["2014", "2015", "mean of ratios", "ratio of sums"]
    assert table["ratio"] == pytest.approx([5.0, 3.0, 4.0, 3.5])


def test_what_cannot_be_asked(yearly):
    for changed, years, code in (
        (yearly.by(), (), "no_years"),
        (yearly, ("2020",), "unknown_level"),
        (yearly, (NOT_RECORDED,), "unknown_level"),
    ):
        with pytest.raises(InputError) as caught:
            yearly_ratios(changed, years)
        assert caught.value.code == code
