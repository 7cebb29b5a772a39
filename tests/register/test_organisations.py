"""Organisations of very few reports are not named: what stands there may be a name of somebody."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from darknumber.errors import InputError
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
        ({"police": MANY, "border": MANY - 1, "shelter": 1}, {"border": MANY - 1, "shelter": 1}),
        ({"police": MANY, "Tsega Mehari": 1}, {"Tsega Mehari": 1}),
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


def test_a_merged_list_is_named_however_small():
    frame = frame_of(["police"] * MANY + ["east", "west", "Tsega Mehari"])
    found = coded(frame, merge={"care": ["east", "west"]})
    assert found.lists == ("care", OTHERS, "police")
    assert [int((found.on == 1 << place).sum()) for place in range(3)] == [2, 1, MANY]


@pytest.mark.parametrize("own", [[], [OTHERS] * 4, [OTHERS] * (MANY + 1)])
def test_what_was_put_together_can_be_asked_for(own):
    frame = frame_of(["police"] * MANY + ["border"] * MANY + ["shelter"] * 3 + ["Tsega Mehari"] + own)
    one = coded(frame)
    other = coded(frame, lists=one.lists)
    assert one.lists == other.lists == ("border", OTHERS, "police")
    assert one.on.tolist() == other.on.tolist()
    part = coded(frame, lists=["police", OTHERS, "shelter"])
    assert [int((part.on == 1 << place).sum()) for place in range(3)] == [MANY, 1 + len(own), 3]


ASKED_WRONGLY = ({"lists": ["polce", "border"]}, {"merge": {"care": ["polce"]}}, {"lists": ["Tsega", "border"]})


@pytest.mark.parametrize("asked", ASKED_WRONGLY, ids=str)
def test_no_error_names_one(asked):
    frame = frame_of(["police"] * MANY + ["border"] * MANY + ["Tsega Mehari"])
    with pytest.raises(InputError) as refused:
        coded(frame, **asked)
    assert "Mehari" not in str(refused.value)
    assert "police" in str(refused.value)


def test_whoever_is_left_out_is_not_named():
    frame = frame_of(["police"] * MANY + ["border"] * MANY + ["Tsega Mehari"])
    found = coded(frame, lists=["police", "border"])
    assert [each for each in found.findings if "Mehari" in each.sentence()] == []


def test_who_referred_is_not_named_either_where_that_is_rare():
    frame = frame_of(["police"] * MANY + ["border"] * MANY)
    columns = frame.collect().to_dict(as_series=False)
    columns["referred_by"] = [*["border"] * MANY, *[None] * (MANY - 1), "Tsega Mehari"]
    found = coded(nw.from_native(pl.DataFrame(columns).lazy()), ["referred_by"])
    assert set(found.fields[0].covariate.levels) == {"border", OTHERS}


def test_the_list_is_no_covariate():
    with pytest.raises(InputError) as refused:
        coded(frame_of(["police"] * MANY + ["border"] * MANY), ["organisation"])
    assert refused.value.code == "counted_by_list"


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
