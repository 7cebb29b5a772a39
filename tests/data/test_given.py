"""Figures from elsewhere, by year."""

from __future__ import annotations

import math

import pytest

from darknumber.data.given import read_given
from darknumber.errors import InputError

DUTCH = "\ufeffJaar;Schatting;Ondergrens;Bovengrens;Bron\n2018;5000;4000;6300;WODC\n2019;5000;;;\n"


@pytest.mark.parametrize("text", [DUTCH, "year,estimate,lower,upper,source\n2018,5000,4000,6300,WODC\n2019,5000,,,\n"])
def test_headings_may_be_dutch_and_limits_may_lack(tmp_path, text):
    path = tmp_path / "figures.csv"
    path.write_text(text, encoding="utf-8")
    first, second = read_given(path).rows
    assert (first.year, first.estimate, first.lower, first.upper, first.source) == ("2018", 5000, 4000, 6300, "WODC")
    assert second.estimate == 5000
    assert math.isnan(second.lower)
    assert first.has_limits
    assert not second.has_limits


def test_a_file_without_years_is_refused(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_text("schatting\n5000\n")
    with pytest.raises(InputError) as refused:
        read_given(path)
    assert refused.value.values["name"] == "year"
