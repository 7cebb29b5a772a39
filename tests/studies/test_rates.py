"""Rates per resident: published ones, sums done the slow way, and what must be said of those who are not residents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.residents import Residents, read_residents
from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.shown import Shown
from darknumber.kernels.summaries import percentile_limits
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.studies.rate_figures import rate_figures
from darknumber.studies.rates import rates
from darknumber.words import use_language

YEAR = Covariate(name="year", levels=("2018", "2019"), values=(2018.0, 2019.0))
SEX = Covariate(name="sex", levels=("female", "male"))
AGE = Covariate(name="age", levels=("adult", "minor"))
CROSSING = Covariate(name="crossing", levels=("cross-border", "domestic"))
DRAWS = 199


def answer(covariates, observed, unobserved, *, unit="person-year", spread=0.2) -> Estimates:
    observed, unobserved = np.asarray(observed, dtype=float), np.asarray(unobserved, dtype=float)
    noise = np.random.default_rng(3).lognormal(0, spread, (DRAWS, len(observed)))
    return Estimates(
        covariates=tuple(covariates),
        observed=observed,
        unobserved=unobserved,
        verdict=np.full(len(observed), ESTIMABLE, dtype=np.int8),
        at_least=observed + unobserved,
        draws=observed + unobserved * noise,
        level=0.95,
        interval=Bootstrap(replicates=DRAWS),
        seed=0,
        fits=(),
        unit=unit,
        name="example.csv",
    )


def people(covariates, numbers, name="cbs.csv") -> Residents:
    return Residents(covariates=tuple(covariates), people=np.asarray(numbers, dtype=float), name=name)


@pytest.fixture
def register() -> Estimates:
    """By year, sex, age and crossing; the later stratum the larger."""
    return answer((YEAR, SEX, AGE, CROSSING), 10 * np.arange(1, 17), 30 * np.arange(1, 17))


@pytest.fixture
def residents() -> Residents:
    return people((YEAR, SEX, AGE), np.arange(1, 9) * 100_000)


def test_published_rates(tmp_path):
    # 6,250 a year in 2014-2015 among 16.87 million: 37; 1,320 girls of 12 to 17: 257; 5,000 (4,000 to 7,000) among
    # 17.28 million: 28.9 (23.1 to 40.5).
    cases = [
        (6_250, 16_870_000, 37.05),
        (1_320, 513_600, 257.01),
        (5_000, 17_280_000, 28.94),
    ]
    for number, residents, wanted in cases:
        whole = answer((), [number / 5], [number * 4 / 5], unit="person")
        found = rates(whole, people((), [residents]))
        assert found.estimated.value[0] == pytest.approx(wanted, abs=0.005)
    bounded = replace(whole, draws=None, bounds=np.array([[4_000.0, 7_000.0]]))
    found = rates(bounded, people((), [17_280_000])).estimated
    assert found.lower[0] == pytest.approx(23.15, abs=0.005)
    assert found.upper[0] == pytest.approx(40.51, abs=0.005)
    shown = rate_figures(rates(bounded, people((), [17_280_000])))[0]
    assert (shown.rate_text, shown.interval_text) == ("29", "23 to 41")


def test_rates_by_year_sex_and_age_draw_by_draw(register, residents):
    found = rates(register, residents, by=("year", "sex", "age"))
    draws = register.draws.reshape(DRAWS, 8, 2).sum(axis=2)
    limits = percentile_limits(draws / residents.people * 100_000, 0.95, np.zeros(8))
    assert found.residents == pytest.approx(residents.people)
    assert found.estimated.value == pytest.approx(
        register.estimate.reshape(8, 2).sum(axis=1) / residents.people * 100_000
    )
    assert found.estimated.lower == pytest.approx(limits[:, 0])
    assert found.estimated.upper == pytest.approx(limits[:, 1])
    assert found.registered == pytest.approx(register.observed.reshape(8, 2).sum(axis=1) / residents.people * 100_000)


def test_the_default_is_by_year(register, residents):
    found = rates(register, residents)
    assert [each.name for each in found.estimates.covariates] == ["year"]
    assert found.residents == pytest.approx(residents.people.reshape(2, 4).sum(axis=1))


def test_without_the_year_it_is_the_annual_mean_over_the_mean_of_the_residents(register, residents):
    found = rates(register, residents, by=("sex",))
    mean = register.estimate.reshape(2, 2, 4).sum(axis=2).mean(axis=0)
    over = residents.people.reshape(2, 2, 2).sum(axis=2).mean(axis=0)
    assert found.estimated.value == pytest.approx(mean / over * 100_000)
    assert found.years == ("2018", "2019")
    one = rates(register, residents, by=("sex",), years=("2019",))
    assert one.residents == pytest.approx(residents.people.reshape(2, 2, 2).sum(axis=2)[1])


def test_per_is_what_it_says(register, residents):
    small, large = rates(register, residents, per=1_000), rates(register, residents)
    assert small.estimated.upper * 100 == pytest.approx(large.estimated.upper)
    with pytest.raises(InputError) as caught:
        rates(register, residents, per=0)
    assert caught.value.code == "bad_per"


def test_levels_without_residents_are_not_given(register, residents):
    sex = Covariate(name="sex", levels=("female", NOT_RECORDED))
    whole = answer((YEAR, sex), [30, 10, 30, 10], [90, 30, 90, 30])
    found = rates(
        whole, people((YEAR, Covariate(name="sex", levels=("female", "male"))), [1e6] * 4), by=("year", "sex")
    )
    assert np.isnan(found.residents).tolist() == [False, True, False, True]
    assert rate_figures(found)[1].rate_text == "not given"
    codes = {finding.code: finding.values for finding in found.findings}
    assert codes["rates_not_recorded"]["share"] == pytest.approx(0.25)
    shared = rates(whole, people((YEAR, SEX), [1e6] * 4), by=("year", "sex"), not_recorded="allocate")
    assert shared.estimates.estimate == pytest.approx([160, 160])
    other = rates(register, people((replace(YEAR, levels=("2019", "2020")),), [1e6, 1e6]))
    assert np.isnan(other.residents).tolist() == [True, False]
    assert {finding.code: finding.values for finding in other.findings}["rates_no_residents"]["levels"] == ["2018"]


def test_victims_from_abroad_are_told_of_wherever_they_are(register, residents):
    def codes(found):
        return {finding.code for finding in found.findings if "cross" in finding.code}

    inside = rates(register, residents)
    assert codes(inside) == {"rates_cross_border_inside"}
    share = register.estimate.reshape(8, 2)[:, 0].sum() / register.estimate.sum()
    assert inside.abroad is not None
    assert inside.abroad.value[0] == pytest.approx(share)
    draws = register.draws.reshape(DRAWS, 8, 2)[:, :, 0].sum(axis=1) / register.draws.sum(axis=1)
    assert inside.abroad.lower[0] == pytest.approx(np.sort(draws)[4])
    assert codes(rates(register, residents, by=("crossing",))) == {"rates_cross_border"}
    assert codes(rates(register.by("year", "sex"), residents)) == {"rates_crossing_unknown"}
    odd = replace(register, draws=np.where(np.arange(16) == 3, np.inf, register.draws))
    assert codes(rates(odd, residents)) == {"rates_cross_border_somewhere"}


def test_the_share_from_abroad_is_among_those_for_whom_it_is_recorded(residents):
    crossing = Covariate(name="crossing", levels=("cross-border", "domestic", NOT_RECORDED))
    whole = answer((YEAR, crossing), [10, 30, 60] * 2, [10, 30, 60] * 2)
    found = rates(whole, people((YEAR,), [1e6, 1e6]))
    assert found.abroad is not None
    assert found.abroad.value[0] == pytest.approx(0.25)


def test_residents_that_may_be_called_otherwise_are_asked_about(register, residents):
    named = people((YEAR, replace(SEX, name="geslacht")), [1e6] * 4)
    with pytest.raises(InputError) as caught:
        rates(register, named, by=("year", "sex"))
    assert caught.value.code == "residents_called_otherwise"
    assert rates(register, named).residents == pytest.approx([2e6, 2e6])  # nothing to confuse


def test_rows_over_the_same_residents_are_told(register, residents):
    form = Covariate(name="form", levels=("labour", "sexual"))
    whole = answer((YEAR, form), [10, 20, 30, 40], [20, 40, 60, 80])
    found = rates(whole, people((YEAR,), [1e6, 2e6]), by=("year", "form"))
    assert found.residents == pytest.approx([1e6, 1e6, 2e6, 2e6])
    assert "rates_same_residents" in {finding.code for finding in found.findings}
    timeless = rates(whole, people((), [1e6]))
    assert "rates_same_year" in {finding.code for finding in timeless.findings}


def test_years_of_the_residents_where_the_estimates_know_none(residents):
    whole = answer((SEX,), [10, 20], [30, 60], unit="person")
    with pytest.raises(InputError) as caught:
        rates(whole, residents)
    assert caught.value.code == "years_of_residents"
    found = rates(whole, residents, by=("sex",), years=("2019",))
    assert found.residents == pytest.approx([1.1e6, 1.5e6])
    with pytest.raises(InputError, match="2021"):
        rates(whole, residents, years=("2021",))


def test_a_mean_keeps_its_years(register, residents):
    mean = register.by("year", "sex").mean("year", ("2019",))
    assert rates(mean, residents, by=("sex",)).residents == pytest.approx([1.1e6, 1.5e6])


def test_limits_that_do_not_add_up(register, residents):
    bounded = replace(register, draws=None, bounds=np.column_stack([register.observed, register.estimate * 2]))
    with pytest.raises(ModelError) as caught:
        rates(bounded, residents)
    assert caught.value.code == "bounds_do_not_add"


def test_figures_tell_no_more_than_the_numbers_beside_them(register, residents):
    found = rates(register, residents)  # 360 and 1,000 registered, published as 350 and not at all
    rounded = Shown(form="rounded", value=350.0, limit=50.0)
    small = Shown(form="small", value=None, limit=10.0)
    first, second = rate_figures(found, registered=(rounded, small))
    assert first.registered == pytest.approx(350 / 1e6 * 1e5)
    moved = (found.estimates.estimate[0] - 10) / 1e6 * 1e5
    assert first.rate == pytest.approx(moved, rel=0.05)
    assert second.registered_text == "<0.38"
    assert (second.rate_text, second.interval_text) == ("", "")
    hidden = rate_figures(found, registered=(rounded, Shown(form="hidden", value=None)))[1]
    assert (hidden.registered_text, hidden.rate_text, hidden.interval_text) == ("", "", "")


def test_what_has_no_upper_limit_says_so(register, residents):
    odd = replace(
        register.by("year"),
        unobserved=np.array([np.inf, 900.0]),
        verdict=np.array([INFINITE, ESTIMABLE], dtype=np.int8),
        draws=np.column_stack([np.full(DRAWS, np.inf), np.where(np.arange(DRAWS) < 20, np.inf, 1_500.0)]),
    )
    first, second = rate_figures(rates(odd, residents))
    assert (first.rate_text, first.interval_text) == ("no upper limit", "")
    assert second.interval_text.endswith("or more")
    assert "inf" not in str(rates(odd, residents))


def test_print_keeps_numbers_rates_and_ratio_together(register, residents):
    found = rates(register, residents, by=("sex", "age"))
    for language in ("en", "nl"):
        with use_language(language):
            assert max(map(len, str(found).splitlines())) <= 80
    lines = str(found).splitlines()
    assert lines[0].startswith("Registered and estimated, per 100,000 residents")
    row = lines[lines.index("  men and boys, minor") + 1].split()
    assert (row[0], row[1], row[-1]) == ("230", "920", "4.0")


def test_long_names_stand_above_their_numbers(residents):
    form = Covariate(name="form", levels=("labour or services of whatever kind it may be", "other"))
    text = str(rates(answer((YEAR, form), [10, 20, 30, 40], [20, 40, 60, 80]), people((), [1e6]), by=("form",)))
    lines = text.splitlines()
    place = lines.index("  labour or services of whatever kind it may be")
    assert lines[place + 1].split()[0] == "20"


def test_columns_and_frame(register, residents):
    table = rates(register, residents).columns()
    assert list(table) == [
        *("year", "observed", "estimate", "lower", "upper", "residents"),
        *("observed_rate", "rate", "rate_lower", "rate_upper", "ratio", "ratio_lower", "ratio_upper", "verdict"),
    ]
    assert len(rates(register, residents).to_frame("pandas")) == 2


def test_from_file_to_rate(tmp_path, register):
    path = tmp_path / "r.csv"
    path.write_text("jaar;inwoners\n2018;17.181.084\n2019;17.282.163\n", encoding="utf-8")
    found = rates(register, read_residents(path))
    assert found.estimated.value[1] == pytest.approx(register.by("year").estimate[1] / 17_282_163 * 100_000)
