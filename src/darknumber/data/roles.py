"""What the columns of a file seem to be: lists, covariates, the count, the id; a guess for the reader to correct.

Only headings and kinds come out of it, and of no column a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from darknumber.data import marks
from darknumber.data.dates import day_of
from darknumber.data.names import COUNT_HEADINGS
from darknumber.data.people import YEAR_NAMES
from darknumber.data.read import first_cells
from darknumber.data.table import MANY_LEVELS, NOT_RECORDED
from darknumber.errors import InputError

Role = Literal["list", "covariate", "count", "id", "list column", "times", "date", "other"]
Rows = Literal["counts", "people"]  # what one row of a file is

LOOK = 10_000  # rows looked at
MOST_LISTS = 20  # names in a column that may be those of lists
# What offices call the column that says who it is, and the one that says which organisation reported.
ID_HEADINGS = frozenset({"bsn", "case", "id", "nr", "nummer", "persoon", "person", "person_id", "pseudonym", "who"})
# How such a heading ends, or what one of its words is: persoonsnummer, client_id, Pseudoniem (HMAC).
ID_ENDINGS = ("nummer", "number")
ID_WORDS = frozenset({"bsn", "id", "nr", "pseudoniem", "pseudonym", "rin"})
LIST_HEADINGS = frozenset({"bron", "list", "lijst", "melder", "organisatie", "organisation", "reporter", "source"})
# What one of the words is, of a heading above how often somebody was seen.
TIMES_WORDS = frozenset(
    {"aanhoudingen", "apprehensions", "arrests", "captures", "contacten", "contacts", "encounters", "keer", "meldingen"}
    | {"registraties", "registrations", "reports", "sightings", "times", "visits"}
)

_A_VALUE = re.compile(r"[\d\s./:,+-]*\d[\d\s./:,+-]*")  # a number, a date or a time: no name of a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The columns of a file and what each seems to be.

    Parameters
    ----------
    roles
        By heading, in the order of the file.
    rows
        What a row seems to be.
    """

    roles: Mapping[str, Role]
    rows: Rows

    def of(self, role: Role) -> tuple[str, ...]:
        """The columns with one role."""
        return tuple(heading for heading, found in self.roles.items() if found == role)

    @property
    def year(self) -> str:
        """The covariate that is called year; empty where there is none."""
        return next((name for name in self.of("covariate") if name.casefold() in YEAR_NAMES), "")


def roles_of(source: Any, *, sheet: str | None = None) -> Roles:
    """Guess what each column of a file is, from its heading and its first rows.

    Parameters
    ----------
    source, sheet
        As in `darknumber.data.read.read_counts`.

    Raises
    ------
    InputError
        The file cannot be read, or holds no rows or no headings.
    """
    headings, cells, name = first_cells(source, sheet, LOOK)
    return roles_in(headings, cells, name)


def roles_in(headings: Sequence[str], cells: Sequence[Sequence[str]], name: str) -> Roles:
    """The same of columns that were read already.

    Parameters
    ----------
    headings, cells
        The name of each column, and what stands in its first rows.
    name
        What errors call the file.

    Raises
    ------
    InputError
        There are no rows, or no headings.
    """
    if values_on_top(headings, cells):
        raise InputError("no_headings", name=name)
    columns = {heading: texts for heading, texts in zip(headings, cells, strict=True) if heading}
    if not columns or not next(iter(columns.values())):
        raise InputError("no_rows")
    found: dict[str, Role] = {heading: _role(heading, texts) for heading, texts in columns.items()}
    for heading in _marked_otherwise(columns, [heading for heading, role in found.items() if role == "list"]):
        found[heading] = "covariate"
    count = _count(columns, found)
    if count:
        found[count] = "count"
    if not [role for role in found.values() if role == "list"]:
        named = _list_column(columns, found)
        seen = _times(columns, found)
        if named:
            found[named] = "list column"
        elif seen:
            found[seen] = "times"
    return Roles(roles=found, rows="counts" if count else "people")


