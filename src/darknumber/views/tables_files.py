"""A table as a file for other programs: CSV and JSON with its numbers, Markdown, LaTeX and text with its words."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence

from darknumber.views.tables import Table, Value
from darknumber.views.tables_data import series_of
from darknumber.views.tables_text import to_text

FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet takes for the start of a formula
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def to_csv(table: Table) -> bytes:
    """Its numbers, in UTF-8, with the names of the columns first; words that a spreadsheet would calculate are quoted.

    Empty is what is not given or not estimable; ``inf`` is no upper limit.
    """
    series = series_of(table)
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow([_harmless(each.name) for each in series])
    writer.writerows([_plain(value) for value in row] for row in zip(*(each.values for each in series), strict=True))
    return made.getvalue().encode()


def to_json(table: Table) -> bytes:
    """Its numbers by row, and its words beside them; null is what is not given, not estimable or without limit."""
    series = series_of(table)
    rows = [
        dict(zip([each.name for each in series], map(_finite, row), strict=True))
        for row in zip(*(each.values for each in series), strict=True)
    ]
    shown = [[cell.text for cell in row] for row in table.rows]
    page = {
        "caption": table.caption,
        "columns": [{"name": each.name, "label": each.label} for each in series],
        "rows": rows,
        "shown": {"columns": [column.label for column in table.columns], "rows": shown},
        "notes": list(table.notes),
    }
    return (json.dumps(page, indent=2, ensure_ascii=False) + "\n").encode()


def to_plain(table: Table) -> bytes:
    """As it prints, at 80 columns."""
    return (to_text(table) + "\n").encode()


def to_markdown(table: Table) -> bytes:
    """A Markdown table under its caption, with its notes below."""
    lines = [_marked([column.label for column in table.columns])]
    lines.append(_marked(["---:" if column.align == "right" else ":---" for column in table.columns]))
    for number, row in enumerate(table.rows):
        texts = [_escaped(cell.text) for cell in row]
        lines.append(_marked([f"**{text}**" if text and number in table.sums else text for text in texts]))
    caption = [f"**{_escaped(table.caption)}**", ""] if table.caption else []
    notes = [part for note in table.notes for part in ("", _escaped(note))]
    return ("\n".join([*caption, *lines, *notes]) + "\n").encode()


def to_latex(table: Table) -> bytes:
    """A LaTeX table that needs no package."""
    sides = "".join("r" if column.align == "right" else "l" for column in table.columns)
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_tex(table.caption)}}}", rf"\begin{{tabular}}{{{sides}}}"]
    lines += [r"\hline", _tabbed([column.label for column in table.columns]), r"\hline"]
    for number, row in enumerate(table.rows):
        if number in table.sums and number and number - 1 not in table.sums:
            lines.append(r"\hline")
        lines.append(_tabbed([cell.text for cell in row]))
    lines += [r"\hline", r"\end{tabular}"]
    lines += [rf"\par\smallskip{{\footnotesize {_tex(note)}\par}}" for note in table.notes]
    return ("\n".join([*lines, r"\end{table}"]) + "\n").encode()


def _plain(value: Value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return _harmless(value)


def _harmless(text: str) -> str:
    """Words without line breaks that end a row for some readers, and quoted where they would be a formula."""
    plain = " ".join(text.split("\r"))
    return f"'{plain}" if plain.startswith(FORMULA) else plain


def _finite(value: Value) -> Value:
    if isinstance(value, float) and not isinstance(value, bool):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    return value


def _marked(texts: Sequence[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _escaped(text: str) -> str:
    for mark in ("\\", "|", "*", "_", "<"):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", " ")


def _tabbed(texts: Sequence[str]) -> str:
    return " & ".join(map(_tex, texts)) + r" \\"


def _tex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)
