"""The reports of a synthetic register, made piece by piece: so many people at a time, and their reports.

A piece has random numbers of its own, which depend on the seed and its place only. So reports in any number fit in
memory, and come out the same however they are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import InputError
from darknumber.kernels.histories import membership
from darknumber.register.reading.schema import fields
from darknumber.register.synthetic.case_facts import KINDS, handled, happened, said, sectors
from darknumber.register.synthetic.contacts import REFERRED, REPEATS, Contacts, contacts, same_people
from darknumber.register.synthetic.identities import OF_AGE, Known, identities
from darknumber.register.synthetic.mistakes import Mistakes, Writer
from darknumber.register.synthetic.settled import SAID_BY, Settled, check_levels, settled
from darknumber.register.synthetic.text_columns import Texts, either, is_there, texts, without
from darknumber.register.synthetic.written import Ages, written_identities
from darknumber.register.targets import targets

PEOPLE = 1 << 15  # in a piece: its reports take some 100 MB while they are made
STREAM = 3  # sets these random numbers apart from those the register itself is drawn with
RECORDED = 0.8  # the probability that a list records the form of exploitation, where the targets say nothing of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """How people come to be reported; shares are assumed unless said otherwise.

    Parameters
    ----------
    repeats
        The mean number of further reports by a list for each person on it.
    referred
        Of the lists that somebody comes to after the first: the share that the first one sent them to.
    recurring
        Of people in a year: the share who are somebody reported in an earlier year. Person-years stay as they are;
        people become fewer. Only with a table that has years.
    families, twins
        The share of people with somebody of their own family in the register, and of those whose twin is.
    years
        First and last year of the reports, for a table without years.
    """

    repeats: float = REPEATS
    referred: float = REFERRED
    recurring: float = 0.0
    families: float = 0.03
    twins: float = 0.004
    years: tuple[int, int] = (2019, 2019)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Some of the reports, in the order of their days.

    Parameters
    ----------
    columns
        By canonical name, ``(reports,)`` each; None is not recorded.
    person
        ``(reports,)`` the number of the true person.
    cell
        ``(people,)`` the cell of the table that each person of a year comes from.
    recorded
        ``(people, covariates)`` whether some report of theirs records the covariate, in the order of the table.
    """

    columns: dict[str, Texts]
    person: NDArray[np.int64]
    cell: NDArray[np.int64]
    recorded: NDArray[np.bool_]


def pieces(table: CaptureTable, *, seed: int, mistakes: Mistakes, reporting: Reporting) -> Iterator[Piece]:
    """The reports on the people in a table.

    Raises
    ------
    InputError
        A level that no report can have; people who recur without years.
    """
    check_levels(table)
    if reporting.recurring and not _has(table, "year"):
        raise InputError("recurring_without_years")
    cell = np.repeat(np.arange(len(table.count)), table.count)
    np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, STREAM]))).shuffle(cell)
    for number, start in enumerate(range(0, len(cell), PEOPLE)):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, STREAM, number])))
        yield _piece(table, cell[start : start + PEOPLE], start, mistakes, reporting, rng)


def _piece(
    table: CaptureTable,
    cell: NDArray[np.int64],
    start: int,
    mistakes: Mistakes,
    reporting: Reporting,
    rng: np.random.Generator,
) -> Piece:
    """The reports on the people of these cells, of whom the first has the number `start`."""
    people = settled(table, cell, reporting.years, rng)
    opening, closing = _first_days(people.first_year), _first_days(people.last_year + 1)
    seen = contacts(
        membership(table.history[cell], len(table.lists)),
        opening,
        (closing - opening).astype(np.int64),
        repeats=reporting.repeats,
        referred=reporting.referred,
        rng=rng,
    )
    earlier = same_people(people.first_year, people.alike, share=reporting.recurring, rng=rng)
    writer = Writer(factor=mistakes.times(table.lists)[seen.list], rng=rng)
    columns = _identified(table, people, seen, earlier, start, mistakes, reporting, writer)
    columns |= _case(table, people, seen, is_there(columns["surname"]), mistakes, writer)
    columns |= {name: labels[seen.who] for name, labels in people.others.items()}
    for name, unknown in people.hidden.items():
        for column in (*SAID_BY[name], *(("sector",) if name == "form" else ())):
            columns[column] = without(columns[column], unknown[seen.who])
    order = np.lexsort((seen.referred_by >= 0, seen.day))  # who sends somebody on reports first, if on one day
    names = sorted(columns, key=lambda name: [*fields(), name].index(name))
    return Piece(
        columns={name: columns[name][order] for name in names},
        person=(start + earlier[seen.who])[order],
        cell=cell,
        recorded=_recorded(table, columns, seen, len(cell)),
    )


