"""Tables as Word reads them: a header row that repeats on each page, rows that stay whole, and a name read aloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from darknumber.views.tables import Table

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

TABLE_SIZE, MANY_COLUMNS, SMALL_TABLE_SIZE = 9.0, 6, 8.0  # points; smaller from more columns than that on
RULE, SOFT = "D0D7DE", "F6F8FA"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # letters that XML cannot hold


def clean(text: str) -> str:
    """The text without control characters, which XML cannot hold."""
    return _FORBIDDEN.sub("", text)


def add_table(page: WordDocument, table: Table) -> None:
    """A table whose header row repeats on each page and whose rows are not cut."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Pt

    if table.caption:
        line = page.add_paragraph()
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_before = Pt(8)
        line.add_run(clean(table.caption)).bold = True
    made = page.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    made.alignment = WD_TABLE_ALIGNMENT.LEFT
    size = TABLE_SIZE if len(table.columns) <= MANY_COLUMNS else SMALL_TABLE_SIZE
    _look(made, table)
    grid = [row.cells for row in made.rows]
    for place, column in enumerate(table.columns):
        _cell(grid[0][place], column.label, column.align, size=size, bold=True)
    for number, row in enumerate(table.rows):
        total = number in table.sums
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if total and 0 < place < table.headings:
                continue  # the name of a sum stands across all naming columns
            _cell(grid[number + 1][place], cell.text, column.align, size=size, bold=place == 0, fill=total)
        if total and table.headings > 1:
            grid[number + 1][0].merge(grid[number + 1][table.headings - 1])
    page.add_paragraph().paragraph_format.space_after = Pt(2)


def _look(made: Any, table: Table) -> None:
    """Rules between rows; the first row as header, rows that stay whole, and what the table holds for readers aloud."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    settings = made._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", RULE)):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
    settings.append(borders)
    seen = OxmlElement("w:tblLook")
    for name, value in (("firstRow", "1"), ("firstColumn", "1"), ("noHBand", "1"), ("noVBand", "1")):
        seen.set(qn(f"w:{name}"), value)
    for old in settings.findall(qn("w:tblLook")):
        settings.remove(old)
    settings.append(seen)
    if table.caption:
        caption = OxmlElement("w:tblCaption")
        caption.set(qn("w:val"), clean(table.caption))
        settings.append(caption)
    for number, row in enumerate(made.rows):
        about = row._tr.get_or_add_trPr()
        about.append(OxmlElement("w:cantSplit"))
        if number == 0:
            about.append(OxmlElement("w:tblHeader"))


def _cell(cell: Any, text: str, align: str, *, size: float, bold: bool = False, fill: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    line = cell.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT if align == "right" else WD_ALIGN_PARAGRAPH.LEFT
    line.paragraph_format.space_after = Pt(0)
    run = line.add_run(clean(text))
    run.font.size, run.bold = Pt(size), bold
    if fill:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SOFT)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
