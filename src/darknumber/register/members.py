"""Sets: which members a report says are there, and which it says are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.mapping import Origin, aliases_of
from darknumber.register.remarks import Said
from darknumber.register.schema import DENIED, YES_OR_NO, field_of
from darknumber.register.values import (
    as_set,
    code_value,
    folded,
    has_strangers,
    is_strange,
    joined,
    members_in,
    raw,
    set_text,
    widened,
)


def with_sets(frame: nw.LazyFrame[Any], origins: Mapping[str, Origin], said: Said) -> nw.LazyFrame[Any]:
    """The frame with the sets, and the members of any of them that were answered with no.

    A member that has both answers in one row is in neither: it is not recorded.
    """
    named = {name: origin for name, origin in origins.items() if field_of(name).kind == "set"}
    if not named:
        return frame
    frame = _with_written(frame, named, said)
    frame, answers = _with_answers(frame, named, said)
    yes, no = _where(named, answers)
    both = [(name, code) for name, members in yes.items() for code in members if code in no]
    frame = widened(
        frame,
        [
            *(there.alias(_yes(name, code)) for name, members in yes.items() for code, there in members.items()),
            *(there.alias(_no(code)) for code, there in no.items()),
        ],
    )
    frame = widened(
        frame, [*((nw.col(_yes(name, code)) & nw.col(_no(code))).alias(f"both_{name}_{code}") for name, code in both)]
    )
    for name, code in both:
        said.add("yes_and_no", name, nw.col(f"both_{name}_{code}"))
    unclear = {code: f"both_{name}_{code}" for name, code in both}
    columns = {
        name: joined({code: _only(_yes(name, code), unclear.get(code)) for code in members})
        for name, members in yes.items()
    }
    if no or DENIED in named:
        columns[DENIED] = joined({code: _only(_no(code), unclear.get(code)) for code in no})
    frame = widened(frame, [*(text.alias(name) for name, text in columns.items())])
    return widened(frame, [*(as_set(nw.col(name)).alias(name) for name in columns)])


def _with_written(frame: nw.LazyFrame[Any], named: Mapping[str, Origin], said: Said) -> nw.LazyFrame[Any]:
    """The frame with the text of each set that has a column of its own."""
    texts, wrong = [], []
    for name, origin in named.items():
        if origin.column or origin.constant:
            text = nw.lit(origin.constant) if origin.constant else nw.col(raw(name))
            texts.append(set_text(text, origin.separator).alias(f"set_{name}"))
            wrong.append(has_strangers(nw.col(f"set_{name}"), aliases_of(name, origin)).alias(f"wrong_{name}"))
            said.add("unknown_member", name, nw.col(f"wrong_{name}"))
    return widened(widened(frame, texts), wrong)


def _with_answers(
    frame: nw.LazyFrame[Any], named: Mapping[str, Origin], said: Said
) -> tuple[nw.LazyFrame[Any], list[tuple[str, str, str]]]:
    """The frame with the columns of yes and no, and for each its set, its member and its column."""
    answers = [
        (name, code, raw(name, place))
        for name, origin in named.items()
        for place, code in enumerate(origin.members.values())
    ]
    frame = widened(frame, [*(folded(nw.col(column)).alias(column) for _, _, column in answers)])
    frame = widened(
        frame, [*(code_value(nw.col(column), YES_OR_NO).alias(f"said_{column}") for _, _, column in answers)]
    )
    frame = widened(
        frame, [*(is_strange(column, f"said_{column}", {}).alias(f"wrong_{column}") for _, _, column in answers)]
    )
    for name, _, column in answers:
        said.add("unknown_code", name, nw.col(f"wrong_{column}"))
    return frame, answers


def _where(
    named: Mapping[str, Origin], answers: list[tuple[str, str, str]]
) -> tuple[dict[str, dict[str, nw.Expr]], dict[str, nw.Expr]]:
    """Where each member of each set was said to be there, and where it was said not to be."""
    yes: dict[str, dict[str, nw.Expr]] = {}
    no: dict[str, nw.Expr] = {}
    for name, origin in named.items():
        written = origin.column or origin.constant
        found = members_in(nw.col(f"set_{name}"), aliases_of(name, origin)) if written else {}
        if name == DENIED:
            no |= found
        else:
            yes[name] = found
    for name, code, column in answers:
        answer = nw.col(f"said_{column}")
        for told, members in (("yes", yes[name]), ("no", no)):
            there = (answer == told).fill_null(False)
            members[code] = members[code] | there if code in members else there
    return yes, no


def _yes(name: str, code: str) -> str:
    return f"yes_{name}_{code}"


def _no(code: str) -> str:
    return f"no_{code}"


def _only(column: str, unclear: str | None) -> nw.Expr:
    return nw.col(column) if unclear is None else nw.col(column) & ~nw.col(unclear)
