"""What the report says of two studies: tables, pictures and the section that holds them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.studies.revise import Revision
from darknumber.studies.revision_figures import title
from darknumber.views.disclosure import STRICT, Disclosure, disclose
from darknumber.views.labels import About
from darknumber.views.plots import to_svg
from darknumber.views.plots_revise import MOST_ROWS, answers_figure, parts_figure
from darknumber.views.revision import revision_sections
from darknumber.views.tables_revise import answers_table, counts_table, parts_table, registered_shown
from darknumber.views.tables_text import to_text
from darknumber.words import LANGUAGES, use_language
from tests.studies.test_revise import revision
from tests.studies.vintages import drawn


@pytest.fixture(scope="module")
def found() -> Revision:
    """Late people, another definition, another model; person-years."""
    made = revision(drawn(1, people=600, years=3, late_people=0.1, same=True), vintages=("2017", "2021"))
    return replace(
        made,
        unit="person-year",
        old=replace(made.old, unit="person-year"),
        new=replace(made.new, unit="person-year"),
    )


def test_counts_then_and_now(found):
    table = counts_table(found)
    assert [column.label for column in table.columns] == [
        "Year",
        "Registered, 2017",
        "Registered, 2021",
        "Ratio, 2017",
        "Ratio, 2021",
    ]
    assert [row[1].value for row in table.rows[:-1]] == found.registered[0, :-1].tolist()
    assert table.rows[-1][0].text == "Mean a year"
    assert table.sums == {3}
    assert len({name for column in table.columns for name in column.names}) == 5


def test_answers_with_their_intervals(found):
    table = answers_table(found, about=About(population="victims"))
    assert "victims" in table.caption
    for row in table.rows:
        for value, limits in ((row[1], row[2]), (row[3], row[4])):
            assert limits.value[0] <= value.value <= limits.value[1]
            assert " to " in limits.text
    names = [name for column in table.columns for name in column.names]
    assert len(names) == len(set(names)) == 1 + 2 * 3


def test_printed_parts_add_up_in_the_table(found):
    table = parts_table(found)
    for row in table.rows:
        assert sum(cell.value for cell in row[4:]) == row[1].value
    assert [cell.text for cell in table.rows[0][3:4]] != [""]
    assert table.notes[0].startswith("Parts in this order: ")


def test_without_linked_people_there_is_no_interval(found):
    table = parts_table(replace(found, draws=None, drawn=(False,) * 4))
    assert [column.label for column in table.columns][1:3] == ["Change", "More than noise?"]
    assert {row[2].text for row in table.rows} == {"not testable"}


def test_registered_numbers_are_protected_then_and_now(found):
    rules = Disclosure(floor=300, base=10)
    protection = disclose(found.new, rules)
    shown = registered_shown(found, protection)
    assert [now.text for _, now in shown] == [each.text for each in protection.registered(found.new.by("year"))]
    small = found.registered[:, :-1] < rules.floor
    assert all(
        each.hidden
        for pair, few in zip(shown, small.T, strict=True)
        for each, one in zip(pair, few, strict=True)
        if one
    )
    text = to_text(counts_table(found, protection=protection)) + to_text(parts_table(found, protection=protection))
    exact = {str(int(number)) for number in found.registered[:, :-1].ravel() if number % 10}
    assert not [number for number in exact if number in text]
    hidden = [row for row in counts_table(found, protection=protection).rows if row[3].text == ""]
    assert hidden
    assert hidden[-1][0].text == "Mean a year"  # from which a hidden year would follow


def test_strict_rules_round_every_registered_number(found):
    protection = disclose(found.new, STRICT)
    values = [cell.value for row in counts_table(found, protection=protection).rows[:-1] for cell in row[1:3]]
    assert all(value % STRICT.base == 0 for value in values)


def test_lines_of_both_studies_over_all_their_years(found):
    figure = answers_figure(found)
    assert figure.title == title(found)
    layers = figure.spec["layer"]
    lines = [layer for layer in layers if layer["mark"].get("type") == "line"]
    assert len(lines) == 2
    assert lines[0]["mark"]["strokeDash"] != lines[1]["mark"]["strokeDash"]  # not by colour alone
    for layer in lines:
        assert [row["year"] for row in layer["data"]["values"]] == ["2010", "2011", "2012"]
        assert layer["encoding"]["y"]["scale"]["domain"][0] == 0
    assert "svg" in to_svg(figure, "one")


def test_a_year_that_is_not_published_is_not_drawn(found):
    protection = disclose(found.new, Disclosure(floor=300, base=10))
    figure = answers_figure(found, protection=protection)
    drawn_years = [
        len(layer["data"]["values"]) for layer in figure.spec["layer"] if layer["mark"].get("type") == "line"
    ]
    assert sum(drawn_years) < 6
    bars = parts_figure(found, protection=protection)
    assert bars is None or "Mean a year" not in str(bars.spec)


def test_parts_stand_side_by_side_on_one_scale(found):
    figure = parts_figure(found)
    texts = [row["text"] for layer in figure.spec["layer"] for row in layer["data"]["values"] if "text" in row]
    assert {"Whole change", "Data", "Definition", "Model", "2010", "Mean a year"} <= set(texts)
    bars = [layer for layer in figure.spec["layer"] if layer["mark"].get("type") == "rect"]
    assert len(bars) == 4 * 4
    whiskers = [
        layer
        for layer in figure.spec["layer"]
        if layer["mark"].get("color") == "#1b1f24" and layer["mark"]["type"] == "rule"
    ]
    assert len(whiskers) == 4 * 4
    plain = parts_figure(replace(found, draws=None, drawn=(False,) * 4))
    assert len(plain.spec["layer"]) == len(figure.spec["layer"]) - 4 * 4
    assert "svg" in to_svg(figure, "two")


def test_nothing_is_drawn_that_cannot_be_read(found):
    assert answers_figure(replace(found, by=None)) is None
    many = replace(found, levels=tuple(str(2000 + n) for n in range(MOST_ROWS + 1)))
    wide = replace(
        many,
        **{
            name: np.repeat(getattr(found, name)[:, :1], MOST_ROWS + 2, axis=1)
            for name in ("registered", "people", "verdict", "limits")
        },
        draws=None,
    )
    assert parts_figure(wide) is None
    nothing = replace(found, people=np.zeros_like(found.people) + 1000.0, draws=None, drawn=(False,) * 4)
    assert parts_figure(nothing) is None


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_section_holds_all_of_it(found, code):
    with use_language(code):
        (section,) = revision_sections(found, protection=disclose(found.new))
        assert len(section.parts) == 2
        assert [len(part.figures) for part in section.parts] == [1, 1]
        assert section.parts[0].figures[0].title == title(found)
        words = " ".join(
            [*section.paragraphs, *section.points, *(text for part in section.parts for text in part.paragraphs)]
        )
    assert "{" not in words
    assert str(int(found.linked[1])) not in words.split()  # exact numbers of linked people stay inside


def test_where_nothing_can_be_drawn_the_tables_stand_alone(found):
    (section,) = revision_sections(
        replace(
            found,
            by=None,
            levels=(),
            **{name: getattr(found, name)[:, -1:] for name in ("registered", "people", "verdict", "limits")},
            draws=found.draws[:, :, -1:],
        )
    )
    assert section.paragraphs[0].startswith(title(found)[:12])
    assert section.parts[0].tables
