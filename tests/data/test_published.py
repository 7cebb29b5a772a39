from __future__ import annotations

import pytest

from darknumber.data.published import (
    Published,
    check_country,
    contradicted,
    countries,
    published,
    published_columns,
    with_ratios,
)
from darknumber.errors import InputError
from darknumber.words import LANGUAGES, say, use_language


def figure(**given) -> Published:
    values = {
        "country": "NLD",
        "place": "",
        "first": 2018,
        "last": 2018,
        "per": "year",
        "quantity": "registered",
        "group": "all",
        "value": 100.0,
        "lower": None,
        "upper": None,
        "form": "exact",
        "issued": 2019,
        "basis": "quoted",
        "about": "comensha",
        "source": "somewhere",
        "url": "",
    }
    return Published(**{**values, **given})


def test_every_figure_has_its_words_and_its_source():
    for each in published():
        assert each.source
        assert each.url or "government" in each.source
        assert each.first <= each.last
        assert (each.value is not None) or (each.lower is not None and each.upper is not None)
        assert each.lower is None or each.value is None or each.lower <= each.value <= each.upper
        for code in LANGUAGES:
            with use_language(code):
                assert say(f"published.about.{each.about}")
                assert each.group == "all" or say(f"published.group.{each.group}")


def test_figures_known_from_memory_only_are_not_among_them():
    registered = {each.first: each.value for each in published("NLD", quantity="registered") if each.per == "year"}
    assert {2010, 2015} & set(registered) == set()
    assert {each.basis for each in published()} == {"quoted", "computed"}


def test_the_two_studies_are_there():
    means = {
        (each.first, each.last): (each.value, each.lower, each.upper)
        for each in published("NLD", quantity="estimated", group="all")
    }
    assert means[2014, 2015] == (6250.0, 5000.0, 7500.0)
    assert means[2019, 2019] == (5000.0, 4000.0, 7000.0)
    ratios = {(each.first, each.last): each.value for each in published("NLD", quantity="ratio")}
    assert ratios == {(2010, 2015): 5.0, (2010, 2019): 3.5}


def test_what_contradicts_each_other_is_shown_and_not_hidden():
    apart = contradicted(published("NLD", quantity="registered"))
    by_year = {rows[0].first: [each.value for each in rows] for rows in apart.values()}
    assert set(by_year) == {2014, 2018}
    assert by_year[2018] == [668.0, 1300.0]
    assert by_year[2014] == [1561.0, 1256.0, 1255.0]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({"value": 104.0}, False),
        ({"value": 106.0}, True),
        ({"value": 106.0, "form": "about"}, False),
        ({"value": 130.0, "form": "about"}, True),
        ({"value": 130.0, "first": 2017}, False),
        ({"value": 130.0, "group": "male"}, False),
        ({"value": None, "lower": 300.0, "upper": 400.0}, False),
    ],
)
def test_when_figures_contradict(other, found):
    assert bool(contradicted([figure(), figure(**other)])) == found


def test_numbers_of_one_source_are_divided_and_of_two_are_not():
    seen, size = figure(value=50.0), figure(quantity="estimated", value=200.0, lower=100.0, upper=300.0)
    made = with_ratios([seen, size])[-1]
    assert (made.quantity, made.value, made.lower, made.upper, made.basis) == ("ratio", 4.0, 2.0, 6.0, "computed")
    assert len(with_ratios([seen, figure(quantity="estimated", value=200.0, source="elsewhere")])) == 2
    ireland = {each.period: each.value for each in with_ratios(published("IRL")) if each.quantity == "ratio"}
    assert ireland["2014"] == pytest.approx(98 / 46)


def test_countries():
    assert countries()[0] == "NLD"
    assert {"GBR", "USA", "AUS", "IRL"} <= set(countries())
    check_country("GBR")
    for name in ("GBT", "Utopia"):
        with pytest.raises(InputError) as caught:
            published(name)
        assert caught.value.code.startswith("unknown_country")
        assert caught.value.what


def test_columns():
    columns = published_columns(published("GBR"))
    assert columns["country"] == ["GBR"] * len(columns["value"])
