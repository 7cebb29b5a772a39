"""The table model, and tables of answers, lists and paths."""

from __future__ import annotations

import math
from dataclasses import replace
from html.parser import HTMLParser
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.views.disclosure import Disclosure, disclose, overlaps_shown, shared_shown
from darknumber.views.tables import Cell, Column, Table, notes_of, to_html, words
from darknumber.views.tables_estimates import annual_mean, can_group, estimates_table, group_table, year_table
from darknumber.views.tables_lists import lists_table, overlaps_table, path_table
from darknumber.views.tables_text import to_text
from darknumber.words import LANGUAGES, people, use_language


class Grid(HTMLParser):
    """The cells of an HTML table, and the scopes of its header cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.scopes: list[str | None] = []
        self.open = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.open = tag in ("td", "th") or (self.open and tag not in ("tr", "table", "p"))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def column(table: Table, label: str) -> list[str]:
    place = [column.label for column in table.columns].index(label)
    return [row[place].text for row in table.rows]


# ---- answers


def test_years_close_with_the_annual_mean_and_the_sum(register):
    table = year_table(register, years=("2018", "2019"))
    names = column(table, "Year")
    assert names[:2] == ["2010", "2011"]
    assert names[-2:] == ["Annual mean 2018–2019", "Sum 2010–2019, victim-years"]
    assert table.sums == {10, 11}
    observed = [int(text.replace(",", "")) for text in column(table, "Registered")]
    assert observed[-1] == sum(observed[:10]) == int(register.observed.sum())
    assert observed[-2] == pytest.approx((observed[8] + observed[9]) / 2, abs=0.5)


def test_a_person_is_summed_to_people(broken):
    assert column(year_table(broken), "Year")[-1] == "Sum 2010–2013, people"


def test_groups_are_annual_means_where_there_are_years(register):
    table = group_table(register, ("sex",), years=("2018", "2019"))
    assert "annual mean 2018–2019" in table.caption
    whole = register.by("year").mean("year", ["2018", "2019"]).total()
    assert column(table, "Registered")[-1] == people(float(whole.observed[0]))
    assert annual_mean(register, ("sex",)).averaged[1:] == register.covariates[0].levels


def test_groups_without_years_are_sums(groups_only):
    table = group_table(groups_only, ("sex",))
    assert "mean" not in table.caption
    assert column(table, "Registered") == ["720", "210", "20", "950"]


def test_two_covariates_have_two_naming_columns(register):
    table = group_table(register, ("form", "crossing"))
    assert table.headings == 2
    assert len(table.rows) == 4 * 2 + 1
    assert table.rows[0][0].value == "sexual"


def test_not_recorded_is_a_row_and_explained(groups_only):
    table = group_table(groups_only, ("sex",))
    assert [row[0].value for row in table.rows[:3]] == ["female", "male", NOT_RECORDED]
    assert any("not recorded" in note for note in table.notes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_estimable_is_never_a_zero(broken, language):
    with use_language(language):
        table = year_table(broken)
    for place, row in enumerate(table.rows):
        if place != 0:
            assert not {cell.text for cell in row[2:]} & {"0", "0%", "0.0", "0,0", "inf", "nan"}
    assert table.rows[1][2].text in ("n.e.", "n.t.s.")
    assert table.rows[3][2].text in ("no upper limit", "geen bovengrens")
    assert math.isinf(table.rows[3][2].value)
    assert "40" in table.rows[1][3].text


def test_only_notes_that_are_needed(plain, broken):
    assert len(estimates_table(plain).notes) == 1
    assert len(year_table(broken).notes) == 4


def test_registered_numbers_are_called_exact_where_they_are(register):
    years = register.by("year")
    note = year_table(years).notes[0]
    mean = np.mean(years.observed)
    assert mean != round(mean)
    assert "exact, but for the one that is not whole" in note
    assert "Registered numbers are exact." in estimates_table(years).notes[0]
    halves = replace(years, observed=years.observed + 0.5)
    unknown = replace(halves, unobserved=np.full(len(years.observed), np.nan), draws=np.full_like(years.draws, np.nan))
    for parted in (halves, unknown):
        assert "which are not whole here" in estimates_table(parted).notes[0]


def test_limits_without_draws_are_not_summed(no_draws, register):
    assert can_group(no_draws, ())
    assert texts(estimates_table(no_draws))[0][2] == "10,700 to 15,100"
    single = register.by("year")
    bounded = type(single)(
        **{
            name: getattr(single, name)
            for name in ("covariates", "observed", "unobserved", "verdict", "at_least", "level", "interval", "seed")
        },
        fits=single.fits,
        unit="person",
        draws=None,
        bounds=np.stack([single.estimate * 0.9, single.estimate * 1.2], axis=1),
    )
    assert not can_group(bounded, ("sex",))
    assert can_group(bounded, ("year",))
    assert year_table(bounded).sums == frozenset()


# ---- lists


def test_list_sizes(register):
    data = register.fits[0].data
    table = lists_table(data)
    assert [row[1].value for row in table.rows] == data.list_sizes.tolist()
    assert table.rows[1][0].text == "Border police"


def test_small_overlaps_are_hidden_in_every_form(plain):
    data = plain.fits[0].data
    rules = Disclosure(floor=5, base=1)
    table, open_table = overlaps_table(data, protection=disclose(data, rules)), overlaps_table(data)
    small = {int(n) for n in data.overlaps[np.triu_indices(6, 1)] if 0 < n < 5}
    assert small
    cells = [cell for row in table.rows for cell in row[1:]]
    assert not any(cell.text in map(str, range(1, 5)) for cell in cells)
    assert not any(isinstance(cell.value, float) and 0 < cell.value < 5 for cell in cells)
    assert any(cell.text == "<5" for cell in cells)
    assert any(cell.text == "none" for cell in cells)
    assert {int(cell.text) for row in open_table.rows for cell in row[1:] if cell.text.isdigit()} >= small


def test_a_sum_does_not_give_a_hidden_overlap_away():
    data = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3, 6], [500, 400, 300, 40, 3])
    rules = Disclosure(floor=5, base=1)
    assert shared_shown(data, None).text == "43"
    shown = [shared_shown(data, disclose(data, rules)), *overlaps_shown(data, disclose(data, rules)).values()]
    assert not {"43", "40"} <= {each.text for each in shown}  # these would leave 3
    assert shared_shown(data, disclose(data)).text == "45"
    few = CaptureTable.build(("A", "B", "C"), [1, 2, 4, 3], [500, 400, 300, 3])
    assert shared_shown(few, disclose(few)).text == "<10"


def test_the_path(register):
    candidates = register.fits[0].candidates
    table = path_table(candidates, 12_529, criterion="bic", step=1000)
    assert len(table.rows) == 8
    assert column(table, "BIC above the best")[-1] == "0"
    assert column(table, "Estimated")[1] == "no upper limit"
    assert [row[5].text for row in table.rows] == [""] * 7 + ["chosen"]


# ---- HTML


def test_html_holds_every_cell_and_names_scopes(register):
    table = group_table(register, ("form", "crossing"))
    grid = Grid(str(to_html(table)))
    assert grid.rows[0] == [column.label for column in table.columns]
    for number, (shown, row) in enumerate(zip(grid.rows[1:], texts(table), strict=True)):
        assert shown == (row if number not in table.sums else [row[0], *row[2:]])
    assert set(grid.scopes) == {"col", "row"}
    assert all(note in str(to_html(table)).replace("&#34;", '"') for note in table.notes)
    assert "remark" not in str(to_html(table, notes=False))


def test_html_is_escaped():
    table = Table(
        caption="<b>",
        columns=(Column(label="a & b", align="left"),),
        rows=((words("<script>alert(1)</script>"),),),
        notes=("<i>",),
    )
    html = str(to_html(table))
    assert "<script" not in html
    assert "<i>" not in html
    assert "a &amp; b" in html


def test_notes_of_several_tables_are_said_once(register):
    tables = [group_table(register, ("sex",)), group_table(register, ("age",))]
    assert notes_of(tables) == tables[0].notes


# ---- text

WORD = st.text(alphabet="abcdefghij", min_size=1, max_size=30)
SPEECH = st.lists(WORD, min_size=1, max_size=5).map(" ".join)


@st.composite
def tables(draw):
    headings = draw(st.integers(1, 3))
    numbers = draw(st.integers(1, 9))
    labels = draw(st.lists(SPEECH, min_size=headings + numbers, max_size=headings + numbers))
    columns = tuple(Column(label=text, align="left" if k < headings else "right") for k, text in enumerate(labels))
    row = st.tuples(
        *(SPEECH.map(words) for _ in range(headings)),
        *(st.integers(0, 10**8).map(lambda n: Cell(text=people(n), value=float(n))) for _ in range(numbers)),
    )
    rows = tuple(draw(st.lists(row, min_size=1, max_size=5)))
    return Table(caption=draw(SPEECH), columns=columns, rows=rows, headings=headings, notes=(draw(SPEECH),))


@given(tables(), st.sampled_from([40, 80, 120]))
def test_text_is_never_too_wide_and_leaves_nothing_out(table, width):
    text = to_text(table, width=width)
    assert max(map(len, text.splitlines())) <= width
    for row in table.rows:
        for cell in row[table.headings :]:
            assert cell.text in text
    outer = [tuple(cell.text for cell in row[: max(table.headings - 1, 1)]) for row in table.rows]
    if table.headings > 1:  # in a table that is folded, what rows share in their names stands once above them
        outer = [names for names, _ in groupby(outer)]
    letters = sorted("".join(names[0] for names in outer).replace(" ", ""))
    assert all(text.count(letter) >= letters.count(letter) for letter in set(letters))


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_of_the_register_fit_a_terminal(register, language):
    with use_language(language):
        made = [
            year_table(register),
            group_table(register, ("form", "crossing")),
            group_table(register, ("year", "sex")),
            group_table(register, ("sex", "age", "nationality", "form", "crossing")),
            lists_table(register.fits[0].data),
            overlaps_table(register.fits[0].data),
            path_table(register.fits[0].candidates, 12_529),
        ]
        for table in made:
            text = to_text(table)
            assert max(map(len, text.splitlines())) <= 80
            for row in table.rows:
                assert all(cell.text in text for cell in row[table.headings :] if cell.text and " " not in cell.text)
