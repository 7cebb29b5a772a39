"""A table to work with: it prints, shows in a notebook, gives its numbers back, and is saved in any format."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.inference.frames import frame_of
from darknumber.views.document import Document, Grid, Part
from darknumber.views.html import to_page
from darknumber.views.notebook import table_block
from darknumber.views.pdf import to_pdf
from darknumber.views.tables import Table, Value
from darknumber.views.tables_data import columns_of
from darknumber.views.tables_files import to_csv, to_json, to_latex, to_markdown, to_plain
from darknumber.views.tables_text import to_text
from darknumber.views.tables_workbook import to_workbook
from darknumber.views.word import to_word
from darknumber.views.writing import write_whole
from darknumber.words import language, use_language


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTable:
    """A table as `darknumber.table` gives it.

    Parameters
    ----------
    content
        Its rows and columns.
    language
        In which its words were chosen.
    """

    content: Table
    language: str

    def __str__(self) -> str:
        return to_text(self.content)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return table_block(self.content)

    def columns(self) -> dict[str, list[Value]]:
        """Its values by the names of its columns, which are the same in every language.

        Numbers are rounded as they are shown. None is what is not given, also to protect people; ``nan`` is not
        estimable; ``inf`` is no upper limit. Where rows sum or average the others, ``is_sum`` tells which.
        """
        with use_language(self.language):
            return columns_of(self.content)

    def to_frame(self, backend: str | None = None) -> Any:
        """The same as a data frame of an installed library; see `darknumber.inference.frames.frame_of`."""
        return frame_of(self.columns(), backend)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table to a file; the same table is the same bytes, and a file is whole or not there.

        Parameters
        ----------
        path
            Its ending says how: ``.csv``, ``.json`` and ``.xlsx`` hold the numbers; ``.html``, ``.md``, ``.txt``,
            ``.tex``, ``.docx`` and ``.pdf`` what is shown.

        Raises
        ------
        InputError
            Another ending; a package that a format needs is missing; the file cannot be written there.
        """
        place = place_for(path)
        write = WRITERS.get(place.suffix.casefold())
        if write is None:
            raise InputError("figure_ending", path=str(path), ending=place.suffix, known=tuple(WRITERS))
        with use_language(self.language):
            return write_whole(place, write(self.content))


def _document(table: Table) -> Document:
    """A page with the table and nothing else; its caption is the title."""
    held = Grid(tables=(replace(table, caption=""),))
    return Document(title=table.caption, language=language(), opening=(Part(name="table", heading="", blocks=(held,)),))


WRITERS: Mapping[str, Callable[[Table], bytes]] = {
    ".csv": to_csv,
    ".xlsx": to_workbook,
    ".json": to_json,
    ".html": lambda table: to_page(_document(table)).encode(),
    ".md": to_markdown,
    ".txt": to_plain,
    ".tex": to_latex,
    ".docx": lambda table: to_word(_document(table)),
    ".pdf": lambda table: to_pdf(_document(table)),
}
