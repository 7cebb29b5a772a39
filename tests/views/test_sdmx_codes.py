"""Codes of indicator 16.2.2, and what it has no place for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.views.published_rows import Measure, PublishedRow, published
from darknumber.views.sdmx_codes import BREAKDOWN, codes_of, status_of, unit_of
from tests.views.publication import estimates


def codes(name: str, *levels: str):
    """The places of the registered numbers of a table by one covariate."""
    found = published([replace(estimates().by("sex"), covariates=(Covariate(name=name, levels=levels),))])
    made = codes_of(found, "HTF")
    return [place for place, row in zip(made.places, found.rows, strict=True) if row.measure == "registered"], made


@pytest.mark.parametrize(
    ("name", "levels", "field", "wanted"),
    [
        ("sex", ("female", "male"), "sex", ["F", "M"]),
        ("geslacht", ("vrouwen", NOT_RECORDED), "sex", ["F", "_U"]),
        ("age", ("minor", "adult"), "age", ["Y0T17", "Y_GE18"]),
        ("leeftijd", ("12 tot 18 jaar", "65 jaar of ouder"), "age", ["Y12T17", "Y_GE65"]),
        ("form", ("sexual", "labour"), "series", ["MSE_HTF_REGSX", "MSE_HTF_REGFL"]),
        ("form", ("criminal", NOT_RECORDED), "series", ["MSE_HTF_REGFC", "MSE_HTF_REGNK"]),
        ("nationality", ("dutch", "other"), "breakdown", ["C01", "C02"]),
        ("sex", ("female", "something else"), "breakdown", ["_T", "C01"]),
    ],
)
def test_where_a_level_stands(name, levels, field, wanted):
    places, _ = codes(name, *levels)
    assert [getattr(place, field) for place in places] == wanted


def test_breakdowns_are_named_as_readers_name_them():
    _, made = codes("nationality", "dutch", "other")
    assert made.names[BREAKDOWN]["C01"] == {"en": "Dutch", "nl": "Nederlands"}
    crossed = codes_of(published([estimates().by("sex", "form")]), "HTF")
    assert crossed.names["SERIES"]["MSE_HTF_TOTSX"]["nl"].endswith("seksuele uitbuiting")


@pytest.mark.parametrize(
    ("measure", "unit"),
    [("registered", "NUMBER"), ("unseen", "NUMBER"), ("ratio", "RATIO"), ("estimated rate", "PER_1000_POP")],
)
def test_units(measure: Measure, unit):
    assert unit_of(measure, 1000) == unit


@pytest.mark.parametrize(
    ("measure", "status", "value", "codes"),
    [
        ("registered", "ok", 12.0, ("A", "F")),
        ("registered", "hidden", None, ("Q", "C")),
        ("estimated", "ok", 50.0, ("E", "F")),
        ("estimated", "no upper limit", 50.0, ("E", "F")),
        ("estimated", "no upper limit", None, ("Q", "F")),
        ("estimated", "unstable", None, ("Q", "F")),
        ("ratio", "not estimable", None, ("O", "F")),
    ],
)
def test_statuses(measure, status, value, codes):
    row = PublishedRow(measure=measure, levels=(), years=(), value=value, lower=None, upper=None, status=status)
    assert status_of(row) == codes
