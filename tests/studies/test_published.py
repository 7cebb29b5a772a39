from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.errors import InputError
from darknumber.inference.estimate import answered
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.register.targets import COVARIATES
from darknumber.studies.published import beside
from darknumber.studies.revise import revise
from darknumber.words import LANGUAGES, use_language

FEW = Bootstrap(replicates=40)
REST = [each.name for each in COVARIATES[1:]]


@pytest.fixture(scope="module")
def answer() -> Estimates:
    return answered(example("register").pool(REST), "independence", FEW, workers=1)


def row_of(found, quantity, first, last=None):
    return next(
        row
        for row in found.rows
        if (row.figure.quantity, row.figure.first, row.figure.last) == (quantity, first, last or first)
    )


def test_ones_own_figure_of_the_same_years(answer):
    found = beside(answer)
    one = row_of(found, "registered", 2012)
    assert one.own[0].value == answer.observed[2]
    assert np.isnan(one.own[0].lower)
    mean = row_of(found, "estimated", 2014, 2015)
    assert mean.own[0].value == pytest.approx(answer.estimate[4:6].mean())
    assert mean.own[0].lower < mean.own[0].value < mean.own[0].upper
    whole = row_of(found, "registered", 2010, 2015)
    assert whole.own[0].value == pytest.approx(answer.observed[:6].sum())
    ratio = row_of(found, "ratio", 2010, 2015)
    assert ratio.own[0].value == pytest.approx(answer.estimate[:6].sum() / answer.observed[:6].sum())


def test_years_that_one_has_not_are_empty(answer):
    early = answered(example("register").pool(REST).select("year", ["2018", "2019"]), "independence", FEW, workers=1)
    found = beside(early)
    assert {row.figure.first for row in found.rows if row.figure.per == "year"} == {2018, 2019}
    assert row_of(found, "registered", 2019, 2023).own == ()
    assert row_of(beside(answer), "registered", 2018).own[0].value == answer.observed[8]


def test_contradictions_are_marked_and_told(answer):
    found = beside(answer)
    assert {row.figure.value for row in found.rows if row.contradicted and row.figure.first == 2018} == {668.0, 1300.0}
    told = [finding for finding in found.findings if finding.code == "published_registered_apart"]
    assert {finding.values["period"] for finding in told} == {"2014", "2018"}
    assert "668" in str(found)
    assert "1,300" in str(found)
    assert "synthetic_register" in {finding.code for finding in found.findings}


def test_of_another_country_only_the_ratio_is_ones_own(answer):
    found = beside(answer, "GBR")
    assert {row.figure.quantity for row in found.rows if row.own} == {"ratio"}
    assert row_of(found, "estimated", 2013).own == ()
    assert row_of(found, "ratio", 2013).figure.value == pytest.approx(11_300 / 2_744)


def test_two_studies_have_two_columns(answer):
    old = answered(example("register-2015").pool(REST), "independence", FEW, workers=1)
    found = beside(revise(old, answer, workers=1, vintages=("2017", "2021")))
    assert [own.study for own in row_of(found, "registered", 2012).own] == [0, 1]
    assert [own.study for own in row_of(found, "registered", 2018).own] == [1]
    columns = found.columns()
    assert columns["own_value_1"][0] is not None
    assert len(columns["own_value_2"]) == len(found.rows)
    lines = str(found).splitlines()
    assert max(map(len, lines)) <= 80
    place = next(place for place, line in enumerate(lines) if "1,711" in line)
    assert [lines[place + step].split()[0] for step in (1, 2)] == ["2017", "2021"]


@pytest.mark.parametrize("group", ["all", "sexual", None])
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_text_fits(answer, code, group):
    with use_language(code):
        text = str(beside(answer, group=group)).splitlines()
    assert max(map(len, text)) <= 80
    assert not [line for line in text if line != line.rstrip()]


def test_groups_have_no_figure_of_ones_own(answer):
    found = beside(answer, group=None)
    assert {row.figure.group for row in found.rows} > {"all", "sexual", "male"}
    assert not [row for row in found.rows if row.own and row.figure.group != "all"]


def test_without_years_there_is_nothing_to_lay_beside():
    plain = answered(example("uk-2013-5"), "independence", FEW, workers=1)
    with pytest.raises(InputError) as caught:
        beside(plain)
    assert caught.value.code == "no_published_years"
