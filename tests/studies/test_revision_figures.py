from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.inference.shown import Shown, exact
from darknumber.studies.revise import Revision
from darknumber.studies.revision_figures import (
    LEAST_STEP,
    is_mean,
    levels_in_words,
    limits_text,
    parts_in_words,
    revised_rows,
    scope,
    signed,
    study_label,
    study_name,
    title,
    together_row,
)
from darknumber.words import use_language
from tests.studies.test_revise import revision
from tests.studies.vintages import drawn


@pytest.fixture(scope="module")
def found() -> Revision:
    return revision(drawn(1, people=600, years=3, late_people=0.1, same=True), vintages=("2017", "2021"))


def with_people(found: Revision, people: list[list[float]], limits: float = 100.0) -> Revision:
    """The same revision with other answers on the way, and intervals of this half width."""
    stands = np.array(people)
    ends = stands[[0, -1]]
    return replace(found, people=stands, limits=np.stack([ends - limits, ends + limits], axis=-1), draws=None)


@given(
    st.lists(st.lists(st.floats(1_000, 90_000), min_size=4, max_size=4), min_size=4, max_size=4),
    st.floats(1, 20_000),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[])
def test_printed_parts_add_up_to_the_printed_whole(found_rows, width):
    found = FOUND[0]
    for row in revised_rows(with_people(found, found_rows, width)):
        assert sum(row.parts) == row.change == row.now - row.then
        assert all(value == round(value / row.step) * row.step for value in row.stands if value > 5_000)


FOUND: list[Revision] = []


@pytest.fixture(autouse=True, scope="module")
def _kept(found):
    FOUND.append(found)
    yield
    FOUND.clear()


def test_all_stands_are_rounded_to_the_finer_of_the_two_studies(found):
    row = revised_rows(with_people(found, [[1234.0] * 4, [1301.4] * 4, [1288.0] * 4, [1111.0] * 4], 300))[0]
    assert (row.step, row.stands, row.parts) == (10, (1230.0, 1300.0, 1290.0, 1110.0), (70.0, -10.0, -180.0))


def test_a_part_without_a_number_is_not_estimable(found):
    rows = revised_rows(with_people(found, [[1234.0] * 4, [math.inf] * 4, [1288.0] * 4, [1111.0] * 4], 300))
    assert math.isnan(rows[0].parts[0])
    assert math.isnan(rows[0].parts[1])
    assert (rows[0].parts[2], rows[0].change) == (-180.0, -120.0)
    gone = revised_rows(with_people(found, [[1234.0] * 4, [1.0] * 4, [1.0] * 4, [math.nan] * 4], 300))
    assert math.isnan(gone[0].change)


def test_people_of_one_count_are_summed_and_person_years_averaged(found):
    assert not is_mean(found)
    assert together_row(found).registered[1].value == found.registered[1, -1]
    yearly = replace(found, unit="person-year", new=replace(found.new, unit="person-year"))
    assert is_mean(yearly)
    assert together_row(yearly).registered[1].value == pytest.approx(found.registered[1, -1] / 3)
    assert together_row(yearly).now == pytest.approx(together_row(found).now / 3, abs=20)
    assert "mean a year" in scope(yearly)
    assert "together" in scope(found)


def test_what_is_published_rounded_gives_nothing_finer(found):
    level = [(exact(5 * round(a / 5)), exact(5 * round(b / 5))) for a, b in found.registered[:, :-1].T]
    rows = revised_rows(found, registered=level)
    assert all(row.step >= LEAST_STEP for row in rows)
    assert rows[-1].registered[0].value == sum(then.value for then, _ in level)


def test_a_hidden_level_hides_the_sum_it_is_in(found):
    small = Shown(form="small", value=None, limit=10)
    level = [(small, exact(50)), *((exact(40), exact(50)) for _ in range(2))]
    rows = revised_rows(found, registered=level)
    assert [row.hidden for row in rows] == [True, False, False, True]
    assert rows[-1].registered[0].value is None
    assert rows[-1].registered[1].value == 150


@pytest.mark.parametrize(("value", "text"), [(1250.0, "+1,250"), (-40.0, "−40"), (0.2, "0"), (math.nan, "n.e.")])
def test_signs(value, text):
    assert signed(value) == text


def test_intervals_of_differences():
    assert limits_text((-100.0, 250.0)) == "−100 to +250"
    assert limits_text((100.0, math.inf)) == "+100 or more"
    assert limits_text((-math.inf, -100.0)) == "−100 or less"
    assert limits_text((math.nan, math.nan)) == ""
    with use_language("nl"):
        assert limits_text((-1000.0, 250.0)) == "−1.000 tot +250"


def test_a_clear_change_is_never_printed_with_a_limit_of_zero(found):
    draws = np.zeros((40, 4, 4))
    draws[:, -1] = np.linspace(3, 900, 40)[:, None]
    people = np.zeros((4, 4)) + 5000.0
    people[-1] += 400
    clear = replace(
        found,
        draws=draws,
        drawn=(True,) * 4,
        people=people,
        limits=np.stack([people[[0, -1]] - 900, people[[0, -1]] + 900], axis=-1),
    )
    row = revised_rows(clear)[0]
    assert row.told == "higher"
    assert row.step == 100
    assert row.change_limits[0] == 3
    unclear = replace(clear, draws=draws - 60)
    unclear.draws[:, 0] += 60
    assert revised_rows(unclear)[0].told == "unclear"


def test_the_title_says_the_finding_in_both_languages(found):
    assert title(found).startswith("No clear change from the 2017 study: ")
    with use_language("nl"):
        assert title(found).startswith("Geen aantoonbare verandering ten opzichte van de schatting van 2017: nu ")
    unlinked = replace(found, draws=None, drawn=(False,) * 4)
    assert title(unlinked).endswith("Whether that is more than noise is not testable")
    assert "no clear change" not in parts_in_words(unlinked)
    higher = revision(drawn(4, late_people=0.3))
    assert title(higher).startswith("Higher than the first study said, more than noise: ")
    with use_language("nl"):
        assert title(higher).startswith("Hoger dan de eerste schatting, meer dan toeval: nu ")


def test_names_of_the_studies(found):
    assert (study_name(found, 0), study_label(found, 1)) == ("the 2017 study", "2021")
    nameless = replace(found, vintages=None)
    assert (study_name(nameless, 1), study_label(nameless, 0)) == ("the second study", "first")


def test_levels_are_told_where_they_can_be(found):
    assert levels_in_words(found) == "In no single row is the change more than noise."
    higher = revision(drawn(4, late_people=0.3))
    assert "2010 and 2011" in levels_in_words(higher)
    assert levels_in_words(replace(higher, draws=None)) == ""


@pytest.mark.parametrize("code", ["en", "nl"])
def test_nothing_is_wider_than_the_page(found, code):
    wide = replace(found, vintages=("the first one, of 2017", "the second one, of 2021"))
    with use_language(code):
        for each in (found, wide, replace(found, vintages=None, draws=None, drawn=(False,) * 4)):
            lines = str(each).splitlines()
            assert max(map(len, lines)) <= 80
            assert not [line for line in lines if line != line.rstrip()]
