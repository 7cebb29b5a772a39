"""How an office's columns and codes become the canonical ones: said in a file, or guessed from headings."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from darknumber.data.names import no_such
from darknumber.errors import InputError
from darknumber.register.reading.meanings import SEPARATORS
from darknumber.register.reading.schema import (
    DENIED,
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
from darknumber.register.reading.written_dates import ORDERS, Order
from darknumber.words import say

_WHO = frozenset({"surname", "given_name", "birth_date"})  # fields that say who a report is about


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

    def checked(self, name: str) -> Origin:
        """This origin, with codes in the spelling of the field.

        Raises
        ------
        InputError
            No column and no constant, or both; members of something that is no set; a code the field does not have.
        """
        about = field_of(name)
        if bool(self.column) + bool(self.constant) != 1 and not (self.members and not self.constant):
            raise InputError("mapping_one_origin", field=name)
        if self.members and (about.kind != "set" or name == DENIED):
            raise InputError("mapping_no_set", field=name, kinds=tuple(each.name for each in sets()))
        if self.dates not in ORDERS:
            raise InputError("mapping_dates", known=ORDERS)
        if self.constant and about.kind != "set":
            return replace(self, constant=canonical_code(about, self.constant))
        codes = {written: canonical_code(about, code) for written, code in self.codes.items()}
        members = {heading: canonical_code(about, code) for heading, code in self.members.items()}
        if "" in members.values():
            raise no_such("mapping_unknown_code", "", tuple(about.codes), field=name)
        return replace(self, codes=codes, members=members)


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
        for name in self.fields:
            check_field(name)
        checked = {name: self.fields[name].checked(name) for name in fields() if name in self.fields}
        object.__setattr__(self, "fields", checked)

    def unused(self, headings: Sequence[str]) -> tuple[str, ...]:
        """The headings of a file that no field is read from.

        Where organisation and date do not both come from a column, what stands on top may be somebody's row: then it is
        told which column, and not what stands there.
        """
        used = {heading.strip() for origin in self.fields.values() for heading in origin.headings}
        surely = {name for name, origin in self.fields.items() if origin.headings}
        sure = ORGANISATION in surely and bool({REPORT_DATE, YEAR} & surely)
        return tuple(
            heading if sure else say("intake.column_number", n=place)
            for place, heading in enumerate(headings, start=1)
            if heading and heading not in used
        )


def check_field(name: str) -> None:
    """Refuse a name that no canonical field has."""
    if name not in fields():
        raise no_such("mapping_unknown_field", name, tuple(fields()))


def aliases_of(name: str, origin: Origin) -> dict[str, str]:
    """The code of each folded text in a field: what is known by itself, after what the mapping says."""
    return {**field_of(name).aliases, **{fold(text): code for text, code in origin.codes.items()}}


def canonical_code(about: Field, text: str) -> str:
    """The canonical code that the maker of a mapping means; an empty one where nothing was recorded."""
    if not about.codes or not text:
        return text
    code = about.aliases.get(fold(text))
    if code is None:
        raise no_such("mapping_unknown_code", text, tuple(about.codes), field=about.name)
    return code


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
    wanted = [(name, fold_heading(name)) for name in fields()]
    wanted += [(name, fold_heading(known)) for name, about in fields().items() for known in about.headings]
    for name, known in wanted:
        matching = [heading for heading, text in folded.items() if text == known and heading not in found.values()]
        if matching and name not in found:
            found[name] = matching[0]
    origins = {name: Origin(column=heading) for name, heading in found.items()}
    rest = {heading: text for heading, text in folded.items() if heading not in found.values()}
    for about in sets():
        members = {fold_heading(alias): code for alias, code in about.aliases.items()}
        named = {heading: members[text] for heading, text in rest.items() if text in members}
        if named:
            origins[about.name] = Origin(column=found.get(about.name, ""), members=named)
            rest = {heading: text for heading, text in rest.items() if heading not in named}
    return Mapping(fields=origins)


def are_of_reports(headings: Sequence[str]) -> bool:
    """Whether rows under these headings are reports: an organisation, a day or a year, and who somebody is."""
    there = set(guess_mapping(headings).fields)
    return ORGANISATION in there and bool({REPORT_DATE, YEAR} & there) and bool(_WHO & there)


def check_known(mapping: Mapping, headings: Sequence[str]) -> None:
    """Refuse a file of which no heading is known: its first row may be somebody's, and must not be shown."""
    used = {heading.strip() for origin in mapping.fields.values() for heading in origin.headings}
    if not used & set(headings):
        raise InputError("mapping_no_headings", n=sum(1 for heading in headings if heading))


def check_complete(mapping: Mapping, headings: Sequence[str]) -> None:
    """Refuse a mapping without which reports cannot be counted, or that has nothing to do with the file.

    Raises
    ------
    InputError
        No heading that is known, no organisation, or neither a date nor a year.
    """
    check_known(mapping, headings)
    used = {heading.strip() for origin in mapping.fields.values() for heading in origin.headings}
    # what is not known may be a cell of somebody's row, where the headings are missing
    known = [heading for heading in headings if heading in used]
    others = sum(1 for heading in headings if heading) - len(known)
    if ORGANISATION not in mapping.fields:
        raise InputError("mapping_no_organisation", known=known, others=others)
    if REPORT_DATE not in mapping.fields and YEAR not in mapping.fields:
        raise InputError("mapping_no_date", known=known, others=others)
