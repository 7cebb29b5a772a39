"""Other ways to write a name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.register.synthetic.misspellings import by_ear, by_script, mistyped, without_signs
from darknumber.register.synthetic.name_pools import pools


@pytest.mark.parametrize(
    ("name", "other"), [("Dijkstra", "Dykstra"), ("Visser", "Fisser"), ("Youssef", "Yousef"), ("Hassan", "Assan")]
)
def test_names_that_sound_alike(name, other):
    assert other in by_ear(name)
    assert name not in by_ear(name)


@pytest.mark.parametrize(
    ("name", "culture", "other"),
    [
        ("Mohamed", "arabic", "Mohammed"),
        ("Hristova", "bulgarian", "Christova"),
        ("Zhang", "chinese", "Chang"),
        ("Oleksandr", "ukrainian", "Aleksandr"),
        ("Ghebreyesus", "eritrean", "Gebreyesus"),
    ],
)
def test_names_from_other_scripts(name, culture, other):
    assert other in by_script(name, culture)


def test_names_in_latin_letters_have_one_way():
    assert by_script("Popescu", "romanian") == ()


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Wiśniewski", "Wisniewski"), ("Łukasz", "Lukasz"), ("Nguyễn", "Nguyen"), ("Işık", "Isik"), ("Jan", "Jan")],
)
def test_signs(name, plain):
    assert without_signs(name) == plain


def edits(one: str, other: str) -> int:
    """The least number of letters put in, left out, changed, or exchanged with the next, by dynamic programming."""
    table = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    table[:, 0], table[0] = np.arange(len(one) + 1), np.arange(len(other) + 1)
    for i, a in enumerate(one, start=1):
        for j, b in enumerate(other, start=1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


chance = st.floats(min_value=0, max_value=1, exclude_max=True)
written = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17F), min_size=1, max_size=12)


@given(written, chance, chance, chance)
def test_a_mistake_of_the_hand_is_one_letter(name, kind, where, letter):
    other = mistyped(name, kind, where, letter)
    assert other
    if name.lower() == name.upper().lower():  # letters such as ß have no capital of one letter
        assert edits(name, other) <= 2 if name[0].isupper() else edits(name, other) == 1


def test_every_kind_of_mistake_occurs():
    assert mistyped("Jansen", 0.1, 0.0, 0.9).endswith("ansen")
    assert len(mistyped("Jansen", 0.1, 0.5, 0.5)) == 7
    assert mistyped("Jansen", 0.3, 0.5, 0.5) == "Janen"
    assert mistyped("Jansen", 0.6, 0.5, 0.25) in {f"Jan{letter}en" for letter in "ad"}
    assert mistyped("Jansen", 0.9, 0.5, 0.5) == "Janesn"
    assert mistyped("A", 0.9, 0.5, 0.5) != "A"


def test_no_name_is_spelled_as_nothing():
    for culture, pool in pools().items():
        for name in (*pool.girls, *pool.boys, *pool.surnames):
            assert all(other.strip() and other != name for other in (*by_ear(name), *by_script(name, culture)))
