"""Published figures beside one's own, as a table."""

from __future__ import annotations

import math

from darknumber.inference.printing import finding_sentence
from darknumber.inference.shown import Shown
from darknumber.studies.printing_published import country_name, figure_text, own_headings, own_text, source_of, what_of
from darknumber.studies.published import Beside, Row
from darknumber.views.disclosure import Protection
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.words import people, say


def published_table(found: Beside, *, protection: Protection | None = None) -> Table:
    """One row a published figure: period, what it is of, the figure, one's own, and its source.

    Parameters
    ----------
    found
        The figures.
    protection
        The rule for one's own registered numbers: below its floor they are not printed, others are rounded; None prints
        them exactly.
    """
    rows = []
    for row in found.rows:
        mark = say("published.mark") if row.contradicted else ""
        rows.append(
            (
                words(row.figure.period),
                words(capital(what_of(row.figure))),
                Cell(text=figure_text(row.figure) + mark, value=row.figure.value),
                *(words(_own(row, study, protection)) for study in range(len(found.studies))),
                words(source_of(row.figure)),
            )
        )
    told = [finding_sentence(each, None) for each in found.findings if each.code.startswith("published_")]
    return Table(
        caption=say("published.table.caption", country=country_name(found.country)),
        columns=(
            Column(label=capital(say("published.column.period")), align="left", names=("period",)),
            Column(label=capital(say("published.column.what")), align="left", names=("what",)),
            Column(label=capital(say("published.column.published")), names=("published",)),
            *(
                Column(label=capital(name), names=(f"own_{place}",))
                for place, name in enumerate(own_headings(found), start=1)
            ),
            Column(label=capital(say("published.column.source")), align="left", names=("source",)),
        ),
        rows=tuple(rows),
        headings=2,
        notes=(say("published.read"), *([say("published.table.conflict")] if told else []), *told),
    )


def _own(row: Row, study: int, protection: Protection | None) -> str:
    """One's own figure; a registered one as the rule has it."""
    own = next((each for each in row.own if each.study == study), None)
    if own is None or protection is None or row.figure.quantity != "registered":
        return own_text(row, study)
    rules = protection.rules
    if 0 < own.value < rules.floor:
        return Shown(form="small", value=None, limit=rules.floor).text
    return people(math.floor(own.value / rules.base + 0.5) * rules.base)
