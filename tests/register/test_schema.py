"""The canonical fields: what they say of themselves, and that no text means two things."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from darknumber.register.reading.countries import alpha_3
from darknumber.register.reading.schema import (
    KINDS,
    eu_members,
    field_of,
    fields,
    fold_heading,
    is_pseudonym,
    laws,
    sets,
)
from darknumber.register.targets import COVARIATES

SOME = [name for name in fields() if not is_pseudonym(name)]


@pytest.mark.parametrize("name", SOME)
def test_every_field_says_where_it_comes_from(name):
    about = field_of(name)
    assert about.kind in KINDS
    assert about.source
    assert about.confidence
    assert about.headings


def test_what_identifies():
    identifying = {name for name in SOME if field_of(name).identifying}
    assert identifying == {
        *("report_id", "person_key", "given_name", "initials", "surname_prefix", "surname"),
        *("birth_date", "birth_year", "place"),
    }


def test_no_heading_is_two_fields():
    found = Counter(fold_heading(heading) for name in SOME for heading in {*field_of(name).headings})
    assert [heading for heading, n in found.items() if n > 1] == []


@pytest.mark.parametrize("name", [name for name in SOME if field_of(name).codes])
def test_no_text_is_two_codes(name):
    about = field_of(name)
    texts = [(text.lower(), code) for code, several in about.codes.items() for text in {*several, code}]
    meant: dict[str, set[str]] = {}
    for text, code in texts:
        meant.setdefault(text, set()).add(code)
    assert {text: codes for text, codes in meant.items() if len(codes) > 1} == {}


def test_levels_of_the_synthetic_register_are_codes():
    for covariate in COVARIATES:
        if covariate.name != "year":
            assert set(covariate.levels) <= set(field_of(covariate.name).codes)


def test_countries():
    codes = field_of("citizenship").aliases
    assert {text: codes[text] for text in ("nl", "nld", "nederland", "netherlands", "poolse", "stateloos")} == {
        "nl": "NLD",
        "nld": "NLD",
        "nederland": "NLD",
        "netherlands": "NLD",
        "poolse": "POL",
        "stateloos": "XXA",
    }
    assert "na" not in codes  # how programs write that there is nothing
    assert codes["namibia"] == "NAM"
    assert len(alpha_3()) == 249  # of ISO 3166-1
    assert set(eu_members()) <= set(field_of("citizenship").codes)


def test_the_union_has_27_countries_now_and_had_15_in_2000():
    def there(day: date) -> int:
        return sum((first or day) <= day <= (last or day) for first, last in eu_members().values())

    assert [there(date(year, 7, 1)) for year in (2000, 2005, 2010, 2015, 2024)] == [15, 25, 27, 28, 27]


def test_laws_follow_each_other():
    assert (laws()["273a.3"].last, laws()["273f.3"].first) == (date(2006, 8, 31), date(2006, 9, 1))
    assert laws()["273a"].first == date(2005, 1, 1)
    assert laws()["bill-36547"].first is None
    assert len([code for code in laws() if code.startswith("273f.")]) == 9


@pytest.mark.parametrize("text", ["273f lid 1 sub 3", "art. 273f(1)(3)", "Artikel 273f lid 1 onder 3", "273f.3"])
def test_ways_to_write_the_border_conduct(text):
    assert field_of("legal_basis").aliases[text.lower()] == "273f.3"


def test_sets_have_codes_of_their_own():
    codes = [code for each in sets() for code in each.codes]
    assert len(codes) == len(set(codes)) == len(field_of("denied").codes)
    assert len(field_of("indicators").codes) == 10 + 10 + 16 + 9 + 15 + 7
