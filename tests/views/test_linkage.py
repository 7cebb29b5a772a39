"""The part of a report on linkage: only where the answer comes from reports, in plain words, small numbers kept out."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.drawn import AtThreshold, DrawnTables, WhoIsWho
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.studies.links import thresholds
from darknumber.views.disclosure import disclose
from darknumber.views.html import to_page
from darknumber.views.linkage import linkage_section
from darknumber.views.options import ReportOptions
from darknumber.views.plots import to_svg
from darknumber.views.report import document
from darknumber.views.show_plot import plot
from darknumber.views.show_table import table
from darknumber.words import LANGUAGES, use_language
from tests.views.linkage_made import summary

FEW = Bootstrap(replicates=60)


def counts(shared: int) -> CaptureTable:
    """Three lists, of which the first two share more or fewer people."""
    return CaptureTable.build(
        "ABC", [1, 2, 3, 4, 5, 6, 7], [200 - shared, 180 - shared, shared, 150, 22, 25, 9], name="reports.csv"
    )


@pytest.fixture(scope="module")
def drawn() -> DrawnTables:
    who = WhoIsWho(
        reports=1001,
        counted=1001,
        organisations=3,
        threshold=0.5,
        people=706,
        draws=20,
        seed=1,
        people_low=699,
        people_high=712,
        in_doubt=62,
        largest=4,
        links=300.0,
        missed=6.0,
        false=3.0,
    )
    at = tuple(
        AtThreshold(threshold=each, table=counts(shared), people=700, missed=missed, false=false)
        for each, shared, missed, false in ((0.1, 45, 1.0, 12.0), (0.5, 40, 6.0, 3.0), (0.95, 30, 20.0, 0.4))
    )
    tables = (counts(38), counts(40), counts(42))
    return DrawnTables(
        best=counts(40), tables=tables, weights=(5, 10, 5), linkage=who, at=at, summary=summary(name="reports.csv")
    )


@pytest.fixture(scope="module")
def answer(drawn):
    return estimate(drawn, "independence", FEW, seed=1, workers=1)


@pytest.fixture(scope="module")
def curve(drawn):
    return thresholds(drawn, "independence", FEW, seed=1, workers=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_tells_how_reports_became_people(answer, curve, language):
    with use_language(language):
        section = linkage_section(answer, thresholds=curve)
        said = " ".join(section.paragraphs).replace("\xa0", " ")
        for number in ("706", "699", "712", "20", "98%", "99%", "6,2%" if language == "nl" else "6.2%"):
            assert number in said, number
        assert re.search(r"1[.,]001", said)
        assert len(section.figures) == 3
        for place, figure in enumerate(section.figures):
            assert "<text" in str(to_svg(figure, f"f{place}"))
            assert figure.tables


def test_an_answer_that_is_not_from_reports_has_no_such_part():
    plain = estimate(counts(40), "independence", FEW, seed=1, workers=1)
    assert linkage_section(plain) is None
    assert "linkage" not in {part.name for part in document(plain).parts}


def test_the_report_has_it_by_itself_and_more_of_it_with_thresholds(answer, curve):
    plain, more = document(answer), document(answer, options=ReportOptions(linked=curve))
    one, other = (next(part for part in each.parts if part.name == "linkage") for each in (plain, more))
    assert one.heading == "Which reports are about one person?"
    kinds = [[block.kind for block in part.blocks].count("picture") for part in (one, other)]
    assert kinds == [1, 3]
    assert 'id="linkage"' in to_page(more)


def test_few_people_are_kept_out(answer, curve):
    protection = disclose(answer)
    section = linkage_section(answer, thresholds=curve, protection=protection)
    people = section.figures[-1].tables[0]
    assert [row[1].value for row in people.rows] == [700, 110, 25]  # the two with four reports are in the last
    observed = [row[1].value for row in section.figures[1].tables[0].rows]
    assert all(value % 5 == 0 for value in observed)


def test_nobody_in_doubt_is_said(answer):
    sure = [replace(each, values={**each.values, "in_doubt": 0}) for each in answer.findings]
    section = linkage_section(replace(answer, findings=tuple(sure)))
    assert section.paragraphs[1] == "Which reports are about one person is taken for certain here."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_curve_has_the_answers_and_that_of_all_draws(curve, language):
    with use_language(language):
        shown = plot(curve)
        assert shown.columns() == table(curve).columns()
    columns = shown.columns()
    assert columns["threshold"][:3] == [0.1, 0.5, 0.95]
    assert len(columns["threshold"]) == 4  # the last row is that of all draws
    missed = [number for number in columns["missed"] if isinstance(number, float)]
    assert missed == pytest.approx([1 / 300, 6 / 300, 20 / 300], abs=0.001)
    assert columns["estimate"][3] == pytest.approx(float(curve.pooled.estimate[0]), rel=0.02)


def test_where_the_doubt_comes_from_adds_up(answer):
    columns = table(answer, "doubt").columns()
    assert sum(columns["share"]) == pytest.approx(1.0, abs=0.02)
    assert columns["source"] == ["chance", "linkage"]
    assert "linkage" in str(plot(answer, "doubt"))


def test_linked_tables_have_the_kinds_of_links_and_of_their_table(drawn):
    assert table(drawn).content.caption == table(summary(), "weights").content.caption
    assert table(drawn, "lists").content.rows == table(drawn.best, "lists").content.rows
    assert "reports.csv" in plot(drawn, "people").content.subtitle
    assert plot(drawn, "people").content.subtitle.count("Source") == 1


def test_without_a_number_there_is_no_curve(curve):
    nothing = [replace(each, unobserved=np.array([np.inf])) for each in curve.answers]
    with pytest.raises(Exception, match="nothing to show"):
        plot(replace(curve, answers=tuple(nothing)))


def test_thresholds_of_other_tables_are_refused(answer, curve):
    other = replace(curve, data=replace(curve.data, best=counts(30)))
    with pytest.raises(InputError) as caught:
        linkage_section(answer, thresholds=other)
    assert caught.value.code == "linked_of_others"
