"""The structure by itself: every code of every list is named, and every component has its concept."""

from __future__ import annotations

import datetime
from xml.etree import ElementTree

from darknumber.data.table import Covariate
from darknumber.views.published_rows import published
from darknumber.views.sdmx_codes import codes_of
from darknumber.views.sdmx_structure import (
    ATTRIBUTES,
    CODED,
    DIMENSIONS,
    REQUIRED,
    codelists,
    list_of,
    structure_message,
)
from darknumber.words import LANGUAGES
from tests.views.publication import estimates

STRUCTURE = "{http://www.sdmx.org/resources/sdmxml/schemas/v3_0/structure}"


def codes():
    return codes_of(published([estimates().by("year", "sex", "form")]), "HTF")


def message(**changes) -> str:
    settings = {"agency": "CBS", "version": "1.0.0", "topic": "HTF", "area": "528", "per": 100_000}
    return structure_message(codes(), prepared=datetime.date(2026, 1, 2), **{**settings, **changes})


def test_every_code_has_a_name_in_every_language():
    for name, items in codelists(codes(), area="528", per=100_000).items():
        assert items, name
        assert all(set(names) == set(LANGUAGES) and all(names.values()) for names in items.values()), name


def test_every_coded_component_has_its_list():
    lists = codelists(codes(), area="528", per=100_000)
    assert {list_of(name) for name in (*DIMENSIONS, *CODED)} == set(lists)
    assert {list_of(name) for name in ATTRIBUTES if name not in CODED} == {None}
    assert set(REQUIRED) <= set(CODED)


def test_every_component_has_its_concept():
    root = ElementTree.fromstring(message())
    concepts = {each.get("id") for each in root.iter(f"{STRUCTURE}Concept")}
    assert concepts == {*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES}
    assert [each.get("id") for each in root.iter(f"{STRUCTURE}Dimension")] == list(DIMENSIONS)


def test_names_with_odd_letters_are_escaped():
    odd = published([estimates().by("form")])
    covariate = Covariate(name="region", levels=("a & b", "<c>", '"d"'))
    rows = tuple(
        type(row)(
            measure=row.measure,
            levels=(("region", covariate.levels[place % 3]),),
            years=row.years,
            value=row.value,
            lower=row.lower,
            upper=row.upper,
            status=row.status,
        )
        for place, row in enumerate(odd.rows)
    )
    made = codes_of(type(odd)(rows=rows, covariates=("region",), level=0.95, unit="person"), "HTF")
    text = structure_message(
        made, agency="CBS", version="1.0.0", topic="HTF", area="528", per=1, prepared=datetime.date(2026, 1, 2)
    )
    assert "a &amp; b" in text
    assert ElementTree.fromstring(text) is not None


def test_no_clock_and_no_chance():
    assert message() == message()
    assert "2026-01-02T00:00:00Z" in message()
