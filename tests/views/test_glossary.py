"""The words that a report explains."""

from __future__ import annotations

import re

import pytest

from darknumber.views.document import Facts, Notice, Part, Text
from darknumber.views.glossary import WORDS, glossary
from darknumber.words import LANGUAGES, say, use_language


def explained(*texts: str) -> list[str]:
    (_, facts) = glossary([Part(name="a", blocks=tuple(Text(text=text) for text in texts))]).blocks
    assert isinstance(facts, Facts)
    return [name for name, _ in facts.pairs]


def test_only_words_that_occur_are_explained():
    assert explained("The overlap of two lists.") == ["list (lijst)", "overlap"]
    assert explained("Overlapping enlisted intervals") == []
    assert explained("n.e.") == ["not estimable (n.e.) (niet te schatten (n.t.s.))"]


def test_words_are_found_wherever_they_stand():
    inner = Part(name="b", heading="Ratio", blocks=(Notice(severity="note", label="", sentence="No AIC"),))
    (_, facts) = glossary([Part(name="a", parts=(inner,))]).blocks
    assert [name for name, _ in facts.pairs] == ["ratio (verhouding)", "AIC, BIC"]


def test_dutch_gives_the_english_word():
    with use_language("nl"):
        assert explained("Een trekking uit 3 strata") == ["trekking (replicate)", "stratum"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_found_under_its_own_name(language):
    with use_language(language):
        for word in WORDS:
            names = re.split(r", | \(", say(f"glossary.{word}.term").replace(")", ""))
            pattern = say(f"glossary.{word}.find")
            assert any(re.fullmatch(pattern, name, re.IGNORECASE) for name in names), word
            assert say(f"glossary.{word}.meaning").endswith(".")
