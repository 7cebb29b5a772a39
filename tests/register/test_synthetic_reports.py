"""Synthetic reports: linked without a mistake they make the table they were made of."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.register.small import small_register
from darknumber.register.synthesise import synthesise
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.report_pieces import Reporting
from darknumber.register.synthetic.synthetic_reports import FEWEST, SyntheticReports, reports_of, synthetic_reports
from tests.register.by_hand import cells, counted, reports

CLEAN = Mistakes.none()


def names(table: CaptureTable) -> list[str]:
    return [covariate.name for covariate in table.covariates]


@pytest.fixture(scope="module")
def national() -> SyntheticReports:
    return synthetic_reports()


@pytest.fixture(scope="module")
def clean() -> SyntheticReports:
    return reports_of(synthesise().flagged, seed=4, mistakes=CLEAN)


def test_without_mistakes_the_national_register_comes_back(clean):
    """But for the border definition, which a report says only where it names an article."""
    table = clean.given.pool(["border_definition"])
    assert counted(clean, names(table), "person-year") == cells(table)
    assert clean.truth.pool(["border_definition"]) == table
    assert cells(clean.truth) == counted(clean, names(clean.given), "person-year")


def test_with_mistakes_the_truth_is_what_the_reports_still_say(national):
    """No report contradicts another on the same person, and every list is there."""
    assert counted(national, names(national.given), "person-year") == cells(national.truth)
    everything_but_year = names(national.given)[1:]
    assert national.truth.pool(everything_but_year) == national.given.pool(everything_but_year)
    assert set(national.truth.not_recorded) == {*names(national.given)} - {"year"}


def test_the_register_has_its_own_size(national):
    assert 14_000 < len(national.person) < 16_500
    assert len(set(national.person.tolist())) == national.given.count.sum()
    ids = national.columns["report_id"].tolist()
    assert ids == sorted(set(ids))
    days = national.columns["report_date"].tolist()
    assert days == sorted(days)


@pytest.mark.parametrize("table", [small_register().table, example("uk-2013"), example("new-orleans-2016-8")], ids=str)
def test_any_table_comes_back(table):
    made = reports_of(table, seed=2, mistakes=CLEAN)
    assert counted(made, names(table), table.unit) == cells(table) == cells(made.truth)


def odd_table() -> CaptureTable:
    """A table with values not recorded, groups of citizenship, and a covariate that reports do not know."""
    rng = np.random.Generator(np.random.Philox(1))
    covariates = (
        Covariate.of("citizenship_group", ("dutch", "eu", "other", NOT_RECORDED)),
        Covariate.of("age", ("adult", "minor", NOT_RECORDED)),
        Covariate.of("sex", ("female", "male", NOT_RECORDED)),
        Covariate.of("year", ("2014", "2016")),
        Covariate.of("district", ("north", "south", NOT_RECORDED)),
    )
    levels = [rng.integers(len(each.levels), size=2000) for each in covariates]
    return CaptureTable.build(
        ("care", "police"), rng.integers(1, 4, size=2000), np.ones(2000, int), covariates=covariates, levels=levels
    )


def test_values_that_the_table_does_not_know_are_in_no_report():
    table = odd_table()
    made = reports_of(table, seed=1, mistakes=CLEAN)
    assert counted(made, names(table)[1:], "person-year") == cells(table.pool(["citizenship_group"]))
    assert made.truth == reports_of(table, seed=2, mistakes=CLEAN).truth
    of_person = defaultdict(set)
    for report in reports(made):
        of_person[report["citizenship"]].add(report["person"])
    in_eu = {"BGR", "HUN", "LTU", "POL", "ROU", "SVK"}
    by_group = {covariate: int(table.pool(names(table)[1:]).observed[n]) for n, covariate in enumerate(("dutch", "eu"))}
    assert len(of_person["NLD"]) == by_group["dutch"]
    assert sum(len(people) for country, people in of_person.items() if country in in_eu) == by_group["eu"]


def test_the_same_seed_gives_the_same_reports(national):
    again, other = synthetic_reports(), synthetic_reports(seed=2)
    assert all(np.array_equal(column, again.columns[name]) for name, column in national.columns.items())
    assert np.array_equal(national.person, again.person)
    assert national.columns["surname"].tolist() != other.columns["surname"].tolist()


def test_people_recur_in_other_years_with_everything_that_stays():
    share = 0.2
    made = reports_of(small_register().table, seed=3, mistakes=CLEAN, reporting=Reporting(recurring=share))
    assert counted(made, names(made.given), "person-year") == cells(made.given)
    years, who = defaultdict(set), defaultdict(set)
    for report in reports(made):
        years[report["person"]].add(report["report_date"][:4])
        who[report["person"]].add(tuple(report[name] for name in ("surname", "birth_date", "sex", "citizenship")))
    person_years = int(made.given.count.sum())
    again = 1 - len(years) / person_years
    assert again == pytest.approx(share, abs=4.5 * np.sqrt(share * (1 - share) / person_years))
    assert max(map(len, years.values())) > 2
    assert {len(found) for found in who.values()} == {1}


def test_lists_and_first_reports():
    """Further reports and referrals are as many as asked for; a referral follows a report of the one who sent."""
    repeats, referred = 0.5, 0.7
    table = synthesise().table
    made = reports_of(table, seed=5, mistakes=CLEAN, reporting=Reporting(repeats=repeats, referred=referred))
    marks = int(table.list_sizes.sum())
    more = len(made.person) / marks - 1
    assert more == pytest.approx(repeats, abs=4.5 * np.sqrt(repeats * (1 + repeats) / marks))
    seen = defaultdict(set)
    sent = 0
    for report in reports(made):
        if report["referred_by"] is not None:
            assert report["referred_by"] in seen[report["person"]]
            sent += 1
        seen[report["person"]].add(report["organisation"])
    later = marks - int(table.count.sum())
    assert sent / later == pytest.approx(referred, abs=4.5 * np.sqrt(referred * (1 - referred) / later))


def test_one_name_is_borne_by_several_people(clean):
    bearers = defaultdict(set)
    for report in reports(clean):
        bearers[report["given_name"], report["surname"]].add(report["person"])
    shared = sum(len(people) for people in bearers.values() if len(people) > 1)
    assert 0.05 < shared / len(set(clean.person.tolist())) < 0.6
    surnames = Counter(dict(zip(clean.person.tolist(), clean.columns["surname"].tolist(), strict=True)).values())
    assert len(surnames) > 2000
    assert 0.005 < max(surnames.values()) / len(set(clean.person.tolist())) < 0.03


def test_there_are_twins_and_families():
    """Of one surname and place in one year and, as twins, of one birth date; never of one given name."""
    reporting = Reporting(families=0.3, twins=0.1)
    made = reports_of(example("uk-2013"), seed=5, mistakes=CLEAN, reporting=reporting)
    people = {report["person"]: report for report in reports(made)}
    born = defaultdict(list)
    for report in people.values():
        born[report["birth_date"], report["citizenship"], report["surname_prefix"]].append(report)
    twins = [
        (one, other)
        for group in born.values()
        for place, one in enumerate(group)
        for other in group[place + 1 :]
        if one["surname"][:3] == other["surname"][:3]
    ]
    assert 2 * len(twins) / len(people) == pytest.approx(0.1, abs=0.025)
    assert all(one["given_name"] != other["given_name"] for one, other in twins)


def test_keys_say_who_somebody_is_at_one_organisation_only(clean):
    bearers, keys = defaultdict(set), defaultdict(set)
    for report in reports(clean):
        bearers[report["organisation"], report["person_key"]].add(report["person"])
        keys[report["person"]].add((report["organisation"], report["person_key"]))
    assert {len(people) for people in bearers.values()} == {1}
    assert all(len({organisation for organisation, _ in found}) == len(found) for found in keys.values())


def test_the_form_is_recorded_by_list(clean):
    """More often by the border police than by the rest, as the register has it."""
    of_list = defaultdict(list)
    for report in reports(clean):
        of_list[report["organisation"]].append(report["form"] is not None)
    share = {name: np.mean(found) for name, found in of_list.items()}
    assert share["border"] > share["police"] > share["others"]


@pytest.mark.parametrize(
    ("covariate", "code"),
    [
        (Covariate.of("sex", ("F", "M")), "no_such_report_level"),
        (Covariate.of("year", ("2010-2014", "2015")), "no_such_report_level"),
        (Covariate.of("year", ("2015", NOT_RECORDED)), "no_such_report_level"),
    ],
)
def test_levels_that_reports_cannot_have(covariate, code):
    table = CaptureTable.build(("a", "b"), [1, 2, 3], [5, 5, 5], covariates=[covariate], levels=[np.array([0, 1, 0])])
    with pytest.raises(InputError) as caught:
        reports_of(table, seed=1)
    assert caught.value.code == code


def test_recurring_needs_years():
    with pytest.raises(InputError) as caught:
        reports_of(example("uk-2013"), seed=1, reporting=Reporting(recurring=0.1))
    assert caught.value.code == "recurring_without_years"


def test_about_as_many_reports_as_asked_for():
    assert len(synthetic_reports(20_000).person) == pytest.approx(20_000, rel=0.02)
    synthetic_reports(FEWEST)
    with pytest.raises(InputError) as caught:
        synthetic_reports(FEWEST - 1)
    assert caught.value.code == "too_few_synthetic_reports"


def test_it_shows_counts_only(national):
    assert repr(national) == str(national)
    assert not set(str(national).replace(",", "").split()) & set(filter(None, national.columns["surname"].tolist()))
