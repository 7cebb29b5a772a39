"""What a report says of a study beside its numbers."""

from __future__ import annotations

import datetime

import pytest

from darknumber.run.pages import _assumptions
from darknumber.run.study import Data, ListOf, Said, Study
from darknumber.words import use_language


@pytest.mark.parametrize(
    ("language", "registered", "said"),
    [
        ("en", "", "The data are as the register stood on 1 June 2020."),
        ("en", "seen", "1 June 2020; what was registered later does not count."),
        ("nl", "seen", "op 1 juni 2020; wat later is geregistreerd, telt niet mee."),
    ],
)
def test_the_day_of_extraction_is_told(language, registered, said):
    data = Data(source="people.csv", registered=registered, extracted=datetime.date(2020, 6, 1))
    with use_language(language):
        ((_, told),) = _assumptions(Study(data=data))
    assert told.endswith(said)


def test_of_a_list_is_told_whom_it_covers_and_where_it_was_not_kept():
    care = ListOf(
        covers=Said(en="Everyone in care.", nl=""), not_kept={"year": ("2016", "2017")}, refers_to=("police",)
    )
    with use_language("en"):
        ((heading, told),) = _assumptions(Study(data=Data(source="people.csv"), lists={"care": care}))
    assert heading == "List: care"
    assert told.startswith("Everyone in care. Refers people to police. It was not kept where year is 2016 and 2017")