def values_on_top(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    """Whether the first row seems to be somebody's, as the file has no headings; then it must not be shown.

    Parameters
    ----------
    headings, cells
        What stands in the first row of each column, and in the rows after it.
    """
    named = [(heading.strip(), texts) for heading, texts in zip(headings, cells, strict=True) if heading.strip()]
    if any(_is_mark(heading, texts) or _is_number(heading, texts) for heading, texts in named):
        return True
    same = sum(marks.clean(heading).casefold() in _folded(texts) for heading, texts in named)
    return 2 * same > len(named)  # a column may be called as one of its values: Dutch, with Dutch and other


def _is_mark(heading: str, cells: Sequence[str]) -> bool:
    """Whether a heading is a mark of a list, above such marks."""
    found = {marks.mark(cell) for cell in cells}
    return found <= marks.MARKS and marks.mark(heading) in found - marks.BLANK


def _is_number(heading: str, cells: Sequence[str]) -> bool:
    """Whether a heading is a number or a date, above such; a list may be called as a year, above its marks."""
    found = _folded(cells) - marks.MISSING
    return bool(found - marks.MARKS) and all(map(_A_VALUE.fullmatch, (heading, *found)))


def _folded(cells: Sequence[str]) -> set[str]:
    return {marks.clean(cell).casefold() for cell in cells}


def _role(heading: str, cells: Sequence[str]) -> Role:
    filled = [text for text in cells if marks.label(text) != NOT_RECORDED]
    kinds = {marks.mark(cell) for cell in cells}
    if kinds <= marks.MARKS and kinds & marks.YES and kinds - marks.YES:
        return "list"
    if filled and all(map(_is_date, filled)):
        return "date"
    distinct = len(set(filled))
    named = heading.casefold() in ID_HEADINGS or (distinct > MANY_LEVELS and _says_who(heading))
    if named or (distinct == len(cells) and distinct > MANY_LEVELS):
        return "id"
    return "covariate" if 1 < distinct <= MANY_LEVELS else "other"


def _marked_otherwise(columns: Mapping[str, Sequence[str]], lists: Sequence[str]) -> list[str]:
    """The columns of yes and no that say so in other marks than most: lists are marked alike, other things need not."""
    yes = {heading: min({marks.mark(cell) for cell in columns[heading]} & marks.YES) for heading in lists}
    usual, times = Counter(yes.values()).most_common(1)[0] if yes else ("", 0)
    return [heading for heading in lists if times > 1 and yes[heading] != usual]


def _count(columns: Mapping[str, Sequence[str]], found: Mapping[str, Role]) -> str:
    """The column of a table of counts that holds them; empty where rows seem to be people.

    In a table of counts every row stands for another combination of lists and covariates.
    """
    whole = [heading for heading, cells in columns.items() if not any(map(marks.count_trouble, cells))]
    named = [heading for heading in whole if heading.casefold() in COUNT_HEADINGS]
    if named:
        return named[-1]
    last = list(columns)[-1]
    rest = [cells for heading, cells in columns.items() if heading != last and found[heading] != "id"]
    rows = list(zip(*rest, strict=True))
    plain = found[last] != "list" and last.casefold() not in YEAR_NAMES and "id" not in found.values()
    return last if last in whole and plain and len(set(rows)) == len(rows) > 1 else ""


def _list_column(columns: Mapping[str, Sequence[str]], found: Mapping[str, Role]) -> str:
    """The column that says which list a row comes from; empty where none is called so."""
    able = [heading for heading, role in found.items() if role == "covariate"]
    named = [heading for heading in able if heading.casefold() in LIST_HEADINGS]
    return next((heading for heading in named if len(set(columns[heading])) <= MOST_LISTS), "")


def _times(columns: Mapping[str, Sequence[str]], found: Mapping[str, Role]) -> str:
    """The column that says how often people are on one list; empty where none is called so."""
    able = [heading for heading, role in found.items() if role in ("covariate", "other")]
    named = [heading for heading in able if TIMES_WORDS & {*_parts(heading)}]
    return next((heading for heading in named if not any(map(marks.count_trouble, columns[heading]))), "")


def _says_who(heading: str) -> bool:
    """Whether a heading is like those of columns that say who it is; people may be in several rows of it."""
    parts = _parts(heading)
    return bool(ID_WORDS & {*parts}) or any(part.endswith(ID_ENDINGS) for part in parts)


def _parts(heading: str) -> list[str]:
    """The words of a heading."""
    return re.split(r"[\W_]+", heading.casefold())


def _is_date(text: str) -> bool:
    try:
        return day_of(text) is not None
    except ValueError:
        return False
