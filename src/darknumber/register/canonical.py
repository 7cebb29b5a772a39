"""From an office's texts to canonical columns, and what there is to say of each row on the way."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.days import with_dates
from darknumber.register.derived import with_derived
from darknumber.register.mapping import Mapping, Origin, aliases_of
from darknumber.register.members import with_sets
from darknumber.register.remarks import Remark, Said
from darknumber.register.schema import ORGANISATION, REPORT_DATE, YEAR, field_of, fields
from darknumber.register.values import (
    code_value,
    folded,
    is_missing,
    is_strange,
    name_value,
    number_value,
    open_value,
    raw,
    renamed,
    widened,
)

FIRST_YEAR = 2000  # of reports; before October of that year there was no article on trafficking in persons

ROW, BLANK = "row", "blank"  # what a row is called, and whether it has nothing in it at all
SET_ASIDE, REMARKED = "set_aside", "remarks"

_LATEST = "latest_year"  # the last year that a year in two digits can be


def canonical(
    frame: nw.LazyFrame[Any], mapping: Mapping, extracted: date
) -> tuple[nw.LazyFrame[Any], tuple[str, ...], tuple[Remark, ...]]:
    """The rows in canonical columns, the fields that are there, and what the bits of ``remarks`` mean.

    Parameters
    ----------
    frame
        Columns ``row`` and ``blank``, and the texts as `raw` names them.
    extracted
        The day of the extract.
    """
    said = Said()
    frame = _with_plain(frame, mapping, said)
    frame = with_sets(frame, mapping.fields, said)
    frame = widened(frame, [nw.lit(extracted.year).cast(nw.Int64).alias(_LATEST)])
    frame = _with_years(frame, mapping, (YEAR, REPORT_DATE), YEAR, said)
    frame = widened(frame, [nw.coalesce(nw.col(YEAR), nw.col(_LATEST)).alias(_LATEST)])
    frame = _with_years(frame, mapping, ("birth_date", "birth_year"), "birth_year", said)
    frame = with_derived(frame, said)
    columns = frame.collect_schema().names()
    known = tuple(name for name in fields() if name in columns)
    frame = frame.select(
        ROW, *known, _set_aside(mapping, known, extracted).alias(SET_ASIDE), said.bits().alias(REMARKED)
    )
    return frame, known, tuple(said.where)


def text_of(name: str, origin: Origin) -> nw.Expr:
    """The text of a field: that of its column, or the same in every row."""
    return nw.lit(origin.constant) if origin.constant else nw.col(raw(name))


def _with_plain(frame: nw.LazyFrame[Any], mapping: Mapping, said: Said) -> nw.LazyFrame[Any]:
    """The frame with all fields but sets, dates and years."""
    coded: dict[str, AnyMapping[str, str]] = {}
    plain: list[nw.Expr] = []
    numbers: list[str] = []
    for name, origin in mapping.fields.items():
        about, text = field_of(name), text_of(name, origin)
        if about.kind in ("set", "date", "year"):
            continue
        if about.codes:
            coded[name] = aliases_of(name, origin)
            plain.append(folded(text).alias(name))
        elif about.kind == "number":
            numbers.append(name)
            plain.append(folded(renamed(text, origin.codes)).alias(name))
        elif about.kind == "name":
            plain.append(name_value(renamed(text, origin.codes)).alias(name))
        else:
            plain.append(open_value(renamed(text, origin.codes)).alias(name))
    frame = widened(frame, [*plain])
    codes = [code_value(nw.col(name), aliases).alias(f"code_{name}") for name, aliases in coded.items()]
    frame = widened(frame, [*codes, *(number_value(nw.col(name)).alias(f"code_{name}") for name in numbers)])
    wrong = []
    for name in (*coded, *numbers):
        said.add("unknown_code" if name in coded else "not_a_number", name, nw.col(f"wrong_{name}"))
        wrong.append(is_strange(name, f"code_{name}", coded.get(name, {})).alias(f"wrong_{name}"))
    frame = widened(frame, [*wrong])
    return widened(frame, [*(nw.col(f"code_{name}").alias(name) for name in (*coded, *numbers))])


def _with_years(
    frame: nw.LazyFrame[Any], mapping: Mapping, names: Sequence[str], year: str, said: Said
) -> nw.LazyFrame[Any]:
    """The frame with some dates, and a year: the first of `names` that gives one."""
    present = [name for name in names if name in mapping.fields]
    if not present:
        return frame if year != YEAR else widened(frame, [nw.lit(None).cast(nw.Int64).alias(year)])
    texts = [renamed(text_of(name, mapping.fields[name]), mapping.fields[name].codes) for name in present]
    frame = widened(frame, [*(text.alias(f"text_{name}") for name, text in zip(present, texts, strict=True))])
    orders = [(f"text_{name}", mapping.fields[name].dates) for name in present]
    frame, written = with_dates(frame, orders, _LATEST)
    columns: list[nw.Expr] = []
    for name in present:
        found = written[f"text_{name}"]
        said.add("not_a_date", name, nw.col(found.unread))
        said.add("beyond_time", name, nw.col(found.beyond))
        if field_of(name).kind == "date":
            columns.append(nw.col(found.day).alias(name))
            said.add("year_only", name, nw.col(found.year_only))
            said.add("two_digits", name, nw.col(found.two_digits))
            said.add("serial", name, nw.col(found.serial))
    years = [nw.col(written[f"text_{name}"].year) for name in present]
    if len(years) > 1:
        columns.append((years[0] != years[1]).alias(f"differs_{year}"))
        said.add("year_disagrees", year, nw.col(f"differs_{year}"))
    return widened(frame, [*columns, (nw.coalesce(*years) if len(years) > 1 else years[0]).alias(year)])


def _set_aside(mapping: Mapping, known: Sequence[str], extracted: date) -> nw.Expr:
    """The first reason why a row cannot be used; empty where it can."""
    written = nw.lit(False)
    for name in (YEAR, REPORT_DATE):
        if name in mapping.fields:
            written = written | ~is_missing(nw.col(f"text_{name}"))
    later = nw.col(YEAR) > extracted.year
    if REPORT_DATE in known:
        later = later.fill_null(False) | (nw.col(REPORT_DATE) > nw.lit(extracted)).fill_null(False)
    aside = nw.lit(None).cast(nw.String)
    for holds, code in (
        (later, "in_future"),
        (nw.col(YEAR) < FIRST_YEAR, "too_early"),
        (nw.col(YEAR).is_null(), "no_date"),
        (nw.col(YEAR).is_null() & written, "bad_date"),
        (nw.col(ORGANISATION).is_null(), "no_organisation"),
        (nw.col(BLANK) == 1, "empty_row"),
    ):
        aside = nw.when(holds).then(nw.lit(code)).otherwise(aside)
    return aside
