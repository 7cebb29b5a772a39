"""Publications in full."""

from __future__ import annotations

import re

import pytest

from darknumber.inference.intervals import INTERVALS
from darknumber.models import MODELS, OF_SIGHTINGS
from darknumber.words.references import _known, in_full

USED = {each.source for each in (*MODELS.values(), *OF_SIGHTINGS.values(), *INTERVALS.values())}


@pytest.mark.parametrize("source", sorted(USED))
def test_every_source_is_known_in_full(source):
    for short, full in zip(source.split(";"), in_full(source), strict=True):
        year = re.search(r"\d{4}", short)
        assert year is not None
        assert f"({year[0]})." in full
        assert full.split(" ")[0] == re.split(r"[ ,]", short.strip())[0]
        assert len(full) > 60


def test_none_is_kept_that_nothing_uses():
    used = {each for source in USED for each in in_full(source)}
    assert set(_known().values()) == used


def test_one_that_is_not_known_stays():
    assert in_full("Author & Author 2021, Journal 1(2); Fienberg 1972") == (
        "Author & Author 2021, Journal 1(2)",
        in_full("Fienberg 1972")[0],
    )
    assert in_full("") == ()
