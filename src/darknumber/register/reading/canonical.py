"""From an office's texts to canonical columns, and what there is to say of each row on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import add
from typing import Any

import duckdb
import narwhals.stable.v2 as nw

from darknumber.data import marks
from darknumber.data.lookups import with_lookups
from darknumber.data.set_columns import told_apart
from darknumber.register.reading.derived import with_derived
from darknumber.register.reading.mapping import Mapping
from darknumber.register.reading.meanings import BETWEEN
from darknumber.register.reading.remarks import Remark, Said
from darknumber.register.reading.schema import DENIED, ORGANISATION, REPORT_DATE, YEAR, field_of, fields, fold, sets
from darknumber.register.reading.understood import denied, denied_in, key, lookups

FIRST_YEAR = 2000  # of reports; before October of that year there was no article on trafficking in persons

ROW, BLANK = "row", "blank"  # the number of a row, and 1 where it has nothing in it at all
SET_ASIDE, REMARKED = "set_aside", "remarks"

# In names these are somebody's: Na and Null are surnames, and only programs write them in capitals.
_NAMES_TOO = frozenset({"na", "null"})
_AS_PROGRAMS_WRITE = sorted(text.upper() for text in _NAMES_TOO)

_WAS_A_NUMBER = r"^\d+[.,]0+$"


def canonical(
    frame: nw.LazyFrame[Any], mapping: Mapping, extracted: date, opened: duckdb.DuckDBPyConnection
) -> tuple[nw.LazyFrame[Any], tuple[str, ...], tuple[Remark, ...]]:
    """The rows in canonical columns, the fields that are there, and what the bits of ``remarks`` mean.

    Parameters
    ----------
    frame
        Columns ``row`` and ``blank``, and the texts as `darknumber.register.reading.understood.key` names them.
    extracted
        The day of the extract.
    opened
        The connection that rows in DuckDB belong to.
    """
    said = Said()
    frame = with_lookups(frame, lookups(mapping, extracted, said), opened)
    frame = frame.with_columns(*_as_they_stand(mapping), *_years(mapping, said))
    frame = with_derived(_with_denied(frame, mapping, said), said)
    present = frame.collect_schema().names()
    known = tuple(name for name in fields() if name in present)
    told = reduce(add, (nw.col(column).fill_null(0) for column in said.columns), nw.lit(0).cast(nw.Int64))
    frame = frame.select(ROW, *known, _set_aside(mapping, extracted).alias(SET_ASIDE), told.alias(REMARKED))
    return frame, known, tuple(said.remarks)


def _as_they_stand(mapping: Mapping) -> list[nw.Expr]:
    """Names, keys, and codes of the office's own."""
    columns = []
    for name, origin in mapping.fields.items():
        about = field_of(name)
        if about.codes or about.kind not in ("key", "name", "open"):
            continue
        text = nw.col(key(name))
        folded = text.str.to_lowercase()
        if about.kind == "name":
            missing = folded.is_in(sorted(marks.MISSING - _NAMES_TOO)) | text.is_in(_AS_PROGRAMS_WRITE)
        else:
            missing = folded.is_in(sorted(marks.MISSING))
            whole = text.str.contains(_WAS_A_NUMBER)
            text = nw.when(whole).then(text.str.replace_all(r"[.,]0+$", "")).otherwise(text)
        for code in dict.fromkeys(origin.codes.values()):
            texts = [fold(written) for written, meant in origin.codes.items() if meant == code]
            missing = missing & ~folded.is_in(texts) if code else missing | folded.is_in(texts)
            text = nw.when(folded.is_in(texts)).then(nw.lit(code)).otherwise(text)
        columns.append(nw.when(~missing).then(text).otherwise(_no_text()).alias(name))
    return columns


def _years(mapping: Mapping, said: Said) -> list[nw.Expr]:
    """The year of the report and of the birth: the one that was given, else that of the date."""
    columns = []
    for year, given in ((YEAR, (YEAR, REPORT_DATE)), ("birth_year", ("birth_year", "birth_date"))):
        found = [nw.col(f"year_of_{name}") for name in given if name in mapping.fields]
        if len(found) > 1:
            columns.append(said.column("year_disagrees", year, found[0] != found[1]))
        if found:
            columns.append((nw.coalesce(*found) if len(found) > 1 else found[0]).alias(year))
    return columns


def _with_denied(frame: nw.LazyFrame[Any], mapping: Mapping, said: Said) -> nw.LazyFrame[Any]:
    """The members of all sets that were answered with no, in alphabetical order.

    A member that is both in a set and in the column of what was denied is in neither: it is not recorded.
    """
    there = [each.name for each in sorted(sets(), key=lambda each: min(each.codes)) if each.name in mapping.fields]
    parts = [denied(name) if mapping.fields[name].members else denied_in(name) for name in there]
    if DENIED in mapping.fields:
        pairs = [(name, part) for name, part in zip(there, parts, strict=True) if part == denied_in(name)]
        frame = told_apart(frame, pairs, {name: f"both_{name}" for name, _ in pairs}) if pairs else frame
        told = [said.column("yes_and_no", name, nw.col(f"both_{name}")) for name, _ in pairs]
        frame = frame.with_columns(*told) if told else frame
        parts.append(denied_in(DENIED))
    else:
        parts = [part for name, part in zip(there, parts, strict=True) if part == denied(name)]
    if not parts:
        return frame
    ends = [nw.when(nw.col(part) != "").then(nw.lit(BETWEEN)).otherwise(nw.lit("")) for part in parts]
    pieces = [piece for part, end in zip(parts, ends, strict=True) for piece in (nw.col(part).fill_null(""), end)]
    frame = frame.with_columns(nw.concat_str(*pieces).alias(DENIED))
    kept = nw.when(nw.col(DENIED) != "").then(nw.col(DENIED).str.replace_all(f"{BETWEEN}$", "")).otherwise(_no_text())
    return frame.with_columns(kept.alias(DENIED))


def _no_text() -> nw.Expr:
    return nw.lit(None).cast(nw.String)


def _set_aside(mapping: Mapping, extracted: date) -> nw.Expr:
    """The first reason why a row cannot be used; empty where it can."""
    written = [nw.col(f"written_{name}").fill_null(0) for name in (YEAR, REPORT_DATE) if name in mapping.fields]
    later = (nw.col(YEAR) > extracted.year).fill_null(False)
    if REPORT_DATE in mapping.fields:
        later = later | (nw.col(REPORT_DATE) > nw.lit(extracted)).fill_null(False)
    reasons: Sequence[tuple[nw.Expr, str]] = (
        (later, "in_future"),
        (nw.col(YEAR) < FIRST_YEAR, "too_early"),
        (nw.col(YEAR).is_null(), "no_date"),
        (nw.col(YEAR).is_null() & (reduce(add, written) > 0), "bad_date"),
        (nw.col(ORGANISATION).is_null(), "no_organisation"),
        (nw.col(BLANK) == 1, "empty_row"),
    )
    aside = _no_text()
    for holds, code in reasons:
        aside = nw.when(holds).then(nw.lit(code)).otherwise(aside)
    return aside
