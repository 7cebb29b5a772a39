"""One document, three forms: the same headings, tables, figures and numbers in the web page, the PDF and Word."""

from __future__ import annotations

import io
import re
import string
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pypdf
import pytest
from docx import Document as open_word
from docx.oxml.ns import qn
from pypdf.generic import IndirectObject

from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates
from darknumber.views.document import Document, Picture, blocks_in, figures_in, headings_in, tables_in
from darknumber.views.html import to_page
from darknumber.views.labels import About
from darknumber.views.options import ReportOptions, Section
from darknumber.views.pdf import as_json, to_pdf
from darknumber.views.report import FORMATS, document, report
from darknumber.views.tables import Column, Table, words
from darknumber.views.word import to_word
from darknumber.words import LANGUAGES, catalogue, use_language

ABOUT = {"en": "in the Netherlands", "nl": "in Nederland"}
HOSTILE = (
    "#let x = 1",
    "<script>alert(1)</script>",
    "$x^2$",
    "a \\ b",
    "]]>",
    "*bold* _it_",
    "@ref",
    "{name}",
    "&amp;",
)
LONG = "Wederrechtelijkevrijheidsberovingsslachtofferregistratie" * 4
EXACT = 5  # words of a sentence from which it can only be that sentence


@cache
def reports(language: str, which: str) -> Document:
    return document(KEPT[which], options=OPTIONS[language])


KEPT: dict[str, Estimates] = {}
OPTIONS = {
    code: ReportOptions(
        groups=(("form", "crossing"), ("sex",), ("year", "sex")),
        about=About(population="victims", place=place),
        publisher="Office",
        assumptions=(("x", "y"),),
    )
    for code, place in ABOUT.items()
}


@pytest.fixture(params=LANGUAGES)
def made(register, request) -> Iterator[Document]:
    KEPT["register"] = register
    with use_language(request.param):
        yield reports(request.param, "register")


@cache
def _html(language: str) -> str:
    return to_page(reports(language, "register"))


@cache
def _pdf(language: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(to_pdf(reports(language, "register"))))


@cache
def _word(language: str) -> bytes:
    return to_word(reports(language, "register"))


@pytest.fixture
def html(made) -> str:
    return _html(made.language)


@pytest.fixture
def pdf(made) -> pypdf.PdfReader:
    return _pdf(made.language)


@pytest.fixture
def packed(made) -> bytes:
    """The bytes of the file for Word."""
    return _word(made.language)


@pytest.fixture
def word(packed) -> Any:
    return open_word(io.BytesIO(packed))


@cache
def elements(pdf: pypdf.PdfReader) -> list[dict[str, Any]]:
    """Every element of the PDF's structure."""
    found: list[dict[str, Any]] = []

    def within(node: Any) -> None:
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(node, list):
            for each in node:
                within(each)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                within(node["/K"])

    within(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


def kinds(pdf: pypdf.PdfReader) -> list[str]:
    return [str(element["/S"]) for element in elements(pdf)]


@cache
def texts_of_pages(pdf: pypdf.PdfReader) -> list[str]:
    return [page.extract_text() for page in pdf.pages]


def texts(pdf: pypdf.PdfReader) -> str:
    """All words of the PDF, without what stands between them: lines are broken and words cut."""
    return squeezed(" ".join(texts_of_pages(pdf)))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u2010-]", "", text)


def word_text(word: Any) -> str:
    return squeezed("".join(part.text or "" for part in word.element.body.iter(qn("w:t"))))


