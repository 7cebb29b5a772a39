"""Which column of a file of reports holds what, as somebody corrects it: from a form to a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from darknumber.errors import InputError
from darknumber.register.reading.mapping import Mapping as Described
from darknumber.register.reading.mapping import Origin, guess_mapping
from darknumber.register.reading.schema import ORGANISATION, REPORT_DATE, YEAR, field_of, fields
from darknumber.register.reading.written_dates import ORDERS
from darknumber.web.steps.reports_columns import MEMBER, NOT_USED, field_label, roles_of
from darknumber.web.tasks_reports import FileSeen

Form = Mapping[str, str]
Origins = dict[str, Origin]


def corrected(seen: FileSeen, place: int, form: Form) -> Described:
    """The mapping of a file as a form says; what the form leaves as it was stays as it was.

    Raises
    ------
    InputError
        Two columns for one field, names where organisations belong, an unknown code, or what is needed missing.
    """
    before = roles_of(seen.mapping)
    asked = {
        column.heading: form.get(f"role-{place}-{number}", before.get(column.heading, NOT_USED))
        for number, column in enumerate(seen.columns)
    }
    changed = {heading: role for heading, role in asked.items() if role != before.get(heading, NOT_USED)}
    origins: Origins = dict(seen.mapping.fields)
    removed: Origins = {}
    for heading in changed:
        _without(origins, removed, before.get(heading, NOT_USED), heading)
    for heading, role in changed.items():
        if role != NOT_USED:
            _check_who(heading, role)
            _with(origins, removed, role, heading)
    _constant(origins, form.get(f"constant-{place}"))
    for name, origin in origins.items():
        origins[name] = _detailed(name, origin, place, form)
    _check_needed(origins)
    return Described(fields=origins)


def _without(origins: Origins, removed: Origins, role: str, heading: str) -> None:
    """Let a column go from what it was used for; what was said of its codes is kept for the column that comes."""
    name, sign, _ = role.partition(MEMBER)
    if name not in origins:
        return
    origin = origins[name]
    members = {each: code for each, code in origin.members.items() if not sign or each != heading}
    left = replace(origin, members=members) if sign else replace(origin, column="")
    if left.headings:
        origins[name] = left
    else:
        removed[name] = origins.pop(name)


def _with(origins: Origins, removed: Origins, role: str, heading: str) -> None:
    """Use a column for a field, or as a column of yes and no for a member of a set."""
    name, sign, code = role.partition(MEMBER)
    if name not in fields():
        raise InputError("web_reports_unknown", name=name)
    origin = origins.get(name) or removed.get(name) or Origin()
    kept = origin if name in origins else replace(origin, column="", constant="", members={})
    if sign:
        origins[name] = replace(kept, members={**kept.members, heading: code})
        return
    if kept.column:
        raise InputError("web_reports_twice", field=field_label(name), columns=(kept.column, heading))
    origins[name] = replace(kept, column=heading, constant="")


def _check_who(heading: str, role: str) -> None:
    """Refuse a column of names where codes of the office belong: these are shown, and counted by."""
    guessed = guess_mapping([heading]).fields
    names = [name for name in guessed if field_of(name).identifying and name != "place"]
    if names and role in fields() and field_of(role).kind == "open":
        raise InputError("web_reports_names", column=heading, known=field_label(names[0]), field=field_label(role))


def _constant(origins: Origins, text: str | None) -> None:
    """The organisation of all rows, for a file of one office."""
    if text is None:
        return
    there = origins.get(ORGANISATION)
    if text.strip():
        if there is not None and there.column:
            raise InputError("web_reports_both", column=there.column)
        origins[ORGANISATION] = Origin(constant=text.strip())
    elif there is not None and there.constant:
        del origins[ORGANISATION]


def _detailed(name: str, origin: Origin, place: int, form: Form) -> Origin:
    """An origin with what the form says of dates, codes and what stands between several answers."""
    about = field_of(name)
    order = next((each for each in ORDERS if each == form.get(f"dates-{place}")), None)
    if about.kind in ("date", "year") and order is not None and origin.column:
        origin = replace(origin, dates=order)
    separator = form.get(f"separator-{place}-{name}", "")
    if about.kind == "set" and separator:
        origin = replace(origin, separator=separator)
    codes = form.get(f"codes-{place}-{name}")
    return origin if codes is None else replace(origin, codes=dict(_pairs(name, codes)))


def _pairs(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Codes of an office, each with what it means: one a line."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        written, sign, code = line.rpartition("=")
        if not sign or not written.strip():
            raise InputError("web_reports_code_line", field=field_label(name), line=number)
        yield written.strip(), code.strip()


def _check_needed(origins: Origins) -> None:
    if ORGANISATION not in origins:
        raise InputError("web_reports_no_organisation")
    if REPORT_DATE not in origins and YEAR not in origins:
        raise InputError("web_reports_no_date")


def complete(seen: FileSeen) -> bool:
    """Whether reports can be read with the mapping as it is."""
    return seen.sure and not needed(seen)


def needed(seen: FileSeen) -> tuple[str, ...]:
    """The fields without which reports cannot be counted, and that nothing is said of."""
    known = {name for name, origin in seen.mapping.fields.items() if origin.constant or _there(seen, origin)}
    organisation = () if ORGANISATION in known else (ORGANISATION,)
    return organisation if {REPORT_DATE, YEAR} & known else (*organisation, REPORT_DATE)


def _there(seen: FileSeen, origin: Origin) -> bool:
    return bool(set(origin.headings) & set(seen.headings))
