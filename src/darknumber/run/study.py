"""What a study file says: one frozen record, from which the file's schema, its checks and its comments are made.

Each class is a table of the file and each field a key of it; what a key means stands in the catalogue under
``study.key.<table>.<key>``. Nothing here looks at data.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from darknumber.data.records import Rule
from darknumber.data.table import Unit
from darknumber.studies.kinds import Study as TrustStudy
from darknumber.words import language

Language = Literal["en", "nl"]
Format = Literal["html", "pdf", "docx"]
ReadyGroups = Literal["rapporteur-four", "form-by-crossing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text in one language or in both; in the file a string, or a table with ``en`` and ``nl``."""

    en: str = ""
    nl: str = ""

    def __str__(self) -> str:
        mine, other = (self.nl, self.en) if language() == "nl" else (self.en, self.nl)
        return mine or other

    def __bool__(self) -> bool:
        return bool(self.en or self.nl)


NOTHING = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basics:
    """What the study is, who made it, and in which languages it is published."""

    title: Said = NOTHING
    vintage: str = ""
    population: Literal["people", "victims"] = "people"
    place: Said = NOTHING
    area: str = ""
    period: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    licence: str = ""
    published: datetime.date | None = None
    languages: tuple[Language, ...] = ("en",)
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Where the data are and how they are read; see `darknumber.data.reading.Reading`."""

    source: str
    rows: Literal["counts", "people", "reports"] | None = None
    count: str = ""
    id: str = ""
    list_column: str = ""
    times: str = ""
    year: str = ""
    unit: Unit = "person"
    on_conflict: Rule = "error"
    sheet: str = ""
    first_year: int | None = None
    last_year: int | None = None
    dates: str = ""
    referrals: str = ""
    drop_referred: str = ""
    registered: str = ""
    extracted: datetime.date | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """How reports become people, where a row of the data is a report."""

    mapping: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    definition: str = ""
    method: Literal["probabilistic", "rules", "exact"] = "probabilistic"
    key: Literal["own", "shared"] = "own"
    model: str = ""
    merge: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unlinkable: Literal["leave out", "count"] = "leave out"
    threshold: float = 0.5
    draws: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """One list: what it is called, whom it covers, where it was not kept, and to which lists it refers people."""

    label: Said = NOTHING
    covers: Said = NOTHING
    not_kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refers_to: tuple[str, ...] = ()
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateOf:
    """One covariate: what it and its levels are called."""

    label: Said = NOTHING
    levels: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Groups for tables, made of levels of one covariate or of two together; the model does not see them."""

    ready: ReadyGroups | None = None
    of: tuple[str, ...] = ()
    levels: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    label: Said = NOTHING
    labels: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What the model assumes, and how the interval is made."""

    model: str = ""
    interval: str = ""
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Some of the rows, by a column of the data: counted in or left out, with the other answer beside."""

    column: str
    values: tuple[str, ...]
    count: Literal["in", "out"] = "in"
    label: Said = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables by group, and the years of annual means."""

    groups: tuple[tuple[str, ...], ...] | None = None
    means: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which questions about the number are asked, and how far assumptions may be off."""

    studies: tuple[TrustStudy, ...] = ("check", "omit", "sensitivity")
    threshold: float | None = None
    odds_ratio: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """Rates per number of residents."""

    residents: str = ""
    by: tuple[tuple[str, ...], ...] = (("year",),)
    years: tuple[str, ...] = ()
    per: int = 100_000
    people: str = ""
    times: float = 1.0
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    ages: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What may be printed, and in which forms."""

    floor: int = 10
    base: int = 5
    unstable: float = 10.0
    unstable_cells: Literal["mark", "merge"] = "mark"
    merge: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    draws: bool = False
    formats: tuple[Format, ...] = ("html", "pdf", "docx")
    agency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOf:
    """The letter of one page that goes with the report; see `darknumber.views.letter.Letter`."""

    sender: Said = NOTHING
    addressee: Said = NOTHING
    place: Said = NOTHING
    reference: str = ""
    subject: Said = NOTHING
    salutation: Said = NOTHING
    closing: Said = NOTHING
    signatory: Said = NOTHING
    earlier: Said = NOTHING
    where: Said = NOTHING
    years: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register of assumptions: what the method takes for granted, as the authors see it for these data."""

    target_population: Said = NOTHING
    reference_period: Said = NOTHING
    closure: Said = NOTHING
    everyone_can_be_listed: Said = NOTHING
    linkage: Said = NOTHING
    erroneous_records: Said = NOTHING
    referrals: Said = NOTHING
    remarks: Said = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Figures from elsewhere, laid beside the estimates by year: from a file, or those published about a country."""

    title: Said = NOTHING
    file: str = ""
    country: str = ""
    note: Said = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The study before this one: its run folder, the people of both linked, and how it counted."""

    folder: str = ""
    linked: str = ""
    count: Mapping[str, Literal["in", "out"]] = field(default_factory=dict)
    replicates: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything that one study file says.

    Parameters
    ----------
    study, data, reports, lists, covariates
        What it is, where the data are, how reports become people, and what the parts of the data are called.
    groupings, definitions
        Other groups and other ways to count.
    model, trust
        What is assumed, and what is asked about the answer.
    tables, rates, publication, letter
        What is published, and how.
    assumptions, beside, previous
        The register of assumptions, figures from elsewhere, and the study before this one.
    """

    study: Basics = Basics()
    data: Data
    reports: Reported = Reported()
    lists: Mapping[str, ListOf] = field(default_factory=dict)
    covariates: Mapping[str, CovariateOf] = field(default_factory=dict)
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    model: Assumed = Assumed()
    tables: Tables = Tables()
    trust: Trust = Trust()
    rates: Rated = Rated()
    publication: Publication = Publication()
    letter: LetterOf | None = None
    assumptions: Register = Register()
    beside: tuple[Beside, ...] = ()
    previous: Previous = Previous()
