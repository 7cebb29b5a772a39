"""Reports of several files put under each other, each read with a mapping of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data.engine import connection, fetch, kept, stacked
from darknumber.errors import InputError
from darknumber.register.reading.canonical import REMARKED, ROW, SET_ASIDE
from darknumber.register.reading.mapping import Mapping, Origin
from darknumber.register.reading.remarks import Remark
from darknumber.register.reading.repeats import with_repeats
from darknumber.register.reading.reports import Reports
from darknumber.register.reading.schema import fields

BETWEEN = " + "  # the names of files that were put together


def together(parts: Sequence[Reports], *, name: str | None = None) -> Reports:
    """Reports of several files as one, such as a file of each office.

    Rows are numbered on: the first row of the second file comes after the last of the first. Reports that stand in two
    files, with the same id and the same in every field, are set aside as those that stand twice in one.

    Parameters
    ----------
    parts
        As `darknumber.register.reading.reports.read_reports` gives them.
    name
        What to call them in output; by default the names of the parts.

    Raises
    ------
    InputError
        Nothing to put together, something that is no reports, or reports in different engines.
    """
    given = list(parts) if not isinstance(parts, Reports) else [parts]
    for part in given:
        if not isinstance(part, Reports):
            raise InputError("not_reports", kind=type(part).__name__)
    if not given:
        raise InputError("nothing_together")
    if len(given) == 1:
        return given[0]
    known = tuple(each for each in fields() if any(each in part.fields for part in given))
    remarks = tuple(dict.fromkeys(remark for part in given for remark in part.remarks))
    kinds = {each: kind for part in reversed(given) for each, kind in part.frame.collect_schema().items()}
    frames, before = [], 0
    for part in given:
        frames.append(part.frame.select(*_columns(part, known, kinds, remarks, before)))
        before += int(fetch(part.frame.select(nw.col(ROW).max().alias("last")))["last"][0] or 0)
    held = connection()
    frame = with_repeats(kept(stacked(frames), held), known, held)
    return Reports(
        frame=frame,
        fields=known,
        mapping=Mapping(fields={each: Origin(column=each) for each in known}),
        remarks=remarks,
        unused=tuple(dict.fromkeys(heading for part in given for heading in part.unused)),
        extracted=max(part.extracted for part in given),
        name=BETWEEN.join(part.name for part in given) if name is None else name,
        files=tuple(file for part in given for file in part.files),
    )


def _columns(
    part: Reports, known: Sequence[str], kinds: dict[str, Any], remarks: Sequence[Remark], before: int
) -> list[nw.Expr]:
    """The columns of one part, with what it lacks not recorded, rows numbered on and the bits of all remarks."""
    there = set(part.frame.collect_schema().names())
    bits = [
        (nw.col(REMARKED) // (1 << place)) % 2 * (1 << remarks.index(remark))
        for place, remark in enumerate(part.remarks)
    ]
    return [
        (nw.col(ROW) + before).alias(ROW),
        *(nw.col(each).alias(each) if each in there else nw.lit(None).cast(kinds[each]).alias(each) for each in known),
        nw.col(SET_ASIDE),
        reduce(add, bits, nw.lit(0).cast(nw.Int64)).cast(nw.Int64).alias(REMARKED),
    ]