def _identified(
    table: CaptureTable,
    people: Settled,
    seen: Contacts,
    earlier: NDArray[np.int64],
    start: int,
    mistakes: Mistakes,
    reporting: Reporting,
    writer: Writer,
) -> dict[str, Texts]:
    """The columns that say whom a report is about."""
    roots, root = np.unique(earlier, return_inverse=True)
    who = root[seen.who]
    first, last = (np.full(len(roots), day) for day in (seen.day.max(), seen.day.min()))
    np.minimum.at(first, who, seen.day)
    np.maximum.at(last, who, seen.day)
    known = Known(
        female=people.female[roots],
        adult=people.adult[roots],
        dutch=people.dutch[roots],
        eu=people.eu[roots] if _has(table, "citizenship_group") else None,
        form=people.form[roots],
        year=people.first_year[roots],
        first=first,
        last=last,
    )
    return written_identities(
        identities(known, families=reporting.families, twins=reporting.twins, rng=writer.rng),
        known.female,
        who,
        start + roots[who],
        Ages(adult=known.adult[who], first=first[who], last=last[who]),
        seen,
        mistakes,
        writer,
    )


def _case(
    table: CaptureTable, people: Settled, seen: Contacts, named: NDArray[np.bool_], mistakes: Mistakes, writer: Writer
) -> dict[str, Texts]:
    """The columns that say what happened, who reports it and when; `named` are the reports with a name."""
    who, rng = seen.who, writer.rng
    lists = texts(table.lists)
    crossing = either(people.abroad, "cross-border", "domestic")[who]
    form = without(people.form[who], ~_form_recorded(table, seen, rng))
    sector = writer.left_out(sectors(people.form, rng)[who], mistakes.sector_missing)
    facts = {kind: happened(kind, people.form, people.abroad, rng) for kind in KINDS}
    return {
        "report_date": texts(np.datetime_as_string(seen.day).tolist()),
        "organisation": lists[seen.list],
        "form": form,
        "sector": without(sector, ~is_there(form)),
        "crossing": writer.left_out(crossing, mistakes.crossing_missing),
        "referred_by": without(lists[seen.referred_by], seen.referred_by < 0),
        **said(facts, who, table.lists, seen.list, rng),
        **handled(table.lists, seen.list, people.flagged[who], ~people.adult[who], ~named, writer),
    }


def _form_recorded(table: CaptureTable, seen: Contacts, rng: np.random.Generator) -> NDArray[np.bool_]:
    """``(reports,)`` whether a report has the form of exploitation: by list, and at least one report on each person."""
    by_list = {target.list: target.value for target in targets("recording")}
    probability = np.array([by_list.get(name, RECORDED) for name in table.lists])
    # The report with the lowest of these numbers has it where no other one has.
    chance = rng.random(len(seen.who)) / probability[seen.list]
    lowest = np.full(int(seen.who[-1]) + 1, np.inf)
    np.minimum.at(lowest, seen.who, chance)
    return np.asarray((chance < 1) | (chance == lowest[seen.who]))


def _recorded(table: CaptureTable, columns: dict[str, Texts], seen: Contacts, people: int) -> NDArray[np.bool_]:
    """``(people, covariates)`` whether some report on each person says the covariate."""
    found = np.ones((people, len(table.covariates)), dtype=bool)
    for place, covariate in enumerate(table.covariates):
        if covariate.name in SAID_BY:
            there = _says(covariate.name, columns)
            found[:, place] = np.bincount(seen.who, weights=there, minlength=people) > 0
    return found


def _says(name: str, columns: dict[str, Texts]) -> NDArray[np.bool_]:
    """``(reports,)`` whether a report says a covariate; for age a year of birth may do."""
    there = is_there(columns[SAID_BY[name][0]])
    if name != "age":
        return there
    only = np.flatnonzero(~there & is_there(columns["birth_year"]))
    years = columns["birth_year"][only].astype(np.int64)
    reported = np.array([text[:4] for text in columns["report_date"][only].tolist()], dtype=np.int64)
    there[only] = reported - years != OF_AGE
    return there


def _has(table: CaptureTable, name: str) -> bool:
    return name in {covariate.name for covariate in table.covariates}


def _first_days(years: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """1 January of these years."""
    return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
