"""The letter of one page."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace

import numpy as np
import pypdf
import pytest
from docx import Document as open_word

from darknumber.findings import Finding
from darknumber.inference.publish import figures
from darknumber.views.document import Banner, Facts, Grid, Notice, Text, blocks_in, tables_in
from darknumber.views.html import to_page
from darknumber.views.labels import About
from darknumber.views.letter import Letter, letter
from darknumber.views.options import ReportOptions
from darknumber.views.pdf import to_pdf
from darknumber.views.report import write_document
from darknumber.views.word import to_word
from darknumber.words import LANGUAGES, use_language

FULL = Letter(
    sender="National Rapporteur on Trafficking in Human Beings",
    addressee="The President of the House of Representatives\nPO Box 20018\n2500 EA The Hague",
    place="The Hague",
    reference="2026-0001",
    signatory="A. Person\nNational Rapporteur",
    earlier="The first study gave 6,250 a year for 2014 and 2015; the second gives about 5,000 for 2018 and 2019. "
    "The two rest on different models, and whether the number fell is not clear from them.",
    where="the annex to this letter",
)
ABOUT = About(population="victims", place="in the Netherlands")
OPTIONS = ReportOptions(about=ABOUT, day=datetime.date(2026, 11, 22), rules=None)
CASES = ("register", "flat_register", "plain", "no_draws", "broken", "groups_only", "long_series")


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_page(case, language, request):
    found = (
        Finding(code="synthetic_register"),
        Finding(code="replicates_infinite", severity="stop", values={"share": 0.4}),
    )
    estimates = replace(request.getfixturevalue(case), findings=found)
    with use_language(language):
        for fill in (FULL, Letter()):
            assert len(pages(to_pdf(letter(estimates, fill=fill, options=OPTIONS)))) == 1


def test_it_says_who_writes_to_whom_and_what(register):
    (text,) = pages(to_pdf(letter(register, fill=FULL, options=OPTIONS)))
    said = " ".join(text.replace("-\n", "").split())
    last = figures(register.by("year"))[-1]
    for part in (
        "National Rapporteur on Trafficking",
        "2500 EA The Hague",
        "The Hague, 22 November 2026",
        "2026-0001",
        "A. Person",
        "first study gave 6,250",
        "the annex to this letter",
        last.estimate_text,
        last.interval_text,
        "nobody here is a proven one",
    ):
        assert part in said
    assert "[" not in said.replace("[Dear ...],", "")


def test_what_is_missing_stands_between_brackets(plain):
    made = letter(plain, options=ReportOptions(rules=None))
    text = to_page(made)
    for blank in ("[name of the ministry or office]", "[place and date]", "[reference]", "[where the report is]"):
        assert blank in text


def test_the_table_holds_the_last_years(register):
    (table,) = tables_in(letter(register, options=OPTIONS))
    assert [row[0].text for row in table.rows] == ["2017", "2018", "2019"]
    assert len(table.columns) == 4
    rows = figures(register.by("year"))[-3:]
    assert [[cell.text for cell in row[1:]] for row in table.rows] == [
        [row.observed_text, row.estimate_text, row.interval_text] for row in rows
    ]
    (longer,) = tables_in(letter(register, fill=Letter(years=5), options=OPTIONS))
    assert len(longer.rows) == 5


def test_without_years_the_table_holds_everyone(plain):
    (table,) = tables_in(letter(plain, options=OPTIONS))
    assert table.rows[0][0].text == "2,744"


def test_limits_that_do_not_add_up_have_no_table(groups_only):
    bounded = replace(groups_only, draws=None, selection=None, bounds=groups_only.limits)
    assert tables_in(letter(bounded, options=OPTIONS)) == []


def test_what_forbids_its_use_stands_in_it(plain):
    found = (
        Finding(code="synthetic_data"),
        Finding(code="replicates_infinite", severity="stop", values={"share": 0.4}),
        Finding(code="list_alone", severity="caution", where="police"),
    )
    blocks = list(blocks_in(letter(replace(plain, findings=found), options=OPTIONS)))
    assert sum(isinstance(block, Banner) for block in blocks) == 1
    assert [block.severity for block in blocks if isinstance(block, Notice)] == ["stop"]


def test_three_forms_say_the_same(register, tmp_path):
    made = letter(register, fill=FULL, options=OPTIONS)
    html, word = to_page(made), open_word(io.BytesIO(to_word(made)))
    typed = "\n".join(paragraph.text for paragraph in word.paragraphs)
    for block in blocks_in(made):
        if isinstance(block, Text):
            assert block.text.split("\n")[0] in html
            assert block.text in typed
        elif isinstance(block, Facts):
            assert all(meaning in typed for _, meaning in block.pairs)
        elif isinstance(block, Grid):
            assert len(word.tables) == len(block.tables)
    assert [each.text for each in word.paragraphs if each.style.name == "Heading 1"] == [made.title]
    assert write_document(made, tmp_path / "letter.pdf").stat().st_size > 5000


def test_it_names_no_number_that_may_not_be_printed(plain):
    few = replace(plain, observed=np.array([3.0]), unobserved=np.array([9.0]), draws=np.full((200, 1), 12.0))
    made = letter(few, options=ReportOptions())
    assert "Too few people are registered" in to_page(made)
