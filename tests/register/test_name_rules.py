"""What is known of names: every list says what it must, and no two contradict each other."""

from __future__ import annotations

import re
from collections import Counter

from darknumber.register.names.name_rules import name_rules

RULES = name_rules()


def test_words_are_in_small_plain_letters():
    words = [*RULES.left_out, *RULES.titles, *RULES.joined, *RULES.glued, *RULES.nothing]
    words += [
        spelling for names in (RULES.given, RULES.place) for kept in names.items() for spelling in (kept[0], *kept[1])
    ]
    assert [word for word in words if not re.fullmatch("[a-z]+( [a-z]+)*", word)] == []


def test_no_word_twice():
    for words in (RULES.left_out, RULES.titles, RULES.joined, RULES.nothing):
        assert [word for word, n in Counter(words).items() if n > 1] == []


def test_every_spelling_is_of_one_name():
    for names in (RULES.given, RULES.place):
        spellings = [*names, *(other for others in names.values() for other in others)]
        assert [spelling for spelling, n in Counter(spellings).items() if n > 1] == []


def test_a_word_is_left_out_or_joined_not_both():
    assert set(RULES.joined) & set(RULES.left_out) == set()


def test_letters_become_plain_letters():
    assert [put for put in (*RULES.letters.values(), *RULES.marked.values()) if not re.fullmatch("[a-z]+", put)] == []
    assert [letter for letter in (*RULES.letters, *RULES.marked) if len(letter) != 1 or letter != letter.lower()] == []
    assert set(RULES.letters) & set(RULES.marked) == set()


def test_sounds_end():
    for find, put in RULES.sounds:
        assert re.fullmatch(r"[a-z]+\$?", find)
        assert re.fullmatch(r"[a-z]*\$?", put)
        assert find.endswith("$") == put.endswith("$")


def test_patterns_compile():
    for pattern in (*RULES.nothing_patterns, *(find for find, _ in RULES.given_patterns)):
        assert re.compile(pattern)
