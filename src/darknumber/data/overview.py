"""What is in the columns of a file, for somebody who has to say what each of them means; of no person anything.

Values are named only where several rows have them, so that a name or a number of one person is never among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darknumber.data import marks
from darknumber.data.read import first_cells
from darknumber.data.roles import LOOK, Role, Roles, Rows, roles_in
from darknumber.data.table import MANY_LEVELS, NOT_RECORDED

SEVERAL = 3  # people, or rows where nothing says who it is, that must have a value before it is named
_NAMED: frozenset[Role] = frozenset({"list", "covariate", "list column"})  # columns whose values may be named


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSeen:
    """One column.

    Parameters
    ----------
    heading
        Its name.
    role
        What it seems to be.
    different
        How many different values it has in the rows that were looked at.
    empty
        The share of those rows without a value.
    values
        Its values, the most frequent first; none where too many or too rare to be named.
    rare
        How many more there are that too few rows have.
    """

    heading: str
    role: Role
    different: int
    empty: float
    values: tuple[str, ...]
    rare: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The columns of a file.

    Parameters
    ----------
    name
        Of the file.
    columns
        In the order of the file.
    rows
        What a row seems to be.
    looked
        How many rows were looked at: the first ones.
    whole
        Whether these were all.
    """

    name: str
    columns: tuple[ColumnSeen, ...]
    rows: Rows
    looked: int
    whole: bool

    @property
    def roles(self) -> Roles:
        """What the columns seem to be."""
        return Roles(roles={column.heading: column.role for column in self.columns}, rows=self.rows)


def overview(path: Path, *, sheet: str | None = None) -> Overview:
    """Look at the columns of a file.

    Parameters
    ----------
    path, sheet
        As in `darknumber.data.read.read_counts`.

    Raises
    ------
    InputError
        The file cannot be read, holds no rows or no headings, or has several sheets.
    """
    headings, cells, _ = first_cells(path, sheet, LOOK)
    roles = roles_in(headings, cells, path.name)
    looked = len(cells[0])
    named = zip(headings, cells, strict=True)
    who: Sequence[object] = next((texts for heading, texts in named if roles.roles.get(heading) == "id"), range(looked))
    columns = [
        _seen(heading, roles.roles[heading], texts, who)
        for heading, texts in zip(headings, cells, strict=True)
        if heading in roles.roles
    ]
    return Overview(name=path.name, columns=tuple(columns), rows=roles.rows, looked=looked, whole=looked < LOOK)


def _seen(heading: str, role: Role, texts: Sequence[str], who: Sequence[object]) -> ColumnSeen:
    """A column; of `who`, the people in its rows, several must have a value before it is named."""
    filled = [text for text in texts if marks.label(text) != NOT_RECORDED]
    different = dict.fromkeys(zip(texts, who, strict=True))
    counted = Counter(text for text, _ in different if marks.label(text) != NOT_RECORDED)
    named: list[str] = []
    if role in _NAMED and len(counted) <= MANY_LEVELS:
        named = [value for value, people in counted.most_common() if people >= SEVERAL]
    return ColumnSeen(
        heading=heading,
        role=role,
        different=len(counted),
        empty=1 - len(filled) / len(texts) if texts else 0.0,
        values=tuple(named),
        rare=len(counted) - len(named),
    )
