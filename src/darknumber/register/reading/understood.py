"""Which columns are looked up, text by text, and what they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from darknumber.data.lookups import Kind, Lookup, Value
from darknumber.register.reading.mapping import Mapping as Described
from darknumber.register.reading.mapping import Origin, aliases_of
from darknumber.register.reading.meanings import (
    APART,
    answers_of,
    as_kept,
    code_of,
    is_missing,
    members_reader,
    years_of,
)
from darknumber.register.reading.remarks import Said
from darknumber.register.reading.schema import ADULT, DENIED, YES_OR_NO, Law, eu_members, field_of, laws, sets
from darknumber.register.reading.written_dates import day_of

ALWAYS = (10101, 99991231)  # days as numbers, year month day: before the first and after the last that is possible


def key(name: str) -> str:
    """The column with the texts of a field as they were read."""
    return f"raw_{name}"


def bits(name: str) -> str:
    """The column with what there is to say of the texts of a field."""
    return f"bits_{name}"


def denied(name: str) -> str:
    """The column with the members of a set that were answered with no in columns of their own."""
    return f"denied_{name}"


def denied_in(name: str) -> str:
    """The column with the members of a set that the column of what was denied has."""
    return f"no_{name}"


def lookups(mapping: Described, extracted: date, said: Said) -> list[Lookup]:
    """All fields that are looked up; the other ones are taken as they stand."""
    found = []
    for name, origin in mapping.fields.items():
        kind = field_of(name).kind
        if kind == "set":
            outputs, read = _set(name, mapping, said)
        elif kind in ("date", "year"):
            outputs, read = _day(name, origin, extracted, said)
        elif kind == "number":
            outputs, read = _number(name, origin, said)
        elif field_of(name).codes:
            outputs, read = _code(name, origin, said)
        else:
            continue
        said.columns.append(bits(name))
        found.append(Lookup(key=key(name), about=name, outputs={**outputs, bits(name): "number"}, read=read))
    return found


Reading = tuple[Mapping[str, Kind], Callable[[str], Sequence[Value]]]


def _code(name: str, origin: Origin, said: Said) -> Reading:
    aliases, unknown = aliases_of(name, origin), said.bit("unknown_code", name)
    days = _days_of(name)

    def read(text: str) -> Sequence[Value]:
        code, strange = code_of(text, aliases)
        if strange and name == "age":  # a column called age may hold the number of years
            years, strange = years_of(text)
            code = None if years is None else "minor" if years < ADULT else "adult"
        between: tuple[Value, ...] = () if days is None else days(code)
        return (code, *between, unknown if strange else 0)

    with_days: Mapping[str, Kind] = {} if days is None else {f"{name}_from": "number", f"{name}_to": "number"}
    return {name: "text", **with_days}, read


def _days_of(name: str) -> Callable[[str | None], tuple[int | None, int | None]] | None:
    """For a legal basis when it was in force, for a country when it was in the European Union; as numbers."""
    if name == "legal_basis":
        return lambda code: (None, None) if code is None else _in_force(laws()[code])
    if name == "citizenship":
        return lambda code: _between(*eu_members()[code]) if code is not None and code in eu_members() else (None, None)
    return None


def _in_force(law: Law) -> tuple[int, int]:
    return _between(law.first, law.last) if law.first is not None else (ALWAYS[1], ALWAYS[0])


def _between(first: date | None, last: date | None) -> tuple[int, int]:
    return (ALWAYS[0] if first is None else as_number(first), ALWAYS[1] if last is None else as_number(last))


def as_number(day: date) -> int:
    """A day as a number of eight digits."""
    return day.year * 10000 + day.month * 100 + day.day


def _number(name: str, origin: Origin, said: Said) -> Reading:
    wrong = said.bit("not_a_number", name)

    def read(text: str) -> Sequence[Value]:
        years, strange = years_of(origin.codes.get(text, text))
        return (years, wrong if strange else 0)

    return {name: "number"}, read


def _day(name: str, origin: Origin, extracted: date, said: Said) -> Reading:
    """Of a date the day and the year, of a year the year; and whether something was written at all."""
    is_date = field_of(name).kind == "date"
    told = {code: said.bit(code, name) for code in ("not_a_date", "beyond_time")}
    if is_date:
        told |= {code: said.bit(code, name) for code in ("year_only", "two_digits", "serial")}

    def read(text: str) -> Sequence[Value]:
        text = origin.codes.get(text, text)
        found = day_of(text, origin.dates, extracted.year)
        day: tuple[Value, ...] = (found.day,) if is_date else ()
        return (*day, found.year, 0 if is_missing(text) else 1, told.get(found.trouble, 0))

    day: Mapping[str, Kind] = {name: "day"} if is_date else {}
    return {**day, f"year_of_{name}": "number", f"written_{name}": "number"}, read


def _set(name: str, mapping: Described, said: Said) -> Reading:
    """The members that were answered with yes, and those with no; a member with both answers is not recorded.

    What was answered with no in a column for all sets comes out set by set.
    """
    origin = mapping.fields[name]
    read_members = members_reader(aliases_of(name, origin), origin.separator)
    unknown = said.bit("unknown_member", name)
    if name == DENIED:
        others = [each for each in sets() if each.name in mapping.fields and not mapping.fields[each.name].members]
        elsewhere = {code for each in sets() if each.name in mapping.fields for code in each.codes}
        apart = {each.name: frozenset(each.codes) for each in others}

        def read_denied(text: str) -> Sequence[Value]:
            members, strange = read_members(text)
            parts = [as_kept(members & codes) for codes in apart.values()]
            rest = as_kept(members - elsewhere)
            return (*parts, rest, unknown if strange else 0)

        return dict.fromkeys([*(denied_in(each.name) for each in others), denied_in(DENIED)], "text"), read_denied
    members = list(origin.members.values())
    if not members:

        def read_written(text: str) -> Sequence[Value]:
            yes, strange = read_members(text)
            return (as_kept(yes) or None, unknown if strange else 0)

        return {name: "text"}, read_written
    strange_answer, both = said.bit("unknown_code", name), said.bit("yes_and_no", name)
    other = mapping.fields.get(DENIED, Origin())
    read_other, codes = members_reader(aliases_of(DENIED, other), other.separator), frozenset(field_of(name).codes)

    def read(text: str) -> Sequence[Value]:
        own, not_there, *answers = text.split(APART)
        yes, strange = read_members(own)
        more_yes, no, other_answer = answers_of(answers, members, YES_OR_NO)
        yes, no = yes | more_yes, no | (read_other(not_there)[0] & codes)
        told = (unknown if strange else 0) | (strange_answer if other_answer else 0) | (both if yes & no else 0)
        return (as_kept(yes - no) or None, as_kept(no - yes), told)

    return {name: "text", denied(name): "text"}, read
