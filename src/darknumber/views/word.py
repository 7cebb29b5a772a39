"""A document as Word reads it: real headings, header rows that repeat, texts for pictures, always the same bytes."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import vl_convert

from darknumber.errors import InputError
from darknumber.views.document import (
    Banner,
    Block,
    Command,
    Document,
    Facts,
    Grid,
    Notice,
    Part,
    Picture,
    Points,
    Text,
    Trio,
    headings_in,
)
from darknumber.views.drawing import drawn
from darknumber.views.plots import Figure
from darknumber.views.tables import notes_of
from darknumber.views.word_tables import add_table, clean
from darknumber.views.writing import without_clock
from darknumber.words import date, say, use_language

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

SHARP = 2.0  # pixels of a picture for each of those it has on a screen
EPOCH = datetime.datetime(2000, 1, 1)  # what a file made without a date bears; Word refuses to have none
TEXT_WIDTH_CM, PAGE_CM, MARGIN_CM = 17.0, (21.0, 29.7), 2.0
LANGUAGES = {"en": "en-GB", "nl": "nl-NL"}
BODY_FONT = "Calibri"  # every Word has it, and others have one of the same widths
BODY_SIZE, REMARK_SIZE, LEAD_SIZE, NUMBER_SIZE = 10.5, 9.0, 12.0, 20.0
INK, MUTED = "1B1F24", "57606A"
COLOURS = {"note": MUTED, "caution": "8A5A00", "stop": "A4161A"}


def to_word(document: Document) -> bytes:
    """The document as the bytes of a ``.docx`` file.

    Parameters
    ----------
    document
        A report or a letter.

    Raises
    ------
    InputError
        python-docx is not installed.
    """
    try:
        import docx
    except ImportError:
        raise InputError("report_needs_package", ending=".docx", package="python-docx") from None
    page = docx.Document()
    with use_language(document.language):
        _set_up(page, document)
        for block in document.preamble:
            _show(page, block)
        page.add_heading(clean(document.title), level=1)
        for part in document.opening:
            _part(page, part, 2)
        if document.layout == "report" and document.parts:
            _contents(page, document)
        for part in document.parts:
            _part(page, part, 2)
    kept = io.BytesIO()
    page.save(kept)
    return without_clock(kept.getvalue())


# ---- the page


def _set_up(page: WordDocument, document: Document) -> None:
    from docx.shared import Cm, Pt, RGBColor

    section = page.sections[0]
    section.page_width, section.page_height = (Cm(size) for size in PAGE_CM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    normal = page.styles["Normal"]
    normal.font.name, normal.font.size = BODY_FONT, Pt(BODY_SIZE)
    normal.font.color.rgb = RGBColor.from_string(INK)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in ((1, 20 if document.layout == "report" else 12), (2, 14), (3, 11.5), (4, BODY_SIZE)):
        style = page.styles[f"Heading {level}"]
        style.font.name, style.font.size, style.font.bold = BODY_FONT, Pt(size), True
        style.font.color.rgb = RGBColor.from_string(INK)
        _plain_fonts(style)
        style.paragraph_format.keep_with_next = True
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(14 if level < 3 else 10), Pt(4)
    _speaks(page, document.language)
    about = page.core_properties
    about.title, about.author, about.language = clean(document.title), clean(document.author), document.language
    made = EPOCH if document.day is None else datetime.datetime.combine(document.day, datetime.time())
    about.created = about.modified = made
    about.last_modified_by, about.comments, about.revision = clean(document.author), "", 1
    if document.layout == "report":
        _running(page, document)


def _plain_fonts(style: Any) -> None:
    """A heading in the body's font: a theme's font would go before it."""
    from docx.oxml.ns import qn

    fonts = style.element.rPr.rFonts
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)


def _speaks(page: WordDocument, language: str) -> None:
    """Declare the language of all text, for readers aloud and for spelling."""
    from docx.oxml.ns import qn

    for each in page.styles.element.iter(qn("w:lang")):
        each.set(qn("w:val"), LANGUAGES[language])


def _running(page: WordDocument, document: Document) -> None:
    """The title above every page but the first, and page numbers below each."""
    from docx.shared import Pt, RGBColor

    section = page.sections[0]
    section.different_first_page_header_footer = True
    bottom = [document.author] if document.author else []
    bottom += [date(document.day)] if document.day else []
    for footer in (section.footer, section.first_page_footer):
        line = footer.paragraphs[0]
        line.text = clean(" · ".join(bottom)) + "\t\t"
        _field(line, "PAGE")
    section.header.paragraphs[0].text = clean(document.title)
    for line in (section.header.paragraphs[0], section.footer.paragraphs[0], section.first_page_footer.paragraphs[0]):
        for run in line.runs:
            run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(MUTED)


def _field(line: Any, code: str, shown: str = "1") -> None:
    """What Word works out itself, such as the number of the page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", shown), ("end", "")):
        run = line.add_run()
        if kind == "shown":
            run.text = text
            continue
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)


