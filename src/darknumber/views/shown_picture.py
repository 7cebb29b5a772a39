"""A picture to work with: it shows in a notebook, gives its numbers back, and is saved in any format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.inference.frames import frame_of
from darknumber.views.html import to_picture_page
from darknumber.views.notebook import picture_block
from darknumber.views.plots import Figure, Spec
from darknumber.views.plots_alone import alone, to_pdf_file, to_png_file, to_svg_file
from darknumber.views.shown_table import ShownTable
from darknumber.views.tables import Value
from darknumber.views.tables_files import to_csv
from darknumber.views.tables_text import to_text
from darknumber.views.writing import write_whole
from darknumber.words import language, use_language


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture as `darknumber.plot` gives it.

    Parameters
    ----------
    content
        What it shows, with its words.
    language
        In which these were chosen.
    """

    content: Figure
    language: str

    def __str__(self) -> str:
        """Its words and its numbers, for where no picture can be shown."""
        tables = [to_text(table) for table in self.content.tables[:1]]
        return "\n".join([self.content.title, self.content.subtitle, *tables])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        with use_language(self.language):
            return picture_block(self.content)

    def _repr_svg_(self) -> str:
        with use_language(self.language):
            return to_svg_file(self.content)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What a notebook keeps: a part of a page, a picture that stands alone, and text."""
        kinds = {"text/html": self._repr_html_, "image/svg+xml": self._repr_svg_, "text/plain": self.__str__}
        asked = (set(kinds) if include is None else set(include)) - set(exclude or ())
        return {kind: make() for kind, make in kinds.items() if kind in asked}

    @property
    def spec(self) -> Spec:
        """The Vega-Lite specification, with its data, title and description: it draws the same picture elsewhere."""
        return alone(self.content)

    @property
    def tables(self) -> tuple[ShownTable, ...]:
        """The same numbers as tables."""
        return tuple(ShownTable(content=table, language=self.language) for table in self.content.tables)

    def columns(self) -> dict[str, list[Value]]:
        """The numbers of the picture, those of its first table; see `ShownTable.columns`."""
        return self.tables[0].columns()

    def to_frame(self, backend: str | None = None) -> Any:
        """The same as a data frame of an installed library; see `darknumber.inference.frames.frame_of`."""
        return frame_of(self.columns(), backend)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file; the same picture is the same bytes, and a file is whole or not there.

        Parameters
        ----------
        path
            Its ending says how: ``.svg``, ``.png`` (twice the pixels) and ``.pdf`` with title and source inside;
            ``.html`` a page with the numbers below; ``.json`` the Vega-Lite specification; ``.csv`` the numbers.

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


WRITERS: Mapping[str, Callable[[Figure], bytes]] = {
    ".svg": lambda figure: to_svg_file(figure).encode(),
    ".png": to_png_file,
    ".pdf": lambda figure: to_pdf_file(figure, language()),
    ".html": lambda figure: to_picture_page(figure).encode(),
    ".json": lambda figure: (json.dumps(alone(figure), indent=1, ensure_ascii=False) + "\n").encode(),
    ".csv": lambda figure: to_csv(figure.tables[0]),
}