def test_headings_go_down_one_step_at_a_time(made):
    levels = [level for level, _ in headings_in(made)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_three_forms_hold_the_same(made, html, pdf, word):
    tables, figures, headings = tables_in(made), figures_in(made), headings_in(made)
    assert html.count("<table") == kinds(pdf).count("/Table") == len(word.tables) == len(tables)
    assert html.count("<figure") == kinds(pdf).count("/Figure") == len(word.inline_shapes) == len(figures)
    assert len(re.findall(r"<h[1-6]", html)) == len(headings)
    named = [(int(each.style.name[-1]), each.text) for each in word.paragraphs if each.style.name.startswith("Heading")]
    assert named == headings
    in_pdf = [kind for kind in kinds(pdf) if re.fullmatch(r"/H[1-6]", kind)]
    contents = 1
    assert len(in_pdf) == len(headings) + contents
    said, typed = texts(pdf), word_text(word)
    for _, heading in headings:
        assert squeezed(heading) in said
    for table in tables:
        for cell in (cell for row in table.rows for cell in row):
            assert squeezed(cell.text) in said
            assert squeezed(cell.text) in typed


def test_a_pdf_is_tagged_and_says_what_it_is(made, pdf):
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == made.language
    assert root["/MarkInfo"]["/Marked"].value
    assert pdf.metadata["/Title"] == made.title
    assert pdf.metadata["/Author"] == made.author
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert "pdfuaid" in pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    figures = [element for element in elements(pdf) if element["/S"] == "/Figure"]
    alternatives = [str(element["/Alt"]) for element in figures]
    assert alternatives == [f"{figure.title}. {figure.description}" for figure in figures_in(made)]


def test_every_table_of_a_pdf_has_a_header(made, pdf):
    for table in (element for element in elements(pdf) if element["/S"] == "/Table"):
        inside = [str(each.get_object()["/S"]) for each in table["/K"]]
        assert inside[0] == "/THead"
    heads = [kind for kind in kinds(pdf) if kind == "/TH"]
    assert len(heads) >= sum(len(table.columns) for table in tables_in(made))


def test_a_pdf_has_pages_with_numbers_and_bookmarks(made, pdf):
    pages = texts_of_pages(pdf)
    assert len(pages) == len(pdf.pages)
    for number, text in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in text
    assert all(squeezed(made.title) in squeezed(text) for text in pages)
    assert len(pdf.outline) > 0


def test_word_has_headers_texts_and_a_language(made, word):
    for table in word.tables:
        (first, *others) = [row._tr for row in table.rows]
        assert first.find(f".//{qn('w:tblHeader')}") is not None
        assert all(row.find(f".//{qn('w:tblHeader')}") is None for row in others)
        assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in (first, *others))
    descriptions = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    assert descriptions == [f"{figure.title}. {figure.description}" for figure in figures_in(made)]
    (language,) = {each.get(qn("w:val")) for each in word.styles.element.iter(qn("w:lang"))}
    assert language.partition("-")[0] == made.language
    about = word.core_properties
    assert (about.title, about.author, about.language) == (made.title, made.author, made.language)


def test_html_has_landmarks_and_names_for_what_scrolls(html):
    for tag in ("<header", "<main", "<nav"):
        assert html.count(tag) == 1
    skip = re.search(r'<a class="skip" href="#([^"]+)"', html)
    assert skip is not None
    assert f'id="{skip[1]}"' in html
    assert html.index('class="skip"') < html.index("<header")
    assert ":focus-visible" in html
    assert all('aria-label="' in tag for tag in re.findall(r'<div[^>]*tabindex="0"[^>]*>', html))


