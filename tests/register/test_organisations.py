"""Organisations of very few reports are not named: what stands there may be a name of somebody."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from darknumber.register.linkage.coded import coded
from darknumber.register.reading.organisations import FEWEST_REPORTS, OTHERS, too_small
from darknumber.register.screening.screen import screen

MANY = FEWEST_REPORTS


def frame_of(organisations: list[str]) -> nw.LazyFrame:
    columns = {"row": range(2, 2 + len(organisations)), "organisation": organisations, "means": "M1"}
    return nw.from_native(pl.DataFrame(columns).lazy())


@pytest.mark.parametrize(
    ("reports", "small"),
    [
        ({"police": MANY, "border": MANY, "Tsega Mehari": 1}, {"Tsega Mehari": 1}),
        ({"police": MANY, "border": MANY, "others": MANY - 1, "x": 2}, {"others": MANY - 1, "x": 2}),
        ({"police": MANY, "border": MANY, "others": 1}, {}),
        ({"police": MANY, "border": MANY - 1, "shelter": 1}, {}),
        ({"police": 1, "border": 1}, {}),
        ({}, {}),
    ],
)
def test_which_are_too_small(reports, small):
    assert too_small(reports) == small


def test_they_make_one_list_together():
    frame = frame_of(["police"] * MANY + ["border"] * MANY + ["Tsega Mehari", "Jan"])
    found = coded(frame)
    assert found.lists == ("border", OTHERS, "police")
    assert [int((found.on == 1 << place).sum()) for place in range(3)] == [MANY, 2, MANY]
    assert [(each.code, each.values) for each in found.findings] == [
        ("small_organisations", {"n": 2, "reports": 2, "fewest": MANY})
    ]
    assert "Tsega" not in found.findings[0].sentence()


def test_who_names_lists_counts_those():
    frame = frame_of(["police"] * MANY + ["border"] * MANY + ["shelter"])
    assert coded(frame, lists=["police", "shelter"]).lists == ("police", "shelter")


def test_a_merged_list_may_be_made_of_small_ones():
    frame = frame_of(["police"] * MANY + ["border"] * MANY + ["east"] * 6 + ["west"] * 6)
    found = coded(frame, merge={"care": ["east", "west"]})
    assert found.lists == ("border", "care", "police")
    assert found.findings == ()


def test_a_screening_names_none_of_them():
    found = screen(frame_of(["police"] * MANY + ["border"] * MANY + ["Tsega Mehari", ""]))
    assert [(part.level, part.reports) for part in found.organisations] == [
        ("border", MANY),
        (OTHERS, 1),
        ("police", MANY),
        ("not recorded", 1),
    ]
    assert "small_organisations" in [each.code for each in found.findings]
    assert "Tsega" not in str(found)
