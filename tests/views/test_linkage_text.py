"""What came of linkage, in a terminal: within its width, in both languages, and no more sure than it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darknumber.views.linkage_text import linked_text
from darknumber.words import LANGUAGES, use_language
from tests.data.test_drawn_file import drawn


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_there(language):
    with use_language(language):
        text = linked_text(replace(drawn(), linkage=replace(drawn().linkage, counted=88)), width=80)
    assert max(map(len, text.splitlines())) <= 80
    numbers = [line.split()[-1] for line in text.splitlines()[2:9]]
    assert numbers == ["90", "88", "60", "60", "63", "9", "4"]  # people, and victim-years
    joined = " ".join(text.split())
    assert "98%" in joined  # 30.25 of the 30.75 links made are right
    assert "96%" in joined  # of the 31.5 to be found
    assert "20" in joined


def test_links_that_are_certain_have_no_quality():
    sure = replace(drawn(), linkage=replace(drawn().linkage, in_doubt=0))
    assert "taken for certain" in linked_text(sure)
    assert "By the model" not in linked_text(sure)