def contrast(one: str, other: str) -> float:
    """How far apart two colours are, as WCAG 2 measures it."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_colours_can_be_read_in_light_and_dark(html):
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    schemes = re.findall(r":root\{([^}]+)\}", html)
    assert len(schemes) == 3  # light, dark, paper
    for scheme in schemes:
        said = re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})\b", scheme)
        colours = {
            name: value if len(value) == 7 else f"#{''.join(2 * each for each in value[1:])}" for name, value in said
        }
        for ink in ("ink", "muted", "seen", "est", "caution", "stop", "note"):
            assert contrast(colours[ink], colours["ground"]) >= 4.5, ink
        for kind in ("caution", "stop"):
            assert contrast(colours[kind], colours[f"{kind}-ground"]) >= 4.5, kind


def test_nothing_is_fetched(made, pdf, packed):
    for page in pdf.pages:
        for note in page.get("/Annots", []):
            assert "/URI" not in str(note.get_object())
    with zipfile.ZipFile(io.BytesIO(packed)) as inside:
        for name in inside.namelist():
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in inside.read(name)
    pictures = re.sub(r'xmlns(:xlink)?=\\"[^"]*"', "", as_json(made))  # names of formats, which nothing reads
    assert "http" not in pictures
    assert "href" not in pictures


def sentences(code: str) -> list[re.Pattern[str]]:
    """Sentences of a language that are long enough to be told from any other, with anything for their values."""
    found = []
    # the glossary gives each word in both languages
    for sentence in (text for key, text in catalogue.keys(code).items() if not key.startswith("glossary.")):
        for form in [sentence] if isinstance(sentence, str) else sentence.values():
            pieces = [piece for piece, *_ in string.Formatter().parse(form)]
            longest = max(pieces, key=lambda piece: len(piece.split()), default="")
            if len(longest.split()) >= EXACT:
                found.append(re.compile(re.escape(longest.strip())))
    return found


def everything_said(made: Document, html: str) -> str:
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", html) + " ".join(figure.description for figure in figures_in(made))


def test_all_words_are_those_of_the_language(made, html):
    (other,) = (code for code in LANGUAGES if code != made.language)
    said = everything_said(made, html)
    own = [pattern for pattern in sentences(made.language) if pattern.search(said)]
    shared = {pattern.pattern for pattern in sentences(made.language)}
    assert len(own) > 30
    foreign = [each.pattern for each in sentences(other) if each.pattern not in shared and each.search(said)]
    assert foreign == []


@pytest.mark.parametrize("form", [to_pdf, to_word])
def test_a_second_time_gives_the_same_bytes(groups_only, form):
    made = document(groups_only)
    assert form(made) == form(made)


def test_word_bears_no_clock(groups_only):
    with zipfile.ZipFile(io.BytesIO(to_word(document(groups_only)))) as inside:
        assert {entry.date_time for entry in inside.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def hostile(estimates: Estimates) -> Document:
    """A report in which every text that comes from a user is an attack on one of the forms."""
    table = Table(
        caption=" ".join(HOSTILE),
        columns=tuple(Column(label=each, align="left") for each in HOSTILE),
        rows=(tuple(words(each) for each in HOSTILE), tuple(words(LONG) for _ in HOSTILE)),
    )
    section = Section(heading=HOSTILE[0], paragraphs=HOSTILE, points=(*HOSTILE, LONG), tables=(table,))
    options = ReportOptions(
        title=" ".join(HOSTILE),
        publisher=HOSTILE[1],
        command=HOSTILE[0],
        assumptions=tuple((each, each) for each in HOSTILE),
        extra_references=HOSTILE,
        sections=(section,),
    )
    found = (Finding(code="list_alone", severity="caution", where=HOSTILE[1]),)
    return document(replace(estimates, name=HOSTILE[2], findings=found), options=options)


def test_hostile_words_are_shown_as_they_are(plain):
    made = hostile(plain)
    html = to_page(made)
    assert "<script" not in html
    pdf, word = pypdf.PdfReader(io.BytesIO(to_pdf(made))), open_word(io.BytesIO(to_word(made)))
    said, typed = texts(pdf), word_text(word)
    shown = re.sub(r"<[^>]+>", "", html.replace("&lt;", "\0").replace("&gt;", "\1"))
    for each in HOSTILE:
        assert squeezed(each) in said
        assert squeezed(each) in typed
        assert each.replace("<", "\0").replace(">", "\1").replace("&", "&amp;") in shown
    assert pdf.metadata["/Title"] == made.title
    assert word.core_properties.title == made.title


def test_control_characters_do_not_break_word(plain):
    made = document(plain, options=ReportOptions(title="a\x00b\x0bc"))
    assert open_word(io.BytesIO(to_word(made))).core_properties.title == "abc"


CASES = ("register", "plain", "no_draws", "broken", "groups_only", "long_series")


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_answer_in_every_form(case, request):
    with use_language("nl"):
        made = document(request.getfixturevalue(case))
    assert set(FORMATS) == {".html", ".pdf", ".docx"}
    for form in FORMATS.values():
        assert len(form(made)) > 10_000


def test_every_form_is_written(plain, tmp_path):
    for ending in FORMATS:
        assert report(plain, tmp_path / f"report{ending}", language="nl").stat().st_size > 10_000
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.docx", "report.html", "report.pdf"]


def test_an_ending_that_means_nothing_is_refused(plain, tmp_path):
    for name in ("report.odt", "report"):
        with pytest.raises(InputError) as raised:
            report(plain, tmp_path / name)
        assert raised.value.code == "unknown_report_format"
        assert ".docx" in raised.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ending", "package", "module"), [(".pdf", "typst", "typst"), (".docx", "python-docx", "docx")]
)
def test_what_is_not_installed_is_named(plain, tmp_path, monkeypatch, ending, package, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as raised:
        report(plain, tmp_path / f"report{ending}")
    assert raised.value.code == "report_needs_package"
    assert package in raised.value.what
    assert list(tmp_path.iterdir()) == []


def test_the_numbers_of_the_iceberg_stand_once(made):
    tables = [table.caption for table in tables_in(made)]
    assert len(tables) == len(set(tables))
    first = next(block for block in blocks_in(made) if isinstance(block, Picture))
    assert first.figure.tables == ()
