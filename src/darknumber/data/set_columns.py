"""Columns of sets, members with a semicolon between, in DuckDB and in Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

_SPLIT = {True: "string_split({0}, ';')", False: "split({0}, ';')"}
_SHARED = {True: "list_has_any({0}, {1})", False: "arrays_overlap({0}, {1})"}
_WITHOUT = {
    True: "array_to_string(list_filter({0}, lambda member: NOT list_contains({1}, member)), ';')",
    False: "array_join(array_except({0}, {1}), ';')",
}


def told_apart(
    frame: nw.LazyFrame[Any], pairs: Sequence[tuple[str, str]], names: Mapping[str, str]
) -> nw.LazyFrame[Any]:
    """The rows of DuckDB or Spark with members that are in both sets of a pair taken out of both.

    Parameters
    ----------
    pairs
        Two columns each; a set may be null or empty.
    names
        For the first column of a pair, the column that says where something was taken out.
    """
    ours = frame.implementation is nw.Implementation.DUCKDB

    def without(one: str, other: str) -> str:
        return _WITHOUT[ours].format(_SPLIT[ours].format(one), _SPLIT[ours].format(other))

    changed, told = {}, []
    for one, other in pairs:
        shared = _SHARED[ours].format(_SPLIT[ours].format(one), _SPLIT[ours].format(other))
        flag = f"coalesce({one} <> '' AND {other} <> '' AND {shared}, false)"
        told.append(f"{flag} AS {names[one]}")
        changed[one] = f"CASE WHEN {flag} THEN nullif({without(one, other)}, '') ELSE {one} END AS {one}"
        changed[other] = f"CASE WHEN {flag} THEN nullif({without(other, one)}, '') ELSE {other} END AS {other}"
    columns = [changed.get(name, name) for name in frame.collect_schema().names()]
    native = frame.to_native()
    found = native.project(", ".join([*columns, *told])) if ours else native.selectExpr(*columns, *told)
    separate: nw.LazyFrame[Any] = nw.from_native(found)
    return separate
