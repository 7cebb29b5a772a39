"""How commands take in reports: a file, a mapping, a sheet and the day of the extract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darknumber.cli import options
from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from darknumber.register.reading.reports import Reports

File = Annotated[str, typer.Argument(help=say("cli.option.reports"), show_default=False)]
Mapping = Annotated[
    Path | None,
    typer.Option("--mapping", help=say("cli.option.mapping"), rich_help_panel=options.DATA, show_default=False),
]
Files = Annotated[list[str], typer.Argument(help=say("cli.option.several_reports"), show_default=False)]
Mappings = Annotated[
    list[Path],
    typer.Option("--mapping", help=say("cli.option.mappings"), rich_help_panel=options.DATA, show_default=False),
]
Extracted = Annotated[
    str, typer.Option(help=say("cli.option.extracted"), rich_help_panel=options.DATA, show_default=False)
]


def reports_from(source: str | Path, mapping: Path | None, sheet: str, extracted: str) -> Reports:
    """The reports of a file.

    Raises
    ------
    ModelError
        A day of the extract that is none.
    InputError
        As `darknumber.register.reading.reports.read_reports`.
    """
    from darknumber.register.reading.reports import read_reports

    return read_reports(source, mapping, sheet=sheet or None, extracted=_day(extracted))


def reports_together(sources: Sequence[str], mappings: Sequence[Path], sheet: str, extracted: str) -> Reports:
    """The reports of one file or several, each with a mapping of its own, or with one for all.

    Raises
    ------
    ModelError
        Not as many mappings as files; a day of the extract that is none.
    InputError
        As `darknumber.register.reading.reports.read_reports`.
    """
    from darknumber.register.reading.together import together
    from darknumber.run.repeat import GUESSED

    if len(mappings) not in (0, 1, len(sources)):
        raise ModelError("mappings_of_files", files=len(sources), mappings=len(mappings))
    given = [None if str(mapping) == GUESSED else mapping for mapping in mappings]
    each = given if len(given) == len(sources) else (given or [None]) * len(sources)
    read = [reports_from(source, mapping, sheet, extracted) for source, mapping in zip(sources, each, strict=True)]
    return together(read)


def _day(text: str) -> date | None:
    from datetime import date

    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ModelError("not_a_day_of_extract", day=text) from None
