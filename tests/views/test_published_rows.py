"""Published rows: every number as it is printed, nothing that is not, and a status that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.inference.publish import figures
from darknumber.studies.rate_figures import rate_figures
from darknumber.studies.rates import rates
from darknumber.views.disclosure import Disclosure, disclose
from darknumber.views.published_rows import (
    TOTAL,
    PublishedRow,
    in_a_row,
    period_code,
    published,
    rows_of,
    rows_of_rates,
    usual_tables,
)
from darknumber.words import people, ratio
from tests.views.publication import estimates, residents


def of(rows, measure, years=("2019",), **levels) -> PublishedRow:
    """The one row there is of this."""
    (found,) = [row for row in rows if (row.measure, row.years, dict(row.levels)) == (measure, years, levels)]
    return found


def test_every_number_is_the_printed_one():
    yearly = estimates().by("year")
    rows = rows_of(yearly)
    for year, printed in zip(("2018", "2019", "2021"), figures(yearly), strict=True):
        assert people(of(rows, "registered", (year,)).value) == printed.observed_text
        found = of(rows, "estimated", (year,))
        assert people(found.value) == printed.estimate_text
        assert f"{people(found.lower)} to {people(found.upper)}" == printed.interval_text
        assert ratio(of(rows, "ratio", (year,)).value) == printed.ratio_text
        unseen = of(rows, "unseen", (year,))
        assert unseen.lower < unseen.value < unseen.upper
        assert abs(unseen.value + printed.observed - found.value) <= 100  # each is rounded by itself


def test_rates_are_the_printed_ones():
    found = rates(estimates(), residents(), by=("year", "sex"))
    rows = published((), rates=[found]).rows
    for levels, printed in zip(found.estimates.labels(), rate_figures(found), strict=True):
        shown = of(rows, "registered rate", levels[:1], sex=levels[1])
        assert f"{shown.value:.{printed.registered_decimals}f}" == printed.registered_text
        shown = of(rows, "estimated rate", levels[:1], sex=levels[1])
        assert f"{shown.value:.{printed.decimals}f}" == printed.rate_text


@pytest.mark.parametrize(
    ("odd", "status", "value", "lower", "upper"),
    [
        ("open", "no upper limit", False, True, False),
        ("infinite", "not estimable", False, True, False),
        ("unknown", "not estimable", False, True, False),
        ("wide", "unstable", False, True, True),
    ],
)
def test_what_is_odd_is_no_zero_and_no_infinity(odd, status, value, lower, upper):
    whole = estimates(in_2019=odd)
    rows = rows_of(whole.by("year"))
    found = of(rows, "estimated")
    assert (found.status, found.value is not None, found.lower is not None, found.upper is not None) == (
        *(status, value, lower, upper),
    )
    assert of(rows, "ratio").value is None
    assert of(rows, "registered").value == 710
    rate = of(published((), rates=[rates(whole, residents())]).rows, "estimated rate")
    assert (rate.status, rate.value is not None) == (status, value)
    told = [row for row in rows if row.measure != "unseen"]  # of whom there may be none at the least
    numbers = [each for row in told for each in (row.value, row.lower, row.upper) if each is not None]
    assert all(0 < number < float("inf") for number in numbers)


def test_how_wide_is_too_wide_is_part_of_the_rule():
    whole = estimates(in_2019="open")
    yearly, rate = whole.by("year"), rates(whole, residents())
    assert of(rows_of(yearly), "estimated", ("2018",)).status == "ok"
    strict, lax = (disclose(whole, Disclosure(widest=widest), groups=[]) for widest in (1.01, float("inf")))
    for protection, status, printed in ((strict, "unstable", False), (lax, "ok", True)):
        for row in (
            of(rows_of(yearly, protection=protection), "estimated", ("2018",)),
            of(rows_of_rates(rate, protection=protection), "estimated rate", ("2018",)),
        ):
            assert (row.status, row.value is not None) == (status, printed)
    open_ended = of(rows_of(yearly, protection=lax), "estimated")
    assert (open_ended.status, open_ended.value is not None, open_ended.upper) == ("no upper limit", True, None)


def test_a_hidden_number_takes_everything_in_its_row_along():
    whole = estimates()
    tables = usual_tables(whole, [("sex",), ("form",)])
    by_both = whole.by("year", "form")
    protection = disclose(whole, Disclosure(floor=10, base=5), groups=[("sex",), ("form",)], more=[*tables, by_both])
    rows = published([*tables, by_both], protection=protection).rows
    secret = [row for row in rows if row.status == "hidden"]
    assert {(row.years, row.levels) for row in secret} >= {(("2019",), (("form", "not recorded"),))}
    assert all(row.value is row.lower is row.upper is None for row in secret)
    registered = [row for row in rows if row.measure == "registered" and row.value and len(row.years) == 1]
    assert all(row.value % 5 == 0 for row in registered)
    hidden = {(row.years, row.levels) for row in secret}
    assert all(row.status == "hidden" for row in rows if (row.years, row.levels) in hidden)


def test_a_number_that_was_not_looked_at_is_not_published():
    whole = estimates()
    with pytest.raises(LookupError):
        published([whole.by("year", "form")], protection=disclose(whole, groups=[("sex",)]))


def test_usual_tables_are_years_means_and_groups():
    tables = usual_tables(estimates(), [("sex",), ("sex", "form")], [("2018", "2019")])
    assert [len(table.observed) for table in tables] == [3, 1, 1, 2, 6]
    assert tables[2].averaged == ("year", "2018", "2019")
    timeless = estimates().by("sex")
    assert [len(table.observed) for table in usual_tables(timeless, [("sex",)])] == [1, 2]


def test_each_number_stands_once_and_sums_are_called_total():
    whole = estimates()
    found = published([*usual_tables(whole, [("sex",)]), whole.by("sex", "year")])
    table = found.columns()
    keys = list(zip(table["period"], table["sex"], table["measure"], strict=True))
    assert len(keys) == len(set(keys))
    assert ("2019", TOTAL, "ratio") in keys
    assert ("2019", "female", "registered") in keys
    assert ("2018+2019+2021", "male", "estimated") in keys
    again = published([*usual_tables(whole, [("sex",)]), *usual_tables(whole, [("sex",)])])
    assert again.rows == published(usual_tables(whole, [("sex",)])).rows


@pytest.mark.parametrize(
    ("years", "code", "follow"),
    [
        ((), "", False),
        (("2019",), "2019", True),
        (("2018", "2019"), "2018-2019", True),
        (("2018", "2019", "2021"), "2018+2019+2021", False),
        (("not recorded",), "not recorded", False),
    ],
)
def test_periods(years, code, follow):
    assert period_code(years) == code
    assert in_a_row(years) == follow


def test_what_cannot_be_published_is_refused():
    whole = estimates()
    with pytest.raises(InputError) as caught:
        published(())
    assert caught.value.code == "nothing_published"
    with pytest.raises(InputError) as caught:
        published((), rates=[rates(whole, residents()), rates(whole, residents(), per=1000)])
    assert caught.value.code == "several_pers"
    named = replace(whole.by("sex"), covariates=(Covariate(name="sex", levels=("female", "total")),))
    with pytest.raises(InputError) as caught:
        published([named])
    assert caught.value.code == "level_called_total"
    taken = replace(whole.by("sex"), covariates=(Covariate(name="value", levels=("female", "male")),))
    with pytest.raises(InputError) as caught:
        published([taken])
    assert caught.value.code == "covariate_called_column"
