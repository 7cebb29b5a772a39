"""Mistakes: each comes as often as asked for, changes what it is about, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.register.small import small_register
from darknumber.register.synthetic.misspellings import by_ear, by_script, without_signs
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.synthetic_reports import reports_of, synthetic_reports
from tests.register.by_hand import age_said, reports

CLEAN = Mistakes.none()
SHARE = 0.3
MANY = 4.5  # standard errors
TABLE = small_register().table
WHO = (
    *("given_name", "initials", "surname_prefix", "surname", "birth_date", "birth_year", "place", "region"),
    *("person_key", "sex", "citizenship", "crossing", "sector"),
)


@pytest.fixture(scope="module")
def clean():
    return reports(reports_of(TABLE, seed=7, mistakes=CLEAN))


def everyone(report):
    return True


def double(report):
    return "-" in report["surname"] or " " in report["surname"]


def exchangeable(report):
    """Whether day and month exchanged are another date, at which a minor is a minor still."""
    year, month, day = map(int, report["birth_date"].split("-"))
    if day > 12 or day == month:
        return False
    return age_said(report | {"birth_date": str(date(year, day, month))}) == age_said(report)


def not_new_year(report):
    new_year = report["birth_date"][:4] + "-01-01"
    return report["birth_date"] != new_year and age_said(report | {"birth_date": new_year}) == age_said(report)


# The mistake, whom it can befall, the column to look at, and the columns that may change.
ONE_BY_ONE = [
    ("typo", everyone, "surname", {"given_name", "surname"}),
    ("typo", everyone, "given_name", {"given_name", "surname"}),
    ("by_ear", lambda report: by_ear(report["surname"]), "surname", {"given_name", "surname"}),
    ("by_ear", lambda report: by_ear(report["given_name"]), "given_name", {"given_name", "surname"}),
    (
        "by_script",
        lambda report: report["citizenship"] == "CHN" and by_script(report["surname"], "chinese"),
        "surname",
        {"given_name", "surname"},
    ),
    (
        "signs_dropped",
        lambda report: without_signs(report["surname"]) != report["surname"],
        "surname",
        {"given_name", "surname"},
    ),
    ("capitals", everyone, "surname", {"given_name", "surname"}),
    ("prefix_dropped", lambda report: report["surname_prefix"], "surname_prefix", {"surname_prefix"}),
    ("prefix_short", lambda report: report["surname_prefix"], "surname_prefix", {"surname_prefix"}),
    ("prefix_moved", lambda report: report["surname_prefix"], "surname", {"surname_prefix", "surname"}),
    ("one_given_name", lambda report: " " in report["given_name"], "given_name", {"given_name", "initials"}),
    ("half_surname", double, "surname", {"surname"}),
    (
        "swapped",
        lambda report: report["given_name"] != report["surname"],
        "surname",
        {"given_name", "surname", "initials"},
    ),
    ("initials_only", everyone, "given_name", {"given_name"}),
    ("given_missing", everyone, "initials", {"given_name", "initials"}),
    ("surname_missing", everyone, "surname", {"surname", "surname_prefix"}),
    ("day_month", exchangeable, "birth_date", {"birth_date"}),
    ("birth_digit", everyone, "birth_date", {"birth_date", "birth_year"}),
    ("birth_new_year", not_new_year, "birth_date", {"birth_date"}),
    ("birth_year_only", everyone, "birth_date", {"birth_date"}),
    ("birth_missing", everyone, "birth_year", {"birth_date", "birth_year"}),
    ("sex_missing", everyone, "sex", {"sex"}),
    ("citizenship_missing", everyone, "citizenship", {"citizenship"}),
    ("citizenship_wrong", lambda report: report["citizenship"] != "NLD", "citizenship", {"citizenship"}),
    ("crossing_missing", everyone, "crossing", {"crossing"}),
    ("place_other", everyone, "place", {"place", "region"}),
    ("place_missing", everyone, "place", {"place"}),
    ("region_missing", everyone, "region", {"region"}),
    ("key_missing", everyone, "person_key", {"person_key"}),
]


@pytest.mark.parametrize(("mistake", "befalls", "column", "touched"), ONE_BY_ONE, ids=[each[0] for each in ONE_BY_ONE])
def test_a_mistake_comes_as_often_as_asked_for(clean, mistake, befalls, column, touched):
    written = reports(reports_of(TABLE, seed=7, mistakes=replace(CLEAN, **{mistake: SHARE})))
    assert [each["report_id"] for each in written] == [each["report_id"] for each in clean]
    can = [(before, after) for before, after in zip(clean, written, strict=True) if befalls(before)]
    share = np.mean([before[column] != after[column] for before, after in can])
    assert len(can) > 50
    assert share == pytest.approx(SHARE, abs=MANY * np.sqrt(SHARE * (1 - SHARE) / len(can)))
    identity = WHO[: WHO.index("crossing")]
    changed = {name for name in identity for one, other in zip(clean, written, strict=True) if one[name] != other[name]}
    assert changed <= touched


def test_all_mistakes_are_tried():
    tried = {mistake for mistake, *_ in ONE_BY_ONE} | {"sector_missing", "key_other", "nameless", "copied", "worse"}
    assert set(Mistakes.__slots__) == tried


def test_reports_without_a_name_cannot_be_linked():
    written = reports(reports_of(TABLE, seed=7, mistakes=replace(CLEAN, nameless=0.1)))
    linking = ("given_name", "initials", "surname_prefix", "surname", "birth_date", "birth_year", "place", "person_key")
    without = [each for each in written if each["surname"] is None]
    assert len(without) / len(written) == pytest.approx(0.1, abs=MANY * np.sqrt(0.09 / len(written)))
    assert all(each[name] is None for each in without for name in linking)
    duty = {"police", "border", "inspectorate"}
    assert {each["consent"] for each in without if each["organisation"] not in duty} == {"no"}
    assert {each["consent"] for each in without if each["organisation"] in duty} == {"legal_duty"}


def first_and_further(written):
    """Each further report of an organisation on a person in a year, with the first one."""
    first = {}
    for report in written:
        key = report["person"], report["organisation"], report["report_date"][:4]
        if key in first:
            yield first[key], report
        else:
            first[key] = report


def test_an_organisation_may_give_another_number():
    written = reports(reports_of(TABLE, seed=7, mistakes=replace(CLEAN, key_other=SHARE)))
    pairs = list(first_and_further(written))
    share = np.mean([first["person_key"] != further["person_key"] for first, further in pairs])
    assert share == pytest.approx(SHARE, abs=MANY * np.sqrt(SHARE * (1 - SHARE) / len(pairs)))


def test_further_reports_copy_the_first_mistakes_and_all():
    pairs = list(first_and_further(reports(reports_of(TABLE, seed=7, mistakes=Mistakes(copied=1.0)))))
    identity = WHO[: WHO.index("crossing")]
    assert pairs
    assert all(first[name] == further[name] for first, further in pairs for name in identity)


def test_an_organisation_may_be_worse():
    table = example("uk-2013")
    mistakes = replace(CLEAN, birth_missing=0.1, worse=((table.lists[0], 3.0), (table.lists[1], 0.0)))
    written = reports(reports_of(table, seed=7, mistakes=mistakes))
    for place, expected in enumerate((0.3, 0.0, 0.1)):
        missing = [each["birth_year"] is None for each in written if each["organisation"] == table.lists[place]]
        assert np.mean(missing) == pytest.approx(expected, abs=MANY * np.sqrt(0.25 / len(missing)))


def test_no_column_is_emptier_than_asked_for():
    """As the defaults have it; the other organisations make half as many mistakes again."""
    usual = Mistakes()
    made = synthetic_reports(20_000)
    empty = {name: np.mean([value is None for value in column]) for name, column in made.columns.items()}
    other = np.mean(made.columns["organisation"] == "others")
    times = 1 + other * (dict(usual.worse)["others"] - 1)

    def asked(*mistakes):
        """The share that has any of these, and no name counted in."""
        return 1 - np.prod([1 - times * getattr(usual, name) for name in mistakes])

    birth = usual.birth_year_only + usual.birth_missing
    expected = {
        "given_name": asked("initials_only", "given_missing", "nameless"),
        "initials": asked("given_missing", "nameless"),
        "surname": asked("surname_missing", "nameless"),
        "birth_date": 1 - (1 - times * birth) * (1 - times * usual.nameless),
        "birth_year": asked("birth_missing", "nameless"),
        "place": asked("place_missing", "nameless"),
        "person_key": asked("key_missing", "nameless"),
        "region": asked("region_missing"),
        "sex": asked("sex_missing"),
        "citizenship": asked("citizenship_missing"),
        "crossing": asked("crossing_missing"),
    }
    for name, share in expected.items():
        assert empty[name] == pytest.approx(share, abs=MANY * np.sqrt(share / len(made.person)) * 1.3), name
    assert not any(empty[name] for name in ("report_id", "report_date", "organisation"))