def _contents(page: WordDocument, document: Document) -> None:
    """The table of contents: a field that Word fills with page numbers, with the headings until it does."""
    own = {part.heading for part in document.opening}
    shown = [title for level, title in headings_in(document)[1:] if level == 2 and title not in own]
    page.add_paragraph().add_run(clean(say("view.report.contents_pages"))).bold = True
    _field(page.add_paragraph(), r'TOC \o "2-3" \h \z \u', clean("\n".join(shown)))


# ---- parts and blocks


def _part(page: WordDocument, part: Part, level: int) -> None:
    if part.heading:
        page.add_heading(clean(part.heading), level=level)
    for block in part.blocks:
        _show(page, block)
    for inner in part.parts:
        _part(page, inner, level + 1)


def _show(page: WordDocument, block: Block) -> None:
    match block:
        case Text():
            _text(page, block)
        case Points():
            for item in block.items:
                page.add_paragraph(clean(item), style="List Bullet")
        case Banner():
            _marked(page, block.label, block.text, "B5541C")
        case Notice():
            _marked(page, block.label, block.sentence, COLOURS[block.severity])
        case Trio():
            _trio(page, block)
        case Picture():
            _picture(page, block.figure)
        case Grid():
            for table in block.tables:
                add_table(page, table)
                _notes(page, table.notes)
        case Facts():
            for name, meaning in block.pairs:
                line = page.add_paragraph()
                line.add_run(clean(name)).bold = True
                line.add_run("  " + clean(meaning))
        case Command():
            page.add_paragraph().add_run(clean(block.text)).font.name = "Courier New"


def _text(page: WordDocument, block: Text) -> None:
    from docx.shared import Pt, RGBColor

    line = page.add_paragraph(clean(block.text))
    if block.style == "sender":
        line.runs[0].font.size, line.runs[0].bold = Pt(LEAD_SIZE), True
    elif block.style == "lead":
        line.runs[0].font.size = Pt(LEAD_SIZE)
    elif block.style in ("remark", "eyebrow"):
        line.runs[0].font.size, line.runs[0].font.color.rgb = Pt(REMARK_SIZE), RGBColor.from_string(MUTED)


def _marked(page: WordDocument, label: str, text: str, colour: str) -> None:
    """A paragraph with a bar of its colour at the side and a label that says the same in words."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    line = page.add_paragraph()
    first = line.add_run(clean(label))
    first.bold, first.font.color.rgb = True, RGBColor.from_string(colour)
    line.add_run(" " + clean(text))
    border, side = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "24"), ("space", "8"), ("color", colour)):
        side.set(qn(f"w:{name}"), value)
    border.append(side)
    line._p.get_or_add_pPr().append(border)


def _trio(page: WordDocument, block: Trio) -> None:
    """Each number on a line with what it is; no table, as these are no rows and columns."""
    from docx.shared import Pt

    for number, label in block.numbers:
        line = page.add_paragraph()
        line.paragraph_format.space_after = Pt(2)
        shown = line.add_run(clean(number))
        shown.bold, shown.font.size = True, Pt(NUMBER_SIZE)
        line.add_run("  " + clean(label))


def _picture(page: WordDocument, figure: Figure) -> None:
    from docx.shared import Cm, Pt, RGBColor

    title = page.add_paragraph()
    title.paragraph_format.keep_with_next = True
    title.add_run(clean(figure.title)).bold = True
    subtitle = page.add_paragraph()
    subtitle.paragraph_format.keep_with_next = True
    said = subtitle.add_run(clean(figure.subtitle))
    said.font.size, said.font.color.rgb = Pt(REMARK_SIZE), RGBColor.from_string(MUTED)
    drawing = drawn(figure)
    image = vl_convert.svg_to_png(drawing.svg, scale=SHARP)
    shown = page.add_picture(io.BytesIO(image), width=Cm(TEXT_WIDTH_CM * drawing.share))
    about = shown._inline.docPr
    about.set("descr", clean(f"{figure.title}. {figure.description}"))
    about.set("title", clean(figure.title))
    for table in figure.tables:
        add_table(page, table)
    _notes(page, notes_of(figure.tables))


def _notes(page: WordDocument, notes: tuple[str, ...]) -> None:
    for note in notes:
        _text(page, Text(text=note, style="remark"))
