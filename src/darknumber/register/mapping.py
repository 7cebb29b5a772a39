"""How an office's columns and codes become the canonical ones: said in a file, or guessed from headings."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field

from darknumber.data.names import no_such
from darknumber.errors import InputError
from darknumber.register.meanings import SEPARATORS
from darknumber.register.schema import (
    ORGANISATION,
    REPORT_DATE,
    YEAR,
    Field,
    field_of,
    fields,
    fold,
    fold_heading,
    is_pseudonym,
    sets,
)
from darknumber.register.written_dates import Order

NOT_RECORDED = ""  # the code of a text that says that nothing was recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one field comes from.

    Parameters
    ----------
    column
        The heading of its column; empty where it has none.
    constant
        What it is in every row; for a file of one organisation.
    codes
        The canonical code of each of the office's codes; an empty one means not recorded. Codes that are known by
        themselves need not be named.
    dates
        Whether 1-3-2014 is the first of March or the third of January.
    separator
        What stands between the members of a set: one or several characters, each of which separates.
    members
        For a set: columns of yes and no, each with the member it is about.
    """

    column: str = ""
    constant: str = ""
    codes: AnyMapping[str, str] = field(default_factory=dict)
    dates: Order = "day first"
    separator: str = SEPARATORS
    members: AnyMapping[str, str] = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        """All columns it is read from."""
        return (*((self.column,) if self.column else ()), *self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Where every canonical field comes from; fields that are not there are not recorded.

    Parameters
    ----------
    fields
        The origin of each field, in the order of the canonical fields.
    """

    fields: AnyMapping[str, Origin]

    def __post_init__(self) -> None:
        order = list(fields())
        for name, origin in self.fields.items():
            if name not in order:
                raise no_such("mapping_unknown_field", name, order)
            check_origin(field_of(name), origin)
        object.__setattr__(self, "fields", {name: self.fields[name] for name in order if name in self.fields})

    def unused(self, headings: Sequence[str]) -> tuple[str, ...]:
        """The headings of a file that no field is read from."""
        used = {heading.strip() for origin in self.fields.values() for heading in origin.headings}
        return tuple(heading for heading in headings if heading and heading not in used)


def check_origin(about: Field, origin: Origin) -> None:
    """Refuse an origin that does not fit its field.

    Raises
    ------
    InputError
        No column and no constant, or both; members of something that is no set; a code that the field does not have.
    """
    if bool(origin.column) == bool(origin.constant) and not (origin.members and not origin.column):
        raise InputError("mapping_one_origin", field=about.name)
    if origin.members and about.kind != "set":
        raise InputError("mapping_no_set", field=about.name, kinds=tuple(each.name for each in sets()))
    if about.codes:
        for code in (*origin.codes.values(), *origin.members.values()):
            if code and code not in about.codes:
                raise no_such("mapping_unknown_code", code, tuple(about.codes), field=about.name)
    if origin.constant and code_of(about, origin.constant) is None:
        raise no_such("mapping_unknown_code", origin.constant, tuple(about.codes), field=about.name)


def aliases_of(name: str, origin: Origin) -> dict[str, str]:
    """The code of each folded text in a field: what is known by itself, after what the mapping says."""
    return {**field_of(name).aliases, **{fold(text): code for text, code in origin.codes.items()}}


def code_of(about: Field, text: str) -> str | None:
    """The canonical code that a text written by the maker of a mapping stands for; None where there is none."""
    return about.aliases.get(fold(text)) if about.codes else text


def guess_mapping(headings: Sequence[str]) -> Mapping:
    """The mapping that the headings of a file point to; a heading can be taken for one field only.

    A heading that is the name of a field is that field; then come the headings that offices use, in English and Dutch,
    and then columns that are called as a member of a set. In a file of pseudonyms, which we wrote ourselves, headings
    are names of fields and nothing else.
    """
    if any(is_pseudonym(heading.strip()) for heading in headings):
        return Mapping(
            fields={name: Origin(column=name) for heading in headings if (name := heading.strip()) in fields()}
        )
    folded = {heading: fold_heading(heading) for heading in headings if heading}
    found: dict[str, str] = {}
    for name, about in fields().items():
        for known in (fold_heading(name), *map(fold_heading, about.headings)):
            matching = [heading for heading, text in folded.items() if text == known and heading not in found.values()]
            if matching:
                found[name] = matching[0]
                break
    origins = {name: Origin(column=heading) for name, heading in found.items()}
    rest = {heading: text for heading, text in folded.items() if heading not in found.values()}
    for about in sets():
        members = {fold_heading(alias): code for alias, code in about.aliases.items()}
        named = {heading: members[text] for heading, text in rest.items() if text in members}
        if named:
            origins[about.name] = Origin(column=found.get(about.name, ""), members=named)
            rest = {heading: text for heading, text in rest.items() if heading not in named}
    return Mapping(fields=origins)


def check_complete(mapping: Mapping, headings: Sequence[str]) -> None:
    """Refuse a mapping without which reports cannot be counted, or with columns that are not there.

    Raises
    ------
    InputError
        A column that is not in the file, no organisation, or neither a date nor a year.
    """
    known = [heading for heading in headings if heading]
    if ORGANISATION not in mapping.fields:
        raise InputError("mapping_no_organisation", known=tuple(known))
    if REPORT_DATE not in mapping.fields and YEAR not in mapping.fields:
        raise InputError("mapping_no_date", known=tuple(known))
