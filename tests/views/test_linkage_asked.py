"""`darknumber.plot` and `darknumber.table` of links, of what was kept of them, and of one pair."""

from __future__ import annotations

import json
import math

import altair
import pytest

from darknumber.errors import DarknumberError, InputError
from darknumber.register.linkage.link_quality import waterfall
from darknumber.register.linkage.links import Links
from darknumber.views.disclosure import STRICT, disclose
from darknumber.views.show_plot import PICTURES, plot
from darknumber.views.show_table import TABLES, table
from darknumber.words import LANGUAGES, use_language
from tests.register.test_link_summary import links
from tests.views.linkage_made import summary
from tests.views.test_linkage import counts

SOME = [3.0, -9.0, 0.4, -1.0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PICTURES[Links])
def test_every_picture_of_links_is_drawn_with_its_table(kind, language):
    with use_language(language):
        shown = plot(links(SOME), kind)
        altair.Chart.from_dict(shown.spec)
        assert shown.content.title
        assert shown.content.description
        assert str(shown.tables[0]) == str(table(links(SOME), kind))


@pytest.mark.parametrize("kind", PICTURES[type(summary())])
def test_what_was_kept_of_links_shows_the_same_kinds(kind):
    assert json.dumps(plot(summary(), kind).spec)
    assert set(TABLES[type(summary())]) == set(PICTURES[type(summary())]) == set(PICTURES[Links]) - {"waterfall"}


def test_the_pair_is_the_least_clear_one_or_the_one_asked_for():
    some = links(SOME)
    by_itself, asked = plot(some, "waterfall"), plot(waterfall(some, 0))
    assert by_itself.columns() == plot(waterfall(some, 2)).columns()
    assert "60%" in by_itself.content.title  # odds of e to the power 0.4
    assert "95%" in asked.content.title


def test_certain_links_have_no_picture_of_a_model():
    certain = links([math.inf], model=None)
    for kind in ("weights", "accuracy", "unlinkable", "blocking", "waterfall"):
        with pytest.raises(InputError) as told:
            plot(certain, kind)
        assert told.value.code == "figure_nothing"
    assert plot(certain, "people").columns()["people"] == [None]  # five people, of whom one has two reports


def test_small_numbers_are_shown_only_to_those_who_ask_for_them():
    assert table(summary(), "people").columns()["people"] == [700.0, 110.0, 25.0]
    assert table(summary(), "people", rules=None).columns()["people"] == [700.0, 112.0, 23.0, 2.0]
    decided = disclose(counts(40), STRICT)
    assert table(summary(), "people", rules=decided).columns()["people"] == [700.0, 110.0, 25.0]


def test_there_are_no_groups_of_links():
    with pytest.raises(DarknumberError):
        plot(links(SOME), "weights", by="sex")
