"""Linked counts from columns of text: which columns belong to which extract, and which are lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from darknumber.data import marks
from darknumber.data.counts import HEADING, list_marks
from darknumber.data.linked import ABSENT, PREFIXES, Extract, Linked, Side
from darknumber.data.names import as_names
from darknumber.data.recording import with_recording
from darknumber.data.table import Covariate, Unit
from darknumber.errors import InputError


def linked_of_columns(
    columns: Mapping[str, Sequence[str]], *, lists: Sequence[str] | None = None, unit: Unit = "person", name: str = ""
) -> Linked:
    """Linked counts from columns of text; see `read_linked`."""
    counted = list(columns)[-1] if columns else ""
    if not columns or not len(columns[counted]):
        raise InputError("no_rows")
    prefixes = tuple(PREFIXES.values())
    strange = [heading for heading in columns if heading != counted and not heading.startswith(prefixes)]
    if strange or not all(any(heading.startswith(PREFIXES[side]) for heading in columns) for side in ("old", "new")):
        raise InputError("not_linked_counts", names=strange)
    extracts: dict[Side, Extract] = {}
    for side, prefix in PREFIXES.items():
        own = {heading[len(prefix) :]: cells for heading, cells in columns.items() if heading.startswith(prefix)}
        if own:
            extracts[side] = _extract(own, None if lists is None else as_names(lists), unit, name)
    trouble = [marks.count_trouble(cell) for cell in columns[counted]]
    code = next(filter(None, trouble), "")
    if code:
        wrong = [place for place, found in enumerate(trouble) if found == code]
        raise InputError(code, name=counted, rows=(len(wrong), wrong[0] + 1 + HEADING))
    count = np.array([marks.count(cell) for cell in columns[counted]], dtype=np.int64)
    linked = Linked.build(extracts, count)
    told = {
        side: replace(extract, findings=with_recording(linked.table(side)).findings)
        for side, extract in linked.extracts.items()
    }
    return Linked(count=linked.count, **told)


def _extract(columns: Mapping[str, Sequence[str]], lists: Sequence[str] | None, unit: Unit, name: str) -> Extract:
    """One extract from its columns of text."""
    on = [heading for heading, cells in columns.items() if (heading in lists if lists is not None else _is_list(cells))]
    if len(on) < 2:
        raise InputError("one_list", lists=on)
    history = np.zeros(len(columns[on[0]]), dtype=np.int64)
    for place, heading in enumerate(on):
        history |= list_marks(heading, columns[heading]).astype(np.int64) << place
    there = np.flatnonzero(history).tolist()
    covariates, coordinates = [], []
    for heading, cells in columns.items():
        if heading in on:
            continue
        labels = [marks.label(cells[place]) for place in there]
        covariates.append(Covariate.of(heading, labels))
        number = {level: place for place, level in enumerate(covariates[-1].levels)}
        coordinates.append(np.array([number[text] for text in labels], dtype=np.int64))
    stratum = np.full(len(history), ABSENT, dtype=np.int64)
    shape = tuple(len(covariate.levels) for covariate in covariates)
    stratum[there] = np.ravel_multi_index(coordinates, shape) if covariates else 0
    return Extract(
        lists=tuple(on),
        covariates=tuple(covariates),
        stratum=stratum,
        history=history.astype(np.uint32),
        unit=unit,
        name=name,
    )


def _is_list(cells: Sequence[str]) -> bool:
    """Whether a column is a list: marks only, one way to say yes and one to say no."""
    found = [marks.mark(cell) for cell in cells]
    return set(found) <= marks.MARKS and marks.two_kinds(found)
