"""Phonetic keys: names that sound alike and names that do not, and published Soundex codes."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from darknumber.data.engine import fetch
from darknumber.register.names.forms import forms

ALIKE = [
    ("Dijk", "Dyk"), ("Dijk", "Deijk"), ("Meijer", "Meyer"), ("Meijer", "Meier"), ("Jansen", "Janssen"),
    ("Smit", "Smid"), ("Smit", "Smidt"), ("Schmidt", "Smit"), ("Visser", "Fisser"), ("Sanders", "Zanders"),
    ("Philips", "Filips"), ("Carlier", "Karlier"), ("Celik", "Selik"), ("Müller", "Mueller"), ("Kuiper", "Kuyper"),
    ("Cuijpers", "Kuipers"), ("Bosch", "Bos"), ("Achmed", "Agmed"), ("Khalidi", "Chalidi"), ("Yusuf", "Joesoef"),
    ("Youssouf", "Yusuf"), ("Kowalczyk", "Kowalchyk"), ("Ivanov", "Iwanow"), ("Ivanoff", "Ivanov"),
    ("Jonker", "Yonker"),    ("Mathijs", "Matthijs"), ("Hendrix", "Hendriks"), ("Blanc", "Blank"), ("Quist", "Kist"),
    ("Djamal", "Jamal"), ("Szabo", "Sabo"), ("Şahin", "Shahin"),
]  # fmt: skip
APART = [("Jansen", "Pieters"), ("Bakker", "Bekker"), ("Visser", "Vissel"), ("Smit", "Smits"), ("Popescu", "Popa")]
# as the National Archives of the United States and the textbooks give them
SOUNDEX = {
    "Robert": "R163", "Rupert": "R163", "Rubin": "R150", "Ashcraft": "A261", "Ashcroft": "A261", "Tymczak": "T522",
    "Pfister": "P236", "Honeyman": "H555", "Washington": "W252", "Lee": "L000", "Gutierrez": "G362", "Jackson": "J250",
}  # fmt: skip


def surnames(names, column) -> list[object]:
    held = pl.DataFrame({"row": range(len(names)), "surname": list(names)})
    return fetch(forms(nw.from_native(held).lazy()).sort("row"))[column]


@pytest.mark.parametrize(("pairs", "same"), [(ALIKE, True), (APART, False)], ids=["alike", "apart"])
def test_what_sounds_alike(pairs, same):
    one, other = (surnames(names, "surname_sound") for names in zip(*pairs, strict=True))
    assert [pair for pair, left, right in zip(pairs, one, other, strict=True) if (left == right) is not same] == []


def test_soundex():
    assert surnames(SOUNDEX, "surname_soundex") == list(SOUNDEX.values())


def test_no_key_without_letters():
    assert surnames(["小明"], "surname_soundex") == [None]
